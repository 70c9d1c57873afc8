// What changes a database: each a dry run first, then done or dropped (engine/db/dry-run.ts, engine/db/apply.ts). A
// session has one dry run at a time, and holds the moment of the database that it was made from. What a person typed,
// a put or a delete, is written at once.

import type { U64 } from '../engine/bytes/u64';
import type { CompactionReason } from '../engine/compaction/compaction';
import type { ChosenWays } from '../engine/db/dry-run';
import type { TableWays } from '../engine/db/table-ways';
import type { KeptOut } from '../engine/env/node-lock';
import type { RebuildInputs } from '../engine/manifest/editing/operation';
import type { KeyRef } from './api';
import type { AxisTick } from './key-axis';
import type { RepairReport } from './repair-report';

export type { ChosenWays, RebuildInputs, RepairReport, TableWays };

/** What to try. User keys; a range has both ends, and one that is left out is open. */
export type ChangeRequest =
  | { kind: 'compact'; from?: Uint8Array; to?: Uint8Array }
  /** A level into the next one. */
  | { kind: 'compact-level'; level: number }
  /** What LevelDB would do by itself after opening. */
  | { kind: 'compact-auto' }
  /** What the logs hold becomes tables. */
  | { kind: 'flush' }
  /** Opening for writing, and no more. */
  | { kind: 'recover' }
  /** What is damaged is mended, so that LevelDB opens the database. `inputs`: for a MANIFEST that is rebuilt. */
  | { kind: 'repair'; inputs?: RebuildInputs }
  /** A file of JSON lines: {"key": …, "value": …}, escaped as `lsm` does; a null value deletes. */
  | { kind: 'import'; path: string };

export type ChangeKind = ChangeRequest['kind'];

/** One operation that a person typed: it is its own preview, and written at once. */
export type KeyWrite =
  | { kind: 'put'; key: Uint8Array; value: Uint8Array }
  | { kind: 'delete'; key: Uint8Array };

export interface KeyWriteOptions {
  chosen?: ChosenWays;
  /** A former value of more bytes is not handed out. */
  maxFormerBytes: number;
  /** The newest sequence that the key may have, so that an undo takes nobody's later write away. */
  newest?: U64;
  /** Go on where nothing can hold the lock. */
  withoutLock?: boolean;
}

/** What a key held before it was written to. */
export interface FormerValue {
  found: boolean;
  /** Of the version that decided, a deletion too; undefined if there was none. */
  sequence: U64 | undefined;
  valueBytes: number;
  /** The value's beginning, to be shown. */
  start: Uint8Array;
  /** Undefined if there was none, or if it is longer than was asked for. */
  value: Uint8Array | undefined;
}

export interface WrittenKey {
  sequence: U64;
  /** Undefined where damage stands before it. */
  former: FormerValue | undefined;
}

export interface LevelChange {
  level: number;
  filesBefore: number;
  filesAfter: number;
  bytesBefore: number;
  bytesAfter: number;
}

/** What would become of a file of the folder. */
export interface FileChange {
  name: string;
  kind: 'table' | 'log' | 'manifest' | 'current' | 'other';
  fate: 'created' | 'replaced' | 'deleted';
  /** Undefined for a file that is not there then. */
  bytesBefore: number | undefined;
  bytesAfter: number | undefined;
  /** Of a table: its level, if a version names it. */
  level: number | undefined;
}

export interface Counted {
  files: number;
  bytes: number;
}

export interface CompactionChange {
  reason: CompactionReason;
  level: number;
  inputs: [number, number];
  outputs: number;
  moved: boolean;
  bytesRead: number;
  bytesWritten: number;
  entriesKept: number;
  shadowed: number;
  deletions: number;
}

/** What opening does before anything else. */
export interface RecoveryChange {
  logsReplayed: number;
  operations: number;
  /** Tables of level 0 that the logs' contents became. */
  tables: { number: U64; bytes: number; level: number }[];
  /** Bytes of damaged logs that LevelDB drops, and why; one line each. */
  bytesDropped: number;
  faults: string[];
}

/** What can be read now, and no more afterwards. */
export interface LostHistory {
  /** Entries that a newer one of the same key hides, and deletions with nothing left to hide. */
  shadowed: number;
  deletions: number;
  /** Tables and logs that no version needs, and MANIFESTs that CURRENT does not name: at most 1000 names. */
  obsolete: string[];
  obsoleteBytes: number;
  /** Edits of the present MANIFEST, in whose place one snapshot is written. */
  edits: number;
}

