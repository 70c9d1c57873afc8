// Snappy's elements, as codec/snappy.ts and codec/snappy-encoder.ts have them; both give the same bytes.

import { copyWide } from './copy';

/** Matches are looked for within a fragment, so that offsets fit in 16 bits. */
const FRAGMENT: usize = 1 << 16;
const MAX_TABLE_BITS: u32 = 14;
const MIN_TABLE_BITS: u32 = 8;
/** A fragment's last bytes are literal. */
const MARGIN: usize = 15;
const MULTIPLIER: u32 = 0x1e35a7bd;
/** For each hash, the last position that had it, from the fragment's beginning: u16. */
const TABLE = memory.data(1 << 15, 16);

/**
 * Decodes the elements in [at, end) to `out` and returns how many bytes they give; -1 if they are damaged or would give
 * more than `limit`. No byte counts that lies behind [at, end), or `limit` behind `out`.
 */
export function decodeSnappy(at: usize, end: usize, out: usize, limit: usize): i32 {
  const begin = out;
  const stop = out + limit;
  while (at < end) {
    const tag = <usize>load<u8>(at++);
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >> 2) + 1;
      if (length > 60) {
        const width = length - 60;
        if (end - at < width) return -1;
        // Four bytes can be read: there is slack.
        const bits = 32 - ((<u32>width) << 3);
        length = <usize>((load<u32>(at) << bits) >> bits);
        // 2^32 is no length that any memory has.
        if (length === 0xffffffff) return -1;
        length++;
        at += width;
      }
      if (length > end - at || length > stop - out) return -1;
      v128.store(out, v128.load(at));
      if (length > 16) copyWide(out + 16, at + 16, length - 16);
      out += length;
      at += length;
      continue;
    }
    let length: usize;
    let offset: usize;
    if (kind === 1) {
      if (at >= end) return -1;
      length = ((tag >> 2) & 7) + 4;
      offset = ((tag & 0xe0) << 3) | <usize>load<u8>(at++);
    } else {
      const width: usize = kind === 2 ? 2 : 4;
      if (end - at < width) return -1;
      length = (tag >> 2) + 1;
      offset = kind === 2 ? <usize>load<u16>(at) : <usize>load<u32>(at);
      at += width;
    }
    if (offset === 0 || offset > out - begin || length > stop - out) return -1;
    const from = out - offset;
    if (offset >= 16) {
      v128.store(out, v128.load(from));
      if (length > 16) copyWide(out + 16, from + 16, length - 16);
    } else if (offset >= 8) {
      for (let i: usize = 0; i < length; i += 8) store<u64>(out + i, load<u64>(from + i));
    } else {
      for (let i: usize = 0; i < length; i++) store<u8>(out + i, load<u8>(from + i));
    }
    out += length;
  }
  return <i32>(out - begin);
}

/** Encodes `length` bytes to `out`, which has room for the worst case, and returns the address behind what was written. */
export function encodeSnappy(at: usize, length: usize, out: usize): usize {
  let bits = MIN_TABLE_BITS;
  while (bits < MAX_TABLE_BITS && (<usize>1) << bits < length) bits++;
  let rest = length;
  for (; rest >= 0x80; rest >>= 7) store<u8>(out++, <u8>(rest | 0x80));
  store<u8>(out++, <u8>rest);
  for (let start: usize = 0; start < length; start += FRAGMENT) {
    out = encodeFragment(at + start, min(length - start, FRAGMENT), out, bits);
  }
  return out;
}

function encodeFragment(at: usize, length: usize, out: usize, bits: u32): usize {
  const shift = 32 - bits;
  memory.fill(TABLE, 0, (<usize>2) << bits);
  const end = at + length;
  const limit = length > MARGIN ? end - MARGIN : at;
  let literal = at;
  let position = at + 1;
  let misses: u32 = 32;
  while (position < limit) {
    const four = load<u32>(position);
    const slot = TABLE + ((<usize>((four * MULTIPLIER) >> shift)) << 1);
    const candidate = at + <usize>load<u16>(slot);
    store<u16>(slot, <u16>(position - at));
    if (load<u32>(candidate) !== four || candidate >= position) {
      position += <usize>(misses++ >> 5);
      continue;
    }
    const matched = matchLength(candidate + 4, position + 4, end) + 4;
    out = emitLiteral(literal, position, out);
    out = emitCopy(position - candidate, matched, out);
    position += matched;
    literal = position;
    misses = 32;
    if (position < limit) {
      const before = load<u32>(position - 1);
      store<u16>(TABLE + ((<usize>((before * MULTIPLIER) >> shift)) << 1), <u16>(position - 1 - at));
    }
  }
  return emitLiteral(literal, end, out);
}

/** How many bytes from `left` on are those from `right` on, up to `end` behind the latter. */
export function matchLength(left: usize, right: usize, end: usize): usize {
  const begin = right;
  while (right + 8 <= end) {
    const differs = load<u64>(left) ^ load<u64>(right);
    if (differs !== 0) return right - begin + <usize>(ctz(differs) >> 3);
    left += 8;
    right += 8;
  }
  while (right < end && load<u8>(left) === load<u8>(right)) {
    left++;
    right++;
  }
  return right - begin;
}

function emitLiteral(at: usize, end: usize, out: usize): usize {
  if (at === end) return out;
  const n = end - at - 1;
  if (n < 60) {
    store<u8>(out++, <u8>(n << 2));
    if (n < 16) {
      v128.store(out, v128.load(at));
      return out + n + 1;
    }
  } else if (n < 0x100) {
    store<u8>(out, 60 << 2);
    store<u8>(out + 1, <u8>n);
    out += 2;
  } else {
    store<u8>(out, 61 << 2);
    store<u16>(out + 1, <u16>n);
    out += 3;
  }
  copyWide(out, at, end - at);
  return out + (end - at);
}

function emitCopy(offset: usize, length: usize, out: usize): usize {
  // A rest of 1 to 3 bytes would not fit the short form: cut so that at least 4 remain.
  for (; length >= 68; length -= 64) out = emitCopy2(offset, 64, out);
  if (length > 64) {
    out = emitCopy2(offset, 60, out);
    length -= 60;
  }
  if (length < 12 && offset < 2048) {
    store<u8>(out, <u8>(((offset >> 8) << 5) | ((length - 4) << 2) | 1));
    store<u8>(out + 1, <u8>offset);
    return out + 2;
  }
  return emitCopy2(offset, length, out);
}

function emitCopy2(offset: usize, length: usize, out: usize): usize {
  store<u8>(out, <u8>(((length - 1) << 2) | 2));
  store<u16>(out + 1, <u16>offset);
  return out + 3;
}
