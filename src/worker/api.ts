// What a database's worker can be asked. Both ends are typed by these interfaces alone: the worker implements them,
// the client (client.ts) offers them as promises. Everything crosses as structured clones; bytes are Uint8Arrays of
// exactly their own buffer.

import type { PackedKeyRows } from '../../webview/protocol/keys';
import type { U64 } from '../engine/bytes/u64';
import type { Problem } from '../engine/problem';

export type { PackedKeyRows } from '../../webview/protocol/keys';
export type { U64 } from '../engine/bytes/u64';
export type { Problem, Severity } from '../engine/problem';

/** A part of a list: rows [start, end) of those that match the filter. */
export interface PageRequest {
  start: number;
  end: number;
  /** Text that a row's name must contain, in any case. */
  filter?: string;
}

export interface Page<Row> {
  /** Rows that match the filter. */
  total: number;
  rows: Row[];
}

export interface LevelSummary {
  level: number;
  files: number;
  bytes: number;
  /** At 1 a compaction is due; undefined for the last level, which has none. */
  score: number | undefined;
}

export interface LogSummary {
  name: string;
  number: U64;
  bytes: number;
  /** Whether LevelDB would replay it. */
  live: boolean;
}

export interface ManifestSummary {
  name: string;
  bytes: number;
  /** Whether CURRENT points to it. */
  current: boolean;
}

export interface OtherFile {
  name: string;
  bytes: number;
  isDirectory: boolean;
  kind: 'orphan' | 'temporary' | 'info-log' | 'lock' | 'current' | 'other';
}

/** What a database's folder has besides the tables of its version, without reading a table or log. */
export interface FolderSummary {
  logs: LogSummary[];
  manifests: ManifestSummary[];
  /** Orphans, temporary files and whatever else lies in the folder; at most 1000. */
  others: OtherFile[];
  /** Problems met up to now; at most 1000. */
  problems: Problem[];
}

/** What a database's MANIFEST says, and its folder. */
export interface DatabaseSummary {
  directory: string;
  comparator: string;
  comparatorKnown: boolean;
  manifest: string | undefined;
  edits: number;
  logNumber: U64;
  prevLogNumber: U64;
  nextFileNumber: U64;
  lastSequence: U64;
  levels: LevelSummary[];
  /** Undefined as long as the folder was not listed. */
  folder: FolderSummary | undefined;
  /** Counts up with each refresh. */
  generation: number;
}

/** A table of a level. Keys are internal keys taken apart. */
export interface TableRow {
  number: U64;
  name: string;
  level: number;
  bytes: number;
  smallest: KeyRef;
  largest: KeyRef;
}

export interface KeyRef {
  userKey: Uint8Array;
  sequence: U64;
  type: 'value' | 'deletion';
}

/** What the live logs hold. */
export interface MemtableSummary {
  logs: { name: string; entries: number; bytes: number; lastSequence: U64 }[];
  entries: number;
}

/** Where a page of keys begins. */
export type KeyAnchor =
  | { at: 'first' }
  | { at: 'last' }
  /** The first key at or after `key`; with `after`, behind it. */
  | { at: 'key'; key: Uint8Array; after?: boolean }
  /** About this share, 0 to 1, of the database's bytes. */
  | { at: 'fraction'; fraction: number };

export interface KeysRequest {
  anchor: KeyAnchor;
  /** `backward` gives the rows before the anchor (still in ascending order). */
  direction: 'forward' | 'backward';
  count: number;
  from?: Uint8Array;
  to?: Uint8Array;
  prefix?: Uint8Array;
  /** `all` shows deleted and shadowed versions too. */
  versions: 'live' | 'all';
}

export interface KeyRow {
  key: Uint8Array;
  /** The first bytes of the value, at most 256. */
  preview: Uint8Array;
  valueBytes: number;
  sequence: U64;
  type: 'value' | 'deletion';
  /** Whether a newer version or a deletion hides it. Only with `all`. */
  hidden: boolean;
  /** The file that holds it. Only with `all`. */
  file: string | undefined;
}

