// Data blocks of a table from sorted entries, as table/block-builder.ts and table/table-builder.ts make them, with
// compression and checksum.

import { bloomHash } from './bloom';
import { copyWide } from './copy';
import { crc32c } from './crc32c';
import { maskCrc } from './log-scan';
import { encodeSnappy, matchLength } from './snappy';

const TAG: usize = 8;
export const TRAILER: usize = 5;
const NONE: u8 = 0;
const SNAPPY: u8 = 1;
/** Bytes of a block in the list: see `buildBlocks`. */
const BLOCK_BYTES: usize = 16;

/**
 * Builds blocks of the entries order[from, to), as `sortEntries` left them, each up to the entry with which it reaches
 * `blockSize`. A block is written to `out` as it stands in the file, with its trailer; in the list at `blocks` it is the
 * address of its end, its bytes without the trailer, those before compression, and the place in `order` behind its last
 * entry. Stops at `most` blocks, or when the next could lead past `outEnd`, and returns how many there are. `raw` has
 * room for the largest block and `restarts` for its restart points. Unless `hashes` is 0, the hash of the n-th user key in
 * `order` is put there, four bytes each.
 */
export function buildBlocks(
  arena: usize,
  fields: usize,
  stride: u32,
  order: usize,
  from: u32,
  to: u32,
  blockSize: u32,
  restartInterval: u32,
  compress: bool,
  raw: usize,
  restarts: usize,
  out: usize,
  outEnd: usize,
  blocks: usize,
  most: u32,
  hashes: usize,
): u32 {
  let count: u32 = 0;
  let i = from;
  while (i < to && count < most) {
    let at = raw;
    let points: u32 = 1;
    store<u32>(restarts, 0);
    let since: u32 = 0;
    let previous: usize = 0;
    let previousEnd: usize = 0;
    while (i < to) {
      const entry = fields + ((<usize>load<u32>(order + ((<usize>i) << 2)) * stride) << 2);
      const key = arena + load<u32>(entry);
      const value = arena + load<u32>(entry, 4);
      const end = arena + load<u32>(entry, 8);
      let same: usize = 0;
      if (since < restartInterval) {
        const longest = min(previousEnd - previous, value - key);
        same = matchLength(previous, key, key + longest);
      } else {
        store<u32>(restarts + ((<usize>points) << 2), <u32>(at - raw));
        points++;
        since = 0;
      }
      const rest = value - key - same;
      at = writeVarint32(at, <u32>same);
      at = writeVarint32(at, <u32>rest);
      at = writeVarint32(at, <u32>(end - value));
      copyWide(at, key + same, rest);
      at += rest;
      copyWide(at, value, end - value);
      at += end - value;
      if (hashes !== 0) store<u32>(hashes + ((<usize>i) << 2), bloomHash(<u32>key, <u32>(value - TAG - key)));
      previous = key;
      previousEnd = value;
      since++;
      i++;
      if (<u32>(at - raw) + (points << 2) + 4 >= blockSize) break;
    }
    memory.copy(at, restarts, (<usize>points) << 2);
    at += (<usize>points) << 2;
    store<u32>(at, points);
    at += 4;
    const rawLength = at - raw;
    // The most that Snappy makes of it, and slack.
    if (out + rawLength + rawLength / 6 + 64 + TRAILER > outEnd) break;
    const end = stored(raw, rawLength, compress, out);
    const block = blocks + <usize>count * BLOCK_BYTES;
    store<u32>(block, <u32>end);
    store<u32>(block, <u32>(end - out - TRAILER), 4);
    store<u32>(block, <u32>rawLength, 8);
    store<u32>(block, i, 12);
    out = end;
    count++;
  }
  return count;
}

/** Puts a block with its trailer at `out`, compressed where that saves more than an eighth; returns the end. */
export function stored(raw: usize, length: usize, compress: bool, out: usize): usize {
  let type = NONE;
  let end = out + length;
  if (compress) {
    const compressed = encodeSnappy(raw, length, out);
    if (compressed - out < length - (length >> 3)) {
      type = SNAPPY;
      end = compressed;
    }
  }
  if (type === NONE) memory.copy(out, raw, length);
  store<u8>(end, type);
  store<u32>(end, maskCrc(crc32c(out, end - out + 1, 0)), 1);
  return end + TRAILER;
}

export function writeVarint32(at: usize, value: u32): usize {
  for (; value >= 0x80; value >>= 7) store<u8>(at++, <u8>(value | 0x80));
  store<u8>(at++, <u8>value);
  return at;
}
