// One sorted run of a merge: tables one behind the other, each as its index block and pieces of its file. What
// table-cursor.ts and block.ts do, for what is sound: at anything else a run stops where it stands, and says so.

import { crc32c } from './crc32c';
import { setPrefixes } from './merge';
import { decodeSnappy, matchLength } from './snappy';

/** What a step gives. All but OK leave the run where it was, so that the step can be taken again or given up. */
export const OK: i32 = 0;
/** The entries that were asked for are all there, or all that there are. */
export const END: i32 = 1;
/** No more entries go out before what is there is taken. */
export const FULL: i32 = 2;
/** The run's table has ended: the next one, or that there is none. */
export const NEED_TABLE: i32 = 3;
/** `wantBytes` of the file from `wantOffset` on. */
export const NEED_PIECE: i32 = 4;
/** Room for a decoded block of `wantBytes`. */
export const NEED_ROOM: i32 = 5;
/** Room for a key of `wantBytes`; what is in the present one is kept. */
export const NEED_KEY_ROOM: i32 = 6;
/** The log of blocks is full. */
export const NEED_LOG: i32 = 8;
/** What needs the caller in a compaction: see compact.ts. */
export const NEED_ANSWER: i32 = 9;
export const AT_BOUNDARY: i32 = 10;
export const NEED_BLOCK_ROOM: i32 = 11;
export const NEED_OUT_ROOM: i32 = 12;
/** Nothing that is done here: a wrong checksum, lengths that do not fit, another compression. */
export const UNUSUAL: i32 = 7;

export const TAG_BYTES: u32 = 8;
const TRAILER_BYTES: u64 = 5;
const MAX_BLOCK_BYTES: u64 = 1 << 28;
const MAX_OFFSET: u64 = 1 << 52;

/** The caller fills it in and reads it: kernel/merge-layout.ts has the same places. Addresses, bytes and offsets. */
@unmanaged
export class Run {
  /** Of the current entry's user key the 8 bytes behind the common ones, as a number that sorts like them. */
  prefix: u64;
  /** Sequence and type. */
  tag: u64;
  /** The key is put together here, with its tag; there is room for `keyRoom` bytes. */
  keyAt: u32;
  keyLength: u32;
  valueAt: u32;
  valueLength: u32;
  /** The current entry, the one behind it, the end of the block's entries and the block. */
  entry: u32;
  next: u32;
  limit: u32;
  blockAt: u32;
  /** Of the index block: the current block's entry and the one behind it, counted from `indexAt`; its entries' end. */
  indexEntry: u32;
  indexNext: u32;
  indexAt: u32;
  indexLimit: u32;
  indexKeyLength: u32;
  /** Bytes of the file. */
  pieceAt: u32;
  pieceStart: u64;
  pieceLength: u32;
  /** Where a block is decoded to. */
  roomAt: u32;
  roomBytes: u32;
  keyRoom: u32;
  /** Of the last block with its trailer, in the file: none begins before. */
  soundEnd: u64;
  wantOffset: u64;
  wantBytes: u32;
  /** Whether it stands on an entry. */
  valid: u32;
  /** The entry that was passed last: as `indexEntry`, and counted from its block; none of this table if 0 is set. */
  passedIndexEntry: u32;
  passedEntry: u32;
  fileSize: u64;
  hasPassed: u32;
  /** Entries of the first block before this place are passed by. */
  startEntry: u32;
  /** In a compaction: what became of the present block's entries so far (compact.ts). */
  blockKept: u32;
  blockShadowed: u32;
  blockDeletions: u32;
  /** Of the run's table, which stored blocks are as our encoder would have them: NO_BLOCKS, PLAIN_BLOCKS, ALL_BLOCKS. */
  reuse: u32;
  /** The present block as it is stored, up to its trailer, and the end of its contents; 0 if it may not be taken over. */
  storedAt: u32;
  storedEnd: u32;
  blockEnd: u32;
}

/** Values of Run.reuse. */
const PLAIN_BLOCKS: u32 = 1;
const ALL_BLOCKS: u32 = 2;

/** Which blocks are come to, for those who want to know: eight words each. None are noted if there is no room. */
@unmanaged
export class BlockLog {
  at: u32;
  room: u32;
  count: u32;
  /** Entries of the merge that went out by now. */
  entries: u32;
}

export const BLOCK_LOG: usize = memory.data(64, 64);
const RECORD_BITS: u32 = 5;

