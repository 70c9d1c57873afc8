import type { U64 } from '../../bytes/u64';
import type { FileMetaData, VersionEdit } from '../version-edit';

/** The fields of an edit that stand in it once at most. */
export const SINGLE_FIELDS = [
  'comparator',
  'logNumber',
  'prevLogNumber',
  'nextFileNumber',
  'lastSequence',
] as const;
export type SingleField = (typeof SINGLE_FIELDS)[number];
export type CounterField = Exclude<SingleField, 'comparator'>;

/** A table by its place: an edit can name a number at several levels. */
export interface FilePlace {
  level: number;
  number: U64;
}

/**
 * One step of editing a MANIFEST. Edits are counted from 0, damage is not counted. Where `edit` may be left out, a new
 * edit at the end takes what is to be said, as LevelDB itself would write it.
 */
export type Operation =
  /** `value` undefined takes the field out. */
  | { op: 'set'; edit: number; field: SingleField; value: U64 | string | undefined }
  | { op: 'set-compact-pointer'; edit: number; level: number; key: Uint8Array | undefined }
  /** Changes what an edit says of a table that it adds. */
  | ({ op: 'set-file'; edit: number; to: Partial<FileMetaData> & { level?: number } } & FilePlace)
  | ({ op: 'set-deletion'; edit: number; to: Partial<FilePlace> } & FilePlace)
  /** Takes one line out of an edit. */
  | ({ op: 'remove-entry'; edit: number; kind: 'add' | 'delete' } & FilePlace)
  | { op: 'add-file'; edit?: number; level: number; file: FileMetaData }
  | ({ op: 'remove-file'; edit?: number } & FilePlace)
  | { op: 'move-file'; edit?: number; number: U64; from: number; to: number }
  | { op: 'insert-edit'; at: number; with: VersionEdit }
  | { op: 'replace-edit'; edit: number; with: VersionEdit }
  | { op: 'delete-edit'; edit: number }
  | { op: 'duplicate-edit'; edit: number }
  | { op: 'move-edit'; edit: number; to: number }
  /** What stands behind the edit goes, damage and tail too. */
  | { op: 'roll-back'; edit: number }
  /** The edits up to one become a single one with all counters; all of them if it is left out. */
  | { op: 'squash'; edit?: number }
  | { op: 'drop-tail' }
  /** By its place in the file that was read; all damage if it is left out. */
  | { op: 'drop-damage'; offset?: number }
  /** Puts the sound records among the damage in its place. */
  | { op: 'salvage-damage'; offset?: number }
  /** All edits, out of the text form. */
  | { op: 'replace-all'; edits: VersionEdit[] }
  /** `edits` is what was found in the folder: with it the operation needs the folder no more. */
  | { op: 'rebuild'; inputs?: RebuildInputs; edits?: VersionEdit[] }
  /** Reads size and range off the table: becomes `set-file`. */
  | ({ op: 'measure-file'; edit: number } & FilePlace)
  /** Saving makes CURRENT name this MANIFEST. */
  | { op: 'fix-current' };

export type OperationName = Operation['op'];

/** What to do with tables that seem to be inputs of a compaction whose outputs are there, too, but perhaps not all. */
export type RebuildInputs = 'refuse' | 'keep' | 'leave-out';

/** An operation that cannot be applied: which one, counted from 0, and which of its fields. */
export class OperationError extends Error {
  readonly field: string | undefined;
  readonly reason: string;
  readonly index: number | undefined;

  constructor(reason: string, field?: string, index?: number, op?: string) {
    const place = index === undefined ? '' : `operation ${index}${op === undefined ? '' : ` (${op})`}: `;
    super(`${place}${field === undefined ? '' : `${field}: `}${reason}`);
    this.name = 'OperationError';
    this.reason = reason;
    this.field = field;
    this.index = index;
  }

  /** The same with its place in a list. */
  at(index: number, op: string | undefined): OperationError {
    if (this.index !== undefined) return this;
    const Refusal = this.constructor as typeof OperationError;
    return new Refusal(this.reason, this.field, index, op);
  }
}

/** An operation that somebody has to choose for: `field` names what, the reason the choices. */
export class ChoiceNeeded extends OperationError {}
