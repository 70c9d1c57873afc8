// The pieces of work that a trace tells of, as far as they have come.

import type { U64 } from '../../bytes/u64';
import type { FileMetaData, VersionEdit } from '../../manifest/version-edit';
import type { EventOf, FlushLevelReason, OutputEnd } from '../events';

/** Entries that a compaction looked at, and what became of them. */
export interface EntryCounts {
  entries: number;
  kept: number;
  shadowed: number;
  deletions: number;
}

export interface ManifestProgress {
  name: string;
  /** Edits that were read, or written into it. */
  edits: number;
  /** Where the last one that was read begins. */
  offset: number;
  isRead: boolean;
  /** Begun by this opening. */
  isNew: boolean;
}

export interface CountersProgress {
  comparator: string | undefined;
  logNumber: U64 | undefined;
  prevLogNumber: U64 | undefined;
  nextFileNumber: U64 | undefined;
  lastSequence: U64 | undefined;
}

/** A log that is replayed. */
export interface LogProgress {
  /** Index of its `log-begin`. */
  event: number;
  file: string;
  number: U64;
  bytes: number;
  /** Where the last batch begins. */
  offset: number;
  batches: number;
  operations: number;
  faults: number;
  droppedBytes: number;
  isOver: boolean;
  reused: boolean;
}

export interface MemtableProgress {
  /** As write_buffer_size counts them. */
  bytes: number;
  operations: number;
  log: string | undefined;
  /** Full ones that wait. */
  waiting: number;
}

export interface FlushProgress {
  /** Index of its `flush-begin`. */
  event: number;
  table: U64;
  log: string;
  entries: number;
  entriesTotal: number;
  memoryUsage: number;
  during: 'recovery' | 'writing';
  blocks: number;
  /** Entries of blocks that are written. */
  inBlocks: number;
  bytes: number;
  isOver: boolean;
  level: number | undefined;
  why: FlushLevelReason | undefined;
  file: FileMetaData | undefined;
}

export interface OutputProgress {
  /** Index of its `output-begin`. */
  event: number;
  table: U64;
  level: number;
  blocks: number;
  bytes: number;
  rawBytes: number;
  entries: number;
  /** Entries of blocks that are written, and those that were told one by one. */
  inBlocks: number;
  told: number;
  why: OutputEnd | undefined;
  file: FileMetaData | undefined;
}

export interface CompactionProgress {
  /** Index of its `pick`. */
  event: number;
  /** Counted from 1 since the database was opened. */
  ordinal: number;
  pick: EventOf<'pick'>;
  state: 'under way' | 'done' | 'failed';
  /** Of blocks; at the end of whole inputs. */
  bytesRead: number;
  /** Of finished outputs. */
  bytesFinished: number;
  /** The output that is being written. */
  output: OutputProgress | undefined;
  outputs: number;
  /** Of blocks that are through, and of what was told of entries: the greater ones hold. */
  byBlocks: EntryCounts;
  byEntries: EntryCounts;
}

/** What was done since the database was opened. */
export interface WorkTotals {
  flushes: number;
  compactions: number;
  moves: number;
  flushedBytes: number;
  /** Of them those of memtables that were written to after opening. */
  writtenBytes: number;
  /** Of compactions that are through. */
  bytesRead: number;
  bytesWritten: number;
  /** Of batches that were replayed or written, as far as they are told. */
  userBytes: number;
  userOperations: number;
}

export interface Failure {
  event: number;
  message: string;
  file: string | undefined;
  offset: U64 | undefined;
  during: Phase;
}

export type Phase = 'before' | 'recovery' | 'flush' | 'compaction' | 'idle' | 'failed';

export const NO_ENTRIES: Readonly<EntryCounts> = { entries: 0, kept: 0, shadowed: 0, deletions: 0 };

/** The counts of a compaction so far. */
export function countsOf({ byBlocks, byEntries }: CompactionProgress): EntryCounts {
  return {
    entries: Math.max(byBlocks.entries, byEntries.entries),
    kept: Math.max(byBlocks.kept, byEntries.kept),
    shadowed: Math.max(byBlocks.shadowed, byEntries.shadowed),
    deletions: Math.max(byBlocks.deletions, byEntries.deletions),
  };
}

export function bytesWrittenOf({ bytesFinished, output }: CompactionProgress): number {
  return bytesFinished + (output?.bytes ?? 0);
}

/** The counters after an edit. A comparator is named once. */
export function takeCounters(counters: CountersProgress, edit: VersionEdit): void {
  counters.comparator ??= edit.comparator;
  counters.logNumber = edit.logNumber ?? counters.logNumber;
  counters.prevLogNumber = edit.prevLogNumber ?? counters.prevLogNumber;
  counters.nextFileNumber = edit.nextFileNumber ?? counters.nextFileNumber;
  counters.lastSequence = edit.lastSequence ?? counters.lastSequence;
}
