// The common block, from the file to its contents without anything made on the way: read into the kernel's memory, checked
// and decoded there, copied out once.

import { unmaskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import { CompressionType } from '../codec/codec';
import type { RandomAccessFile } from '../env/env';
import { kernel } from '../kernel/kernel';
import { BLOCK_TRAILER_SIZE, readRangeAt } from './format';

/** Larger blocks are left to readBlock. */
const MAX_STORED = 1 << 16;
const MAX_DECODED = 1 << 18;
/** Where the decoded bytes lie, from the heap on: behind the stored ones and what may be read past their end. */
const DECODED = MAX_STORED + 64;

/**
 * The contents of the block at `offset`, in an array from `take`. Undefined for whatever is not common, damage included,
 * which readBlock tells of. Throws an IO error as it does.
 */
export function readQuickly(
  file: RandomAccessFile,
  fileSize: number,
  offset: number,
  size: number,
  name: string,
  take: (length: number) => Uint8Array,
): Uint8Array | undefined {
  const length = size + BLOCK_TRAILER_SIZE;
  if (length > MAX_STORED || offset + length > fileSize) return undefined;
  const inKernel = kernel();
  const memory = inKernel?.room(DECODED + MAX_DECODED);
  if (!inKernel || !memory) return undefined;
  const { heap, exports } = inKernel;
  if (readRangeAt(file, offset, memory, heap, length, name) !== length) return undefined;
  const crc = exports.crc32c(heap, size + 1, 0) >>> 0;
  if (crc !== unmaskCrc(readFixed32(memory, heap + size + 1))) return undefined;
  const type = memory[heap + size];
  if (type === CompressionType.none) return copied(memory, heap, size, take);
  if (type !== CompressionType.snappy) return undefined;
  // The length in front: a varint of at most three bytes for what is decoded here.
  let decoded = 0;
  let at = heap;
  const end = heap + size;
  for (let shift = 0; ; shift += 7) {
    if (shift > 14 || at === end) return undefined;
    const byte = memory[at++];
    decoded |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (decoded > MAX_DECODED) return undefined;
  const out = heap + DECODED;
  if (exports.decodeSnappy(at, end, out, decoded) !== decoded) return undefined;
  return copied(memory, out, decoded, take);
}

function copied(
  memory: Uint8Array,
  start: number,
  length: number,
  take: (length: number) => Uint8Array,
): Uint8Array {
  const bytes = take(length);
  bytes.set(memory.subarray(start, start + length));
  return bytes;
}
