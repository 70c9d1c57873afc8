import { readFixed32 } from '../bytes/fixed';
import { KeyBuffer } from '../bytes/key-buffer';
import { type U64, u64High, u64Low } from '../bytes/u64';
import type { Comparator } from '../keys/comparator';
import {
  MAX_SEQUENCE,
  sequenceAt,
  TAG_BYTES,
  TYPE_FOR_SEEK,
  ValueType,
  writeTag,
} from '../keys/internal-key';
import { corruption, type LsmError } from '../problem';
import type { Cursor } from './cursor';

/**
 * What a reader of the database sees at one sequence (db/db_iter.cc): the newest version of each user key that is
 * not newer than the sequence, without deleted keys. Keys are user keys.
 */
export class UserCursor implements Cursor {
  valid = false;
  private readonly comparator: Comparator;
  private readonly inner: Cursor;
  private readonly sequence: U64;
  /** The greatest tag that is visible: sequence << 8 | 255, in two halves. */
  readonly limitHigh: number;
  readonly limitLow: number;
  /** Which way it went last. */
  forward = true;
  /** Going forward the key to pass by, going back the current key and value. */
  private readonly savedKey = new KeyBuffer();
  private readonly savedValue = new KeyBuffer();
  private savedSequence: U64 = 0;
  private badKey: LsmError | undefined;
  private readonly onBadKey: ((error: LsmError) => void) | undefined;
  private readonly onEntry: ((inner: Cursor) => void) | undefined;

  /**
   * `inner` runs over internal keys; `comparator` orders user keys. `onBadKey` is told of each entry that is left out
   * because its key is none, while `inner` stands on it; `onEntry` of every entry that is looked at, shown or not.
   */
  constructor(
    comparator: Comparator,
    inner: Cursor,
    sequence: U64 = MAX_SEQUENCE,
    onBadKey?: (error: LsmError) => void,
    onEntry?: (inner: Cursor) => void,
  ) {
    this.comparator = comparator;
    this.inner = inner;
    this.onBadKey = onBadKey;
    this.onEntry = onEntry;
    this.sequence = sequence <= MAX_SEQUENCE ? sequence : MAX_SEQUENCE;
    const low = u64Low(this.sequence);
    this.limitLow = ((low << 8) | 0xff) >>> 0;
    this.limitHigh = ((u64High(this.sequence) << 8) | (low >>> 24)) >>> 0;
  }

  get keyBuffer(): Uint8Array {
    return this.forward ? this.inner.keyBuffer : this.savedKey.bytes;
  }

  get keyStart(): number {
    return this.forward ? this.inner.keyStart : 0;
  }

  get keyEnd(): number {
    return this.forward ? this.inner.keyEnd - TAG_BYTES : this.savedKey.length;
  }

  get valueBuffer(): Uint8Array {
    return this.forward ? this.inner.valueBuffer : this.savedValue.bytes;
  }

  get valueStart(): number {
    return this.forward ? this.inner.valueStart : 0;
  }

  get valueEnd(): number {
    return this.forward ? this.inner.valueEnd : this.savedValue.length;
  }

  /** The sequence of the current version. */
  get currentSequence(): U64 {
    return this.forward ? sequenceAt(this.inner.keyBuffer, this.inner.keyEnd) : this.savedSequence;
  }

  get error(): LsmError | undefined {
    return this.badKey ?? this.inner.error;
  }

  seekToFirst(): void {
    this.forward = true;
    this.inner.seekToFirst();
    this.findNext(false);
  }

  seekToLast(): void {
    this.forward = false;
    this.inner.seekToLast();
    this.findPrevious();
  }

  seek(target: Uint8Array, start: number, end: number): void {
    this.forward = true;
    const key = new Uint8Array(end - start + TAG_BYTES);
    key.set(target.subarray(start, end));
    writeTag(key, end - start, this.sequence, TYPE_FOR_SEEK);
    this.inner.seek(key, 0, key.length);
    this.findNext(false);
  }

  next(): void {
    if (this.forward) {
      this.saveKey();
      this.inner.next();
    } else {
      // The inner cursor stands just before the entries of the current key.
      this.forward = true;
      if (this.inner.valid) this.inner.next();
      else this.inner.seekToFirst();
    }
    this.findNext(true);
  }

  prev(): void {
    if (this.forward) {
      this.saveKey();
      do {
        this.inner.prev();
      } while (this.inner.valid && this.compareWithSaved() >= 0);
      this.forward = false;
    }
    this.findPrevious();
  }

  /**
   * Goes on forward from where the inner cursor stands now, which was moved: behind all versions of `key`, if there is
   * one.
   */
  resume(key: Uint8Array | undefined): void {
    this.forward = true;
    if (key) this.savedKey.assign(key, 0, key.length);
    this.findNext(key !== undefined);
  }

  /** Goes forward to the next entry to show; `skipping` passes by all versions of the saved key. */
  private findNext(skipping: boolean): void {
    const { inner } = this;
    for (; inner.valid; inner.next()) {
      if (!this.isVisible()) continue;
      if (inner.keyBuffer[inner.keyEnd - TAG_BYTES] === ValueType.deletion) {
        this.saveKey();
        skipping = true;
      } else if (!skipping || this.compareWithSaved() > 0) {
        this.valid = true;
        return;
      }
    }
    this.valid = false;
  }

  /** Goes back over all versions of a key, oldest first, until the newest visible one is known. */
  private findPrevious(): void {
    const { inner } = this;
    let found = false;
    for (; inner.valid; inner.prev()) {
      if (!this.isVisible()) continue;
      if (found && this.compareWithSaved() < 0) break;
      found = inner.keyBuffer[inner.keyEnd - TAG_BYTES] === ValueType.value;
      if (!found) continue;
      this.saveKey();
      this.savedValue.assign(inner.valueBuffer, inner.valueStart, inner.valueEnd);
      this.savedSequence = sequenceAt(inner.keyBuffer, inner.keyEnd);
    }
    this.valid = found;
    if (!found) this.forward = true;
  }

  private saveKey(): void {
    this.savedKey.assign(this.inner.keyBuffer, this.inner.keyStart, this.inner.keyEnd - TAG_BYTES);
  }

  /** The order of the inner cursor's user key and the saved one. */
  private compareWithSaved(): number {
    const { inner, savedKey } = this;
    return this.comparator.compare(
      inner.keyBuffer,
      inner.keyStart,
      inner.keyEnd - TAG_BYTES,
      savedKey.bytes,
      0,
      savedKey.length,
    );
  }

  /** Whether the inner entry is sound and not newer than the sequence. */
  private isVisible(): boolean {
    this.onEntry?.(this.inner);
    const { keyBuffer, keyStart, keyEnd } = this.inner;
    if (keyEnd - keyStart < TAG_BYTES || keyBuffer[keyEnd - TAG_BYTES] > ValueType.value) {
      this.badKey ??= corruption('bad-block', 'corrupted internal key in DBIter');
      this.onBadKey?.(this.badKey);
      return false;
    }
    const high = readFixed32(keyBuffer, keyEnd - 4);
    return (
      high < this.limitHigh ||
      (high === this.limitHigh && readFixed32(keyBuffer, keyEnd - 8) <= this.limitLow)
    );
  }
}
