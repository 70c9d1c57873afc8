// A trace as its page sees it: the picture after any number of its events, lists of events, tables and entries. The
// worker makes all of it from the events alone and the extension hands it on as it is. User keys are bytes.

import type { CommonCalls, Listed } from './common';

export type { Listed } from './common';

/** An unsigned integer of 64 bits: a number up to 2^53 - 1, a bigint above. */
export type U64 = number | bigint;

/** `files`: files, blocks and decisions. `entries`: single entries too. */
export type TraceGrain = 'files' | 'entries';

export type CompactionReason = 'size' | 'seek' | 'manual';
export type DropReason = 'shadowed' | 'deletion with nothing below';
export type KeepReason =
  | 'newest'
  | 'a snapshot needs it'
  | 'a deletion that hides something below'
  | 'unreadable key';
export type OutputEnd = 'file size' | 'grandparent overlap' | 'end of input';
export type FlushLevelReason =
  | 'recovery always flushes to level 0'
  | 'it overlaps level 0'
  | 'it overlaps the next level'
  | 'it overlaps too much of the level after the next'
  | 'no flush goes deeper'
  | 'nothing to flush';

/** When a compaction is due and where its outputs end. */
export interface CompactionLimits {
  /** Level 0 is compacted at this many files. */
  level0Files: number;
  level0SlowdownFiles: number;
  level0StopFiles: number;
  /** Bytes; each further level ten times as many. */
  level1Bytes: number;
  maxFlushLevel: number;
  maxFileBytes: number;
}

/** What the database was opened with. Sizes are in bytes. */
export interface TracedOptions {
  comparator: string;
  createIfMissing: boolean;
  paranoidChecks: boolean;
  verifyChecksums: boolean;
  reuseLogs: boolean;
  writeBufferSize: number;
  maxWriteBufferNumber: number;
  blockSize: number;
  blockRestartInterval: number;
  /** `none`, `snappy`, or the number that a block's trailer has for another. */
  compression: string;
  filterPolicy: string | undefined;
  limits: CompactionLimits;
}

export type EventType =
  | 'open'
  | 'lock'
  | 'create'
  | 'current'
  | 'manifest-edit'
  | 'manifest-end'
  | 'missing-files'
  | 'log-skipped'
  | 'logs'
  | 'log-begin'
  | 'log-unreadable'
  | 'log-batch'
  | 'log-batch-fault'
  | 'log-dropped'
  | 'log-end'
  | 'open-end'
  | 'memtable-switch'
  | 'flush-begin'
  | 'flush-progress'
  | 'flush-end'
  | 'compact-range'
  | 'pick'
  | 'move'
  | 'compaction-progress'
  | 'input-block'
  | 'input-block-end'
  | 'output-block'
  | 'entry-kept'
  | 'entry-dropped'
  | 'output-begin'
  | 'output-end'
  | 'compaction-end'
  | 'write'
  | 'version'
  | 'remove'
  | 'stall'
  | 'seek-charge'
  | 'error';

export interface KeyRef {
  userKey: Uint8Array;
  sequence: U64;
  type: 'value' | 'deletion';
}

export interface AxisTick {
  place: number;
  key: Uint8Array;
}

export interface Page<Row> {
  /** Rows that the filter lets through. */
  total: number;
  rows: Row[];
}

/** What to record: compactions, or opening for writing and no more. */
export type TraceRequest =
  | { kind: 'compact'; from?: Uint8Array; to?: Uint8Array }
  /** A level into the next one. */
  | { kind: 'compact-level'; level: number }
  /** What LevelDB would do by itself after opening. */
  | { kind: 'compact-auto' }
  | { kind: 'recover' };

/** Otherwise than LevelDB and the database have it. What is left out stays. */
export interface WhatIf {
  grain?: TraceGrain;
  limits?: Partial<CompactionLimits>;
  /** Bytes. */
  writeBufferSize?: number;
  /** paranoid_checks. */
  paranoid?: boolean;
}

/** Where a trace is from. */
export type TraceSource =
  | { kind: 'recorded'; directory: string; request: TraceRequest; options: WhatIf }
  | { kind: 'file'; path: string; engine: string; dryRun: boolean; directory: string | undefined };

