// What the worker of a write-ahead log can be asked. Everything but `open` needs the survey, a job, to have run.

import type { ItemKind, Listed, ReplayOutcome, SequenceJump } from '../engine/recovery/log-survey';
import type { SoundRecord } from '../engine/recovery/sound-records';
import type { Page, U64 } from './api';
import type { FileCalls } from './file-api';
import type { AnnotatedBytes } from './table-api';

export type { ItemKind, ReplayOutcome } from '../engine/recovery/log-survey';

export interface LogFileSummary {
  name: string;
  bytes: number;
  /** What the MANIFEST beside it says; undefined if there is none. */
  state:
    | {
        manifest: string;
        live: boolean;
        logNumber: U64;
        flushedBy: { edit: number; tables: U64[] } | undefined;
      }
    | undefined;
}

export interface LogOverview {
  items: number;
  batches: number;
  operations: number;
  puts: number;
  deletions: number;
  lenient: ReplayOutcome;
  paranoid: ReplayOutcome;
  jumps: Listed<SequenceJump>;
  sound: Listed<SoundRecord>;
}

/** The physical items to draw; where there are very many, neighbours are one, with the kind of what is worst. */
export interface LogMap {
  starts: Float64Array;
  ends: Float64Array;
  /** Indices into the engine's ITEM_KINDS. */
  kinds: Uint8Array;
}

export interface ItemRow {
  offset: number;
  /** Bytes in the file, the header included. */
  size: number;
  kind: ItemKind;
  /** 32 KiB each. */
  block: number;
  /** Of a record: payload and checksum. */
  length: number | undefined;
  checksum: number | undefined;
  reason: string | undefined;
}

export interface BatchRow {
  offset: number;
  bytes: number;
  sequence: U64;
  count: number;
  fragments: number;
  fault: string | undefined;
}

export interface OperationRow {
  batch: number;
  offset: number;
  sequence: U64;
  type: 'value' | 'deletion';
  key: Uint8Array;
  preview: Uint8Array;
  valueBytes: number;
}

export interface OperationFilter {
  /** Bytes that the key contains. */
  key?: Uint8Array;
  type?: 'value' | 'deletion';
}

export interface LogCalls extends FileCalls<LogFileSummary> {
  map(): LogMap;
  items(start: number, end: number): Page<ItemRow>;
  batches(start: number, end: number): Page<BatchRow>;
  /** Of the filter that was set last. */
  operations(start: number, end: number): Page<OperationRow>;
  /** The value of an operation, by its row under the filter. */
  value(row: number, limit: number): Uint8Array | undefined;
  itemBytes(item: number): AnnotatedBytes;
  /** The payloads of a batch's fragments, joined. */
  batchBytes(batch: number): AnnotatedBytes;
  itemAt(offset: number): number;
  batchAt(offset: number): number;
}

export interface LogJobs {
  survey(): LogOverview;
  /**
   * Sets the filter of `operations`; returns how many there are. Undefined if another filter was asked for meanwhile: that
   * one holds.
   */
  filter(filter: OperationFilter): number | undefined;
  /** Writes every batch and damage as a JSON line, as `lsm wal --json` does; returns how many lines. */
  export(path: string): number;
}
