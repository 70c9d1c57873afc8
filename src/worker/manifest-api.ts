// What the worker of a MANIFEST can be asked.

import type { EditDescription, EditKind } from '../engine/manifest/describe-edit';
import type { Listed } from '../engine/recovery/log-survey';
import type { KeyRef, Page, U64 } from './api';
import type { FileCalls } from './file-api';
import type { CheckedProblem, EditingState, ManifestEditCalls, ManifestEditJobs } from './manifest-edit-api';

export type { EditDescription, EditKind } from '../engine/manifest/describe-edit';
export type { Listed } from '../engine/recovery/log-survey';

export interface ManifestSummary {
  name: string;
  bytes: number;
  /** Records; and rows, which damage is among. */
  edits: number;
  rows: number;
  comparator: string | undefined;
  comparatorKnown: boolean;
  /** Whether CURRENT names it; undefined if there is no CURRENT beside it. */
  current: boolean | undefined;
  lives: number;
  /** Edits of each kind. */
  kinds: Partial<Record<EditKind | 'damage', number>>;
  /** Of the checks that read no table; the worst ones. */
  problems: CheckedProblem[];
  editing: EditingState;
}

/** A record, or damage in its place. */
export interface EditRow {
  /** Counted from 0 among the records; undefined for damage. */
  edit: number | undefined;
  offset: number;
  bytes: number;
  what: EditDescription | { kind: 'damage'; reason: string };
  added: number;
  removed: number;
  /** Whether the saved file has it otherwise, or not at all. */
  changed: boolean;
}

export interface EditFilter {
  kinds?: (EditKind | 'damage')[];
  /** Only edits that add or remove this table. */
  file?: U64;
}

/**
 * Every table's stay in a level, in order of `added`: the version after edit n has those with added <= n < removed.
 * `left` and `right` are places of the first and last user key on one axis for all edits, 0 to 1.
 */
export interface LivesData {
  numbers: Float64Array;
  levels: Uint8Array;
  sizes: Float64Array;
  left: Float32Array;
  right: Float32Array;
  added: Uint32Array;
  /** 0xffffffff if it is there at the end. */
  removed: Uint32Array;
  /** 1 for what the last version of the saved file has in the same place, with the same size and range. */
  saved: Uint8Array;
  /** What the last version of the saved file has and that at the end has not. */
  gone: {
    numbers: Float64Array;
    levels: Uint8Array;
    sizes: Float64Array;
    left: Float32Array;
    right: Float32Array;
  };
  /** Some keys of the axis, for labels. */
  ticks: { place: number; key: Uint8Array }[];
}

export const NEVER = 0xffff_ffff;

export interface EditDetails {
  edit: number;
  offset: number;
  what: EditDescription;
  /** Its first fields, a line each, as in the text form; and how many it has. */
  lines: string[];
  totalLines: number;
  /** After it. */
  counters: {
    comparator: string | undefined;
    logNumber: U64 | undefined;
    prevLogNumber: U64 | undefined;
    nextFileNumber: U64 | undefined;
    lastSequence: U64 | undefined;
  };
}

export interface LifeDetails {
  number: U64;
  level: number;
  bytes: number;
  smallest: KeyRef;
  largest: KeyRef;
  added: number;
  removed: number | undefined;
  /** All lives of this number: its way through the levels. */
  stays: Listed<{ level: number; added: number; removed: number | undefined }>;
  /** Its name in the folder; undefined if it is not there. */
  name: string | undefined;
}

export interface ManifestCalls extends FileCalls<ManifestSummary>, ManifestEditCalls {
  rows(start: number, end: number, filter: EditFilter): Page<EditRow>;
  /** The row at which an edit stands under a filter, or the one before; -1 if there is none. */
  rowOf(edit: number, filter: EditFilter): number;
  /** The last edit that begins at or before an offset. */
  editAt(offset: number): number;
  lives(): LivesData;
  edit(edit: number): EditDetails;
  life(index: number): LifeDetails;
  /** The index of the last life of a table; -1 if the MANIFEST never names it. */
  lifeOf(number: U64): number;
  /** All edits as text, cut at `limit` characters. */
  text(limit: number): string;
  /** The version after an edit as text, cut at `limit` characters. */
  versionText(edit: number, limit: number): string;
}

export type ManifestJobs = ManifestEditJobs;