/** What a bounded recording left out: nothing of the kind `without` is in it from event `from` on. */
export interface LeftOut {
  without: 'entries' | 'blocks' | 'everything';
  from: number;
  /** Events that were left out. */
  events: number;
}

export interface LevelShape {
  files: number;
  bytes: number;
}

export interface TraceSummary {
  /** Of the folder or the file. */
  title: string;
  source: TraceSource;
  /** Undefined if the trace has no event of opening. */
  options: TracedOptions | undefined;
  grain: TraceGrain;
  /** How many events: frames go from 0, before all, to this. */
  events: number;
  leftOut: LeftOut[];
  /** Of what opening found, and at the end. */
  levelsBefore: LevelShape[];
  levelsAfter: LevelShape[];
  /** Some keys of the axis that all tables are drawn on. */
  ticks: AxisTick[];
  /** What ended it, if something did: its last error. */
  error: ErrorFrame | undefined;
  /** Whether there is a dry run behind it that `apply` would do. */
  applicable: boolean;
}

/** An event in one line. */
export interface EventRow {
  index: number;
  type: EventType;
  text: string;
}

/** What can be jumped to. */
export type LandmarkKind =
  /** A compaction is picked. */
  | 'decision'
  /** A flush begins. */
  | 'flush'
  /** A compaction or a move is through. */
  | 'compaction'
  /** An edit is read, or written. */
  | 'edit'
  /** A log is replayed, passed by or too old. */
  | 'log'
  /** Damage that is told of. */
  | 'fault'
  /** An output begins or ends. */
  | 'output'
  | 'stall'
  | 'error';

