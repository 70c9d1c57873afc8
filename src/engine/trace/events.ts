// What a writing database tells of itself, step by step. A view can be drawn from these alone: every number, range and
// reason that it shows is in an event. README.md has the schema; `TRACE_VERSION` counts its changes.

import type { U64 } from '../bytes/u64';
import type { CompactionReason } from '../compaction/compaction';
import type { CompactionLimits } from '../compaction/limits';
import type { FileMetaData, VersionEdit } from '../manifest/version-edit';

export const TRACE_VERSION = 2;

/** `files`: files, blocks and decisions. `entries`: single entries too, kept or dropped and why. */
export type TraceGrain = 'files' | 'entries';

/** Why an entry is not in a compaction's output. */
export type DropReason =
  /** A newer version at or below the oldest snapshot hides it from every reader. */
  | 'shadowed'
  /** A deletion at or below the oldest snapshot with nothing below it to delete. */
  | 'deletion with nothing below';

/** Why an entry that a reader of the newest state does not see is kept. */
export type KeepReason =
  | 'newest'
  | 'a snapshot needs it'
  | 'a deletion that hides something below'
  | 'unreadable key';

/** Why an output ended. */
export type OutputEnd = 'file size' | 'grandparent overlap' | 'end of input';

/** What the database was opened with, as far as it decides what happens. Sizes are in bytes. */
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
  /** The policy's name. */
  filterPolicy: string | undefined;
  /** When a compaction is due and where its outputs end. */
  limits: CompactionLimits;
}

export type RecoveryEvent =
  | { type: 'open'; directory: string; options: TracedOptions; grain: TraceGrain }
  | { type: 'lock' }
  | { type: 'create'; manifest: string }
  | { type: 'current'; manifest: string }
  | { type: 'manifest-edit'; manifest: string; index: number; offset: number; edit: VersionEdit }
  | {
      type: 'manifest-end';
      manifest: string;
      edits: number;
      nextFileNumber: U64;
      logNumber: U64;
      prevLogNumber: U64;
      lastSequence: U64;
      levels: FileMetaData[][];
      /** Of levels 0 to 5. */
      scores: number[];
      /** Whether the MANIFEST is continued (reuse_logs) or a new one will be written. */
      reused: boolean;
    }
  | { type: 'missing-files'; files: string[] }
  /** A log that is not replayed: its number is below the MANIFEST's. */
  | { type: 'log-skipped'; file: string; number: U64; logNumber: U64 }
  /** The logs that are to be replayed, in order. */
  | { type: 'logs'; files: string[] }
  | { type: 'log-begin'; file: string; number: U64; bytes: number }
  /** A log that cannot be read and is passed by. */
  | { type: 'log-unreadable'; file: string; number: U64; message: string }
  | {
      type: 'log-batch';
      file: string;
      offset: number;
      /** Of the record's payload. */
      bytes: number;
      sequence: U64;
      count: number;
      /** Of the memtable after the batch, as write_buffer_size counts it. */
      memoryUsage: number;
    }
  /** A fault in a batch: the operations before it are kept, unless recovery fails at it. */
  | { type: 'log-batch-fault'; file: string; offset: number; reason: string; kept: number; ignored: boolean }
  | { type: 'log-dropped'; file: string; offset: number; bytes: number; reason: string; ignored: boolean }
  | { type: 'log-end'; file: string; batches: number; maxSequence: U64; reused: boolean }
  | { type: 'open-end'; lastSequence: U64; logFile: string };

export type FlushEvent =
  /** `name` of a log that takes the writes from now on; the memtable before it waits to be flushed. */
  | { type: 'memtable-switch'; log: string; memoryUsage: number; entries: number; waiting: number }
  | {
      type: 'flush-begin';
      table: U64;
      /** The log that the memtable's writes are in. */
      log: string;
      entries: number;
      memoryUsage: number;
      during: 'recovery' | 'writing';
    }
  | { type: 'flush-progress'; table: U64; entries: number; entriesTotal: number; bytesWritten: number }
  | {
      type: 'flush-end';
      table: U64;
      bytes: number;
      level: number;
      /** Undefined if the memtable was empty: then there is no table. */
      file: FileMetaData | undefined;
      why: FlushLevelReason;
    };

/** Why a flush stopped at its level. */
export type FlushLevelReason =
  | 'recovery always flushes to level 0'
  | 'it overlaps level 0'
  | 'it overlaps the next level'
  | 'it overlaps too much of the level after the next'
  | 'no flush goes deeper'
  | 'nothing to flush';

