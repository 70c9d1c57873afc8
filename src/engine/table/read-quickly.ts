// The common block, from the file to its contents without anything made on the way: read into a kernel's memory, checked
// and decoded there. For whatever is not common, damage included, the steps say -1, and readBlock tells of it.

import { unmaskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import { CompressionType } from '../codec/codec';
import type { RandomAccessFile } from '../env/env';
import { type Kernel, kernelFor } from '../kernel/kernel';
import type { BlockArrays } from './block-arrays';
import { BLOCK_TRAILER_SIZE, readRangeAt } from './format';

/** Larger blocks are left to readBlock. */
const MAX_STORED = 1 << 16;
const MAX_DECODED = 1 << 18;
/** What `fetchBlock` takes of a kernel's memory, from its heap on: the stored bytes and what may be read past their end. */
export const STAGE_BYTES = MAX_STORED + 64;

/**
 * Reads the block at `offset` into the stage and checks it. The length of its contents in bytes, or -1. Throws an IO error as
 * readBlock does.
 */
export function fetchBlock(
  inKernel: Kernel,
  file: RandomAccessFile,
  fileSize: number,
  offset: number,
  size: number,
  name: string,
): number {
  const length = size + BLOCK_TRAILER_SIZE;
  if (length > MAX_STORED || offset + length > fileSize) return -1;
  const memory = inKernel.room(STAGE_BYTES);
  if (!memory) return -1;
  const { heap, exports } = inKernel;
  if (readRangeAt(file, offset, memory, heap, length, name) !== length) return -1;
  const crc = exports.crc32c(heap, size + 1, 0) >>> 0;
  if (crc !== unmaskCrc(readFixed32(memory, heap + size + 1))) return -1;
  const type = memory[heap + size];
  if (type === CompressionType.none) return size;
  if (type !== CompressionType.snappy) return -1;
  const elements = elementsAt(memory, heap, heap + size);
  if (elements < 0) return -1;
  let decoded = 0;
  for (let at = heap, shift = 0; at < elements; at++, shift += 7) decoded |= (memory[at] & 0x7f) << shift;
  return decoded > MAX_DECODED ? -1 : decoded;
}

/** Puts the contents of the block fetched last, of `length` bytes, at `out`; false if they are damaged. May write 15 more. */
export function unpackBlock(inKernel: Kernel, size: number, length: number, out: number): boolean {
  const { heap, exports } = inKernel;
  const memory = inKernel.room(STAGE_BYTES);
  if (!memory) return false;
  if (memory[heap + size] === CompressionType.none) {
    memory.copyWithin(out, heap, heap + size);
    return true;
  }
  return exports.decodeSnappy(elementsAt(memory, heap, heap + size), heap + size, out, length) === length;
}

/** Where Snappy's elements begin, behind the length: a varint of at most three bytes for what is decoded here; or -1. */
function elementsAt(memory: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end && at < start + 3; at++) if (memory[at] < 0x80) return at + 1;
  return -1;
}

/** Both steps over the kernel of all: the contents in an array of `arrays`; undefined for what is not common. */
export function readQuickly(
  file: RandomAccessFile,
  fileSize: number,
  offset: number,
  size: number,
  name: string,
  arrays: BlockArrays,
): Uint8Array | undefined {
  const inKernel = kernelFor(0);
  const memory = inKernel?.room(STAGE_BYTES + MAX_DECODED);
  if (!inKernel || !memory) return undefined;
  const length = fetchBlock(inKernel, file, fileSize, offset, size, name);
  const out = inKernel.heap + STAGE_BYTES;
  if (length < 0 || !unpackBlock(inKernel, size, length, out)) return undefined;
  const bytes = arrays.take(length);
  bytes.set(memory.subarray(out, out + length));
  return bytes;
}
