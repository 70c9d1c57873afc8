import type { U64 } from '../../bytes/u64';
import { maxU64 } from '../../bytes/u64';
import type { DryRun } from '../../db/dry-run';
import { listDatabase } from '../../db/listing';
import type { Options } from '../../db/options';
import { EnvError } from '../../env/env';
import { InternalKeyComparator, sequenceAt } from '../../keys/internal-key';
import { openPresent } from '../../manifest/editing/rebuild/present-tables';
import { tableFileName } from '../../manifest/file-names';
import type { FileMetaData } from '../../manifest/version-edit';
import { LsmError, type Problem, type ProblemCode } from '../../problem';
import { endOfTable } from '../../table/table-size';
import { verifyTable } from '../verify-table';
import { progress, type RepairSteps } from './progress';
import { type LostRange, rewriteTable } from './rewrite-table';

/** A table that is to be looked at. */
export interface TableToRepair {
  number: U64;
  /** Undefined if no MANIFEST tells. */
  level: number | undefined;
  meta: FileMetaData | undefined;
}

/** Keys below a lost range that an older table answers for now. */
export interface Uncovered {
  keys: number;
  /** Whether there are more than were counted. */
  isMore: boolean;
  /** User keys; the first ones. */
  examples: Uint8Array[];
}

/** What becomes of a table in which something is wrong. */
export interface TableRepair extends TableToRepair {
  name: string;
  /**
   * `rewritten`: with all entries that can be read. `measured`: sound, and the MANIFEST is wrong about its size or its
   * range. `left out`: missing, or nothing in it can be read.
   */
  action: 'rewritten' | 'measured' | 'left out';
  problems: Problem[];
  /** As it is now; undefined if it is left out. */
  file: FileMetaData | undefined;
  /** How its blocks were found. */
  foundBy: 'index' | 'checksums' | undefined;
  entriesKept: number;
  bytesLost: number;
  rangesLost: number;
  lost: LostRange[];
  /** Undefined until the result is looked at. */
  uncovered: Uncovered | undefined;
}

/** What a table can be used with as it is, or is no damage of the file. */
const NO_DAMAGE = new Set<ProblemCode>([
  'key-order',
  'entry-count',
  'unknown-compression',
  'counter-too-low',
]);
const MEASURED_CODES: readonly ProblemCode[] = ['bad-size', 'bad-range'];
const MEASURED = new Set(MEASURED_CODES);
/** Its entries do not belong where the MANIFEST has it. */
const ANOTHER = 'it is another table: neither its size nor its keys are those that the MANIFEST says';

export interface TablesRepaired {
  repairs: TableRepair[];
  /** Of entries above `lastSequence`; 0 if there are none. */
  greatestSequence: U64;
}

/**
 * Verifies tables and writes those anew, under their names in the dry run's overlay, in which reading meets damage.
 * Throws EnvError for files that this user may not read.
 */
export function* repairTables(
  dryRun: DryRun,
  options: Options,
  tables: readonly TableToRepair[],
  lastSequence: U64 | undefined,
): RepairSteps<TablesRepaired> {
  const { env, directory } = dryRun;
  const names = listDatabase(env, directory).tables;
  const result: TablesRepaired = { repairs: [], greatestSequence: 0 };
  for (const table of tables) {
    const name = names.get(table.number);
    yield progress(`${name ?? tableFileName(table.number)}: looked through`);
    const repair = yield* repairTable(dryRun, options, table, name, lastSequence);
    if (!repair) continue;
    const has = (is: (code: ProblemCode) => boolean) => repair.problems.some(({ code }) => is(code));
    if (repair.action !== 'left out' && has((code) => code === 'counter-too-low')) {
      const greatest = greatestSequenceIn(dryRun, options, repair);
      result.greatestSequence = maxU64(result.greatestSequence, greatest);
    }
    if (repair.action !== 'measured' || has((code) => MEASURED.has(code))) result.repairs.push(repair);
  }
  return result;
}

