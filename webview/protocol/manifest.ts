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
  editing: EditingView;
}

/** What the document's log comes to. */
export interface EditingView {
  /** False in Restricted Mode, and where edits that were kept could not be done again: why. */
  canEdit: boolean;
  readOnlyReason: string | undefined;
  /** Operations in force. */
  operations: number;
  isDirty: boolean;
  undoLabel: string | undefined;
  redoLabel: string | undefined;
  /** Whether there is such a file on the disk. */
  exists: boolean;
  hasTail: boolean;
  damage: number;
  switchesCurrent: boolean;
  /** Why the state cannot be written. */
  refusal: string | undefined;
}

/** Operations that mend a problem together, as a script has them. */
export interface Fix {
  label: string;
  operations: unknown[];
}

export interface ProblemRow {
  severity: 'error' | 'warning' | 'note';
  message: string;
  /** Of the edit at fault. */
  offset: number | undefined;
  /** Counted from 0; undefined if it is of no single edit. */
  edit: number | undefined;
  fixes: Fix[];
}

export interface EditRow {
  /** Undefined for damage. */
  edit: number | undefined;
  offset: number;
  bytes: number;
  what: EditWhat;
  added: number;
  removed: number;
  /** Whether the saved file has it otherwise, or not at all. */
  changed: boolean;
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
  /** A byte each: 1 for what the last version of the saved file has in the same place. */
  saved: Uint8Array;
  /** What the last version of the saved file has and that at the end has not; arrays as above. */
  gone: {
    count: number;
    numbers: Uint8Array;
    sizes: Uint8Array;
    levels: Uint8Array;
    left: Uint8Array;
    right: Uint8Array;
  };
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

/** An internal key for people to change. `userKey` is escaped. */
export interface KeyForm {
  userKey: string;
  sequence: FileNumber;
  /** `value`, `deletion`, or the number of a type that is neither. */
  type: 'value' | 'deletion' | number;
  /** False for a key that is too long for a form: the text form has it. */
  isWhole: boolean;
}

export interface AdditionForm {
  level: number;
  number: FileNumber;
  size: FileNumber;
  smallest: KeyForm;
  largest: KeyForm;
}

/** An edit's fields for people to change. Lists are the page that was asked for; `total` counts what the filter leaves. */
export interface EditForm {
  edit: number;
  comparator: string | undefined;
  logNumber: FileNumber | undefined;
  prevLogNumber: FileNumber | undefined;
  nextFileNumber: FileNumber | undefined;
  lastSequence: FileNumber | undefined;
  compactPointers: { level: number; key: KeyForm }[];
  deletions: Listed<{ level: number; number: FileNumber }>;
  additions: Listed<AdditionForm>;
}

export interface FormPage {
  start: number;
  end: number;
  /** Only lines of this table. */
  file?: FileNumber;
}

export interface PlacedFile {
  level: number;
  number: FileNumber;
  size: FileNumber;
}

/** What sets the version at the end apart from the saved one. */
export interface VersionDifferences {
  added: Listed<PlacedFile>;
  removed: Listed<PlacedFile>;
  moved: Listed<PlacedFile & { from: number }>;
  changed: Listed<PlacedFile>;
  counters: { name: string; before: FileNumber | undefined; after: FileNumber | undefined }[];
  editsBefore: number;
  editsAfter: number;
  /** Labels of the operations in force. */
  operations: Listed<string>;
}

/** What a save would come to, tried on a copy-on-write view of the folder. */
export interface SaveView {
  /** Undefined if the state cannot be written at all: `refusal` says why. */
  name: string | undefined;
  bytes: number;
  switchesCurrent: boolean;
  refusal: string | undefined;
  isSound: boolean;
  problems: Listed<ProblemRow>;
  errors: number;
  /** Undefined for a MANIFEST out of a database's folder. */
  opening:
    | { failure: string }
    | { failure: undefined; entries: number; deleted: Listed<string>; readFailure: string | undefined }
    | undefined;
  keys: { same: number; changed: number; lost: number; came: number } | undefined;
  shownKeys: { change: 'lost' | 'came' | 'changed'; key: string }[];
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
  /** Does operations, as a script has them, as one step that undo takes back; all or none. */
  apply(operations: unknown[]): void;
  undo(): void;
  redo(): void;
  form(edit: number, page: FormPage): EditForm;
  differences(): VersionDifferences;
  /** What saving would come to; nothing is written. Undefined if it was cancelled. */
  tryOpening(): SaveView | undefined;
  save(): void;
  /** Writes a new MANIFEST and makes CURRENT name it. */
  saveAsNew(): void;
  copyScript(): void;
}
