import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import type { Compaction } from '../compaction/compaction';
import type { CompactionLimits } from '../compaction/limits';
import { overlappingFiles, rangeOf, userKeyOf } from '../compaction/overlap';
import type { WritableEnv } from '../env/env';
import { bytewiseComparator } from '../keys/comparator';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import type { Problem } from '../problem';
import type { CompactionProgress } from './compaction-board';
import type { CompactionCounts } from './compaction-outputs';
import type { DatabaseCore } from './core';
import type { SentFailure } from './sent-failure';

/** A thread that does compactions for a database, one at a time, while the database's own goes on writing. */
export interface Compactor {
  /** Whose files it can reach. */
  readonly env: WritableEnv;
  /** Undefined where no thread is to be had. */
  begin(job: CompactionJob): CompactionElsewhere | undefined;
  /** Ends the thread, once nothing is under way any more. */
  end(): void;
}

/** A compaction that a Compactor does. */
export interface CompactionElsewhere {
  /** Whether it has come to its end, or its thread has. */
  readonly isDone: boolean;
  readonly progress: CompactionProgress;
  /** Returns when it is done, or after so many milliseconds. */
  wait(milliseconds: number): void;
  /** What it came to, when it is done; undefined if its thread died. */
  outcome(): CompactionOutcome | undefined;
  /** Ends it, and returns when nothing more is done of it. */
  stop(): void;
}

/** All that a compaction depends on, as it crosses between threads. */
export interface CompactionJob {
  directory: string;
  level: number;
  inputs: [FileMetaData[], FileMetaData[]];
  grandparents: FileMetaData[];
  /** By level the files below the outputs that meet the inputs' range. */
  below: FileMetaData[][];
  smallestSnapshot: U64;
  limits: CompactionLimits;
  blockSize: number;
  blockRestartInterval: number;
  compression: 'none' | 'snappy';
  /** Of LevelDB's own filter; undefined for none. */
  bitsPerKey: number | undefined;
  verifyChecksums: boolean;
  maxOpenFiles: number;
  /** Whether zlib blocks can be read, and are likely (CodecOptions). */
  hasInflate: boolean;
  preferZlib: boolean;
  /** Of the database's FileNumbers. */
  numbers: SharedArrayBuffer;
}

export interface CompactionOutcome extends CompactionCounts {
  finished: FileMetaData[];
  /** Of each of these the number of entries. */
  entries: number[];
  milliseconds: number;
  /** Damage that was met. */
  problems: Problem[];
  failure: SentFailure | undefined;
}

/** A compaction for another thread; undefined where only this one can do it: its steps are watched, or what is not plain data decides. */
export function jobFor(core: DatabaseCore, compaction: Compaction): CompactionJob | undefined {
  const { options, versions } = core;
  if (options.compactor?.env !== core.env) return undefined;
  const { comparator, compression, filterPolicy, trace, traceGrain } = options;
  if (trace || traceGrain === 'entries' || comparator !== bytewiseComparator) return undefined;
  if (typeof compression !== 'string' || (filterPolicy && filterPolicy.bitsPerKey === undefined))
    return undefined;
  const { level, inputs, grandparents, limits, version } = compaction;
  const { smallest, largest } = rangeOf(version.comparator, inputs.flat());
  const below = Array.from({ length: LEVELS }, (_, deeper) =>
    deeper < level + 2
      ? []
      : copies(overlappingFiles(version, deeper, userKeyOf(smallest), userKeyOf(largest))),
  );
  return {
    directory: core.directory,
    level,
    inputs: [copies(inputs[0]), copies(inputs[1])],
    grandparents: copies(grandparents),
    below,
    smallestSnapshot: core.smallestSnapshot(),
    limits,
    blockSize: options.blockSize,
    blockRestartInterval: options.blockRestartInterval,
    compression,
    bitsPerKey: filterPolicy?.bitsPerKey,
    verifyChecksums: options.verifyChecksums,
    maxOpenFiles: options.maxOpenFiles,
    hasInflate: options.codec.inflate !== undefined,
    preferZlib: options.codec.preferZlib ?? false,
    numbers: versions.fileNumbers.memory,
  };
}

/** Keys can be parts of large buffers, which would cross as a whole. */
function copies(files: readonly FileMetaData[]): FileMetaData[] {
  const copy = (key: Uint8Array) => copyOf(key, 0, key.length);
  return files.map(({ number, size, smallest, largest }) => ({
    number,
    size,
    smallest: copy(smallest),
    largest: copy(largest),
  }));
}
