// What the write-ahead log editor's page asks the extension. Sequences are text: they can be above 2^53.

import type { BytesPage } from './bytes';
import type { CommonCalls, Listed } from './common';

/** Kinds of physical items, by `LogMapData.kinds`. */
export const ITEM_KINDS = [
  'full',
  'first',
  'middle',
  'last',
  'trailer',
  'preallocated',
  'damage',
  'torn',
] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

export interface DropView {
  offset: number;
  bytes: number;
  reason: string;
}

export interface OutcomeView {
  failure: DropView | undefined;
  drops: Listed<DropView>;
  batches: number;
  operations: number;
  firstSequence: string | undefined;
  lastSequence: string | undefined;
  stop: { offset: number; why: 'end of file' | 'torn tail' | 'damaged tail' | 'damage'; message?: string };
}

export interface LogFile {
  name: string;
  bytes: number;
  /** What the MANIFEST beside it says; undefined if there is none. */
  state:
    | {
        manifest: string;
        live: boolean;
        logNumber: string;
        flushedBy: { edit: number; tables: string[] } | undefined;
      }
    | undefined;
}

export interface LogOverview {
  items: number;
  batches: number;
  operations: number;
  puts: number;
  deletions: number;
  lenient: OutcomeView;
  paranoid: OutcomeView;
  jumps: Listed<{ batch: number; offset: number; expected: string; found: string; kind: 'gap' | 'repeat' }>;
  /** Whole records that recovery does not read. */
  sound: Listed<{ offset: number; length: number; type: number }>;
}

/** Buffers of Float64 (starts, ends) and one byte each (kinds). */
export interface PackedLogMap {
  starts: Uint8Array;
  ends: Uint8Array;
  kinds: Uint8Array;
}

export interface ItemRow {
  offset: number;
  size: number;
  kind: ItemKind;
  block: number;
  length: number | undefined;
  checksum: number | undefined;
  reason: string | undefined;
}

export interface BatchRow {
  offset: number;
  bytes: number;
  sequence: string;
  count: number;
  fragments: number;
  fault: string | undefined;
}

export interface OperationRow {
  batch: number;
  offset: number;
  /** `sequence` is the grid's own word for what tells rows of one key apart. */
  sequenceNumber: string;
  type: 'value' | 'deletion';
  userKey: Uint8Array;
  preview: Uint8Array;
  valueBytes: number;
}

export interface OperationFilter {
  key?: Uint8Array;
  type?: 'value' | 'deletion';
}

/** Webview to extension. */
export interface LogPageCalls extends CommonCalls {
  open(): LogFile;
  /** Reads the whole log; VS Code shows the progress. */
  survey(): LogOverview;
  map(): PackedLogMap;
  items(start: number, end: number): { rows: ItemRow[]; total: number };
  batches(start: number, end: number): { rows: BatchRow[]; total: number };
  operations(start: number, end: number): { rows: OperationRow[]; total: number };
  /** How many operations there are; undefined if another filter was asked for meanwhile. */
  filter(filter: OperationFilter): number | undefined;
  value(row: number): { found: boolean; value: Uint8Array };
  itemBytes(item: number): BytesPage;
  batchBytes(batch: number): BytesPage;
  itemAt(offset: number): number;
  batchAt(offset: number): number;
  exportBatches(): void;
  openManifest(edit: number): void;
  openTable(number: string): void;
}
