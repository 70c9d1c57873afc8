// Compactions: what of a merge is kept (compaction/merge.ts), as data blocks of tables (table/block-builder.ts).

import { bloomHash } from './bloom';
import { stored, TRAILER, writeVarint32 } from './build-blocks';
import { advance, compareBytes, copy, heapAt, MERGE, Merge, pass, runAt, save } from './merge';
import {
  AT_BOUNDARY,
  END,
  FULL,
  NEED_ANSWER,
  NEED_BLOCK_ROOM,
  NEED_OUT_ROOM,
  OK,
  Run,
  TAG_BYTES,
  UNUSUAL,
} from './run';
import { putSeparator } from './separators';
import { matchLength } from './snappy';

/** Above every real sequence. */
const ABOVE_ALL: u64 = ~(<u64>0) >> 8;
/** The most that an entry's three lengths take. */
const MAX_ENTRY_HEADER: u32 = 15;
/** What is left free behind a block. */
const SLACK: u32 = 96;
/** Bytes of a block in the list: see BLOCK_NUMBERS in kernel/merge-layout.ts. */
const BLOCK_BYTES: u32 = 24;

/** For which keys `isBase` says whether a deletion has nothing below: none, all, those before `answerEnd`, up to it. */
const NO_ANSWERS: u32 = 0;
const ANSWER_ALL: u32 = 1;
const ANSWER_BEFORE: u32 = 2;

/** The caller fills it in and reads it: kernel/merge-layout.ts has the same places. */
@unmanaged
export class Compact {
  /** Of the entry of the same user key before, which is the merge's saved one. */
  sequenceBefore: u64;
  smallestSnapshot: u64;
  /** Bytes of blocks in the present output, and with how many it ends. */
  fileBytes: u64;
  maxFileBytes: u64;
  hasUserKey: u32;
  answers: u32;
  isBase: u32;
  answerEndAt: u32;
  answerEndLength: u32;
  /** An internal key: before the first one behind it the caller is asked. */
  hasBoundary: u32;
  boundaryAt: u32;
  boundaryLength: u32;
  /** How blocks are made. */
  blockSize: u32;
  restartInterval: u32;
  compress: u32;
  isHashed: u32;
  /** The block under way: its entries, with room for so many bytes. */
  rawAt: u32;
  rawRoom: u32;
  rawUsed: u32;
  restartsAt: u32;
  points: u32;
  sinceRestart: u32;
  blockEntries: u32;
  /** Its last key, and how long that of the block before was, which lies there until it has one. */
  lastKeyAt: u32;
  lastKeyLength: u32;
  endedKeyLength: u32;
  /** The bytes of its head, which lies behind the keys of the blocks in the list. */
  headLength: u32;
  /**
   * Finished blocks as they stand in the file, one behind the other; the list of them; head and last key of each. A head is
   * the index key of the block before, or the first key if it is an output's first block.
   */
  outAt: u32;
  outRoom: u32;
  outUsed: u32;
  blocksAt: u32;
  maxBlocks: u32;
  blockCount: u32;
  keysAt: u32;
  keysRoom: u32;
  keysUsed: u32;
  /** Hashes of the user keys of the blocks in the list, and of the one under way, if `isHashed`. */
  hashesAt: u32;
  maxHashes: u32;
  hashCount: u32;
  /** Entries of the present output, and which entry of the merge was its first, if that came since it was set to 0. */
  outputEntries: u32;
  beganAt: u32;
  /** What became of entries since these were set to 0. */
  kept: u32;
  shadowed: u32;
  deletions: u32;
  /** What is finished has to be taken before the next entry. */
  isFull: u32;
  wantBytes: u32;
  /** Blocks that were taken over as they were stored. */
  reused: u32;
}

export const COMPACT: usize = memory.data(256, 64);

/**
 * Goes on until finished blocks have to be taken (FULL), always so before the entry behind an output's last one; an entry
 * lies behind the boundary; it is to be said whether a deletion has nothing below; something is needed of the caller; or
 * all is done. Nothing has been done yet with the entry at the top then. Merge.count goes up with each entry.
 */