function note(run: Run, log: BlockLog): void {
  const record = log.at + (log.count << RECORD_BITS);
  store<u32>(record, <u32>changetype<usize>(run));
  store<u32>(record, log.entries, 4);
  store<u32>(record, run.indexEntry, 8);
  store<u32>(record, run.blockKept, 12);
  store<u32>(record, run.blockShadowed, 16);
  store<u32>(record, run.blockDeletions, 20);
  run.blockKept = 0;
  run.blockShadowed = 0;
  run.blockDeletions = 0;
  log.count++;
}

// An entry's header, taken apart by readHeader, and what varint gives.
export let shared: u32 = 0;
export let unshared: u32 = 0;
export let valueBytes: u32 = 0;
export let place: u32 = 0;

/** The entry's three lengths; `place` is then behind them. False if the entry does not fit before the limit. */
export function readHeader(at: u32, limit: u32, keyLength: u32): bool {
  if (at > limit || limit - at < 3) return false;
  shared = load<u8>(at);
  unshared = load<u8>(at, 1);
  valueBytes = load<u8>(at, 2);
  place = at + 3;
  if ((shared | unshared | valueBytes) >= 128) {
    place = at;
    shared = varint32(limit);
    if (!place) return false;
    unshared = varint32(limit);
    if (!place) return false;
    valueBytes = varint32(limit);
    if (!place) return false;
  }
  return shared <= keyLength && <u64>unshared + <u64>valueBytes <= <u64>(limit - place);
}

/** `place` is 0 if there is none. */
function varint32(limit: u32): u32 {
  let at = place;
  let result: u32 = 0;
  for (let shift: u32 = 0; shift <= 28 && at < limit; shift += 7) {
    const byte = <u32>load<u8>(at++);
    result |= (byte & 0x7f) << shift;
    if (byte < 128) {
      place = at;
      return result;
    }
  }
  place = 0;
  return 0;
}

function varint64(limit: u32): u64 {
  let at = place;
  let result: u64 = 0;
  for (let shift: u64 = 0; shift < 56 && at < limit; shift += 7) {
    const byte = <u64>load<u8>(at++);
    result |= (byte & 0x7f) << shift;
    if (byte < 128) {
      place = at;
      return result;
    }
  }
  place = 0;
  return 0;
}

/** The first 8 of `length` bytes, as a number that sorts like them; zeros stand for what is not there. */
function prefixOf(at: u32, length: u32): u64 {
  const bytes = bswap(load<u64>(at));
  if (length >= 8) return bytes;
  return length === 0 ? 0 : bytes & (~(<u64>0) << (64 - ((<u64>length) << 3)));
}

/** Bytes that all user keys begin with, up to now: they are in COMMON, and no more than so many. */
let common: u32 = 0;
const MAX_COMMON: u32 = 48;
const COMMON: usize = memory.data(64, 16);

/** What runs stand on and what is saved begin with so many bytes of the key at `at`. */
export function setCommon(at: u32, length: u32): void {
  common = min(length, MAX_COMMON);
  memory.copy(COMMON, at, common);
  setPrefixes();
}

export function prefixOfKey(at: u32, userBytes: u32): u64 {
  return prefixOf(at + common, userBytes - common);
}

/** The prefix of a key that shares `shared` bytes with the one before: fewer bytes may be common by it. */
function prefixBehind(at: u32, userBytes: u32, shared: u32): u64 {
  if (shared < common) {
    const same = <u32>matchLength(at, COMMON, COMMON + min(common, userBytes));
    if (same < common) {
      common = same;
      setPrefixes();
    }
  }
  return prefixOf(at + common, userBytes - common);
}

/** To the next entry, in the next block if need be. */
export function nextEntry(run: Run): i32 {
  while (run.next >= run.limit) {
    const code = nextBlock(run);
    if (code !== OK) return code;
  }
  const at = run.next;
  const log = changetype<BlockLog>(BLOCK_LOG);
  const isNoted = at === run.blockAt && log.room > 0;
  if (isNoted && log.count === log.room) return NEED_LOG;
  if (!readHeader(at, run.limit, run.keyLength)) return UNUSUAL;
  if (unshared > 0x4000_0000 || shared > 0x4000_0000) return UNUSUAL;
  const length = shared + unshared;
  if (length < TAG_BYTES) return UNUSUAL;
  if (length > run.keyRoom) {
    run.wantBytes = length;
    return NEED_KEY_ROOM;
  }
  const keyAt = run.keyAt;
  for (let i: u32 = 0; i < unshared; i += 16) v128.store(keyAt + shared + i, v128.load(place + i));
  const tag = load<u64>(keyAt + length - TAG_BYTES);
  run.entry = at;
  run.keyLength = length;
  run.valueAt = place + unshared;
  run.valueLength = valueBytes;
  run.next = place + unshared + valueBytes;
  run.tag = tag;
  run.prefix = prefixBehind(keyAt, length - TAG_BYTES, shared);
  // A type that there is not.
  if ((tag & 0xff) > 1) return UNUSUAL;
  if (isNoted) note(run, log);
  return OK;
}

