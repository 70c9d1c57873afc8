import { copyOf } from '../../bytes/copy';
import { addU64, type U64 } from '../../bytes/u64';
import { userKeyOf } from '../../compaction/overlap';
import type { DryRun } from '../../db/dry-run';
import { listDatabase } from '../../db/listing';
import type { Options } from '../../db/options';
import { MergingCursor } from '../../iterator/merging-cursor';
import type { Comparator } from '../../keys/comparator';
import { TAG_BYTES, typeAt, ValueType } from '../../keys/internal-key';
import { PresentTables } from '../../manifest/editing/rebuild/present-tables';
import type { Version } from '../../manifest/version';
import type { FileMetaData } from '../../manifest/version-edit';
import { LsmError } from '../../problem';
import { progress, type RepairSteps } from './progress';
import type { TableRepair, Uncovered } from './repair-tables';
import type { Renumbered } from './write-version';

/** User keys that are named. */
const EXAMPLES = 10;
/** Entries that are looked at for one table. */
const MAX_ENTRIES = 1_000_000;
const SLICE = 4096;

/**
 * Keys within what a table has lost that are read from an older table now: if the lost part had a newer version of one,
 * or its deletion, an old value is seen again. They can be told, but not which of them.
 */
export function* findUncovered(
  dryRun: DryRun,
  options: Options,
  version: Version,
  repair: TableRepair,
  numbers: Renumbered,
): RepairSteps<Uncovered> {
  const { env, directory } = dryRun;
  const { lost, number, level = 0 } = repair;
  const result: Uncovered = { keys: 0, isMore: repair.rangesLost > lost.length, examples: [] };
  // Numbers of level 0 keep their order: whatever moved up is newer than what did not.
  const now = numbers.get(number) ?? newNumberBehind(number, numbers);
  const older = new Set<U64>();
  for (const { level: at, file } of version.files()) {
    if (at > level || (at === 0 && level === 0 && file.number < now)) older.add(file.number);
  }
  if (older.size === 0) return result;
  const names = listDatabase(env, directory).tables;
  const user = dryRun.comparator;
  const [from, to] = [lost[0]?.after, lost.at(-1)?.before].map((key) => key && userKeyOf(key));
  const isNear = ({ smallest, largest }: FileMetaData) => {
    const [low, high] = [userKeyOf(smallest), userKeyOf(largest)];
    return !(from && compareKeys(user, high, from) < 0) && !(to && compareKeys(user, low, to) > 0);
  };
  const live = [...version.files()].flatMap(({ file }) =>
    isNear(file) ? [[file.number, names.get(file.number)] as const] : [],
  );
  const present = new PresentTables(
    { env, directory, codec: options.codec ?? {} },
    live.flatMap(([each, name]) => (name === undefined ? [] : [[each, name] as const])),
    dryRun.comparator,
  );
  let seen = 0;
  try {
    const { tables, comparator } = present;
    const cursor = new MergingCursor(
      comparator,
      tables.map(({ table }) => table.cursor({ fillCache: false })),
    );
    let last: Uint8Array | undefined;
    for (const { after, before } of lost) {
      // Both ends may have more versions that are lost.
      const from = after && after.length >= TAG_BYTES ? userStart(after) : undefined;
      const to = before && userKeyOf(before);
      if (from) cursor.seek(from, 0, from.length);
      else cursor.seekToFirst();
      for (; cursor.valid; cursor.next()) {
        const { keyBuffer, keyStart, keyEnd } = cursor;
        if (++seen > MAX_ENTRIES) return { ...result, isMore: true };
        if (seen % SLICE === 0) yield progress(`${repair.name}: what is seen below what is lost`);
        if (keyEnd - keyStart < TAG_BYTES) continue;
        const userEnd = keyEnd - TAG_BYTES;
        if (to && user.compare(keyBuffer, keyStart, userEnd, to, 0, to.length) > 0) break;
        if (last && user.compare(keyBuffer, keyStart, userEnd, last, 0, last.length) === 0) continue;
        last = copyOf(keyBuffer, keyStart, userEnd);
        if (typeAt(keyBuffer, keyEnd) !== ValueType.value) continue;
        if (!older.has(tables[cursor.currentChild].file.number)) continue;
        result.keys++;
        if (result.examples.length < EXAMPLES) result.examples.push(last);
      }
    }
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    result.isMore = true;
  } finally {
    present.close();
  }
  return result;
}

/** Where a table of level 0 would stand that is left out: above those that were older than it. */
function newNumberBehind(number: U64, numbers: Renumbered): U64 {
  let behind = number;
  for (const [from, to] of numbers) if (from < number && to >= behind) behind = addU64(to, 1);
  return behind;
}

function compareKeys(comparator: Comparator, a: Uint8Array, b: Uint8Array): number {
  return comparator.compare(a, 0, a.length, b, 0, b.length);
}

/** In front of all versions of the key's user key. */
function userStart(key: Uint8Array): Uint8Array {
  const start = key.slice();
  start.fill(0xff, key.length - TAG_BYTES);
  start[key.length - TAG_BYTES] = ValueType.value;
  return start;
}
