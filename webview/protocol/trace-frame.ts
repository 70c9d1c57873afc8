// The picture of a trace after any number of its events.

import type { Listed } from './common';
import type {
  CompactionReason,
  EventRow,
  FlushLevelReason,
  KeyRef,
  OutputEnd,
  TracedOptions,
  U64,
} from './trace-event';
import type { EntryRow } from './trace-table';

export interface LevelShape {
  files: number;
  bytes: number;
}

export type Phase = 'before' | 'recovery' | 'flush' | 'compaction' | 'idle' | 'failed';

export interface ErrorFrame {
  event: number;
  message: string;
  file: string | undefined;
  offset: U64 | undefined;
  /** What was under way. */
  during: Phase;
}

export interface ManifestFrame {
  name: string;
  /** Edits that were read, and how many there are if the trace goes as far as its end. */
  edits: number;
  editsTotal: number | undefined;
  /** Where the last one that was read begins. */
  offset: number;
  /** Whether it has been read to its end. */
  isRead: boolean;
  /** Whether it is one that was begun while the trace ran. */
  isNew: boolean;
}

export interface CountersFrame {
  comparator: string | undefined;
  logNumber: U64 | undefined;
  prevLogNumber: U64 | undefined;
  nextFileNumber: U64 | undefined;
  lastSequence: U64 | undefined;
}

/** `score` is `value` / `limit`: files in level 0, bytes below. The last level has none. */
export interface LevelFrame {
  level: number;
  files: number;
  bytes: number;
  by: 'files' | 'bytes' | undefined;
  limit: number | undefined;
  /** As the engine told it last; undefined before it did. */
  score: number | undefined;
  /** compact_pointer_. */
  pointer: KeyRef | undefined;
  /** Where that is on the axis. */
  pointerPlace: number | undefined;
}

export interface LogFrame {
  file: string;
  number: U64;
  state: 'to replay' | 'too old' | 'unreadable' | 'under way' | 'replayed';
  /** Why it is too old (the MANIFEST's log number), or cannot be read. */
  why: string | undefined;
  /** Of the file; undefined if the trace does not tell. */
  bytes: number | undefined;
  /** Where the last batch begins that was replayed. */
  offset: number;
  batches: number;
  operations: number;
  faults: number;
  droppedBytes: number;
  /** Writes go on in it (reuse_logs). */
  reused: boolean;
}

export interface FaultFrame {
  event: number;
  file: string;
  offset: number;
  reason: string;
  /** Of damage outside of a batch. */
  bytes: number | undefined;
  /** Operations of the batch before the fault. */
  kept: number | undefined;
  ignored: boolean;
}

export interface MemtableFrame {
  /** As write_buffer_size counts them. */
  bytes: number;
  limit: number;
  /** Operations that entered it, as far as the trace's grain tells. */
  operations: number;
  /** The log that its writes are in. */
  log: string | undefined;
  /** Full ones that wait to be flushed. */
  waiting: number;
}

export interface FlushFrame {
  event: number;
  table: U64;
  log: string;
  entries: number;
  entriesTotal: number;
  memoryUsage: number;
  during: 'recovery' | 'writing';
  /** Of the table's blocks, and of the file at the end. */
  bytes: number;
  blocks: number;
  isOver: boolean;
  /** Where it went, and why no deeper; undefined before the end, and without a table. */
  level: number | undefined;
  why: FlushLevelReason | undefined;
  left: number | undefined;
  right: number | undefined;
}

/** Why a file is in a compaction. */
export type InputReason =
  | 'first'
  /** Of the level of the first, in its range. */
  | 'overlapping'
  | 'boundary'
  | 'expanded'
  /** Of the next level, in the range of the inputs. */
  | 'next level'
  /** Of a compaction by range. */
  | 'in range';

export interface EntryCounts {
  entries: number;
  kept: number;
  shadowed: number;
  deletions: number;
}

export interface InputFrame extends EntryCounts {
  number: U64;
  level: number;
  bytes: number;
  why: InputReason;
  /** Bytes and number of its blocks that were read. */
  bytesRead: number;
  blocksRead: number;
  /** Where the block begins that was read last. */
  block: number | undefined;
}

export interface OutputFrame {
  number: U64;
  level: number;
  blocks: number;
  /** Of blocks as far as they are written; of the file at the end. */
  bytes: number;
  rawBytes: number;
  entries: number;
  isOver: boolean;
  /** Why it ended. */
  why: OutputEnd | undefined;
  /** Its range on the axis, if the trace tells of its end, which may still be to come. */
  left: number | undefined;
  right: number | undefined;
}

/** The compaction under way, or the last one. */
export interface CompactionFrame extends EntryCounts {
  /** Of its pick. */
  event: number;
  /** Counted from 1. */
  ordinal: number;
  reason: CompactionReason;
  level: number;
  /** What it was due by: the score of its level; the table whose seeks are used up; the range that was asked for. */
  score: number | undefined;
  begin: Uint8Array | undefined;
  end: Uint8Array | undefined;
  pointerBefore: KeyRef | undefined;
  pointerAfter: KeyRef | undefined;
  first: U64 | undefined;
  trivialMove: boolean;
  expansionRefused: string | undefined;
  smallestSnapshot: U64;
  state: 'under way' | 'done' | 'failed';
  /** Of the level, and of the next one. */
  inputFiles: [number, number];
  inputBytes: [number, number];
  grandparentBytes: number;
  /** Of the level after the next that an output may overlap. */
  grandparentLimit: number;
  bytesRead: number;
  bytesWritten: number;
  inputs: Listed<InputFrame>;
  outputs: Listed<OutputFrame>;
  /** Numbers of tables, to be marked in the picture of the levels; each cut at 10,000. */
  marks: {
    inputs: Float64Array;
    overlapping: Float64Array;
    boundary: Float64Array;
    expanded: Float64Array;
    grandparents: Float64Array;
    outputs: Float64Array;
  };
}

