import { ByteReader } from '../bytes/byte-reader';
import { compareRanges } from '../bytes/compare';
import { bytewiseComparator, type Comparator } from '../keys/comparator';
import { InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { type Block, BlockCursor } from './block';
import { readBlockHandle } from './format';

/** What there is room for. */
const MAX_SIZE = 2 ** 32 - 1;

/**
 * An index block as numbers: the six bytes of each key behind what all keys begin with, and the handles. A search among hundreds of
 * keys compares numbers then. Only for bytewise order, and for an index that is sound, whose keys and blocks ascend.
 */
export class IndexPrefixes {
  private readonly block: Block;
  private readonly comparator: Comparator;
  /** What all user keys begin with, except the last: that is a short one behind all keys as a rule (FindShortSuccessor). */
  private readonly prefix: Uint8Array;
  /** Two an entry: its six bytes, and where its block begins in the file. */
  private readonly words: Float64Array;
  private readonly sizes: Uint32Array;
  private readonly count: number;

  private constructor(block: Block, comparator: Comparator, prefix: Uint8Array) {
    this.block = block;
    this.comparator = comparator;
    this.count = block.restartCount;
    this.prefix = prefix;
    this.words = new Float64Array(2 * this.count);
    this.sizes = new Uint32Array(this.count);
  }

  /** Bytes held besides the block. */
  get bytesHeld(): number {
    return this.words.byteLength + this.sizes.byteLength;
  }

  /** Undefined if the block is not of that kind. */
  static of(block: Block, comparator: Comparator): IndexPrefixes | undefined {
    if (!(comparator instanceof InternalKeyComparator) || comparator.user !== bytewiseComparator)
      return undefined;
    if (block.restartCount === 0) return undefined;
    const made = new IndexPrefixes(block, comparator, prefixOfAll(block));
    return made.fill() ? made : undefined;
  }

  /** False if the block is not of that kind. */
  private fill(): boolean {
    const { block, comparator, prefix, words, sizes, count } = this;
    const { bytes } = block;
    const cursor = new BlockCursor(comparator, block);
    const reader = new ByteReader(bytes);
    let entry = 0;
    let lastStart = 0;
    let lastEnd = 0;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyStart, keyEnd } = cursor;
      // A key that is not stored whole or is no internal key; a plain search goes by the restart points.
      if (cursor.keyBuffer !== bytes || keyEnd - keyStart < TAG_BYTES) return false;
      if (entry >= count || block.restartPoint(entry) !== cursor.entryOffset) return false;
      if (entry > 0 && comparator.compare(bytes, lastStart, lastEnd, bytes, keyStart, keyEnd) >= 0)
        return false;
      reader.position = cursor.valueStart;
      reader.end = cursor.valueEnd;
      const handle = readBlockHandle(reader);
      if (!handle || handle.size > MAX_SIZE) return false;
      if (entry > 0 && handle.offset <= words[2 * entry - 1]) return false;
      words[2 * entry] = wordAt(bytes, keyStart + prefix.length, keyEnd - TAG_BYTES);
      words[2 * entry + 1] = handle.offset;
      sizes[entry++] = handle.size;
      lastStart = keyStart;
      lastEnd = keyEnd;
    }
    return !cursor.error && entry === count;
  }

  /** Where in the file the block of an entry begins. */
  offsetOf(entry: number): number {
    return this.words[2 * entry + 1];
  }

  /** Bytes of the block's contents in the file. */
  sizeOf(entry: number): number {
    return this.sizes[entry];
  }

  /** The first entry at or after an internal key, by its restart point; below 0 if there is none. */
  find(target: Uint8Array, start: number, end: number): number {
    const { words, prefix } = this;
    const last = this.count - 1;
    const userEnd = end - TAG_BYTES;
    const head = Math.min(userEnd, start + prefix.length);
    const order = compareRanges(target, start, head, prefix, 0, prefix.length);
    let left = order > 0 ? last : 0;
    if (order === 0) {
      const word = wordAt(target, start + prefix.length, userEnd);
      let right = last;
      while (left < right) {
        const middle = (left + right) >>> 1;
        if (words[2 * middle] < word) left = middle + 1;
        else right = middle;
      }
      // Those with the same word are compared whole; there are few as a rule.
      right = left;
      for (let step = 1; right < last && words[2 * right] === word; step *= 2)
        right = Math.min(last, right + step);
      while (left < right) {
        const middle = (left + right) >>> 1;
        if (this.isBelow(middle, target, start, end)) left = middle + 1;
        else right = middle;
      }
    }
    return left === last && this.isBelow(last, target, start, end) ? -1 : left;
  }

  private isBelow(entry: number, target: Uint8Array, start: number, end: number): boolean {
    const { block, comparator } = this;
    const key = new IndexKey(block, entry);
    return comparator.compare(block.bytes, key.start, key.end, target, start, end) < 0;
  }
}

/** What all user keys begin with, except the last: they ascend, so what the first and the last of them share, all share. */
function prefixOfAll(block: Block): Uint8Array {
  const { bytes, restartCount } = block;
  const first = new IndexKey(block, 0);
  const last = new IndexKey(block, Math.max(0, restartCount - 2));
  const limit = Math.min(first.end - first.start, last.end - last.start) - TAG_BYTES;
  let shared = 0;
  while (shared < limit && bytes[first.start + shared] === bytes[last.start + shared]) shared++;
  return bytes.slice(first.start, first.start + shared);
}

/** Where the key at a restart point stands in a sound index block. */
class IndexKey {
  readonly start: number;
  readonly end: number;

  constructor(block: Block, entry: number) {
    const reader = new ByteReader(block.bytes, block.restartPoint(entry), block.restartOffset);
    reader.varint32();
    const length = reader.varint32();
    reader.varint32();
    this.start = reader.position;
    this.end = reader.position + length;
  }
}

/** Six bytes from `at` on, the first one highest, with zeros from `end` on: exact in a double. */
function wordAt(bytes: Uint8Array, at: number, end: number): number {
  if (at + 6 <= end) {
    const high = (bytes[at] << 16) | (bytes[at + 1] << 8) | bytes[at + 2];
    return high * 0x1000000 + ((bytes[at + 3] << 16) | (bytes[at + 4] << 8) | bytes[at + 5]);
  }
  let word = 0;
  for (let i = 0; i < 6; i++) word = word * 256 + (at + i < end ? bytes[at + i] : 0);
  return word;
}