export function compactEntries(): i32 {
  const merge = changetype<Merge>(MERGE);
  const compact = changetype<Compact>(COMPACT);
  for (;;) {
    if (merge.moving) {
      const code = advance(merge);
      if (code !== OK) return code;
    }
    if (merge.heapSize === 0) return END;
    if (compact.isFull) {
      compact.isFull = 0;
      return FULL;
    }
    merge.run = heapAt(0);
    const run = runAt(merge.run);
    if (compact.hasBoundary && isBehindBoundary(run, compact)) return AT_BOUNDARY;
    const code = judge(run, merge, compact);
    if (code !== OK) return code;
    merge.count++;
    pass(run, merge);
  }
  return END;
}

function isBehindBoundary(run: Run, compact: Compact): bool {
  const length = compact.boundaryLength - TAG_BYTES;
  const order = compareBytes(run.keyAt, run.keyLength - TAG_BYTES, compact.boundaryAt, length);
  return order > 0 || (order === 0 && run.tag < load<u64>(compact.boundaryAt + length));
}

/** Keeps or drops an entry. */
function judge(run: Run, merge: Merge, compact: Compact): i32 {
  let before = ABOVE_ALL;
  let isSame = false;
  if (compact.hasUserKey) {
    const order = compareSaved(run, merge);
    // Only damage gives keys out of order.
    if (order < 0) return UNUSUAL;
    isSame = order === 0;
    if (isSame) before = compact.sequenceBefore;
  }
  const sequence = run.tag >> 8;
  if (before <= compact.smallestSnapshot) {
    run.blockShadowed++;
    compact.shadowed++;
  } else {
    let isDropped = false;
    if ((run.tag & 0xff) === 0 && sequence <= compact.smallestSnapshot) {
      if (!isAnswered(run, compact)) return NEED_ANSWER;
      isDropped = compact.isBase !== 0;
    }
    if (isDropped) {
      run.blockDeletions++;
      compact.deletions++;
    } else {
      const code = keep(run, merge, compact);
      if (code !== OK) return code;
      run.blockKept++;
      compact.kept++;
    }
  }
  if (!isSame) {
    save(run, merge);
    compact.hasUserKey = 1;
  }
  compact.sequenceBefore = sequence;
  return OK;
}

function compareSaved(run: Run, merge: Merge): i32 {
  if (run.prefix !== merge.savedPrefix) return run.prefix < merge.savedPrefix ? -1 : 1;
  return compareBytes(run.keyAt, run.keyLength - TAG_BYTES, merge.savedAt, merge.savedLength);
}

function isAnswered(run: Run, compact: Compact): bool {
  const answers = compact.answers;
  if (answers === NO_ANSWERS || answers === ANSWER_ALL) return answers === ANSWER_ALL;
  const userBytes = run.keyLength - TAG_BYTES;
  const order = compareBytes(run.keyAt, userBytes, compact.answerEndAt, compact.answerEndLength);
  return answers === ANSWER_BEFORE ? order < 0 : order <= 0;
}

/** Adds an entry to the block under way, which it may end. Nothing is done if a code says what is needed first. */
function keep(run: Run, merge: Merge, compact: Compact): i32 {
  const keyLength = run.keyLength;
  const valueLength = run.valueLength;
  const code = askRoom(keyLength, valueLength, compact);
  if (code !== OK) return code;
  const key = run.keyAt;
  const raw = compact.rawAt;
  const lastKey = compact.lastKeyAt;
  let at = raw + compact.rawUsed;
  let same: u32 = 0;
  if (compact.sinceRestart < compact.restartInterval) {
    same = <u32>matchLength(lastKey, key, key + min(compact.lastKeyLength, keyLength));
  } else {
    store<u32>(compact.restartsAt + (compact.points << 2), compact.rawUsed);
    compact.points++;
    compact.sinceRestart = 0;
  }
  const rest = keyLength - same;
  at = <u32>writeVarint32(at, same);
  at = <u32>writeVarint32(at, rest);
  at = <u32>writeVarint32(at, valueLength);
  if (compact.blockEntries === 0) putHead(key, keyLength, compact);
  copy(at, key + same, rest);
  copy(lastKey + same, key + same, rest);
  compact.lastKeyLength = keyLength;
  at += rest;
  copy(at, run.valueAt, valueLength);
  at += valueLength;
  compact.rawUsed = at - raw;
  compact.sinceRestart++;
  compact.blockEntries++;
  if (compact.isHashed) {
    store<u32>(compact.hashesAt + (compact.hashCount << 2), bloomHash(key, keyLength - TAG_BYTES));
    compact.hashCount++;
  }
  if (compact.outputEntries++ === 0) compact.beganAt = merge.count + 1;
  if (compact.rawUsed + (compact.points << 2) + 4 >= compact.blockSize) {
    endBlock();
    if (compact.fileBytes >= compact.maxFileBytes || compact.blockCount >= compact.maxBlocks) {
      compact.isFull = 1;
    }
  }
  return OK;
}

