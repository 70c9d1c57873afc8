// The words of a trace's events, and its events as lines. User keys are bytes.

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
