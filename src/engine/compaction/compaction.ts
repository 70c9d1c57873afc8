import type { U64 } from '../bytes/u64';
import type { Version } from '../manifest/version';
import { emptyVersionEdit, type FileMetaData, LEVELS, type VersionEdit } from '../manifest/version-edit';
import { type CompactionLimits, maxGrandparentBytes } from './limits';
import { compareKeys, totalBytes, userKeyOf } from './overlap';

/** Which rule asked for a compaction. */
export type CompactionReason = 'size' | 'seek' | 'manual';

/** Whether no level below the outputs can hold any user key up to (or before) `end`. */
export interface BaseLevelSpan {
  isBase: boolean;
  end: Uint8Array | undefined;
  includesEnd: boolean;
}

/** One compaction from a level into the next: what it reads and where its outputs end (db/version_set.h). */
export class Compaction {
  readonly reason: CompactionReason;
  readonly level: number;
  /** The version that was current when it was picked. */
  readonly version: Version;
  readonly limits: CompactionLimits;
  /** Of `level` and of `level` + 1. */
  readonly inputs: readonly [FileMetaData[], FileMetaData[]] = [[], []];
  /** Files of `level` + 2 in its range. */
  grandparents: FileMetaData[] = [];
  /** What it will do to the version; the compaction pointer is there from the beginning. */
  readonly edit: VersionEdit = emptyVersionEdit();
  private grandparentIndex = 0;
  private seenKey = false;
  private overlappedBytes = 0;
  /** For each level how far isBaseLevelFor has come: keys are asked in ascending order. */
  private readonly levelPointers = new Array<number>(LEVELS).fill(0);

  constructor(reason: CompactionReason, level: number, version: Version, limits: CompactionLimits) {
    this.reason = reason;
    this.level = level;
    this.version = version;
    this.limits = limits;
  }

  get outputLevel(): number {
    return this.level + 1;
  }

  /** Whether the file can move by an edit alone (IsTrivialMove). */
  get isTrivialMove(): boolean {
    return (
      this.inputs[0].length === 1 &&
      this.inputs[1].length === 0 &&
      totalBytes(this.grandparents) <= maxGrandparentBytes(this.limits)
    );
  }

  addInputDeletions(edit: VersionEdit): void {
    for (const [which, files] of this.inputs.entries()) {
      for (const { number } of files) edit.deletedFiles.push({ level: this.level + which, number });
    }
  }

  /** Whether no level below the outputs can hold the user key: then its deletion has nothing left to hide. */
  isBaseLevelFor(userKey: Uint8Array): boolean {
    const { user } = this.version.comparator;
    for (let level = this.level + 2; level < LEVELS; level++) {
      const files = this.version.levels[level];
      for (; this.levelPointers[level] < files.length; this.levelPointers[level]++) {
        const { smallest, largest } = files[this.levelPointers[level]];
        if (compareKeys(user, userKey, userKeyOf(largest)) > 0) continue;
        if (compareKeys(user, userKey, userKeyOf(smallest)) >= 0) return false;
        break;
      }
    }
    return true;
  }

  /**
   * The answer for a user key, and for all that are asked from there on up to `end`, or before it; without `end` for all.
   */
  baseLevelSpan(userKey: Uint8Array): BaseLevelSpan {
    const { user } = this.version.comparator;
    const isBase = this.isBaseLevelFor(userKey);
    let end: Uint8Array | undefined;
    for (let level = this.level + 2; level < LEVELS; level++) {
      const file = this.version.levels[level][this.levelPointers[level]];
      if (!file) continue;
      const smallest = userKeyOf(file.smallest);
      if (!isBase) {
        // The first level that can hold it is where the asking ended.
        if (compareKeys(user, userKey, smallest) >= 0)
          return { isBase, end: userKeyOf(file.largest), includesEnd: true };
      } else if (!end || compareKeys(user, smallest, end) < 0) end = smallest;
    }
    return { isBase, end, includesEnd: false };
  }

  /** Behind which internal key shouldStopBefore is to be asked again; undefined if it need not be. */
  get nextGrandparentEnd(): Uint8Array | undefined {
    return this.grandparents[this.grandparentIndex]?.largest;
  }

  /** Whether the output must end before this internal key, or a later compaction of it would read too much. */
  shouldStopBefore(key: Uint8Array, start: number, end: number): boolean {
    const { comparator } = this.version;
    for (; this.grandparentIndex < this.grandparents.length; this.grandparentIndex++) {
      const { largest, size } = this.grandparents[this.grandparentIndex];
      if (comparator.compare(key, start, end, largest, 0, largest.length) <= 0) break;
      if (this.seenKey) this.overlappedBytes += Number(size);
    }
    this.seenKey = true;
    if (this.overlappedBytes <= maxGrandparentBytes(this.limits)) return false;
    this.overlappedBytes = 0;
    return true;
  }

  /** Bytes of all inputs. */
  get inputBytes(): number {
    return totalBytes(this.inputs[0]) + totalBytes(this.inputs[1]);
  }

  get inputNumbers(): U64[] {
    return this.inputs.flat().map(({ number }) => number);
  }
}
