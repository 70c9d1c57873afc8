import { copyOf } from './copy';

/**
 * Bytewise order of two ranges (memcmp, then the shorter first): negative, 0 or positive.
 * A plain loop beats `Buffer.compare` with offsets on keys of usual length (docs/performance.md).
 */
export function compareRanges(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aLength = aEnd - aStart;
  const bLength = bEnd - bStart;
  const shared = Math.min(aLength, bLength);
  for (let i = 0; i < shared; i++) {
    const difference = a[aStart + i] - b[bStart + i];
    if (difference !== 0) return difference;
  }
  return aLength - bLength;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return compareRanges(a, 0, a.length, b, 0, b.length);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** Whether `bytes` begins with `prefix`. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return (
    bytes.length >= prefix.length && compareRanges(bytes, 0, prefix.length, prefix, 0, prefix.length) === 0
  );
}

/**
 * The smallest byte string above all that begin with `prefix`; undefined if there is none (only 0xff bytes).
 * In bytewise order the keys with a prefix are exactly [prefix, prefixSuccessor(prefix)).
 */
export function prefixSuccessor(prefix: Uint8Array): Uint8Array | undefined {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === 0xff) end--;
  if (end === 0) return undefined;
  const successor = copyOf(prefix, 0, end);
  successor[end - 1]++;
  return successor;
}
