// What the worker of a MANIFEST does to it: a document with a log of operations, its checks, its saving. Operations and
// keys cross as the JSON of a script (engine/manifest/editing/README.md); integers above 2^53 are text there.

import type { Problem } from './api';
import type { AppliedChange, WriteOptions } from './change-api';
import type { Listed, ManifestSummary } from './manifest-api';

/** An operation as a script has it. */
export type OperationJson = unknown;
/** An integer of 64 bits in JSON: text above 2^53. */
export type IntegerJson = number | string;

/** What a document's log comes to. */
export interface EditingState {
  /** Operations in force. */
  operations: number;
  /** Whether the state differs from the file that was read or saved last. */
  isDirty: boolean;
  /** Of what undo and redo would take back or do again. */
  undoLabel: string | undefined;
  redoLabel: string | undefined;
  /** Whether there is such a file on the disk: one that was deleted can be rebuilt. */
  exists: boolean;
  /** Whether something stands behind the last record that is none. */
  hasTail: boolean;
  /** Places of damage that are left. */
  damage: number;
  /** Whether saving makes CURRENT name this MANIFEST. */
  switchesCurrent: boolean;
  /** Why the state cannot be written: damage behind what was changed. */
  refusal: string | undefined;
}

/** Operations that mend a problem together. */
export interface FixJson {
  label: string;
  operations: OperationJson[];
}

export interface CheckedProblem extends Problem {
  /** Of which edit, counted from 0; undefined if it is of no single one. */
  edit: number | undefined;
  /** To be chosen from. */
  fixes: FixJson[];
}

/** An internal key for people to change. `userKey` is escaped. */
export interface KeyForm {
  userKey: string;
  sequence: IntegerJson;
  /** `value`, `deletion`, or the number of a type that is neither. */
  type: 'value' | 'deletion' | number;
  /** False for a key that is too long for a form: the text form has it. */
  isWhole: boolean;
}

export interface AdditionForm {
  level: number;
  number: IntegerJson;
  size: IntegerJson;
  smallest: KeyForm;
  largest: KeyForm;
}

/** An edit's fields for people to change. */
export interface EditForm {
  edit: number;
  comparator: string | undefined;
  logNumber: IntegerJson | undefined;
  prevLogNumber: IntegerJson | undefined;
  nextFileNumber: IntegerJson | undefined;
  lastSequence: IntegerJson | undefined;
  /** Of level 0 to 6 at most. */
  compactPointers: { level: number; key: KeyForm }[];
  /** The page that was asked for, of those under the filter; `total` counts these. */
  deletions: Listed<{ level: number; number: IntegerJson }>;
  additions: Listed<AdditionForm>;
}

/** A page of an edit's lines. */
export interface FormPage {
  start: number;
  end: number;
  /** Only lines of this table. */
  file?: IntegerJson;
}

/** A table where it stands in a version. */
export interface PlacedFile {
  level: number;
  number: IntegerJson;
  size: IntegerJson;
}

/** What sets the version at the end apart from the saved one. */
export interface VersionDifferences {
  added: Listed<PlacedFile>;
  removed: Listed<PlacedFile>;
  moved: Listed<PlacedFile & { from: number }>;
  /** Of another size or range at the same place. */
  changed: Listed<PlacedFile>;
  counters: { name: string; before: IntegerJson | undefined; after: IntegerJson | undefined }[];
  editsBefore: number;
  editsAfter: number;
  /** Labels of the operations in force. */
  operations: Listed<string>;
}

/** What a save would come to, tried on a copy-on-write view of the folder. */
export interface SaveReport {
  asNew: boolean;
  /** The MANIFEST that would be written; undefined if the state cannot be written at all. */
  name: string | undefined;
  bytes: number;
  switchesCurrent: boolean;
  /** Why it cannot be written. */
  refusal: string | undefined;
  /** Whether the checks find no error and LevelDB would open what comes of it. */
  isSound: boolean;
  /** The worst ones; of all checks. */
  problems: Listed<CheckedProblem>;
  errors: number;
  /** Undefined for a MANIFEST out of a database's folder: there is nothing to open. */
  opening: OpeningReport | undefined;
  /** How keys read differently; undefined where the database cannot be opened before or after. */
  keys: { same: number; changed: number; lost: number; came: number } | undefined;
  /** The first of those that do; keys are escaped. */
  shownKeys: { change: 'lost' | 'came' | 'changed'; key: string }[];
}

