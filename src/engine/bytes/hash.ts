import { readFixed32 } from './fixed';

const MULTIPLIER = 0xc6a4a793;

/** LevelDB's Hash (util/hash.cc), a kin of murmur; unsigned 32-bit. Bloom filters use seed 0xbc9f1d34. */
export function hash(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let h = (seed ^ Math.imul(end - start, MULTIPLIER)) | 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    h = Math.imul((h + readFixed32(bytes, i)) | 0, MULTIPLIER);
    h ^= h >>> 16;
  }
  const rest = end - i;
  if (rest > 0) {
    if (rest === 3) h = (h + (bytes[i + 2] << 16)) | 0;
    if (rest >= 2) h = (h + (bytes[i + 1] << 8)) | 0;
    h = Math.imul((h + bytes[i]) | 0, MULTIPLIER);
    h ^= h >>> 24;
  }
  return h >>> 0;
}
