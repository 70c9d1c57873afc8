import type { U64 } from '../bytes/u64';
import type { Comparator } from '../keys/comparator';
import { TAG_BYTES } from '../keys/internal-key';
import { describeEdit, type EditDescription } from './describe-edit';
import type { ManifestRecord } from './manifest-reader';
import type { FileMetaData } from './version-edit';

/** A table's stay in one level: from the edit that added it to the one that removed it. */
export interface FileLife {
  level: number;
  file: FileMetaData;
  /** The edit that added it, counted from 0. */
  added: number;
  /** The edit that removed it; undefined if it is there at the end. */
  removed: number | undefined;
}

export interface TimelineCounters {
  comparator: string | undefined;
  logNumber: U64 | undefined;
  prevLogNumber: U64 | undefined;
  nextFileNumber: U64 | undefined;
  lastSequence: U64 | undefined;
}

/**
 * The history that a MANIFEST tells: what each edit did, and from when to when each table was in each level. The version
 * after edit n has the lives that began at or before n and had not ended by then: no version is ever built.
 */
export class ManifestTimeline {
  readonly records: readonly ManifestRecord[];
  readonly descriptions: EditDescription[] = [];
  /** In order of `added`. */
  readonly lives: FileLife[] = [];

  constructor(records: readonly ManifestRecord[]) {
    this.records = records;
    const present = new Map<string, FileLife>();
    let logNumber: U64 = 0;
    for (const [i, { edit }] of records.entries()) {
      this.descriptions.push(describeEdit(edit, { isFirst: i === 0, isSecond: i === 1, logNumber }));
      logNumber = edit.logNumber ?? logNumber;
      // Deletions come first: a file that is named in both is there afterwards (VersionSet::Builder::Apply).
      for (const { level, number } of edit.deletedFiles) {
        const key = `${level}/${number}`;
        const life = present.get(key);
        if (life) life.removed = i;
        present.delete(key);
      }
      for (const { level, file } of edit.newFiles) {
        const key = `${level}/${file.number}`;
        if (present.has(key)) continue;
        const life: FileLife = { level, file, added: i, removed: undefined };
        present.set(key, life);
        this.lives.push(life);
      }
    }
  }

  get edits(): number {
    return this.records.length;
  }

  /** The lives of the version after an edit. */
  at(edit: number): FileLife[] {
    return this.lives.filter((life) => isAliveAt(life, edit));
  }

  /** The counters after an edit, as recovery would have them. */
  countersAt(edit: number): TimelineCounters {
    const counters: TimelineCounters = {
      comparator: undefined,
      logNumber: undefined,
      prevLogNumber: undefined,
      nextFileNumber: undefined,
      lastSequence: undefined,
    };
    for (let i = 0; i <= edit && i < this.records.length; i++) {
      const { edit: fields } = this.records[i];
      counters.comparator ??= fields.comparator;
      counters.logNumber = fields.logNumber ?? counters.logNumber;
      counters.prevLogNumber = fields.prevLogNumber ?? counters.prevLogNumber;
      counters.nextFileNumber = fields.nextFileNumber ?? counters.nextFileNumber;
      counters.lastSequence = fields.lastSequence ?? counters.lastSequence;
    }
    return counters;
  }
}

export function isAliveAt({ added, removed }: FileLife, edit: number): boolean {
  return added <= edit && (removed === undefined || removed > edit);
}

/** Where a user key stands among sorted keys: the index of the first one at or after it. */
export function rankOf(comparator: Comparator, keys: readonly Uint8Array[], key: Uint8Array): number {
  let left = 0;
  let right = keys.length;
  while (left < right) {
    const middle = (left + right) >>> 1;
    const other = keys[middle];
    if (comparator.compare(other, 0, other.length, key, 0, key.length) < 0) left = middle + 1;
    else right = middle;
  }
  return left;
}

export function userKey(internalKey: Uint8Array): Uint8Array {
  return internalKey.subarray(0, internalKey.length - TAG_BYTES);
}
