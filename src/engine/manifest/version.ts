import { NumberSet } from '../bytes/number-set';
import type { U64 } from '../bytes/u64';
import type { Comparator } from '../keys/comparator';
import { type InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { type FileMetaData, LEVELS, type VersionEdit } from './version-edit';

/** Level 0 is compacted at this many files (db/dbformat.h, kL0_CompactionTrigger). */
export const L0_COMPACTION_TRIGGER = 4;
/** Bytes that level 1 may hold; each further level ten times as many (db/version_set.cc, MaxBytesForLevel). */
export const LEVEL1_BYTES = 10 * 1048576;

export function maxBytesForLevel(level: number): number {
  return LEVEL1_BYTES * 10 ** Math.max(0, level - 1);
}

/** Files [from, to) of a level: of tens of thousands nothing is copied. */
export interface FileRange {
  files: readonly FileMetaData[];
  from: number;
  to: number;
}

/** One state of the tree: the tables of each level. Level 0 and the others are sorted as LevelDB sorts them. */
export class Version {
  readonly comparator: InternalKeyComparator;
  /** `LEVELS` lists, by smallest key, then number. */
  readonly levels: readonly (readonly FileMetaData[])[];
  /** The largest key compacted last in each level, an internal key (compact_pointer_). */
  readonly compactPointers: readonly (Uint8Array | undefined)[];
  private newestFirst: readonly FileMetaData[] | undefined;
  private allNumbers: NumberSet | undefined;

  constructor(
    comparator: InternalKeyComparator,
    levels: readonly (readonly FileMetaData[])[],
    compactPointers: readonly (Uint8Array | undefined)[],
  ) {
    this.comparator = comparator;
    this.levels = levels;
    this.compactPointers = compactPointers;
  }

  static empty(comparator: InternalKeyComparator): Version {
    return new Version(comparator, emptyLevels(), new Array(LEVELS).fill(undefined));
  }

  /** The numbers of its tables. */
  get numbers(): NumberSet {
    if (!this.allNumbers) {
      const numbers: U64[] = [];
      for (const files of this.levels) for (const { number } of files) numbers.push(number);
      this.allNumbers = new NumberSet(numbers);
    }
    return this.allNumbers;
  }

  levelBytes(level: number): number {
    return this.levels[level].reduce((sum, file) => sum + Number(file.size), 0);
  }

  /** How much a level wants to be compacted; at 1 it is due. 0 for the last level, which has no score (Finalize). */
  score(level: number): number {
    if (level === LEVELS - 1) return 0;
    if (level === 0) return this.levels[0].length / L0_COMPACTION_TRIGGER;
    return this.levelBytes(level) / maxBytesForLevel(level);
  }

  /** Level 0 newest first, as a Get asks it: by descending number (Version::ForEachOverlapping). */
  level0NewestFirst(): readonly FileMetaData[] {
    this.newestFirst ??= [...this.levels[0]].sort((a, b) =>
      a.number > b.number ? -1 : a.number < b.number ? 1 : 0,
    );
    return this.newestFirst;
  }

  /** Whether a user key lies within a file's range. */
  covers(file: FileMetaData, userKey: Uint8Array): boolean {
    const { user } = this.comparator;
    return (
      compareUserKeys(user, userKey, file.smallest) >= 0 && compareUserKeys(user, userKey, file.largest) <= 0
    );
  }

  /** Whether a file's range meets the user keys [lower, upper); undefined leaves an end open. */
  meets(file: FileMetaData, lower: Uint8Array | undefined, upper: Uint8Array | undefined): boolean {
    const { user } = this.comparator;
    return (
      (lower === undefined || compareUserKeys(user, lower, file.largest) <= 0) &&
      (upper === undefined || compareUserKeys(user, upper, file.smallest) > 0)
    );
  }

  /** The files of a level below 0, from one to before another, whose ranges meet the user keys [lower, upper). */
  filesIn(level: number, lower: Uint8Array | undefined, upper: Uint8Array | undefined): FileRange {
    const files = this.levels[level];
    const { user } = this.comparator;
    const first = (isIn: (file: FileMetaData) => boolean, least: number) => {
      let [left, right] = [least, files.length];
      while (left < right) {
        const middle = (left + right) >>> 1;
        if (isIn(files[middle])) right = middle;
        else left = middle + 1;
      }
      return left;
    };
    const from = lower ? first(({ largest }) => compareUserKeys(user, lower, largest) <= 0, 0) : 0;
    const to = upper
      ? first(({ smallest }) => compareUserKeys(user, upper, smallest) <= 0, from)
      : files.length;
    return { files, from, to };
  }

  /** Neighbours in a level below 0 whose ranges overlap: LevelDB aborts or answers wrongly on them. */
  *overlaps(): Generator<{ level: number; left: FileMetaData; right: FileMetaData }> {
    for (let level = 1; level < LEVELS; level++) {
      const files = this.levels[level];
      for (let i = 1; i < files.length; i++) {
        const [left, right] = [files[i - 1], files[i]];
        const order = this.comparator.compare(
          left.largest,
          0,
          left.largest.length,
          right.smallest,
          0,
          right.smallest.length,
        );
        if (order >= 0) yield { level, left, right };
      }
    }
  }

  /** Every file with its level, level by level. */
  *files(): Generator<{ level: number; file: FileMetaData }> {
    for (let level = 0; level < LEVELS; level++) {
      for (const file of this.levels[level]) yield { level, file };
    }
  }
}

function emptyLevels(): FileMetaData[][] {
  return Array.from({ length: LEVELS }, () => []);
}

/**
 * The index of the first file of a sorted level whose largest key is at or after an internal key; the number of
 * files if there is none (FindFile).
 */
export function findFile(
  comparator: InternalKeyComparator,
  files: readonly FileMetaData[],
  key: Uint8Array,
  start: number,
  end: number,
  from = 0,
  to = files.length,
): number {
  let left = from;
  let right = to;
  while (left < right) {
    const middle = (left + right) >>> 1;
    const { largest } = files[middle];
    if (comparator.compare(largest, 0, largest.length, key, start, end) < 0) left = middle + 1;
    else right = middle;
  }
  return right;
}

/** Compares a user key with the user key of an internal key. */
function compareUserKeys(user: Comparator, key: Uint8Array, internal: Uint8Array): number {
  return user.compare(key, 0, key.length, internal, 0, internal.length - TAG_BYTES);
}

/** Applies edits to a version without making the versions in between (VersionSet::Builder). */
export class VersionBuilder {
  private readonly comparator: InternalKeyComparator;
  private readonly base: Version;
  private readonly added: FileMetaData[][] = emptyLevels();
  private readonly deleted: Set<U64>[] = Array.from({ length: LEVELS }, () => new Set());
  private readonly compactPointers: (Uint8Array | undefined)[];

  constructor(base: Version) {
    this.comparator = base.comparator;
    this.base = base;
    this.compactPointers = [...base.compactPointers];
  }

  apply(edit: VersionEdit): void {
    for (const { level, key } of edit.compactPointers) this.compactPointers[level] = key;
    for (const { level, number } of edit.deletedFiles) {
      this.deleted[level].add(number);
    }
    for (const { level, file } of edit.newFiles) {
      this.deleted[level].delete(file.number);
      this.added[level].push(file);
    }
  }

  build(): Version {
    const levels = this.base.levels.map((before, level) => {
      const deleted = this.deleted[level];
      if (this.added[level].length === 0 && deleted.size === 0) return before;
      const isKept = (file: FileMetaData) => !deleted.has(file.number);
      return this.sorted([...before.filter(isKept), ...this.unique(this.added[level].filter(isKept))]);
    });
    return new Version(this.comparator, levels, this.compactPointers);
  }

  /** A file is told from others of its level by smallest key and number; the first one added stays. */
  private unique(files: FileMetaData[]): FileMetaData[] {
    const sorted = this.sorted(files);
    return sorted.filter((file, i) => i === 0 || this.compare(sorted[i - 1], file) !== 0);
  }

  /** Of those that are the same, what was added first comes first. */
  private sorted(files: FileMetaData[]): FileMetaData[] {
    return files.sort((a, b) => this.compare(a, b));
  }

  private compare(a: FileMetaData, b: FileMetaData): number {
    return (
      this.comparator.compare(a.smallest, 0, a.smallest.length, b.smallest, 0, b.smallest.length) ||
      (a.number < b.number ? -1 : a.number > b.number ? 1 : 0)
    );
  }
}