/** All work of the trace up to the frame, since the database was opened last. */
export interface WorkFrame {
  flushes: number;
  compactions: number;
  moves: number;
  /** Of tables that flushes made. */
  flushedBytes: number;
  compactionBytesRead: number;
  compactionBytesWritten: number;
  /** Of user writes: of batches replayed and, in the grain `entries`, written. */
  userBytes: number;
  /**
   * Bytes written by flushes and compactions for each byte that came in: of user writes, or of flushed tables if those
   * are not told. Undefined if nothing came in.
   */
  writeAmplification: number | undefined;
  amplifiedBy: 'user bytes' | 'flushed bytes' | undefined;
  /** Of tables of the version that opening found, and of the present one. */
  spaceBefore: number;
  spaceNow: number;
}

/** The edit that was written last. */
export interface WrittenEditFrame {
  event: number;
  manifest: string;
  newManifest: boolean;
  logNumber: U64 | undefined;
  nextFileNumber: U64 | undefined;
  lastSequence: U64 | undefined;
  pointers: number[];
  added: Listed<{ level: number; number: U64; bytes: number }>;
  removed: Listed<{ level: number; number: U64 }>;
}

export interface RemovedFrame {
  event: number;
  file: string;
  kind: 'log' | 'manifest' | 'table' | 'temporary';
}

export interface StallFrame {
  total: number;
  last: { event: number; why: string; level0Files: number } | undefined;
}

export interface SeekFrame {
  number: U64;
  level: number;
  /** By its size. */
  allowed: number;
  left: number;
  charged: number;
  by: 'get' | 'sample';
}

/** What LevelDB would do next (PickCompaction): the highest score from 1 on, else a table whose seeks are used up. */
export type DueFrame =
  | { why: 'memtable'; waiting: number }
  | { why: 'size'; level: number; score: number }
  | { why: 'seek'; level: number; table: U64 };

/** What the event that was last says of itself, where the rest of the picture does not show it. */
export type StepFrame =
  | {
      type: 'manifest-edit';
      /** Whether it names the comparator; tables; levels whose compaction pointers it sets; whether it sets counters. */
      comparator: boolean;
      added: number;
      removed: number;
      pointers: number;
      counters: boolean;
    }
  | { type: 'log-skipped'; file: string; logNumber: U64 }
  | { type: 'log-unreadable'; file: string; message: string }
  | { type: 'log-batch'; file: string; offset: number; sequence: U64; count: number }
  | { type: 'log-batch-fault'; file: string; offset: number; reason: string; kept: number; ignored: boolean }
  | { type: 'log-dropped'; file: string; offset: number; bytes: number; reason: string; ignored: boolean }
  | { type: 'log-end'; file: string; batches: number; maxSequence: U64; reused: boolean }
  | { type: 'memtable-switch'; log: string; memoryUsage: number; entries: number }
  | { type: 'compact-range'; begin: Uint8Array | undefined; end: Uint8Array | undefined; deepest: number }
  | { type: 'move'; table: U64; level: number; bytes: number }
  | { type: 'input-block'; table: U64; level: number; offset: number; bytes: number }
  | ({ type: 'input-block-end'; table: U64; level: number; offset: number } & EntryCounts)
  | { type: 'output-block'; table: U64; offset: number; bytes: number; rawBytes: number; entries: number }
  | { type: 'entry-kept'; entry: EntryRow }
  | { type: 'entry-dropped'; entry: EntryRow }
  | { type: 'output-begin'; table: U64; level: number }
  | { type: 'output-end'; table: U64; bytes: number; entries: number; why: OutputEnd }
  | { type: 'write'; sequence: U64; count: number; bytes: number }
  | { type: 'remove'; file: string; kind: RemovedFrame['kind'] }
  | { type: 'stall'; why: 'slow down' | 'memtable full' | 'too many files in level 0'; level0Files: number }
  | { type: 'seek-charge'; table: U64; level: number; left: number; by: 'get' | 'sample' }
  | { type: 'error'; message: string; file: string | undefined; offset: U64 | undefined };

/** The picture after `at` events. Lists are cut at 1000; totals are not. */
export interface TraceFrame {
  at: number;
  events: number;
  /** The event that was last. */
  event: EventRow | undefined;
  step: StepFrame | undefined;
  phase: Phase;
  /** Which tables to draw: `tables` has to be asked again when it is another one. */
  versionId: number;
  directory: string | undefined;
  options: TracedOptions | undefined;
  /** Of CURRENT. */
  current: string | undefined;
  manifest: ManifestFrame | undefined;
  counters: CountersFrame;
  levels: LevelFrame[];
  logs: Listed<LogFrame>;
  missing: Listed<string>;
  faults: Listed<FaultFrame>;
  memtable: MemtableFrame;
  /** Under way, or the last one. */
  flush: FlushFrame | undefined;
  compaction: CompactionFrame | undefined;
  work: WorkFrame;
  edit: WrittenEditFrame | undefined;
  removed: Listed<RemovedFrame>;
  stalls: StallFrame;
  /** Tables that seeks were charged to, those with the fewest left first. */
  seeks: Listed<SeekFrame>;
  due: DueFrame | undefined;
  error: ErrorFrame | undefined;
}

/** The tables of a version, as arrays of one length, on the one axis of the trace (places 0 to 1). */
export interface TraceTables {
  versionId: number;
  numbers: Float64Array;
  levels: Uint8Array;
  sizes: Float64Array;
  left: Float32Array;
  right: Float32Array;
}
