// CRC-32C (Castagnoli) and LevelDB's mask over it (util/crc32c.h).

import { kernelFor } from '../kernel/kernel';

const POLYNOMIAL = 0x82f63b78; // reflected
const MASK_DELTA = 0xa282ead8;
const SLICES = 16;
/** Below, copying into the kernel does not pay. */
const LEAST_FOR_KERNEL = 192;

/** tables[k][b]: the checksum's change for byte b followed by k zero bytes ("slicing by 16"). */
const tables: readonly Int32Array[] = makeTables();

function makeTables(): Int32Array[] {
  const result = [new Int32Array(256)];
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    result[0][byte] = crc;
  }
  for (let k = 1; k < SLICES; k++) {
    const previous = result[k - 1];
    result.push(previous.map((crc) => (crc >>> 8) ^ result[0][crc & 0xff]));
  }
  return result;
}

const [T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10, T11, T12, T13, T14, T15] = tables;

/** The checksum of bytes [start, end), continued from `crc` (crc32c::Extend); unsigned. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  const length = end - start;
  if (length >= LEAST_FOR_KERNEL) {
    const inKernel = kernelFor(length);
    const memory = inKernel?.room(length);
    if (inKernel && memory) {
      memory.set(bytes.subarray(start, end), inKernel.heap);
      return inKernel.exports.crc32c(inKernel.heap, length, crc) >>> 0;
    }
  }
  return plainCrc32c(bytes, start, end, crc);
}

/** The same in TypeScript: what the kernel is held against, and used where it is not to be had. */
export function plainCrc32c(bytes: Uint8Array, start = 0, end = bytes.length, crc = 0): number {
  let state = ~crc;
  let i = start;
  for (const last = end - SLICES; i <= last; i += SLICES) {
    state ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    state =
      T15[state & 0xff] ^
      T14[(state >>> 8) & 0xff] ^
      T13[(state >>> 16) & 0xff] ^
      T12[state >>> 24] ^
      T11[bytes[i + 4]] ^
      T10[bytes[i + 5]] ^
      T9[bytes[i + 6]] ^
      T8[bytes[i + 7]] ^
      T7[bytes[i + 8]] ^
      T6[bytes[i + 9]] ^
      T5[bytes[i + 10]] ^
      T4[bytes[i + 11]] ^
      T3[bytes[i + 12]] ^
      T2[bytes[i + 13]] ^
      T1[bytes[i + 14]] ^
      T0[bytes[i + 15]];
  }
  for (; i < end; i++) state = (state >>> 8) ^ T0[(state ^ bytes[i]) & 0xff];
  return ~state >>> 0;
}

/** What is stored instead of a checksum: the checksum of data with embedded checksums is weak otherwise. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + MASK_DELTA) >>> 0;
}

export function unmaskCrc(masked: number): number {
  const rotated = (masked - MASK_DELTA) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}