export type CompactionEvent =
  /** CompactRange: the user keys from `begin` to `end`, both included, down to level `deepest`. */
  | { type: 'compact-range'; begin: Uint8Array | undefined; end: Uint8Array | undefined; deepest: number }
  | {
      type: 'pick';
      reason: CompactionReason;
      level: number;
      /** What is left of the range of a manual one, user keys; an open end is undefined. */
      begin: Uint8Array | undefined;
      end: Uint8Array | undefined;
      /** Of levels 0 to 5: at 1 a compaction is due. */
      scores: number[];
      /** The level's compaction pointer before and after, internal keys. */
      pointerBefore: Uint8Array | undefined;
      pointerAfter: Uint8Array | undefined;
      inputs: [FileMetaData[], FileMetaData[]];
      first: U64 | undefined;
      /** Numbers of inputs and why they are in, besides the first and the overlapping ones of the next level. */
      overlapping: U64[];
      boundary: U64[];
      expanded: U64[];
      expansionRefused: string | undefined;
      grandparents: FileMetaData[];
      trivialMove: boolean;
      /** Entries at or below this are seen by no reader if something newer hides them. */
      smallestSnapshot: U64;
    }
  | { type: 'move'; level: number; file: FileMetaData }
  /** `bytesRead` of blocks as they are stored, `bytesTotal` of all inputs. */
  | {
      type: 'compaction-progress';
      entries: number;
      bytesRead: number;
      bytesTotal: number;
      bytesWritten: number;
    }
  /** A data block of an input was read: `bytes` in the file, its trailer included. */
  | { type: 'input-block'; table: U64; level: number; offset: number; bytes: number }
  /** All entries of a data block of an input have been looked at: how many, and what became of them. */
  | {
      type: 'input-block-end';
      table: U64;
      level: number;
      offset: number;
      entries: number;
      kept: number;
      shadowed: number;
      deletions: number;
    }
  /** A data block of an output, of a flush too, was written. `compression` is its trailer's number. */
  | {
      type: 'output-block';
      table: U64;
      offset: number;
      bytes: number;
      rawBytes: number;
      entries: number;
      compression: number;
    }
  /** `from` is the table that it was read from, `block` the offset of its block: undefined in traces of version 1. */
  | {
      type: 'entry-kept';
      key: Uint8Array;
      valueBytes: number;
      why: KeepReason;
      output: U64;
      from: U64 | undefined;
      block: number | undefined;
    }
  | {
      type: 'entry-dropped';
      key: Uint8Array;
      valueBytes: number;
      why: DropReason;
      by: U64 | undefined;
      from: U64 | undefined;
      block: number | undefined;
    }
  | { type: 'output-begin'; table: U64; level: number }
  | { type: 'output-end'; table: U64; file: FileMetaData; entries: number; why: OutputEnd }
  | {
      type: 'compaction-end';
      level: number;
      bytesRead: number;
      bytesWritten: number;
      entriesRead: number;
      entriesKept: number;
      /** Entries that were dropped, for each of the two reasons. */
      shadowed: number;
      deletions: number;
    };

export type StateEvent =
  /** A batch that was written. `memoryUsage` is the memtable's after it. Of the grain `entries`. */
  | { type: 'write'; sequence: U64; count: number; bytes: number; memoryUsage: number }
  /** An edit was written and applied: `levels` is the version after it. */
  | {
      type: 'version';
      edit: VersionEdit;
      levels: FileMetaData[][];
      /** Of levels 0 to 5. */
      scores: number[];
      manifest: string;
      newManifest: boolean;
    }
  | { type: 'remove'; file: string; kind: 'log' | 'manifest' | 'table' | 'temporary' }
  | { type: 'stall'; why: 'slow down' | 'memtable full' | 'too many files in level 0'; level0Files: number }
  | { type: 'seek-charge'; table: U64; level: number; left: number; by: 'get' | 'sample' }
  /** What ended a piece of work, in LevelDB's words, and where it was met. */
  | { type: 'error'; message: string; file: string | undefined; offset: U64 | undefined };

export type TraceEvent = RecoveryEvent | FlushEvent | CompactionEvent | StateEvent;

export type EventOf<Type extends TraceEvent['type']> = Extract<TraceEvent, { type: Type }>;

/** A piece of work that tells what it does; stepping it and running it are the same. */
export type Steps<Result> = Generator<TraceEvent, Result>;

/** Runs steps to their end, telling each to `trace`. */
export function runSteps<Result>(steps: Steps<Result>, trace?: (event: TraceEvent) => void): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    trace?.(step.value);
  }
}
