// Filter policies and LevelDB's Bloom filter (util/bloom.cc):
//
//   filter = bits | u8 k
//
// A key sets the k bits h, h + d, h + 2d ... modulo the number of bits, where h is its hash and d is h rotated
// right by 17 bits.

import type { ByteWriter } from '../bytes/byte-writer';
import { hash } from '../bytes/hash';
import { kernel } from '../kernel/kernel';
import { TAG_BYTES } from '../keys/internal-key';

/** Makes and asks filters over sets of keys (include/leveldb/filter_policy.h). */
export interface FilterPolicy {
  /** The metaindex names the filter block `filter.` and this. */
  readonly name: string;
  /** Appends a filter over these keys, which may repeat. */
  createFilter(keys: readonly Uint8Array[], out: ByteWriter): void;
  /** The same from the keys' hashes, with LevelDB's hash and the seed of its Bloom filter, for policies that need no more. */
  createFilterOfHashes?: ((hashes: Uint32Array, out: ByteWriter) => void) | undefined;
  /** That hash of a key, as it is in `createFilter`; there if `createFilterOfHashes` is. */
  hashOf?: ((key: Uint8Array, start: number, end: number) => number) | undefined;
  /** Of LevelDB's built-in filter: what it takes to make it again in another thread. */
  readonly bitsPerKey?: number | undefined;
  /** The same for the kernel (KernelTable), where it can make the filter. */
  readonly bloom?: BloomShape | undefined;
  /** True for every key that was given to createFilter; usually false for others. */
  keyMayMatch(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    filter: Uint8Array,
    filterStart: number,
    filterEnd: number,
  ): boolean;
}

/** Of LevelDB's built-in filter. */
export interface BloomShape {
  /** A whole number. */
  bitsPerKey: number;
  probes: number;
}

export interface BloomParameters {
  /** Probes per key. Above 30 LevelDB takes every key for a match: reserved for other encodings. */
  k: number;
  /** Size of the bit array. */
  bits: number;
}

export const BUILTIN_BLOOM_NAME = 'leveldb.BuiltinBloomFilter2';
const BLOOM_SEED = 0xbc9f1d34;
const MAX_PROBES = 30;
/** Smaller arrays would give many false positives for few keys. */
const MIN_BITS = 64;
/** The kernel's filters have no more. */
const MAX_KERNEL_BITS = 1000;

/** What the filter in bytes [start, end) was made with; undefined if it is too short to be one. */
export function bloomParameters(
  filter: Uint8Array,
  start = 0,
  end = filter.length,
): BloomParameters | undefined {
  return end - start < 2 ? undefined : { k: filter[end - 1], bits: (end - start - 1) * 8 };
}

function hashOf(key: Uint8Array, start: number, end: number): number {
  return hash(key, start, end, BLOOM_SEED);
}

/** LevelDB's built-in filter. Reading takes k from the filter itself, whatever `bitsPerKey` is. */
export function bloomFilterPolicy(bitsPerKey: number): FilterPolicy {
  // ln 2 times the bits per key is best; rounding down makes probing a little cheaper.
  const k = Math.min(MAX_PROBES, Math.max(1, Math.floor(bitsPerKey * 0.69)));
  const createFilterOfHashes = (hashes: Uint32Array, out: ByteWriter) => {
    const size = Math.ceil(Math.max(MIN_BITS, hashes.length * bitsPerKey) / 8);
    out.bytes(filterBits(hashes, k, size));
    out.byte(k);
  };
  return {
    name: BUILTIN_BLOOM_NAME,
    bitsPerKey,
    bloom:
      Number.isInteger(bitsPerKey) && bitsPerKey > 0 && bitsPerKey <= MAX_KERNEL_BITS
        ? { bitsPerKey, probes: k }
        : undefined,
    createFilter(keys, out) {
      createFilterOfHashes(
        Uint32Array.from(keys, (key) => hashOf(key, 0, key.length)),
        out,
      );
    },
    createFilterOfHashes,
    hashOf,
    keyMayMatch: bloomMayMatch,
  };
}

/** The bit array, `size` bytes; valid until the kernel is used again. */
function filterBits(hashes: Uint32Array, k: number, size: number): Uint8Array {
  const inKernel = kernel();
  const array = (4 * hashes.length + 63) & ~63;
  const memory = inKernel?.room(array + size);
  if (!inKernel || !memory) return plainFilterBits(hashes, k, size);
  const { heap, exports } = inKernel;
  new Uint32Array(memory.buffer, heap, hashes.length).set(hashes);
  const bits = memory.subarray(heap + array, heap + array + size).fill(0);
  exports.setBloomBits(heap, hashes.length, k, heap + array, size * 8);
  return bits;
}

/** The same in TypeScript: what the kernel is held against, and used where it is not to be had. */
export function plainFilterBits(hashes: Uint32Array, k: number, size: number): Uint8Array {
  const array = new Uint8Array(size);
  const bits = size * 8;
  for (let i = 0; i < hashes.length; i++) {
    let h = hashes[i];
    const delta = (h >>> 17) | (h << 15);
    for (let probe = 0; probe < k; probe++) {
      const bit = h % bits;
      array[bit >>> 3] |= 1 << (bit & 7);
      h = (h + delta) >>> 0;
    }
  }
  return array;
}

function bloomMayMatch(
  key: Uint8Array,
  keyStart: number,
  keyEnd: number,
  filter: Uint8Array,
  filterStart: number,
  filterEnd: number,
): boolean {
  if (filterEnd - filterStart < 2) return false;
  const bits = (filterEnd - filterStart - 1) * 8;
  const k = filter[filterEnd - 1];
  if (k > MAX_PROBES) return true;
  let h = hash(key, keyStart, keyEnd, BLOOM_SEED);
  const delta = (h >>> 17) | (h << 15);
  for (let probe = 0; probe < k; probe++) {
    const bit = h % bits;
    if ((filter[filterStart + (bit >>> 3)] & (1 << (bit & 7))) === 0) return false;
    h = (h + delta) >>> 0;
  }
  return true;
}

/** The policy over the user part of internal keys (db/dbformat.cc, InternalFilterPolicy). */
export function internalFilterPolicy(user: FilterPolicy): FilterPolicy {
  const { hashOf } = user;
  return {
    name: user.name,
    createFilter(keys, out) {
      user.createFilter(
        keys.map((key) => key.subarray(0, userEnd(0, key.length))),
        out,
      );
    },
    bloom: user.bloom,
    // They are hashes of user keys already.
    createFilterOfHashes: user.createFilterOfHashes,
    hashOf: hashOf && ((key, start, end) => hashOf(key, start, userEnd(start, end))),
    keyMayMatch: (key, keyStart, keyEnd, filter, filterStart, filterEnd) =>
      user.keyMayMatch(key, keyStart, userEnd(keyStart, keyEnd), filter, filterStart, filterEnd),
  };
}

/** Where the tag begins; damaged keys may be shorter than one. */
function userEnd(start: number, end: number): number {
  return Math.max(start, end - TAG_BYTES);
}
