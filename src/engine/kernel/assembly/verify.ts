// The blocks of a table, one behind the other, as recovery/verify-table.ts checks them. A block with anything wrong is left
// to it: nothing of that block counts here.

import { bloomMayMatch } from './bloom';
import { compareBytes, copy, runAt } from './merge';
import {
  block,
  decodeBlock,
  END,
  enterBlock,
  entriesEnd,
  fileOffset,
  findBlock,
  indexKeyAt,
  indexKeyShared,
  indexKeyUnshared,
  NEED_KEY_ROOM,
  NEED_TABLE,
  OK,
  place,
  Run,
  readHeader,
  restarts,
  shared,
  TAG_BYTES,
  UNUSUAL,
  unshared,
  valueBytes,
} from './run';

/** The caller fills it in and reads it: kernel/merge-layout.ts has the same places. */
@unmanaged
export class Verify {
  /** The greatest sequence of all entries. */
  greatest: u64;
  blocks: u32;
  entries: u32;
  /** Whether what blocks hold is checked too, rather than checksums only. */
  contents: u32;
  /** The last key of the block before; there is one. Two more areas of as many bytes as the run's `keyRoom`. */
  lastKeyAt: u32;
  lastKeyLength: u32;
  otherKeyAt: u32;
  /** The filters and their offsets, which begin at `filterArray`: bytes from `filterAt`. No filters if `filters` is 0. */
  filterAt: u32;
  filterArray: u32;
  filters: u32;
  filterBaseLg: u32;
}

export const VERIFY: usize = memory.data(128, 64);

/** Verifies the blocks of run 0 from the next one on: to the end of its index, or to the first one with anything wrong. */
export function verifyBlocks(): i32 {
  const run = runAt(0);
  const verify = changetype<Verify>(VERIFY);
  for (;;) {
    let code = findBlock(run);
    if (code === NEED_TABLE) return END;
    if (code === OK && verify.contents) {
      code = decodeBlock(run);
      if (code === OK) code = verifyEntries(run, verify);
    }
    if (code !== OK) return code;
    enterBlock(run);
    verify.blocks++;
  }
  return END;
}

function compareKeys(a: u32, aLength: u32, b: u32, bLength: u32): i32 {
  const order = compareBytes(a, aLength - TAG_BYTES, b, bLength - TAG_BYTES);
  if (order !== 0) return order;
  const left = load<u64>(a + aLength - TAG_BYTES);
  const right = load<u64>(b + bLength - TAG_BYTES);
  return left === right ? 0 : left > right ? -1 : 1;
}

function verifyEntries(run: Run, verify: Verify): i32 {
  let previous = verify.lastKeyAt;
  let previousLength = verify.lastKeyLength;
  let key = run.keyAt;
  const other = verify.otherKeyAt;
  let keyLength: u32 = 0;
  let greatest = verify.greatest;
  let entries: u32 = 0;
  let seen: u32 = 0;
  let filter: u32 = 0;
  let filterEnd: u32 = 0;
  const index = fileOffset >> <u64>verify.filterBaseLg;
  const isFiltered = index < <u64>verify.filters;
  if (isFiltered) {
    const entry = verify.filterAt + verify.filterArray + ((<u32>index) << 2);
    const begin = load<u32>(entry);
    const end = load<u32>(entry, 4);
    if (begin > end || end > verify.filterArray) return UNUSUAL;
    filter = verify.filterAt + begin;
    filterEnd = verify.filterAt + end;
  }
  for (let at = block; at < entriesEnd; ) {
    if (!readHeader(at, entriesEnd, keyLength)) return UNUSUAL;
    if (unshared > 0x4000_0000 || shared > 0x4000_0000) return UNUSUAL;
    const length = shared + unshared;
    if (length < TAG_BYTES) return UNUSUAL;
    if (length > run.keyRoom) {
      run.wantBytes = length;
      return NEED_KEY_ROOM;
    }
    if (shared > 0) copy(key, previous, shared);
    copy(key + shared, place, unshared);
    const tag = load<u64>(key + length - TAG_BYTES);
    if ((tag & 0xff) > 1) return UNUSUAL;
    if (compareKeys(previous, previousLength, key, length) >= 0) return UNUSUAL;
    if (isFiltered && !bloomMayMatch(key, length - TAG_BYTES, filter, filterEnd)) return UNUSUAL;
    greatest = max(greatest, tag >> 8);
    if (shared === 0 && seen < restarts && load<u32>(entriesEnd + (seen << 2)) === at - block) seen++;
    at = place + unshared + valueBytes;
    entries++;
    // Its place is free now, but for the last key of the block before.
    const free = previous === verify.lastKeyAt ? other : previous;
    previous = key;
    previousLength = length;
    keyLength = length;
    key = free;
  }
  if (seen < restarts) return UNUSUAL;
  if (indexKeyShared !== 0 || indexKeyUnshared < TAG_BYTES) return UNUSUAL;
  if (compareKeys(previous, previousLength, indexKeyAt, indexKeyUnshared) > 0) return UNUSUAL;
  copy(verify.lastKeyAt, previous, previousLength);
  verify.lastKeyLength = previousLength;
  verify.greatest = greatest;
  verify.entries += entries;
  return OK;
}