export interface KeysPage {
  rows: KeyRow[];
  /** Nothing lies before the first row, behind the last one. */
  atStart: boolean;
  atEnd: boolean;
  /** About which share of the database's bytes lies before the first row. */
  position: number;
  /** About how many live entries there are, by the tables' sizes. */
  estimatedTotal: number;
  /** Errors and warnings met on the way, for the view to tell. */
  problems: Problem[];
}

/** As it crosses. */
export interface PackedKeysPage extends Omit<KeysPage, 'rows'> {
  rows: PackedKeyRows;
}

export interface ValueResult {
  found: boolean;
  /** Cut at `limit`. */
  value: Uint8Array;
  valueBytes: number;
  sequence: U64 | undefined;
  /** The file that answered. */
  source: string | undefined;
}

export interface VerifySummary {
  ok: boolean;
  filesChecked: number;
  blocksChecked: number;
  entriesChecked: number;
  problems: Problem[];
}

/** One version of a key in one file. */
export interface BiographyVersion {
  sequence: U64;
  type: 'value' | 'deletion';
  /** The first bytes of the value, at most 256. */
  preview: Uint8Array;
  valueBytes: number;
  file: string;
  /** Of a live table. */
  level: number | undefined;
  /** Whether the file belongs to the present state. */
  live: boolean;
}

/** A table's stay in one level, where its range covers the key (engine/db/biography.ts). */
export interface BiographyResidence {
  number: U64;
  level: number;
  bytes: number;
  smallest: KeyRef;
  largest: KeyRef;
  added: number;
  removed: number | undefined;
  /** Its name in the folder; undefined if it is gone. */
  name: string | undefined;
}

/** An edit that brought, took or moved tables whose range covers the key. */
export interface BiographyEdit {
  step: number;
  manifest: string;
  index: number;
  offset: number;
  begins: boolean;
  /** What it did, in words. */
  what: string;
  /** Indices of residences. */
  from: number[];
  to: number[];
}

/** All that is known of a key. Lists are cut at 5,000. */
export interface KeyBiography {
  versions: BiographyVersion[];
  residences: BiographyResidence[];
  edits: BiographyEdit[];
  steps: number;
  manifests: { name: string; step: number; current: boolean }[];
  problems: Problem[];
  /** The edits as text, a line each. */
  lines: string[];
}

/** How a get finds its answer. */
export interface ExplainedGet extends Omit<ValueResult, 'value'> {
  /** The steps as text, in order; one step may take several lines. */
  lines: string[];
  /** The damage that it ends at: then there is no answer. */
  failure: { message: string; file: string | undefined; offset: U64 | undefined } | undefined;
}

export interface JobProgress {
  /** What is being worked on, such as a file's name. */
  detail: string;
  done: number;
  total: number;
}

/** The calls. Each answers at once, in the order of their coming. */
export interface DatabaseCalls {
  /** `comparator` orders keys in place of the one that the MANIFEST names. */
  open(directory: string, comparator?: string): DatabaseSummary;
  /** With the folder: lists it if opening did not. What it says is newer than `open` if the database moved on since. */
  list(): DatabaseSummary;
  refresh(): DatabaseSummary;
  /** Whether CURRENT, the MANIFEST, the listing or a file other than a table changed since the last open or refresh. */
  hasChanged(): boolean;
  tables(level: number, page: PageRequest): Page<TableRow>;
  /** The table with a file number in the present version. */
  findTable(number: U64): TableRow | undefined;
  /** The tables of the present version whose range covers a user key. */
  tablesCovering(key: Uint8Array): TableRow[];
  memtable(): MemtableSummary;
  keys(request: KeysRequest): PackedKeysPage;
  value(key: Uint8Array, sequence: U64 | undefined, limit: number): ValueResult;
  /** How LevelDB would find a key in the database as it is now, opened anew: what is read is read for this get. */
  explainGet(key: Uint8Array): ExplainedGet;
}

/** The jobs: in slices between calls, with progress, and they can be cancelled. */
export interface DatabaseJobs {
  verify(options: { checksumsOnly: boolean }): VerifySummary;
  biography(key: Uint8Array): KeyBiography;
}

/** Whether a folder looks like a database, by its names alone. */
export type FolderKind = 'leveldb' | 'rocksdb' | 'pebble' | 'unknown';
