// What the worker of a table can be asked.

import type { TableHistory } from '../engine/db/table-history';
import type { Annotation } from '../engine/table/annotate';
import type { RegionKind, TableRegion } from '../engine/table/layout';
import type { TableSurvey } from '../engine/table/survey';
import type { KeyRef, Page, Problem, U64 } from './api';
import type { FileCalls } from './file-api';

export type { RegionKind } from '../engine/table/layout';

/** By `TableMap.kinds`. */
export const REGION_KINDS: readonly RegionKind[] = [
  'data',
  'filter',
  'meta',
  'metaindex',
  'index',
  'footer',
  'gap',
  'unknown',
];

export interface TableSummary {
  name: string;
  bytes: number;
  comparator: string;
  /** Whether the order of keys is certain. */
  orderKnown: boolean;
  /** False if footer or index are lost: then there are no entries. */
  readable: boolean;
  regions: number;
  dataBlocks: number;
  /** The metaindex's name of the filter block. */
  filter: string | undefined;
  filters: number;
  /** What the MANIFEST beside it says; undefined if there is none. */
  history: TableHistory | undefined;
  problems: Problem[];
}

/** All regions of the file, in order: [starts[i], ends[i]), a trailer included. */
export interface TableMap {
  starts: Float64Array;
  ends: Float64Array;
  /** Indices into REGION_KINDS. */
  kinds: Uint8Array;
  /** Decoded size, 0 where it is not known yet. */
  rawSizes: Float64Array;
  /** 1 where a block is damaged. */
  damaged: Uint8Array;
}

export type RegionRow = TableRegion & { index: number };

export type EntryAnchor =
  | { at: 'first' }
  | { at: 'last' }
  /** The first entry at or after an internal key; with `after`, behind it. */
  | { at: 'key'; key: Uint8Array; after?: boolean }
  /** About this share, 0 to 1, of the data blocks. */
  | { at: 'fraction'; fraction: number };

export interface EntriesRequest {
  anchor: EntryAnchor;
  direction: 'forward' | 'backward';
  count: number;
}

export interface EntryRow {
  /** The internal key, whole. */
  internalKey: Uint8Array;
  userKey: Uint8Array;
  sequence: U64;
  /** 0 deletion, 1 value; anything else is damage. */
  type: number;
  /** The first bytes of the value, at most 256. */
  preview: Uint8Array;
  valueBytes: number;
  /** Bytes of key that the entry stores; the rest it shares with the entry before. */
  unshared: number;
  /** Offset of the entry's block in the file, and of the entry in the decoded block. */
  block: number;
  entryOffset: number;
}

export interface EntriesPage {
  rows: EntryRow[];
  atStart: boolean;
  atEnd: boolean;
  position: number;
  estimatedTotal: number;
  problems: Problem[];
}

/** The way of a lookup through the table. */
export interface LookupPath {
  found: boolean;
  /** Of the entry that was found. */
  internalKey: Uint8Array | undefined;
  /** The separator in the index; undefined if the key is above all. */
  indexKey: KeyRef | undefined;
  block: { offset: number; size: number } | undefined;
  /** Undefined without a filter. */
  filter: { index: number; mayMatch: boolean } | undefined;
  restartPoint: number | undefined;
  comparisons: number;
}

/** A survey with its keys taken apart. */
export type TableSurveyView = Omit<TableSurvey, 'smallest' | 'largest'> & {
  smallest: KeyRef | undefined;
  largest: KeyRef | undefined;
  /** All that is known after it. */
  problems: Problem[];
};

/** webview/protocol/bytes.ts has this shape for the page. */
export interface AnnotatedBytes {
  title: string;
  offset: number;
  bytes: Uint8Array;
  fields: Annotation[];
  totalBytes: number;
}

export interface TableCalls extends FileCalls<TableSummary> {
  map(): TableMap;
  regions(start: number, end: number): Page<RegionRow>;
  entries(request: EntriesRequest): EntriesPage;
  /** Where a get for the key would go in this table. */
  lookup(key: Uint8Array): LookupPath;
  /** A value, cut at `limit`. */
  value(internalKey: Uint8Array, limit: number): Uint8Array | undefined;
  /** A region's bytes with their structure: as stored, or decoded. */
  bytes(region: number, form: 'stored' | 'decoded'): AnnotatedBytes;
  /** The region that holds a byte of the file; -1 if none does. */
  regionAt(offset: number): number;
}

export interface TableJobs {
  /** Reads every block. */
  survey(): TableSurveyView;
  /** Writes every entry as a JSON line, as `lsm sst --entries --json` prints it; returns how many. */
  export(path: string): number;
}
