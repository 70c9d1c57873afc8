// The contents of a data, index or metaindex block (table/block_builder.cc):
//
//   block   = entry ... | fixed32 restart offset ... | fixed32 number of restarts
//   entry   = varint32 shared | varint32 unshared | varint32 value length | key suffix | value
//
// An entry's key is the first `shared` bytes of the key before it and the suffix. At a restart point `shared` is
// 0: there a search can begin without the keys before.

import { readFixed32 } from '../bytes/fixed';
import type { Cursor } from '../iterator/cursor';
import { bytewiseComparator, type Comparator } from '../keys/comparator';
import { InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { corruption, type LsmError } from '../problem';

/** A decoded block. The restart array is checked here, the entries where a cursor meets them. */
export class Block {
  readonly bytes: Uint8Array;
  /** Where the entries end and the restart array begins; 0 in a bad block. */
  readonly restartOffset: number;
  /** 0 in a bad block; also in the empty blocks of some other writers (table_test.cc, ZeroRestartPointsInBlock). */
  readonly restartCount: number;
  /** The restart array does not fit (LevelDB marks such a block with size 0): cursors give `bad block contents`. */
  readonly bad: boolean;
  /** For errors: the file's short name and the block's offset in it. */
  readonly file: string | undefined;
  readonly offset: number | undefined;

  constructor(bytes: Uint8Array, file?: string, offset?: number) {
    this.bytes = bytes;
    this.file = file;
    this.offset = offset;
    const count = bytes.length < 4 ? 0 : readFixed32(bytes, bytes.length - 4);
    this.bad = bytes.length < 4 || count > (bytes.length - 4) >>> 2;
    this.restartCount = this.bad ? 0 : count;
    this.restartOffset = this.bad ? 0 : bytes.length - 4 - 4 * count;
  }

  /** The offset of restart point `index`, as stored: damage may have put it anywhere. */
  restartPoint(index: number): number {
    return readFixed32(this.bytes, this.restartOffset + 4 * index);
  }

  /** A Corruption, `bad block contents`. */
  badContents(): LsmError {
    return corruption('bad-block', 'bad block contents', this.file, this.offset);
  }
}

const NO_BYTES = new Uint8Array(0);
const NO_BLOCK = new Block(new Uint8Array(4));

/**
 * A position in a block (table/block.cc, Block::Iter). Besides Cursor's fields it tells where the entry lies.
 *
 * A damaged entry ends it: `valid` is false and `error` a Corruption, `bad entry in block`. A bad block sets
 * `error` from the start. Nothing is allocated per entry. A seek's target must not lie in the cursor's own
 * `keyBuffer`.
 */
export class BlockCursor implements Cursor {
  keyBuffer: Uint8Array = NO_BYTES;
  keyStart = 0;
  keyEnd = 0;
  valueBuffer: Uint8Array = NO_BYTES;
  valueStart = 0;
  valueEnd = 0;
  error: LsmError | undefined = undefined;
  /** Offset of the entry in the block. */
  entryOffset = 0;
  /** Bytes that the entry's key shares with the key before it. */
  shared = 0;
  /** Bytes of key that the entry stores. */
  unshared = 0;
  /** The restart point at or before the entry. */
  restartIndex = 0;
  /** Keys compared by all seeks so far. */
  comparisons = 0;
  /** Bytes that prev has read again so far: a step back costs what lies behind the restart point before it. */
  walkedBack = 0;

  readonly comparator: Comparator;
  /** The order is that of internal keys with bytewise user keys. */
  private readonly isBytewise: boolean;
  private current: Block = NO_BLOCK;
  private bytes: Uint8Array = NO_BYTES;
  /** Where the entries end; 0 where there are none to read. */
  private limit = 0;
  /** Offset of the restart point behind `restartIndex`; `limit` if there is none. */
  private nextRestart = 0;
  /** Keys that are not stored whole are put together here. */
  private own = new Uint8Array(64);
  // An entry's header, taken apart by readHeader.
  private headShared = 0;
  private headUnshared = 0;
  private headValue = 0;
  private position = 0;

  constructor(comparator: Comparator, block?: Block) {
    this.comparator = comparator;
    this.isBytewise = comparator instanceof InternalKeyComparator && comparator.user === bytewiseComparator;
    if (block) this.reset(block);
  }

  /** Turns to another block (or to none); not valid until a seek. */
  reset(block: Block = NO_BLOCK): void {
    this.current = block;
    this.bytes = block.bytes;
    this.valueBuffer = block.bytes;
    this.limit = block.restartCount === 0 ? 0 : block.restartOffset;
    this.error = block.bad ? block.badContents() : undefined;
    this.toEnd();
  }

  get block(): Block {
    return this.current;
  }

  get valid(): boolean {
    return this.entryOffset < this.limit;
  }

  next(): void {
    this.parseNext();
  }

  prev(): void {
    const original = this.entryOffset;
    while (this.current.restartPoint(this.restartIndex) >= original) {
      if (this.restartIndex === 0) {
        this.toEnd();
        return;
      }
      this.restartIndex--;
    }
    this.toRestart(this.restartIndex);
    this.walkedBack += Math.max(0, original - this.valueEnd);
    while (this.parseNext() && this.valueEnd < original);
  }

  seekToFirst(): void {
    if (this.limit === 0) return;
    this.toRestart(0);
    this.parseNext();
  }

  /** To the entry at a restart point. */
  seekToRestart(index: number): void {
    if (this.limit === 0) return;
    this.toRestart(index);
    this.parseNext();
  }

  seekToLast(): void {
    if (this.limit === 0) return;
    this.toRestart(this.current.restartCount - 1);
    while (this.parseNext() && this.valueEnd < this.limit);
  }

  seek(target: Uint8Array, start: number, end: number): void {
    if (this.limit === 0) return;
    // The last restart point with a key below the target; the present position may narrow the search.
    let left = 0;
    let right = this.current.restartCount - 1;
    let here = 0;
    if (this.valid) {
      here = this.compareKey(target, start, end);
      if (here === 0) return;
      if (here < 0) left = this.restartIndex;
      else right = this.restartIndex;
    }
    while (left < right) {
      const middle = (left + right + 1) >>> 1;
      if (!this.readHeader(this.current.restartPoint(middle)) || this.headShared !== 0) {
        this.damaged();
        return;
      }
      this.comparisons++;
      const keyEnd = this.position + this.headUnshared;
      const order = this.comparator.compare(this.bytes, this.position, keyEnd, target, start, end);
      if (order < 0) left = middle;
      else right = middle - 1;
    }
    // Go on from where we are if that is in the right stretch and before the target.
    if (!(here < 0 && left === this.restartIndex)) this.toRestart(left);
    if (this.isBytewise && end - start >= TAG_BYTES) this.walkTo(target, start, end);
    else while (this.parseNext() && this.compareKey(target, start, end) < 0);
  }

  /**
   * The walk at the end of a seek, in bytewise order. What an entry shares with the one before is not compared again: a
   * key that shares more than the one before had in common with the target differs from it at the same byte.
   */
  private walkTo(target: Uint8Array, start: number, end: number): void {
    const targetLength = end - start - TAG_BYTES;
    /** Bytes that the user key before has in common with the target's; whether it has a lower one behind them. */
    let common = 0;
    let isLower = false;
    let isFirst = true;
    while (this.parseNext()) {
      this.comparisons++;
      const { keyBuffer, keyStart, shared } = this;
      const length = this.keyEnd - keyStart - TAG_BYTES;
      if (length < 0) {
        if (this.comparator.compare(keyBuffer, keyStart, this.keyEnd, target, start, end) >= 0) return;
        isFirst = true;
        continue;
      }
      if (isFirst) common = 0;
      else if (isLower && shared > common && length > common) continue;
      else if (shared < common) common = shared;
      isFirst = false;
      const limit = Math.min(length, targetLength);
      if (common > limit) common = limit;
      while (common < limit && keyBuffer[keyStart + common] === target[start + common]) common++;
      if (common < limit) {
        if (keyBuffer[keyStart + common] > target[start + common]) return;
        isLower = true;
        continue;
      }
      isLower = false;
      if (length > targetLength) return;
      if (length === targetLength && !isNewer(keyBuffer, this.keyEnd, target, end)) return;
    }
  }

  private compareKey(target: Uint8Array, start: number, end: number): number {
    this.comparisons++;
    return this.comparator.compare(this.keyBuffer, this.keyStart, this.keyEnd, target, start, end);
  }

  /** parseNext goes on at the end of the value, so it is put at the restart point, with an empty key before it. */
  private toRestart(index: number): void {
    this.restartIndex = index;
    this.nextRestart = this.restartAfter(index);
    this.keyEnd = this.keyStart;
    this.valueEnd = this.current.restartPoint(index);
  }

  private restartAfter(index: number): number {
    return index + 1 < this.current.restartCount ? this.current.restartPoint(index + 1) : this.limit;
  }

  private toEnd(): void {
    this.entryOffset = this.limit;
    this.restartIndex = this.current.restartCount;
    this.valueStart = this.limit;
    this.valueEnd = this.limit;
    this.keyEnd = this.keyStart;
  }

  private damaged(): false {
    this.toEnd();
    this.error ??= corruption('bad-block', 'bad entry in block', this.current.file, this.current.offset);
    return false;
  }

  /** Moves to the entry behind the value; false at the end of the entries and at a damaged one. */
  private parseNext(): boolean {
    const { bytes, limit } = this;
    const entry = this.valueEnd;
    if (entry >= limit) {
      this.toEnd();
      return false;
    }
    let key = entry + 3;
    let shared = bytes[entry];
    let unshared = bytes[entry + 1];
    let valueLength = bytes[entry + 2];
    // Nearly all entries have three one-byte lengths. (Short of three bytes, the sum below passes the limit.)
    if ((shared | unshared | valueLength) >= 128) {
      if (!this.readHeader(entry)) return this.damaged();
      key = this.position;
      shared = this.headShared;
      unshared = this.headUnshared;
      valueLength = this.headValue;
    }
    const keyEnd = key + unshared;
    const valueEnd = keyEnd + valueLength;
    if (valueEnd > limit || shared > this.keyEnd - this.keyStart) return this.damaged();

    if (shared === 0) {
      this.keyBuffer = bytes;
      this.keyStart = key;
      this.keyEnd = keyEnd;
    } else {
      this.assembleKey(shared, key, keyEnd);
    }
    this.shared = shared;
    this.unshared = unshared;
    this.valueStart = keyEnd;
    this.valueEnd = valueEnd;
    this.entryOffset = entry;
    while (this.nextRestart <= entry) {
      this.restartIndex++;
      this.nextRestart = this.restartAfter(this.restartIndex);
    }
    return true;
  }

  /** Keeps `shared` bytes of the present key and adds the block's bytes [start, end). */
  private assembleKey(shared: number, start: number, end: number): void {
    const { bytes } = this;
    const length = shared + end - start;
    if (length > this.own.length) this.grow(length);
    const { own } = this;
    if (this.keyBuffer !== own) {
      const { keyBuffer, keyStart } = this;
      for (let i = 0; i < shared; i++) own[i] = keyBuffer[keyStart + i];
      this.keyBuffer = own;
      this.keyStart = 0;
    }
    for (let from = start, to = shared; from < end; from++, to++) own[to] = bytes[from];
    this.keyEnd = length;
  }

  private grow(length: number): void {
    const grown = new Uint8Array(Math.max(length, 2 * this.own.length));
    grown.set(this.own);
    if (this.keyBuffer === this.own) this.keyBuffer = grown;
    this.own = grown;
  }

  /** Takes an entry's header apart; `position` is then where its key suffix begins. False if it does not fit. */
  private readHeader(offset: number): boolean {
    if (this.limit - offset < 3) return false;
    this.position = offset;
    this.headShared = this.varint32();
    this.headUnshared = this.varint32();
    this.headValue = this.varint32();
    if (this.headShared < 0 || this.headUnshared < 0 || this.headValue < 0) return false;
    return this.headUnshared + this.headValue <= this.limit - this.position;
  }

  /** The varint32 at `position` (util/coding.cc, GetVarint32Ptr), or -1 if it does not end within the entries. */
  private varint32(): number {
    const { bytes, limit } = this;
    let { position } = this;
    let result = 0;
    for (let shift = 0; shift <= 28 && position < limit; shift += 7) {
      const byte = bytes[position++];
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return result >>> 0;
      }
    }
    return -1;
  }
}

/** Whether the tag that ends at `aEnd` sorts before the one at `bEnd`: the greater one does. */
function isNewer(a: Uint8Array, aEnd: number, b: Uint8Array, bEnd: number): boolean {
  for (let i = 1; i <= TAG_BYTES; i++) {
    const difference = a[aEnd - i] - b[bEnd - i];
    if (difference !== 0) return difference > 0;
  }
  return false;
}
