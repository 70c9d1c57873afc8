import type { U64 } from '../../../bytes/u64';
import type { Comparator } from '../../../keys/comparator';
import { type InternalKeyComparator, TAG_BYTES } from '../../../keys/internal-key';
import { tableFileName } from '../../file-names';
import { type FileMetaData, LEVELS } from '../../version-edit';
import { OperationError } from '../operation';
import { eachKey, greatestSequence, type PresentTable } from './present-tables';

/** Which table is newer than which: one that holds the newer version of a key that both hold. */
export interface TableOrder {
  /** Of each table, by its index: those that hold the next older version of some key. */
  older: ReadonlyMap<number, ReadonlySet<number>>;
  greatestSequence: U64;
}

export function* tableOrder(
  tables: readonly PresentTable[],
  comparator: InternalKeyComparator,
): Generator<void, TableOrder> {
  const older = new Map<number, Set<number>>();
  let greatest: U64 = 0;
  const add = (newer: number, table: number) => {
    const below = older.get(newer);
    if (below) below.add(table);
    else older.set(newer, new Set([table]));
  };
  yield* eachKey(tables, comparator, (_, versions) => {
    greatest = greatestSequence(versions, greatest);
    if (versions.length === 1) return;
    // A get stops at the first table that has the key: what counts is the newest version of each table. Copies of one
    // version read the same, whichever comes first.
    const seen = new Set<number>();
    let before: number[] = [];
    let same: number[] = [];
    let sequence: U64 | undefined;
    for (const version of versions) {
      const { table } = version;
      if (seen.has(table)) continue;
      seen.add(table);
      if (version.sequence !== sequence) {
        before = same;
        same = [];
        sequence = version.sequence;
      }
      same.push(table);
      for (const each of before) add(each, table);
    }
  });
  return { older, greatestSequence: greatest };
}

export interface Arranged {
  level: number;
  file: FileMetaData;
}

interface Placed extends Arranged {
  /** It is in the level that it was to be in. */
  isPreferred: boolean;
}

/**
 * A level for each table so that a get comes to newer versions first: level 0 is asked by descending number, then level
 * after level. `preferred` is where a table goes if nothing speaks against it; 0 for what nobody knows. A table that
 * level 0 would ask too early goes deeper, where it overlaps nothing. Throws an OperationError where there is no such
 * arrangement.
 */
export function arrange(
  tables: readonly PresentTable[],
  { older }: TableOrder,
  comparator: InternalKeyComparator,
  preferred: (number: U64) => number,
): Arranged[] {
  const newer = new Map<number, number[]>();
  const waiting = tables.map(() => 0);
  for (const [table, below] of older) {
    for (const each of below) {
      newer.set(each, [...(newer.get(each) ?? []), table]);
      waiting[each]++;
    }
  }
  const placed: Placed[] = [];
  const levels = new Map<number, number>();
  const ready = tables.map((_, i) => i).filter((i) => waiting[i] === 0);
  const isSooner = (a: number, b: number) =>
    preferred(tables[a].file.number) - preferred(tables[b].file.number) ||
    (tables[a].file.number > tables[b].file.number ? -1 : 1);
  while (ready.length > 0) {
    ready.sort(isSooner);
    const table = ready.shift()!;
    const { file } = tables[table];
    const level = levelFor(
      file,
      (newer.get(table) ?? []).map((each) => ({
        level: levels.get(each)!,
        number: tables[each].file.number,
      })),
      preferred(file.number),
      placed,
      comparator,
    );
    levels.set(table, level);
    placed.push({ level, file, isPreferred: level === preferred(file.number) });
    for (const each of older.get(table) ?? []) if (--waiting[each] === 0) ready.push(each);
  }
  if (placed.length < tables.length) {
    const stuck = tables.filter((_, i) => !levels.has(i)).map(({ name }) => name);
    throw new OperationError(
      `${stuck.slice(0, 4).join(', ')}: each holds newer versions of some keys than the other, so that no order of them reads right; a compaction's inputs and outputs may be mixed`,
    );
  }
  return placed
    .map(({ level, file }) => ({ level, file }))
    .sort((a, b) => a.level - b.level || (a.file.number < b.file.number ? -1 : 1));
}

function levelFor(
  file: FileMetaData,
  newer: readonly { level: number; number: U64 }[],
  preferred: number,
  placed: readonly Placed[],
  comparator: InternalKeyComparator,
): number {
  let least = preferred;
  for (const { level } of newer) least = Math.max(least, level);
  if (least === 0 && newer.every(({ number }) => number > file.number)) return 0;
  for (let level = Math.max(1, least); level < LEVELS; level++) {
    // What LevelDB itself put into one level may split a user key over two files. Else a key stays in one file: LevelDB
    // before 1.21 moves the newer versions down alone, and the older ones hide them.
    const isFree = placed.every(
      (each) =>
        each.level !== level ||
        (level === preferred && each.isPreferred
          ? !overlap(each.file, file, comparator.compare, 0)
          : !overlap(each.file, file, comparator.user.compare, TAG_BYTES)),
    );
    // In one level the newer one must stand before it, with the same user key at its end.
    if (isFree && isInOrder(file, newer, level, placed, comparator)) return level;
  }
  throw new OperationError(
    `no level is left for ${tableFileName(file.number)}: too many tables hold versions of the same keys, newer ones in tables of lower numbers`,
  );
}

/** Whether two ranges meet; `cut` bytes at the ends of the keys are not compared. */
function overlap(a: FileMetaData, b: FileMetaData, compare: Comparator['compare'], cut: number): boolean {
  const isUpTo = (left: Uint8Array, right: Uint8Array) =>
    compare(left, 0, left.length - cut, right, 0, right.length - cut) <= 0;
  return isUpTo(a.smallest, b.largest) && isUpTo(b.smallest, a.largest);
}

function isInOrder(
  file: FileMetaData,
  newer: readonly { level: number; number: U64 }[],
  level: number,
  placed: readonly Placed[],
  { compare }: InternalKeyComparator,
): boolean {
  return newer.every((each) => {
    if (each.level < level) return true;
    const other = placed.find(({ file: { number } }) => number === each.number)!.file;
    return compare(other.largest, 0, other.largest.length, file.smallest, 0, file.smallest.length) < 0;
  });
}

/** Tables that a get comes to before ones with newer versions, as they are arranged. */
export function* misplaced(
  tables: readonly PresentTable[],
  { older }: TableOrder,
  levelOf: (number: U64) => number | undefined,
  comparator: InternalKeyComparator,
): Generator<{ newer: FileMetaData; older: FileMetaData }> {
  for (const [i, below] of older) {
    for (const j of below) {
      const [newer, old] = [tables[i].file, tables[j].file];
      const [level, oldLevel] = [levelOf(newer.number), levelOf(old.number)];
      if (level === undefined || oldLevel === undefined || level < oldLevel) continue;
      if (level === 0 && oldLevel === 0 && newer.number > old.number) continue;
      const { compare } = comparator;
      const isBefore =
        level === oldLevel &&
        level > 0 &&
        compare(newer.largest, 0, newer.largest.length, old.smallest, 0, old.smallest.length) < 0;
      if (!isBefore) yield { newer, older: old };
    }
  }
}
