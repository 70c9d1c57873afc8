// What the MANIFEST editor's page asks the extension. Numbers above 2^53 are text.

import type { CommonCalls, Listed } from './common';

export type FileNumber = number | string;

export type EditWhat =
  | { kind: 'snapshot'; files: number }
  | { kind: 'created' }
  /** `tables` are the first few of `count`. */
  | { kind: 'opened'; tables: FileNumber[]; count: number; log: FileNumber }
  | { kind: 'flush'; log: FileNumber; table: FileNumber; level: number }
  | { kind: 'move'; table: FileNumber; from: number; to: number }
  | { kind: 'compaction'; level: number; inputs: [number, number]; outputs: number }
  | { kind: 'counters' }
  | { kind: 'other'; added: number; removed: number }
  | { kind: 'damage'; reason: string };

export type EditKind = EditWhat['kind'];

export interface ManifestOverview {
  name: string;
  bytes: number;
  edits: number;
  rows: number;
  comparator: string | undefined;
  comparatorKnown: boolean;
  current: boolean | undefined;
  lives: number;
  kinds: Partial<Record<EditKind, number>>;
  problems: ProblemRow[];
}

export interface ProblemRow {
  severity: 'error' | 'warning' | 'note';
  message: string;
  /** Of the edit at fault. */
  offset: number | undefined;
}

export interface EditRow {
  /** Undefined for damage. */
  edit: number | undefined;
  offset: number;
  bytes: number;
  what: EditWhat;
  added: number;
  removed: number;
}

export interface EditFilter {
  kinds?: EditKind[];
  file?: string;
}

/**
 * Every table's stay in a level, in order of `added`, as arrays of numbers (their buffers): the version after edit n
 * has those with added <= n < removed.
 */
export interface PackedLives {
  count: number;
  /** Float64. */
  numbers: Uint8Array;
  sizes: Uint8Array;
  levels: Uint8Array;
  /** Float32: places of the first and last user key on one axis for all edits, 0 to 1. */
  left: Uint8Array;
  right: Uint8Array;
  /** Uint32; `removed` is 0xffffffff for what is there at the end. */
  added: Uint8Array;
  removed: Uint8Array;
  ticks: { place: number; key: Uint8Array }[];
}

export interface EditView {
  edit: number;
  offset: number;
  what: EditWhat;
  /** The first of `totalLines`. */
  lines: string[];
  totalLines: number;
  counters: Record<string, string>;
}

export interface LifeView {
  number: FileNumber;
  level: number;
  bytes: number;
  smallest: string;
  largest: string;
  added: number;
  removed: number | undefined;
  stays: Listed<{ level: number; added: number; removed: number | undefined }>;
  name: string | undefined;
}

/** Webview to extension. */
export interface ManifestPageCalls extends CommonCalls {
  open(): ManifestOverview;
  rows(start: number, end: number, filter: EditFilter): { rows: EditRow[]; total: number };
  rowOf(edit: number, filter: EditFilter): number;
  editAt(offset: number): number;
  lives(): PackedLives;
  edit(edit: number): EditView;
  life(index: number): LifeView;
  lifeOf(number: string): number;
  /** Reads every live table's range too. */
  check(): ProblemRow[];
  showText(): void;
  /** The versions after two edits, side by side. */
  compareEdits(a: number, b: number): void;
  openTable(name: string): void;
}
