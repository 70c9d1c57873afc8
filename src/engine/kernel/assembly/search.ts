// A key looked for in one block, as block.ts does it, for what is sound.

import { compareBytes } from './merge';
import { place, readHeader, shared, TAG_BYTES, unshared, valueBytes } from './run';
import { matchLength } from './snappy';

/** What a search comes to; below 0 for what is not sound, or has keys that are too long. */
const ABSENT: i32 = 0;
const FOUND: i32 = 1;
const UNUSUAL: i32 = -1;

/** The caller fills in the first two fields and reads the others: see table/key-search.ts. */
@unmanaged
class Search {
  /** Bytes of the internal key, which stands `KEY` behind this. */
  keyLength: u32;
  /** The longest key of a block that there is room for, `KEY_ROOM` behind this and SLACK more. */
  keyRoom: u32;
  valueAt: u32;
  valueLength: u32;
  /** Sequence and type. */
  tag: u64;
}

const KEY: u32 = 64;

/**
 * Looks through the block of `length` bytes at `block` for the first entry at or behind the key: FOUND if that is a version
 * of its user key.
 */
export function findInBlock(block: u32, length: u32, at: u32): i32 {
  const search = changetype<Search>(<usize>at);
  const target = at + KEY;
  const targetLength = search.keyLength;
  if (length < 8 || targetLength < TAG_BYTES) return UNUSUAL;
  const restarts = load<u32>(block + length - 4);
  if (restarts === 0 || restarts > (length - 4) >> 2) return UNUSUAL;
  const limit = block + length - 4 - (restarts << 2);
  const userLength = targetLength - TAG_BYTES;
  const tag = load<u64>(target + userLength);

  // The last restart point with a key below the target.
  let left: u32 = 0;
  let right = restarts - 1;
  while (left < right) {
    const middle = (left + right + 1) >> 1;
    const offset = load<u32>(limit + (middle << 2));
    if (offset >= limit - block || !readHeader(block + offset, limit, 0)) return UNUSUAL;
    if (unshared < TAG_BYTES || unshared > 0x4000_0000) return UNUSUAL;
    const length = unshared - TAG_BYTES;
    const order = compareBytes(place, length, target, userLength);
    if (order < 0 || (order === 0 && load<u64>(place + length) > tag)) left = middle;
    else right = middle - 1;
  }
  const offset = load<u32>(limit + (left << 2));
  if (offset > limit - block) return UNUSUAL;

  const key = target + search.keyRoom;
  let entry = block + offset;
  let keyLength: u32 = 0;
  /** User bytes that the key before has in common with the target; whether it differs then, and is lower. */
  let common: u32 = 0;
  let isLower = false;
  while (entry < limit) {
    if (!readHeader(entry, limit, keyLength)) return UNUSUAL;
    if (unshared > search.keyRoom) return UNUSUAL;
    keyLength = shared + unshared;
    if (keyLength > search.keyRoom || keyLength < TAG_BYTES) return UNUSUAL;
    for (let i: u32 = 0; i < unshared; i += 16) v128.store(key + shared + i, v128.load(place + i));
    entry = place + unshared + valueBytes;
    const length = keyLength - TAG_BYTES;
    // What shares more than the target had in common differs from it at the same byte.
    if (isLower && shared > common && length > common) continue;
    if (shared < common) common = shared;
    const most = min(length, userLength);
    if (common > most) common = most;
    common += <u32>matchLength(key + common, target + common, target + most);
    isLower = common < most;
    if (isLower && load<u8>(key + common) < load<u8>(target + common)) continue;
    if (!isLower && length < userLength) continue;
    const present = load<u64>(key + length);
    const isVersion = !isLower && length === userLength;
    if (isVersion && present > tag) continue;
    // A type that there is not.
    if ((present & 0xff) > 1) return UNUSUAL;
    if (!isVersion) return ABSENT;
    search.valueAt = place + unshared;
    search.valueLength = valueBytes;
    search.tag = present;
    return FOUND;
  }
  return ABSENT;
}
