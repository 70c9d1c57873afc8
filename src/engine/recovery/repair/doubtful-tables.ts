import { addU64, type U64 } from '../../bytes/u64';
import type { DryRun } from '../../db/dry-run';
import { isLiveLog } from '../../db/folder-state';
import { listDatabase } from '../../db/listing';
import type { Options } from '../../db/options';
import { ignoreFailure, type ReadableEnv } from '../../env/env';
import { InternalKeyComparator, sequenceAt } from '../../keys/internal-key';
import { OperationError } from '../../manifest/editing/operation';
import { eachKey, openPresent, PresentTables } from '../../manifest/editing/rebuild/present-tables';
import { LsmError } from '../../problem';
import { logEntries } from '../log-entries';
import type { ChosenManifest } from './choose-manifest';
import { progress, type RepairSteps } from './progress';

/** Sequences [first, end) of batches in logs. */
type Stretch = [first: U64, end: U64];

/**
 * Those tables that the MANIFEST does not name and that hold an entry which is in no table that it names and in no log:
 * the MANIFEST has lost what named them. All others a crash can have left: an output of a compaction or a flush whose
 * edit was never written. Unreadable ones are passed by.
 */
export function* tablesThatNothingCovers(
  { env, directory, comparator }: DryRun,
  options: Options,
  { doubtful, version, counters }: ChosenManifest,
): RepairSteps<U64[]> {
  if (doubtful.length === 0) return [];
  const listing = listDatabase(env, directory);
  const { logNumber = 0, prevLogNumber = 0 } = counters;
  const isLive = (number: U64) => isLiveLog(number, logNumber, prevLogNumber);
  const stretches = loggedStretches(env, directory, isLive);
  const wanted = [...listing.tables].filter(
    ([number]) => version.numbers.has(number) || doubtful.includes(number),
  );
  const folder = { env, directory, codec: options.codec ?? {} };
  const present = new PresentTables(folder, wanted, comparator);
  const { tables } = present;
  const isDoubtful = tables.map(({ file }) => doubtful.includes(file.number));
  const needed = new Set<U64>();
  try {
    const walk = eachKey(tables, present.comparator, (_key, versions) => {
      for (const { table, sequence } of versions) {
        const { number } = tables[table].file;
        if (!isDoubtful[table] || needed.has(number)) continue;
        const isThere = versions.some((other) => !isDoubtful[other.table] && other.sequence === sequence);
        if (!isThere && !isIn(stretches, sequence)) needed.add(number);
      }
    });
    while (!walk.next().done)
      yield progress('tables that the MANIFEST does not name are compared with the others');
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof OperationError)) throw error;
  } finally {
    present.close();
  }
  return [...needed];
}

/**
 * Whether logs hold every entry of a table: a flush that was cut short, or a table in no need of repair.
 */
export function isInLogs({ env, directory, comparator }: DryRun, options: Options, number: U64): boolean {
  const name = listDatabase(env, directory).tables.get(number);
  if (name === undefined) return false;
  const stretches = loggedStretches(env, directory, () => true);
  const folder = { env, directory, codec: options.codec ?? {} };
  const { table } = openPresent(folder, name, number, new InternalKeyComparator(comparator));
  try {
    const cursor = table.cursor({ fillCache: false });
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      if (!isIn(stretches, sequenceAt(cursor.keyBuffer, cursor.keyEnd))) return false;
    }
    return cursor.error === undefined;
  } finally {
    table.file.close();
  }
}

function loggedStretches(env: ReadableEnv, directory: string, isWanted: (number: U64) => boolean): Stretch[] {
  const stretches: Stretch[] = [];
  for (const { name, number } of listDatabase(env, directory).logs) {
    const file = isWanted(number) && ignoreFailure(() => env.open(env.join(directory, name)));
    if (!file) continue;
    try {
      for (const entry of logEntries(file)) {
        if (entry.kind !== 'batch') continue;
        const { sequence, count } = entry.batch;
        while (entry.batch.next());
        stretches.push([sequence, addU64(sequence, count)]);
      }
    } finally {
      file.close();
    }
  }
  return stretches.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Stretches do not overlap, unless logs repeat sequences: then they do no harm either. */
function isIn(stretches: readonly Stretch[], sequence: U64): boolean {
  let low = 0;
  let high = stretches.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (stretches[middle][0] <= sequence) low = middle + 1;
    else high = middle;
  }
  return low > 0 && sequence < stretches[low - 1][1];
}