export interface Landmark extends EventRow {
  kind: LandmarkKind;
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

export interface EventFilter {
  types?: EventType[];
  /** Only events that name this table. */
  table?: U64;
}

/** `text` in an event's line, in any case; of some types; that name a table. All that are given must hold. */
export interface EventQuery extends EventFilter {
  text?: string;
}

/** A search looks at so many events at a time: without `found` it goes on at `next`; without both there is no more. */
export interface FoundEvent {
  found: EventRow | undefined;
  next: number | undefined;
}

/** How a table came or went. */
export interface TableWay {
  /** The event that made it so. */
  event: number;
  how: 'manifest' | 'flush' | 'compaction' | 'move' | 'edit';
  text: string;
  /** The tables that went into it, or that it went into. */
  tables: Listed<U64>;
}

export interface TraceTableDetails {
  number: U64;
  /** In the frame's version; undefined if it is not in it. */
  level: number | undefined;
  bytes: number;
  smallest: KeyRef;
  largest: KeyRef;
  seeksAllowed: number;
  seeksLeft: number;
  chargedByGets: number;
  chargedBySamples: number;
  from: TableWay | undefined;
  /** Undefined if it is there at the end. */
  to: TableWay | undefined;
  stays: Listed<{ level: number; added: number; removed: number | undefined }>;
  /** What the frame's compaction has with it. */
  role: InputReason | 'grandparent' | 'output' | undefined;
}

export type TableRole = 'input' | 'output';

/** A data block of a table that was read or written. Counts are undefined before they are told. */
export interface BlockRow {
  event: number;
  offset: number;
  bytes: number;
  /** Before compression; of outputs. */
  rawBytes: number | undefined;
  entries: number | undefined;
  kept: number | undefined;
  shadowed: number | undefined;
  deletions: number | undefined;
}

/** An entry that a compaction read. `from` and `block` are undefined in traces of version 1. */
export interface EntryRow {
  event: number;
  key: KeyRef;
  valueBytes: number;
  kept: boolean;
  why: KeepReason | DropReason;
  /** The sequence that hides it. */
  by: U64 | undefined;
  from: U64 | undefined;
  block: number | undefined;
  output: U64 | undefined;
}

export interface EntriesRequest {
  table: U64;
  role: TableRole;
  /** The offset of one block of an input. */
  block?: number;
}

/** How recovering with one setting ends. */
export interface RecoverySide {
  paranoid: boolean;
  /** LevelDB's status, if the database cannot be opened, and where. */
  failure: ErrorFrame | undefined;
  /** The picture after the last step before it failed. */
  failedAt: TraceFrame | undefined;
  logsReplayed: number;
  batches: number;
  operations: number;
  droppedBytes: number;
  faults: Listed<FaultFrame>;
  /** Live entries that a reader sees then; undefined if it cannot be opened. */
  entries: number | undefined;
  /** Damage that reading everything meets. */
  readFailure: string | undefined;
  lastSequence: U64 | undefined;
  levels: LevelShape[];
  removes: Listed<string>;
  losses: LossCounts;
  /** Keys that read otherwise than if everything that is sound had been replayed. */
  lost: Listed<LostKey>;
}

export interface LossCounts {
  /** Keys that are gone. */
  gone: number;
  /** Keys that read with an older value. */
  older: number;
  /** Keys whose deletion is lost. */
  back: number;
}

export interface LostKey {
  change: 'gone' | 'older' | 'back';
  key: Uint8Array;
  /** The record that has it and is not replayed, if that is known. */
  file: string | undefined;
  offset: number | undefined;
}

/** Recovery as it is, and with paranoid_checks. */
export interface RecoveryComparison {
  directory: string;
  lenient: RecoverySide;
  paranoid: RecoverySide;
  /** What sound records would give: all that is replayed, and those that recovery passes by. */
  salvageable: { entries: number; records: number; operations: number } | undefined;
  /** Why that cannot be told. */
  unsalvageable: string | undefined;
}

/** What can be asked of a trace that is there. */
export interface TraceReading {
  frame(at: number): TraceFrame;
  tables(versionId: number): TraceTables;
  /** Rows [start, end) of the events that a filter lets through. */
  events(start: number, end: number, filter: EventFilter): Page<EventRow>;
  /** Among the events that a filter lets through, the place of an event or of the last one before it; -1 if there is none. */
  rowOf(event: number, filter: EventFilter): number;
  /** An event's fields, as its line in a file has them, cut at 20,000 characters. */
  eventJson(index: number): string;
  /** Looks from an event on, this one included. */
  find(query: EventQuery, from: number, direction: 'forward' | 'backward'): FoundEvent;
  /** The next landmark behind an event, or the last one before it; undefined if there is none. */
  nextOf(kind: LandmarkKind, from: number, direction: 'forward' | 'backward'): Landmark | undefined;
  /** Landmarks of some kinds, evenly thinned out where there are more than 1000. */
  landmarks(kinds: LandmarkKind[]): Listed<Landmark>;
  tableDetails(table: U64, at: number): TraceTableDetails | undefined;
  /** Blocks of a table that the first `at` events read or wrote, in order. */
  blocks(table: U64, role: TableRole, at: number, start: number, end: number): Page<BlockRow>;
  /** Entries, of the grain `entries`. */
  entries(request: EntriesRequest, start: number, end: number): Page<EntryRow>;
}

export interface TraceProgress {
  detail: string;
  done: number;
  total: number;
}

export type TracePhase = 'recording' | 'ready' | 'failed' | 'applying' | 'applied';

export interface TraceView {
  /** What is traced, in words. */
  title: string;
  /** The database's folder, or the file. */
  path: string;
  phase: TracePhase;
  /** Counts the recordings: with another one all frames are others. */
  run: number;
  progress: TraceProgress;
  /** Why there is no trace, or why it was not applied. */
  failure: { message: string; advice: string } | undefined;
  summary: TraceSummary | undefined;
  whatIf: WhatIf;
  /** Whether this workspace may be changed. */
  mayApply: boolean;
  /** What was done, one line each, and where the backup is. */
  account: string[];
}

export interface TracePageCalls extends CommonCalls, TraceReading {
  open(): TraceView;
  /** Records anew, with other thresholds; of a recorded trace only. */
  record(whatIf: WhatIf): void;
  /** Asks for a file, and writes the trace into it; false if none was chosen. */
  save(): boolean;
  /** Asks for a file, and writes a line of text for each event; false if none was chosen. */
  exportText(): boolean;
  /** Recovers in both ways, lenient and paranoid, each on an overlay; of a recorded recovery only. */
  compare(): RecoveryComparison;
  apply(): void;
  /** Drops the trace and closes the panel; stops a recording that is under way. */
  discard(): void;
  /** Undoes what was applied. */
  restore(): void;
  revealBackup(): void;
  /** Opens a file of the database in its editor, at an offset. */
  openFile(name: string, offset?: number): void;
}

export interface TracePageEvents {
  /** The view has to be asked for again. */
  changed: Record<string, never>;
  progress: TraceProgress;
}