/** To the next block, before its first entry. */
function nextBlock(run: Run): i32 {
  let code = findBlock(run);
  if (code === OK) code = decodeBlock(run);
  if (code === OK) enterBlock(run);
  return code;
}

/** What findBlock found: the block as it is stored, its place in the file, its index entry. */
export let stored: u32 = 0;
export let storedEnd: u32 = 0;
export let fileOffset: u64 = 0;
export let indexKeyAt: u32 = 0;
export let indexKeyShared: u32 = 0;
export let indexKeyUnshared: u32 = 0;
let indexNext: u32 = 0;

/** Finds the next block in the piece that is there, and checks its checksum. */
export function findBlock(run: Run): i32 {
  const indexAt = run.indexAt;
  const limit = indexAt + run.indexLimit;
  const at = indexAt + run.indexNext;
  if (at >= limit) return NEED_TABLE;
  if (!readHeader(at, limit, run.indexKeyLength)) return UNUSUAL;
  indexKeyAt = place;
  indexKeyShared = shared;
  indexKeyUnshared = unshared;
  indexNext = place + unshared + valueBytes - indexAt;
  const handleEnd = indexAt + indexNext;
  place += unshared;
  const offset = varint64(handleEnd);
  if (!place) return UNUSUAL;
  const size = varint64(handleEnd);
  if (!place || size > MAX_BLOCK_BYTES || offset > MAX_OFFSET || offset < run.soundEnd) return UNUSUAL;
  const end = offset + size + TRAILER_BYTES;
  if (end > run.fileSize) return UNUSUAL;
  if (offset < run.pieceStart || end > run.pieceStart + <u64>run.pieceLength) {
    run.wantOffset = offset;
    run.wantBytes = <u32>(end - offset);
    // The present block is not where it was any more.
    run.blockEnd = 0;
    return NEED_PIECE;
  }
  fileOffset = offset;
  stored = run.pieceAt + <u32>(offset - run.pieceStart);
  storedEnd = stored + <u32>size;
  const crc = rotl<u32>(load<u32>(storedEnd, 1) - 0xa282ead8, 15);
  return crc32c(stored, <usize>size + 1, 0) === crc ? OK : UNUSUAL;
}

/** Where the decoded block begins, where its entries end and how many restart points it has. */
export let block: u32 = 0;
export let entriesEnd: u32 = 0;
export let restarts: u32 = 0;

/** Decodes the block that was found, if it is compressed, and finds its restart array. */
export function decodeBlock(run: Run): i32 {
  const type = load<u8>(storedEnd);
  block = stored;
  let length = storedEnd - stored;
  if (type === 1) {
    place = stored;
    length = varint32(storedEnd);
    if (!place || length > MAX_BLOCK_BYTES) return UNUSUAL;
    // No element gives more for its size than 64 bytes from 3.
    if (<u64>length > ((<u64>(storedEnd - place) + 2) / 3) * 64) return UNUSUAL;
    if (length > run.roomBytes) {
      run.wantBytes = length;
      return NEED_ROOM;
    }
    block = run.roomAt;
    if (decodeSnappy(place, storedEnd, block, length) !== <i32>length) return UNUSUAL;
  } else if (type !== 0) return UNUSUAL;
  if (length < 8) return UNUSUAL;
  restarts = load<u32>(block + length - 4);
  if (restarts === 0 || restarts > (length - 4) >> 2) return UNUSUAL;
  entriesEnd = block + length - 4 - (restarts << 2);
  return load<u32>(entriesEnd) === 0 && entriesEnd > block ? OK : UNUSUAL;
}

/** The block that was found is the present one. */
export function enterBlock(run: Run): void {
  run.indexEntry = run.indexNext;
  run.indexNext = indexNext;
  run.indexKeyLength = indexKeyShared + indexKeyUnshared;
  run.soundEnd = fileOffset + <u64>(storedEnd - stored) + TRAILER_BYTES;
  run.blockAt = block;
  run.next = block;
  run.limit = entriesEnd;
  run.keyLength = 0;
  run.storedAt = stored;
  run.storedEnd = storedEnd;
  const isReusable = run.reuse === ALL_BLOCKS || (run.reuse === PLAIN_BLOCKS && load<u8>(storedEnd) === 0);
  run.blockEnd = isReusable ? entriesEnd + (restarts << 2) + 4 : 0;
}
