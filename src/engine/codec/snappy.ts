// Snappy, the raw format without frames (github.com/google/snappy, format_description.txt):
//
//   stored  := length element*          length: varint32, bytes after decoding
//   literal := llllll00 [n] bytes       l < 60: l + 1 bytes; l = 60..63: n is l - 59 bytes, n + 1 bytes follow
//   copy1   := ooollll01 o              with three bits of length: 4..11 bytes from 0..2047 back
//   copy2   := llllll10 o o             1..64 bytes from 0..65535 back
//   copy4   := llllll11 o o o o         1..64 bytes from up to 2^32 - 1 back
//
// A copy may reach into its own output: (offset 1, length n) repeats a byte.

import { kernelFor } from '../kernel/kernel';
import { CodecError } from './codec-error';

export { encodeSnappy, plainEncodeSnappy } from './snappy-encoder';

const BAD_LENGTH = 'corrupted snappy compressed block length';
const BAD_CONTENTS = 'corrupted snappy compressed block contents';

/** No element gives more for its size than a copy2: 64 bytes from 3. */
const BEST_COPY = 64;
const BEST_COPY_SIZE = 3;

/** From here on the built-in copies beat a loop: below, the call itself costs more. */
const LONG_LITERAL = 48;
const LONG_COPY = 48;

type Expand = (stored: Uint8Array, position: number, length: number) => Uint8Array<ArrayBuffer> | undefined;

/**
 * The bytes that `stored` stands for, in a new array. Throws CodecError with LevelDB's words: `... length` if the
 * length is unreadable or more than `stored` can expand to (so that a hostile length allocates nothing),
 * `... contents` for anything else that does not decode to exactly that length.
 */
export function decodeSnappy(stored: Uint8Array): Uint8Array<ArrayBuffer> {
  return decodeBy(expandInKernel, stored);
}

/** The same in TypeScript: what the kernel is held against, and used where it is not to be had. */
export function plainDecodeSnappy(stored: Uint8Array): Uint8Array<ArrayBuffer> {
  return decodeBy(expandPlainly, stored);
}

function decodeBy(expand: Expand, stored: Uint8Array): Uint8Array<ArrayBuffer> {
  const end = stored.length;
  let position = 0;
  let length = 0;
  for (let scale = 1; ; scale *= 128) {
    if (position === end || position === 5) throw new CodecError(BAD_LENGTH);
    const byte = stored[position++];
    length += (byte & 0x7f) * scale;
    if (byte < 0x80) break;
  }
  if (length > 0xffff_ffff || length > Math.ceil((end - position) / BEST_COPY_SIZE) * BEST_COPY) {
    throw new CodecError(BAD_LENGTH);
  }
  const out = expand(stored, position, length);
  if (!out) throw new CodecError(BAD_CONTENTS);
  return out;
}

/** Behind the input lies what may be read past its end. */
function align(length: number): number {
  return (length + 127) & ~63;
}

/** Undefined for what does not give exactly `length` bytes. */
function expandInKernel(
  stored: Uint8Array,
  position: number,
  length: number,
): Uint8Array<ArrayBuffer> | undefined {
  const inKernel = kernelFor(length);
  const memory = inKernel?.room(align(stored.length) + length);
  if (!inKernel || !memory) return expandPlainly(stored, position, length);
  const { heap, exports } = inKernel;
  const out = heap + align(stored.length);
  memory.set(stored, heap);
  const given = exports.decodeSnappy(heap + position, heap + stored.length, out, length);
  return given === length ? memory.slice(out, out + length) : undefined;
}

function expandPlainly(
  stored: Uint8Array,
  position: number,
  length: number,
): Uint8Array<ArrayBuffer> | undefined {
  const out = new Uint8Array(length);
  return expand(stored, position, out) === length ? out : undefined;
}

/** Decodes the elements from `position` on and returns the number of bytes put out, -1 for damage. */
function expand(stored: Uint8Array, position: number, out: Uint8Array): number {
  const end = stored.length;
  const limit = out.length;
  let filled = 0;
  while (position < end) {
    const tag = stored[position++];
    if ((tag & 3) === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const width = length - 60;
        if (end - position < width) return -1;
        length = stored[position];
        if (width > 1) length |= stored[position + 1] << 8;
        if (width > 2) length |= stored[position + 2] << 16;
        if (width > 3) length |= stored[position + 3] << 24;
        length = (length >>> 0) + 1;
        position += width;
      }
      if (length > end - position || length > limit - filled) return -1;
      if (length < LONG_LITERAL) {
        for (const stop = filled + length; filled < stop; ) out[filled++] = stored[position++];
      } else {
        out.set(stored.subarray(position, position + length), filled);
        filled += length;
        position += length;
      }
      continue;
    }
    let length: number;
    let offset: number;
    if ((tag & 3) === 1) {
      if (position >= end) return -1;
      length = ((tag >>> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | stored[position++];
    } else if ((tag & 3) === 2) {
      if (end - position < 2) return -1;
      length = (tag >>> 2) + 1;
      offset = stored[position] | (stored[position + 1] << 8);
      position += 2;
    } else {
      if (end - position < 4) return -1;
      length = (tag >>> 2) + 1;
      offset =
        (stored[position] |
          (stored[position + 1] << 8) |
          (stored[position + 2] << 16) |
          (stored[position + 3] << 24)) >>>
        0;
      position += 4;
    }
    if (offset === 0 || offset > filled || length > limit - filled) return -1;
    let from = filled - offset;
    if (length >= LONG_COPY && offset >= length) {
      out.copyWithin(filled, from, from + length);
      filled += length;
    } else {
      for (const stop = filled + length; filled < stop; ) out[filled++] = out[from++];
    }
  }
  return filled;
}
