// What the worker of a write-ahead log can be asked. Everything but `open` needs the survey, a job, to have run.

import type { ItemKind } from '../engine/recovery/log-survey';
import type { Page, U64 } from './api';
import type { FileCalls } from './file-api';
import type { AnnotatedBytes } from './table-api';

export type { ItemKind } from '../engine/recovery/log-survey';

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

export interface DropView {
  offset: number;
  bytes: number;
  reason: string;
}

/** What opening the database makes of the log. */
export interface OutcomeView {
  failure: DropView | undefined;
  drops: DropView[];
  batches: number;
  operations: number;
  firstSequence: U64 | undefined;
  lastSequence: U64 | undefined;
  stop: { offset: number; why: 'end of file' | 'torn tail' | 'damage' };
}

export interface LogOverview {
  items: number;
  batches: number;
  operations: number;
  puts: number;
  deletions: number;
  lenient: OutcomeView;
  paranoid: OutcomeView;
  jumps: { batch: number; offset: number; expected: U64; found: U64; kind: 'gap' | 'repeat' }[];
  sound: { offset: number; length: number; type: number }[];
}

/** All physical items, in order. */
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
  /** Sets the filter of `operations`; returns how many there are. */
  filter(filter: OperationFilter): number;
  /** Writes every batch as a JSON line, as `lsm wal --json` does; returns how many. */
  export(path: string): number;
}
