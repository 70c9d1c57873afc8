import { copyOf } from '../bytes/copy';
import { KeyBuffer } from '../bytes/key-buffer';
import type { U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import { MAX_SEQUENCE, sequenceAt, TAG_BYTES, typeAt, ValueType } from '../keys/internal-key';
import type { DropReason, KeepReason } from '../trace/events';
import type { Compaction } from './compaction';

/** What becomes of one entry. */
export interface Verdict {
  keep: boolean;
  why: KeepReason | DropReason;
  /** Of a shadowed entry the sequence of the one that hides it. */
  by: U64 | undefined;
}

/** Decides which entries of a merge go on (the loop of DBImpl::DoCompactionWork). Entries come in internal key order. */
export class EntryFilter {
  private readonly compaction: Compaction;
  private readonly smallestSnapshot: U64;
  private readonly userKey = new KeyBuffer();
  private hasUserKey = false;
  /** Of the entry of this user key before; above every real one for the first. */
  private sequenceBefore: U64 = ABOVE_ALL;

  constructor(compaction: Compaction, smallestSnapshot: U64) {
    this.compaction = compaction;
    this.smallestSnapshot = smallestSnapshot;
  }

  judge({ keyBuffer, keyStart, keyEnd }: Pick<Cursor, 'keyBuffer' | 'keyStart' | 'keyEnd'>): Verdict {
    if (keyEnd - keyStart < TAG_BYTES || typeAt(keyBuffer, keyEnd) > ValueType.value) {
      // What cannot be read is not hidden.
      this.hasUserKey = false;
      this.sequenceBefore = ABOVE_ALL;
      return UNREADABLE;
    }
    const userEnd = keyEnd - TAG_BYTES;
    if (!this.hasUserKey || !this.isSameKey(keyBuffer, keyStart, userEnd)) {
      this.userKey.assign(keyBuffer, keyStart, userEnd);
      this.hasUserKey = true;
      this.sequenceBefore = ABOVE_ALL;
    }
    const sequence = sequenceAt(keyBuffer, keyEnd);
    const before = this.sequenceBefore;
    this.sequenceBefore = sequence;
    if (before <= this.smallestSnapshot) return { keep: false, why: 'shadowed', by: before };
    if (typeAt(keyBuffer, keyEnd) === ValueType.deletion) {
      const isSeenByAll = sequence <= this.smallestSnapshot;
      if (isSeenByAll && this.compaction.isBaseLevelFor(copyOf(keyBuffer, keyStart, userEnd))) {
        return NOTHING_BELOW;
      }
      return before === ABOVE_ALL ? KEPT_DELETION : KEPT_FOR_SNAPSHOT;
    }
    return before === ABOVE_ALL ? KEPT_NEWEST : KEPT_FOR_SNAPSHOT;
  }

  /** Goes on behind entries that were judged elsewhere: the last one's user key and sequence. */
  resume(userKey: Uint8Array, sequence: U64): void {
    this.userKey.assign(userKey, 0, userKey.length);
    this.hasUserKey = true;
    this.sequenceBefore = sequence;
  }

  private isSameKey(key: Uint8Array, start: number, end: number): boolean {
    const { user } = this.compaction.version.comparator;
    return user.compare(key, start, end, this.userKey.bytes, 0, this.userKey.length) === 0;
  }
}

const ABOVE_ALL: U64 = MAX_SEQUENCE;
const UNREADABLE: Verdict = { keep: true, why: 'unreadable key', by: undefined };
const NOTHING_BELOW: Verdict = { keep: false, why: 'deletion with nothing below', by: undefined };
const KEPT_NEWEST: Verdict = { keep: true, why: 'newest', by: undefined };
const KEPT_FOR_SNAPSHOT: Verdict = { keep: true, why: 'a snapshot needs it', by: undefined };
const KEPT_DELETION: Verdict = { keep: true, why: 'a deletion that hides something below', by: undefined };