export type OpeningReport =
  /** LevelDB's words. */
  | { failure: string }
  | {
      failure: undefined;
      entries: number;
      /** Files that LevelDB would delete on opening. */
      deleted: Listed<string>;
      /** The first damage that reading everything would meet. */
      readFailure: string | undefined;
    };

/** Unsaved work, as a hot exit keeps it: never the file. */
export interface ManifestBackup {
  version: 1;
  name: string;
  /** Of the file on the disk, which the log begins with. */
  base: { bytes: number; crc32c: number; exists: boolean };
  log: OperationJson[];
}

/** What is wrong in a text, or what the checks find in what it says. Lines and columns are counted from 1. */
export interface TextProblem extends Problem {
  line: number;
  column: number;
  /** Characters; 0 for the rest of the line. */
  characters: number;
  fixes: FixJson[];
}

/** A table, for a hover over its number. */
export interface TableNote {
  /** Its name and size in the folder; undefined if it is not there. */
  name: string | undefined;
  bytes: number | undefined;
  /** Where the version at the end has it. */
  levels: number[];
}

/** A table whose number may be meant. */
export interface TableChoice {
  number: IntegerJson;
  /** In the folder, or what the MANIFEST says of one that is not there. */
  bytes: IntegerJson;
  /** Where the version at the end has it. */
  levels: number[];
}

export interface ManifestEditCalls {
  /** The name of the MANIFEST of a folder that is to be edited, there or not; nothing has to be open. */
  editedIn(directory: string): string;
  /** Of the present state; `open` and `refresh` read the file anew and drop the log. */
  summary(): ManifestSummary;
  /** Whether the MANIFEST itself is another one than was read or saved last. */
  fileChanged(): boolean;
  editing(): EditingState;
  /** So many operations back, or forth. */
  undo(count: number): EditingState;
  redo(count: number): EditingState;
  /** The operations in force, as a script for `lsm edit-manifest`. */
  script(): OperationJson[];
  backup(): ManifestBackup;
  /**
   * Does a log again that a hot exit kept. Throws `moved-on` if the file is not the one that it belongs to, and
   * `invalid-argument` if it cannot be done again. The document is as it was opened then.
   */
  restore(backup: ManifestBackup): EditingState;
  /**
   * Reads file and folder again. Where the file is another one, the log is done again on it. Throws `invalid-argument` if
   * that cannot be; the document is as before then.
   */
  rebase(): EditingState;
  form(edit: number, page: FormPage): EditForm;
  differences(): VersionDifferences;
  /** The bytes of the present state. Throws `bad-record` if it cannot be written. */
  bytes(): Uint8Array;
  /** The operations that make the document what a text says; none if it says so already. Throws `invalid-argument`. */
  textOperations(text: string): OperationJson[];
  /** What is wrong in a text, and in what it says. The document stays as it is. */
  checkText(text: string): TextProblem[];
  tableNote(number: IntegerJson): TableNote;
  /**
   * Tables whose number begins with some digits, newest first: those of the version at the end, or those that the folder
   * has. At most 200; `total` says how many there are.
   */
  tableChoices(of: 'version' | 'folder', digits: string): Listed<TableChoice>;
  /** Drops what `trySave` tried. */
  dropSave(): void;
}

export interface ManifestEditJobs {
  /**
   * Does operations one after the other; all or none. Those that need the folder are resolved first. Throws
   * `invalid-argument`. Gives how many entries the log grew by, a label for them together, and for a rebuild which tables
   * were left out and why.
   */
  edit(operations: OperationJson[]): {
    operations: number;
    label: string;
    leftOut: { number: IntegerJson; reason: string }[];
  };
  /**
   * A text with operations done to what it says; those that need the folder are resolved first. The document stays as it
   * is. Throws `invalid-argument`.
   */
  changeText(text: string, operations: OperationJson[]): string;
  /** All checks: the live ones, each live table's range, and whether a get comes to old versions before new ones. */
  check(): CheckedProblem[];
  /** Throws `moved-on` if the file on the disk is not the one that was read or saved last. */
  trySave(options: { asNew: boolean }): SaveReport;
  /**
   * Does what was tried last, with the database's lock and a backup, and gives what was done; undefined for a MANIFEST out
   * of a database's folder, which is just written. What was saved in place is what further edits are held against;
   * after a save as new the document is as dirty as before: revert it and open the new MANIFEST.
   */
  save(options: { label: string } & WriteOptions): AppliedChange | undefined;
}
