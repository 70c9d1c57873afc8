// A database in the memory of a worker, to try things on: nothing of it is on a disk.

import type { U64 } from '../engine/bytes/u64';
import type { CompactionLimits } from '../engine/compaction/limits';
import type { TraceEvent, TraceGrain } from '../engine/trace/events';

export interface ScratchOptions {
  writeBufferSize?: number;
  maxWriteBufferNumber?: number;
  maxFileSize?: number;
  bloomBits?: number;
  limits?: Partial<CompactionLimits>;
  traceGrain?: TraceGrain;
}

/** Without a value: a deletion. */
export type ScratchOperation = readonly [key: Uint8Array, value?: Uint8Array];

export interface ScratchState {
  lastSequence: U64;
  /** Files of each level. */
  files: number[];
  /** Whether something is under way or due in the background. */
  hasWork: boolean;
}

export interface ScratchCalls {
  /** A new one; the one before is gone. */
  open(options: ScratchOptions): ScratchState;
  /** Each list of operations is a batch. */
  write(batches: ScratchOperation[][]): ScratchState;
  get(key: Uint8Array): Uint8Array | undefined;
  state(): ScratchState;
  /** What happened since the last call, oldest first. */
  takeTrace(): TraceEvent[];
  /** Whether the work in the background goes on by itself (as at first) or by `step`. */
  setRunning(isRunning: boolean): void;
  /** Does a little of the work in the background; undefined if there is none. */
  step(): TraceEvent | undefined;
  close(): void;
}

// biome-ignore lint/complexity/noBannedTypes: no jobs yet
export type ScratchJobs = {};