function putHead(key: u32, keyLength: u32, compact: Compact): void {
  const head = compact.keysAt + compact.keysUsed;
  if (compact.outputEntries > 0) {
    compact.headLength = putSeparator(compact.lastKeyAt, compact.endedKeyLength, key, keyLength, head);
  } else {
    copy(head, key, keyLength);
    compact.headLength = keyLength;
  }
}

/** Whether there is room for one more entry, and for the block with it at its end. */
function askRoom(keyLength: u32, valueLength: u32, compact: Compact): i32 {
  const rawBytes = compact.rawUsed + MAX_ENTRY_HEADER + keyLength + valueLength + ((compact.points + 2) << 2);
  if (rawBytes > compact.rawRoom) {
    compact.wantBytes = rawBytes;
    return NEED_BLOCK_ROOM;
  }
  // The most that Snappy makes of it.
  const outBytes = rawBytes + rawBytes / 6 + SLACK;
  const headBytes = compact.blockEntries === 0 ? max(keyLength, compact.endedKeyLength) : compact.headLength;
  const keyBytes = headBytes + keyLength;
  if (
    outBytes <= compact.outRoom - compact.outUsed &&
    keyBytes <= compact.keysRoom - compact.keysUsed &&
    compact.hashCount < compact.maxHashes
  )
    return OK;
  if (compact.blockCount > 0) return FULL;
  compact.wantBytes = outBytes;
  return NEED_OUT_ROOM;
}

/** A block that is what a run's present one is, as that is stored, with its trailer: its bytes; 0 if it is another. */
function takeOver(run: Run, raw: u32, rawLength: u32, out: u32): u32 {
  const end = run.blockEnd;
  if (end - run.blockAt !== rawLength || run.next !== run.limit) return 0;
  if (matchLength(raw, run.blockAt, end) !== rawLength) return 0;
  const bytes = run.storedEnd - run.storedAt + <u32>TRAILER;
  copy(out, run.storedAt, bytes);
  changetype<Compact>(COMPACT).reused++;
  return bytes;
}

/** Ends the block under way, which has entries. */
export function endBlock(): void {
  const merge = changetype<Merge>(MERGE);
  const compact = changetype<Compact>(COMPACT);
  const raw = compact.rawAt;
  let at = raw + compact.rawUsed;
  // The first restart point is the first entry.
  store<u32>(compact.restartsAt, 0);
  memory.copy(at, compact.restartsAt, compact.points << 2);
  at += compact.points << 2;
  store<u32>(at, compact.points);
  const rawLength = at + 4 - raw;
  const out = compact.outAt + compact.outUsed;
  const taken = takeOver(runAt(merge.run), raw, rawLength, out);
  const bytes = taken ? taken : <u32>stored(raw, rawLength, compact.compress !== 0, out) - out;
  const block = compact.blocksAt + compact.blockCount * BLOCK_BYTES;
  store<u32>(block, bytes - <u32>TRAILER);
  store<u32>(block, rawLength, 4);
  store<u32>(block, compact.blockEntries, 8);
  store<u32>(block, merge.count + 1, 12);
  store<u32>(block, compact.headLength, 16);
  store<u32>(block, compact.lastKeyLength, 20);
  compact.keysUsed += compact.headLength;
  copy(compact.keysAt + compact.keysUsed, compact.lastKeyAt, compact.lastKeyLength);
  compact.keysUsed += compact.lastKeyLength;
  compact.outUsed += bytes;
  compact.fileBytes += bytes;
  compact.blockCount++;
  compact.rawUsed = 0;
  compact.points = 1;
  compact.sinceRestart = 0;
  compact.blockEntries = 0;
  compact.headLength = 0;
  compact.endedKeyLength = compact.lastKeyLength;
  compact.lastKeyLength = 0;
}