/** Undefined if nothing is wrong with a table that can be mended. */
function* repairTable(
  dryRun: DryRun,
  options: Options,
  table: TableToRepair,
  name: string | undefined,
  lastSequence: U64 | undefined,
): RepairSteps<TableRepair | undefined> {
  const { env, directory } = dryRun;
  const { meta, number } = table;
  const shownName = name ?? tableFileName(number);
  const repair: TableRepair = {
    ...table,
    name: shownName,
    action: 'left out',
    problems: [],
    file: undefined,
    foundBy: undefined,
    entriesKept: 0,
    bytesLost: 0,
    rangesLost: 1,
    lost: [{ after: meta?.smallest, before: meta?.largest, bytes: 0 }],
    uncovered: undefined,
  };
  const problem = (code: ProblemCode, message: string): Problem => ({
    severity: 'error',
    file: shownName,
    code,
    message,
  });
  if (name === undefined) {
    repair.problems.push(problem('missing-file', 'there is no such file'));
    return repair;
  }
  const comparator = new InternalKeyComparator(dryRun.comparator);
  try {
    const size = verified(dryRun, name, comparator, options, table, lastSequence, repair.problems);
    const damage = repair.problems.filter(({ code }) => !NO_DAMAGE.has(code));
    if (damage.length === 0 && repair.problems.every(({ code }) => code !== 'counter-too-low'))
      return undefined;
    const isSound = damage.every(({ code }) => MEASURED.has(code));
    // What stands behind the end that the MANIFEST says is nothing to LevelDB; measured, it would be the footer.
    const hasMore =
      meta !== undefined && size === Number(meta.size) && env.stat(env.join(directory, name)).size > size;
    if (isSound && !hasMore) {
      const folder = { env, directory, codec: options.codec ?? {} };
      const { table: opened, file } = openPresent(folder, name, number, comparator);
      opened.file.close();
      if (MEASURED_CODES.every((code) => damage.some((each) => each.code === code))) {
        repair.problems.unshift(problem('bad-range', ANOTHER));
        return repair;
      }
      return { ...repair, action: 'measured', file, lost: [], rangesLost: 0 };
    }
    const before = env.stat(env.join(directory, name)).size;
    const written = yield* rewriteTable(env, directory, { number, name, meta, size }, comparator, options);
    const { file, foundBy, entriesKept, rangesLost, lost } = written;
    if (!file) return { ...repair, bytesLost: Number(meta?.size ?? before) };
    const bytesLost = written.bytesLost + Math.max(0, Number(meta?.size ?? 0) - before);
    if (meta && isAnother(file, meta, size, foundBy, comparator)) {
      repair.problems.unshift(problem('bad-range', ANOTHER));
      return repair;
    }
    return { ...repair, action: 'rewritten', file, foundBy, entriesKept, bytesLost, rangesLost, lost };
  } catch (error) {
    if (error instanceof EnvError && error.code === 'permission') throw error;
    if (!(error instanceof EnvError) && !(error instanceof LsmError)) throw error;
    const message = error instanceof EnvError ? error.reason : error.message;
    repair.problems.push(problem('unreadable', message));
    return repair;
  }
}

/** Where the table ends; what is wrong with it is added to `problems`. Throws EnvError and LsmError. */
function verified(
  dryRun: DryRun,
  name: string,
  comparator: InternalKeyComparator,
  options: Options,
  { meta }: TableToRepair,
  lastSequence: U64 | undefined,
  problems: Problem[],
): number {
  const { env, directory } = dryRun;
  const file = env.open(env.join(directory, name));
  try {
    verifyTable(file, {
      name,
      comparator,
      orderKnown: true,
      codec: options.codec ?? {},
      meta,
      lastSequence,
      checksumsOnly: false,
      sink: (problem) => {
        if (problem.severity === 'error') problems.push(problem);
      },
    });
    return endOfTable(file, meta?.size, name);
  } finally {
    file.close();
  }
}

/**
 * Whether a table that could not be read whole is another one than the MANIFEST means: it holds keys beyond those of that,
 * or it goes to its own end, and has another size. One that was cut has no end.
 */
function isAnother(
  { smallest, largest }: FileMetaData,
  stated: FileMetaData,
  size: number,
  foundBy: TableRepair['foundBy'],
  comparator: InternalKeyComparator,
): boolean {
  const order = (a: Uint8Array, b: Uint8Array) => comparator.compare(a, 0, a.length, b, 0, b.length);
  const [atStart, atEnd] = [order(stated.smallest, smallest), order(largest, stated.largest)];
  if (atStart > 0 || atEnd > 0) return true;
  return foundBy === 'index' && size !== stated.size && (atStart !== 0 || atEnd !== 0);
}

function greatestSequenceIn(dryRun: DryRun, { codec = {} }: Options, { name, number }: TableRepair): U64 {
  const { env, directory } = dryRun;
  const comparator = new InternalKeyComparator(dryRun.comparator);
  const { table } = openPresent({ env, directory, codec }, name, number, comparator);
  try {
    let greatest: U64 = 0;
    const cursor = table.cursor({ fillCache: false });
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      greatest = maxU64(greatest, sequenceAt(cursor.keyBuffer, cursor.keyEnd));
    }
    return greatest;
  } finally {
    table.file.close();
  }
}
