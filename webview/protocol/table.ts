// What the table editor's page asks the extension. Sequences are text: they can be above 2^53.

import type { BytesPage } from './bytes';
import type { CommonCalls } from './common';

/** Kinds of regions, by `TableMapData.kinds`. */
export const REGION_KINDS = [
  'data',
  'filter',
  'meta',
  'metaindex',
  'index',
  'footer',
  'gap',
  'unknown',
] as const;
export type RegionKind = (typeof REGION_KINDS)[number];

export interface KeyView {
  userKey: Uint8Array;
  sequence: string;
  type: 'value' | 'deletion';
}

export interface PlaceChange {
  /** Counted from 0. */
  edit: number;
  change: 'added' | 'removed';
  level: number;
}

export interface TableOverview {
  name: string;
  bytes: number;
  comparator: string;
  orderKnown: boolean;
  /** False if footer or index are lost. */
  readable: boolean;
  regions: number;
  dataBlocks: number;
  filter: string | undefined;
  filters: number;
  /** What the MANIFEST beside it says; undefined if there is none. */
  history:
    | { manifest: string; changes: PlaceChange[]; level: number | undefined; size: string | undefined }
    | undefined;
  problems: string[];
}

/** Numbers of regions: what the canvas draws. A table may have hundreds of thousands. */
export interface TableMapData {
  starts: Float64Array;
  ends: Float64Array;
  kinds: Uint8Array;
  /** 0 where it is not known yet. */
  rawSizes: Float64Array;
  damaged: Uint8Array;
}

export interface RegionRow {
  kind: RegionKind;
  name?: string;
  offset: number;
  size: number;
  rawSize: number | undefined;
  compression: string | undefined;
  crcOk: boolean | undefined;
  entries: number | undefined;
}

export type EntryAnchor =
  | { at: 'first' }
  | { at: 'last' }
  | { at: 'key'; key: Uint8Array; after?: boolean }
  | { at: 'fraction'; fraction: number };

export interface EntryRow {
  /** The internal key: by it the row is found again. */
  key: Uint8Array;
  userKey: Uint8Array;
  sequence: string;
  type: number;
  preview: Uint8Array;
  valueBytes: number;
  unshared: number;
  block: number;
  entryOffset: number;
}

export interface EntriesPage {
  rows: EntryRow[];
  atStart: boolean;
  atEnd: boolean;
  position: number;
  estimatedTotal: number;
  problems: string[];
}

export interface LookupPath {
  found: boolean;
  /** The internal key that was found, or where to look instead. */
  target: Uint8Array;
  indexKey: KeyView | undefined;
  block: { offset: number; size: number } | undefined;
  filter: { index: number; mayMatch: boolean } | undefined;
  restartPoint: number | undefined;
  comparisons: number;
}

export interface TableCounts {
  entries: number;
  deletions: number;
  shadowed: number;
  userKeys: number;
  keyBytes: number;
  valueBytes: number;
  storedBytes: number;
  rawBytes: number;
  dataBlocks: number;
  damagedBlocks: number;
  smallest: KeyView | undefined;
  largest: KeyView | undefined;
  smallestSequence: string | undefined;
  largestSequence: string | undefined;
  restartInterval: number | undefined;
  bitsPerKey: number | undefined;
  /** All that is known after it. */
  problems: string[];
}

/** Webview to extension. */
export interface TablePageCalls extends CommonCalls {
  open(): TableOverview;
  map(): TableMapData;
  regions(start: number, end: number): { rows: RegionRow[]; total: number };
  entries(anchor: EntryAnchor, direction: 'forward' | 'backward', count: number): EntriesPage;
  lookup(userKey: Uint8Array): LookupPath;
  value(internalKey: Uint8Array): { found: boolean; value: Uint8Array };
  bytes(region: number, form: 'stored' | 'decoded'): BytesPage;
  regionAt(offset: number): number;
  /** Reads every block; VS Code shows the progress. */
  survey(): TableCounts;
  exportEntries(): void;
  openManifest(edit: number): void;
}
