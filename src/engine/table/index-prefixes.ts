import { ByteReader } from '../bytes/byte-reader';
import { compareRanges } from '../bytes/compare';
import { bytewiseComparator, type Comparator } from '../keys/comparator';
import { InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { type Block, BlockCursor } from './block';
import { readBlockHandle } from './format';

/**
 * The keys of an index block by the six bytes behind what all of them begin with, so that a search among hundreds of
 * them compares numbers. Only for bytewise order, and for an index whose keys are sound and ascend.
 */
export class IndexPrefixes {
  private readonly block: Block;
  private readonly comparator: Comparator;
  /** What all user keys begin with. */
  private readonly prefix: Uint8Array;
  private readonly words: Float64Array;
  /** Two an entry: where its key begins, and where that ends and its value begins. */
  private readonly bounds: Uint32Array;
  private readonly count: number;

  private constructor(block: Block, comparator: Comparator, bounds: number[]) {
    this.block = block;
    this.comparator = comparator;
    this.bounds = Uint32Array.from(bounds);
    this.count = bounds.length >>> 1;
    this.words = new Float64Array(this.count);
    const { bytes } = block;
    // The keys ascend: what the first and the last share, all share.
    const [first, firstEnd] = bounds;
    const last = bounds[bounds.length - 2];
    const lastEnd = bounds[bounds.length - 1];
    const limit = Math.min(firstEnd - first, lastEnd - last) - TAG_BYTES;
    let shared = 0;
    while (shared < limit && bytes[first + shared] === bytes[last + shared]) shared++;
    this.prefix = bytes.subarray(first, first + shared);
    for (let i = 0; i < this.count; i++) {
      this.words[i] = wordAt(bytes, bounds[i * 2] + shared, bounds[i * 2 + 1] - TAG_BYTES);
    }
  }

  /** Bytes held besides the block. */
  get bytesHeld(): number {
    return this.words.byteLength + this.bounds.byteLength;
  }

  /** Undefined if the block is not of that kind. */
  static of(block: Block, comparator: Comparator): IndexPrefixes | undefined {
    if (!(comparator instanceof InternalKeyComparator) || comparator.user !== bytewiseComparator)
      return undefined;
    const { bytes } = block;
    const bounds: number[] = [];
    const cursor = new BlockCursor(comparator, block);
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyBuffer, keyStart, keyEnd } = cursor;
      // A key that is not stored whole or is no internal key, or a handle that does not decode.
      if (keyBuffer !== bytes || keyEnd - keyStart < TAG_BYTES) return undefined;
      if (!readBlockHandle(new ByteReader(bytes, cursor.valueStart, cursor.valueEnd))) return undefined;
      const at = bounds.length;
      if (at > 0) {
        const order = comparator.compare(bytes, bounds[at - 2], bounds[at - 1], bytes, keyStart, keyEnd);
        if (order >= 0) return undefined;
      }
      // A plain search goes by the restart points.
      const entry = at >>> 1;
      if (entry >= block.restartCount || block.restartPoint(entry) !== cursor.entryOffset) return undefined;
      bounds.push(keyStart, keyEnd);
    }
    if (cursor.error || bounds.length === 0 || block.restartCount !== bounds.length >>> 1) return undefined;
    return new IndexPrefixes(block, comparator, bounds);
  }

  /** Where in the block the value of an entry begins. */
  valueStart(entry: number): number {
    return this.bounds[entry * 2 + 1];
  }

  /** The first entry at or after an internal key, by its restart point; below 0 if there is none. */
  find(target: Uint8Array, start: number, end: number): number {
    const { words, count, prefix, bounds, block } = this;
    const userEnd = end - TAG_BYTES;
    const head = Math.min(userEnd, start + prefix.length);
    const order = compareRanges(target, start, head, prefix, 0, prefix.length);
    if (order > 0) return -1;
    let left = 0;
    if (order === 0) {
      const word = wordAt(target, start + prefix.length, userEnd);
      let right = count;
      while (left < right) {
        const middle = (left + right) >>> 1;
        if (words[middle] < word) left = middle + 1;
        else right = middle;
      }
      // Those with the same word are compared whole; there are few as a rule.
      right = left;
      for (let step = 1; right < count && words[right] === word; step *= 2)
        right = Math.min(count, right + step);
      while (left < right) {
        const middle = (left + right) >>> 1;
        const key = bounds[middle * 2];
        if (this.comparator.compare(block.bytes, key, bounds[middle * 2 + 1], target, start, end) < 0) {
          left = middle + 1;
        } else right = middle;
      }
    }
    return left < count ? left : -1;
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
