import { allowedSeeks, type CompactionLimits } from '../compaction/limits';
import { type BestScore, bestScore } from '../compaction/picker';
import type { Version } from './version';
import type { FileMetaData } from './version-edit';

/** A file whose seeks are used up, and its level. */
export interface SeekTarget {
  level: number;
  file: FileMetaData;
}

/** How many more seeks each table may cost. They live in memory only, as in LevelDB. */
export class SeekCounters {
  private readonly left = new WeakMap<FileMetaData, number>();

  leftFor(file: FileMetaData): number {
    return this.left.get(file) ?? allowedSeeks(Number(file.size));
  }

  /** Counts one seek; returns how many are left. */
  charge(file: FileMetaData): number {
    const left = this.leftFor(file) - 1;
    this.left.set(file, left);
    return left;
  }
}

/** A version in use: readers hold it, and with it its files. */
export class LiveVersion {
  readonly version: Version;
  readonly best: BestScore;
  fileToCompact: SeekTarget | undefined;
  private readonly counters: SeekCounters;
  private holders = 0;
  private readonly onUnused: (version: LiveVersion) => void;

  constructor(
    version: Version,
    limits: CompactionLimits,
    counters: SeekCounters,
    onUnused: (version: LiveVersion) => void,
  ) {
    this.version = version;
    this.best = bestScore(version, limits);
    this.counters = counters;
    this.onUnused = onUnused;
  }

  hold(): void {
    this.holders++;
  }

  release(): void {
    if (--this.holders === 0) this.onUnused(this);
  }

  /** Charges a seek to a table; true if it is to be compacted for that now (Version::UpdateStats). */
  chargeSeek(target: SeekTarget): { left: number; due: boolean } {
    const left = this.counters.charge(target.file);
    const due = left <= 0 && this.fileToCompact === undefined;
    if (due) this.fileToCompact = target;
    return { left, due };
  }
}
