import type { U64 } from '../bytes/u64';
import type { RandomAccessFile } from '../env/env';
import { LogReader } from '../log/reader';
import { tornTailProblem } from '../log/torn-tail';
import { LsmError, type Problem, type ProblemCode } from '../problem';
import { decodeVersionEdit, type VersionEdit } from './version-edit';

/** One record of a MANIFEST. */
export interface ManifestRecord {
  /** Where its first physical record begins, and where its last one ends. */
  offset: number;
  end: number;
  edit: VersionEdit;
}

/** Damage in the place where a record should be. */
export interface ManifestDamage {
  offset: number;
  length: number;
  reason: string;
}

export type ManifestItem = ManifestRecord | ManifestDamage;

export function isRecord(item: ManifestItem): item is ManifestRecord {
  return 'edit' in item;
}

/**
 * The records of a MANIFEST, read from its beginning and, when it has grown, from where reading ended. Damage
 * becomes an item and a problem; what is sound behind it is read too (LevelDB refuses the whole database at the
 * first damage).
 */
export class ManifestContents {
  /** Records and damage in the order of the file. */
  readonly items: ManifestItem[] = [];
  /** Where the last sound record ends. */
  end = 0;
  private readonly name: string;
  private readonly damage: Problem[] = [];
  /** What stands behind the last record and is none. */
  tail: Problem | undefined;

  /** `name` goes into problems. */
  constructor(name: string) {
    this.name = name;
  }

  static read(file: RandomAccessFile, name: string): ManifestContents {
    const contents = new ManifestContents(name);
    contents.readFrom(file);
    return contents;
  }

  /** Items that stand in no file together. */
  static of(name: string, items: readonly ManifestItem[]): ManifestContents {
    const contents = new ManifestContents(name);
    for (const item of items) {
      if (isRecord(item)) {
        contents.items.push(item);
        contents.end = item.end;
      } else contents.addDamage(item.offset, item.length, 'bad-record', item.reason);
    }
    return contents;
  }

  get problems(): Problem[] {
    return this.tail ? [...this.damage, this.tail] : [...this.damage];
  }

  /** Reads what stands behind the last sound record. */
  readFrom(file: RandomAccessFile): void {
    const { name } = this;
    // What was damage behind `end` at the last reading is read again.
    while (this.items.length > 0 && this.items[this.items.length - 1].offset >= this.end) {
      this.items.pop();
      this.damage.pop();
    }
    const reader = new LogReader(file, {
      initialOffset: this.end,
      reporter: {
        corruption: (length, reason, offset) =>
          this.addDamage(
            offset,
            length,
            reason === 'checksum mismatch' ? 'checksum-mismatch' : 'bad-record',
            reason,
          ),
      },
    });
    while (reader.next()) {
      const { recordOffset: offset, recordEnd } = reader;
      try {
        this.items.push({ offset, end: recordEnd, edit: decodeVersionEdit(reader.record, name, offset) });
        this.end = recordEnd;
      } catch (error) {
        if (!(error instanceof LsmError)) throw error;
        this.addDamage(offset, recordEnd - offset, 'bad-version-edit', error.message);
      }
    }
    const { tornTail, tornTailKind } = reader;
    this.tail = tornTail && tornTailProblem(name, tornTail, tornTailKind, true);
  }

  private addDamage(offset: number, length: number, code: ProblemCode, reason: string): void {
    this.items.push({ offset, length, reason });
    this.damage.push({ severity: 'error', file: this.name, offset, length, code, message: reason });
  }
}

/** The counters that edits carry; the last one of each kind counts. */
export interface ManifestCounters {
  comparator: string | undefined;
  logNumber: U64 | undefined;
  prevLogNumber: U64 | undefined;
  nextFileNumber: U64 | undefined;
  lastSequence: U64 | undefined;
}

export function collectCounters(edits: Iterable<VersionEdit>): ManifestCounters {
  const counters: ManifestCounters = {
    comparator: undefined,
    logNumber: undefined,
    prevLogNumber: undefined,
    nextFileNumber: undefined,
    lastSequence: undefined,
  };
  for (const edit of edits) {
    // The first name counts: LevelDB refuses a second one that differs.
    counters.comparator ??= edit.comparator;
    counters.logNumber = edit.logNumber ?? counters.logNumber;
    counters.prevLogNumber = edit.prevLogNumber ?? counters.prevLogNumber;
    counters.nextFileNumber = edit.nextFileNumber ?? counters.nextFileNumber;
    counters.lastSequence = edit.lastSequence ?? counters.lastSequence;
  }
  return counters;
}