/** What a dry run came to. Lists are cut at 1000; counts are not. */
export interface ChangeSummary {
  request: ChangeRequest;
  directory: string;
  levels: LevelChange[];
  files: FileChange[];
  created: Counted;
  replaced: Counted;
  deleted: Counted;
  /** Of compactions: what passes through two of them counts twice, as the work does. */
  bytesRead: number;
  bytesWritten: number;
  entriesKept: number;
  compactions: CompactionChange[];
  compactionsTotal: number;
  recovery: RecoveryChange;
  history: LostHistory;
  /** How tables are written: as those present are, apart from what was chosen. */
  ways: TableWays;
  chosen: ChosenWays;
  comparator: string;
  /** Operations that were imported. */
  operations: number;
  lastSequence: U64;
  /** Of a repair. */
  repair: RepairReport | undefined;
}

/** Tables of the versions before and after, as arrays of one length, for a picture of both on one axis. */
export interface ChangedLevels {
  numbers: Float64Array;
  sizes: Float64Array;
  levels: Uint8Array;
  /** Places of the first and last user key on the axis, 0 to 1. */
  left: Float32Array;
  right: Float32Array;
  /** 0: in both versions; 1: only in the one after; 2: only in the one before. A moved table is there twice. */
  fates: Uint8Array;
  ticks: AxisTick[];
}

/** A table of `ChangedLevels`. */
export interface ChangedTable {
  number: U64;
  level: number;
  bytes: number;
  smallest: KeyRef;
  largest: KeyRef;
}

export type { KeptOut };

/** How a change is made. */
export interface WriteOptions {
  /** The folder for backups; the one that holds the database if left out. */
  backupParent?: string;
  /** Go on where nothing can hold the lock, which is `unsupported` if left out. */
  withoutLock?: boolean;
}

/** A change that was made. */
export interface AppliedChange {
  /** Whom the lock kept out. */
  keptOut: KeptOut;
  created: number;
  replaced: number;
  deleted: number;
  bytesWritten: number;
  bytesDeleted: number;
  /** The folder with what was replaced or deleted. */
  backup: string;
  /** Files that should be gone and could not be removed. */
  unfinished: string[];
}

/** A backup of an earlier change. */
export interface BackupEntry {
  folder: string;
  /** The folder's name: the time as sortable UTC. */
  name: string;
  /** Milliseconds since 1970; undefined for one that is not complete. */
  time: number | undefined;
  /** What the change was. */
  label: string | undefined;
  files: number;
  bytes: number;
  /** Why it cannot be restored. */
  problem: string | undefined;
}

/** What a restore would do. */
export interface RestorePreview {
  created: string[];
  replaced: string[];
  deleted: string[];
  /** What was written since the change and would be lost; undefined if nothing was. */
  lost: string | undefined;
}

export interface BackUpResult {
  files: number;
  bytes: number;
  /** What of the database could not be read: a copy of damage is a copy, but no sound backup. One line each. */
  problems: string[];
}

export interface ExportResult {
  lines: number;
  problems: string[];
}

export interface ChangeCalls {
  /** Drops the dry run, if there is one. */
  discard(): void;
  /** The pictures of the dry run that is there. */
  levels(): ChangedLevels;
  /** A table of `levels`. */
  table(index: number): ChangedTable;
  /** Backups of a database, the newest first. `parent` is where they are, if not beside the database. */
  backups(directory: string, parent?: string): BackupEntry[];
  previewRestore(directory: string, backup: string): RestorePreview;
}

export interface ChangeJobs {
  /** A dry run; one that was there before is dropped. `spill` is a folder for what memory does not hold. */
  tryOut(
    directory: string,
    request: ChangeRequest,
    options: { chosen?: ChosenWays; spill?: string },
  ): ChangeSummary;
  /** Does what the dry run showed, and ends it. It stays if that is refused. `label` goes into the backup. */
  apply(label: string, options: WriteOptions): AppliedChange;
  /** Writes one operation at once, with no dry run and no backup; refused where opening would lose something. */
  write(directory: string, request: KeyWrite, options: KeyWriteOptions): WrittenKey;
  /** Puts back what a backup holds; `force`: also if something is lost by it. */
  restore(directory: string, backup: string, options: WriteOptions & { force?: boolean }): AppliedChange;
  /** A consistent copy, also of a database in use, into a folder that is new or empty. */
  backUp(directory: string, target: string): BackUpResult;
  /** Live entries in order, a line each, as `import` takes them. */
  exportLines(directory: string, path: string): ExportResult;
}
