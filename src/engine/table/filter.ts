// The filter block (table/filter_block.cc): one filter for every 2^baseLg bytes of file offset.
//
//   filter 0 | filter 1 | ... | fixed32 offset of each | fixed32 offset of that array | u8 baseLg (11)
//
// A data block's keys are in the filter of the block's offset: index = offset >> baseLg.

import { ByteWriter } from '../bytes/byte-writer';
import { readFixed32 } from '../bytes/fixed';
import type { FilterPolicy } from './bloom';

/** A filter for every 2 KiB of data. */
export const FILTER_BASE_LG = 11;
const FILTER_BASE = 1 << FILTER_BASE_LG;

/** Calls come as (startBlock addKey*)* finish. */
export class FilterBlockBuilder {
  private readonly policy: FilterPolicy;
  /** The keys of the filter under way, end to end. */
  private readonly keys = new ByteWriter();
  private readonly starts: number[] = [];
  /** Or their hashes, where the policy needs no more. */
  private hashes = new Uint32Array(64);
  private hashCount = 0;
  private readonly result = new ByteWriter();
  private readonly offsets: number[] = [];

  constructor(policy: FilterPolicy) {
    this.policy = policy;
  }

  /** A data block begins at this offset of the file: finishes the filters for what lies before it. */
  startBlock(blockOffset: number): void {
    const index = Math.floor(blockOffset / FILTER_BASE);
    while (index > this.offsets.length) this.generate();
  }

  addKey(key: Uint8Array, start = 0, end = key.length): void {
    const { hashOf, createFilterOfHashes } = this.policy;
    if (hashOf && createFilterOfHashes) {
      this.reserve(1);
      this.hashes[this.hashCount++] = hashOf(key, start, end);
      return;
    }
    this.starts.push(this.keys.length);
    this.keys.bytes(key, start, end);
  }

  /** `addKey` for keys of which only the hashes are known, for a policy that needs no more. */
  addHashes(hashes: Uint32Array): void {
    this.reserve(hashes.length);
    this.hashes.set(hashes, this.hashCount);
    this.hashCount += hashes.length;
  }

  /** Room for so many more hashes. */
  private reserve(more: number): void {
    const needed = this.hashCount + more;
    if (needed <= this.hashes.length) return;
    const grown = new Uint32Array(Math.max(needed, 2 * this.hashes.length));
    grown.set(this.hashes);
    this.hashes = grown;
  }

  /** The finished block; valid as long as the builder is not used again. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.starts.length > 0 || this.hashCount > 0) this.generate();
    const arrayOffset = this.result.length;
    for (const offset of this.offsets) this.result.fixed32(offset);
    this.result.fixed32(arrayOffset);
    this.result.byte(FILTER_BASE_LG);
    return this.result.view();
  }

  private generate(): void {
    this.offsets.push(this.result.length);
    if (this.hashCount > 0) {
      this.policy.createFilterOfHashes?.(this.hashes.subarray(0, this.hashCount), this.result);
      this.hashCount = 0;
    }
    if (this.starts.length === 0) return;
    const flat = this.keys.view();
    const keys = this.starts.map((start, i) => flat.subarray(start, this.starts[i + 1] ?? flat.length));
    this.policy.createFilter(keys, this.result);
    this.keys.truncate(0);
    this.starts.length = 0;
  }
}

/** Asks the filters. What is damaged is taken for "may match". */
export class FilterBlockReader {
  readonly contents: Uint8Array;
  readonly policy: FilterPolicy;
  /** A filter covers 2^baseLg bytes of the file. */
  readonly baseLg: number;
  private readonly base: number;
  readonly filterCount: number;
  /** False if the block's tail makes no sense; then every key may match. */
  readonly sound: boolean;
  /** Where the array of offsets begins; the filters lie before it. */
  readonly arrayOffset: number;

  constructor(policy: FilterPolicy, contents: Uint8Array) {
    this.policy = policy;
    this.contents = contents;
    const size = contents.length;
    const arrayOffset = size < 5 ? 0 : readFixed32(contents, size - 5);
    this.sound = size >= 5 && arrayOffset <= size - 5;
    this.baseLg = size < 5 ? 0 : contents[size - 1];
    this.base = 2 ** this.baseLg;
    this.arrayOffset = this.sound ? arrayOffset : 0;
    this.filterCount = this.sound ? Math.floor((size - 5 - arrayOffset) / 4) : 0;
  }

  /** Which filter a data block at this offset uses; it may be past `filterCount`. */
  filterIndex(blockOffset: number): number {
    return Math.floor(blockOffset / this.base);
  }

  /** Where filter `index` lies in `contents`; undefined if there is none or its offsets make no sense. */
  filterRange(index: number): { start: number; end: number } | undefined {
    if (index < 0 || index >= this.filterCount) return undefined;
    const start = this.filterOffset(index);
    // The last filter ends at the field behind the array, which holds the array's own offset.
    const end = this.filterOffset(index + 1);
    return start <= end && end <= this.arrayOffset ? { start, end } : undefined;
  }

  /** Whether the data block at `blockOffset` may hold the key (FilterBlockReader::KeyMayMatch). */
  keyMayMatch(blockOffset: number, key: Uint8Array, keyStart = 0, keyEnd = key.length): boolean {
    const index = this.filterIndex(blockOffset);
    if (index >= this.filterCount) return true;
    const start = this.filterOffset(index);
    const end = this.filterOffset(index + 1);
    if (start <= end && end <= this.arrayOffset) {
      return this.policy.keyMayMatch(key, keyStart, keyEnd, this.contents, start, end);
    }
    // An empty filter holds no keys, wherever it is said to lie.
    return start !== end;
  }

  private filterOffset(index: number): number {
    return readFixed32(this.contents, this.arrayOffset + 4 * index);
  }
}

export {
  type BloomParameters,
  BUILTIN_BLOOM_NAME,
  bloomFilterPolicy,
  bloomParameters,
  type FilterPolicy,
  internalFilterPolicy,
} from './bloom';
