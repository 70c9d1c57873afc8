// Several runs as one, in the order of internal keys, and what a reader sees of them (merging-cursor.ts, user-cursor.ts).
// Entries go out to a buffer or into a digest.

import { fnvEntry, fnvRest } from './fnv';
import { BLOCK_LOG, BlockLog, END, FULL, nextEntry, OK, prefixOfKey, Run, setCommon, TAG_BYTES } from './run';
import { matchLength } from './snappy';

export const MAX_RUNS: u32 = 128;
export const RUN_BYTES: usize = 256;

/** The caller fills it in and reads it: kernel/merge-layout.ts has the same places. */
@unmanaged
export class Merge {
  /** Tags above are newer than what is looked for. */
  maxTag: u64;
  /** FNV-1a of all that was digested, and how many bytes of keys and values it is. */
  hash: u64;
  keyBytes: u64;
  valueBytes: u64;
  /** The key behind whose versions the reader goes on, if `skipping`. */
  savedPrefix: u64;
  savedAt: u32;
  savedLength: u32;
  skipping: u32;
  /**
   * The end of the range: user keys from here on are not put out. With 2 the runs stop at the first such key, whatever a
   * reader would see of it.
   */
  hasUpper: u32;
  upperAt: u32;
  upperLength: u32;
  /** Every version with its tag, rather than what a reader sees. */
  internal: u32;
  /** 1: entries are digested, rather than put out. 2: bytes alone go out, as they would be digested. */
  digest: u32;
  /** Where entries go: bytes of keys and values, and four numbers an entry, counted from `outAt`. */
  outAt: u32;
  outBytes: u32;
  outUsed: u32;
  quadsAt: u32;
  maxEntries: u32;
  /** Entries that went out since `count` was set to 0. */
  count: u32;
  /** The entry that did not fit has so many bytes. */
  wantBytes: u32;
  /** The run that a code is about. */
  run: u32;
  /** The run at the top was passed and has yet to be moved. */
  moving: u32;
  heapSize: u32;
  /** Where the run of each entry that went out is noted, in a byte; 0 for nowhere. */
  runsAt: u32;
}

export const RUNS: usize = memory.data(256 * 128, 64);
export const MERGE: usize = memory.data(256, 64);
const HEAP_OF_RUNS = memory.data(4 * 128, 64);

export function runAt(index: u32): Run {
  return changetype<Run>(RUNS + <usize>index * RUN_BYTES);
}

export function heapAt(place: u32): u32 {
  return load<u32>(HEAP_OF_RUNS + ((<usize>place) << 2));
}

function setHeap(place: u32, index: u32): void {
  store<u32>(HEAP_OF_RUNS + ((<usize>place) << 2), index);
}

/** Puts a run on its first entry: the one at `startEntry` of its first block, or behind it. */
export function beginRun(index: u32): i32 {
  const run = runAt(index);
  // What runs and keys there were before does not count.
  changetype<Merge>(MERGE).heapSize = 0;
  setCommon(0, 0);
  for (;;) {
    const code = nextEntry(run);
    if (code !== OK) return code;
    if (run.entry - run.blockAt >= run.startEntry) break;
  }
  run.startEntry = 0;
  run.valid = 1;
  return OK;
}

/** Makes a heap of the runs that stand on an entry. */
export function beginMerge(runs: u32): void {
  const merge = changetype<Merge>(MERGE);
  let size: u32 = 0;
  for (let i: u32 = 0; i < runs; i++) if (runAt(i).valid) setHeap(size++, i);
  merge.heapSize = size;
  merge.moving = 0;
  findCommon(size);
  for (let i = <i32>(size >> 1) - 1; i >= 0; i--) siftDown(<u32>i, size);
  merge.run = heapAt(0);
}

/** Keys of one database begin alike as a rule: what the first ones share is not compared, until one comes without it. */
function findCommon(size: u32): void {
  if (size === 0) return;
  const first = runAt(heapAt(0));
  let length = first.keyLength - TAG_BYTES;
  for (let i: u32 = 1; i < size; i++) {
    const run = runAt(heapAt(i));
    const most = min(length, run.keyLength - TAG_BYTES);
    length = <u32>matchLength(run.keyAt, first.keyAt, first.keyAt + most);
  }
  setCommon(first.keyAt, length);
}

/** Another number of bytes is common to all keys. */
export function setPrefixes(): void {
  const merge = changetype<Merge>(MERGE);
  for (let i: u32 = 0; i < merge.heapSize; i++) {
    const run = runAt(heapAt(i));
    run.prefix = prefixOfKey(run.keyAt, run.keyLength - TAG_BYTES);
  }
  merge.savedPrefix = prefixOfKey(merge.savedAt, merge.savedLength);
}

/** The order of two ranges of bytes, of which 8 more can be read. */
export function compareBytes(a: u32, aLength: u32, b: u32, bLength: u32): i32 {
  const length = min(aLength, bLength);
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) {
    const left = load<u64>(a + i);
    const right = load<u64>(b + i);
    if (left !== right) return bswap(left) < bswap(right) ? -1 : 1;
  }
  for (; i < length; i++) {
    const left = load<u8>(a + i);
    const right = load<u8>(b + i);
    if (left !== right) return left < right ? -1 : 1;
  }
  return aLength === bLength ? 0 : aLength < bLength ? -1 : 1;
}

/** Equal keys come in the order of the runs. */
function isBefore(a: u32, b: u32): bool {
  const left = runAt(a);
  const right = runAt(b);
  if (left.prefix !== right.prefix) return left.prefix < right.prefix;
  const order = compareBytes(
    left.keyAt,
    left.keyLength - TAG_BYTES,
    right.keyAt,
    right.keyLength - TAG_BYTES,
  );
  if (order !== 0) return order < 0;
  return left.tag !== right.tag ? left.tag > right.tag : a < b;
}

function siftDown(from: u32, size: u32): void {
  const moved = heapAt(from);
  let parent = from;
  for (;;) {
    let child: u32 = 2 * parent + 1;
    if (child >= size) break;
    if (child + 1 < size && isBefore(heapAt(child + 1), heapAt(child))) child++;
    if (!isBefore(heapAt(child), moved)) break;
    setHeap(parent, heapAt(child));
    parent = child;
  }
  setHeap(parent, moved);
}

/** Whether a run's user key is at or before the saved one. */
function isHidden(run: Run, merge: Merge): bool {
  if (run.prefix !== merge.savedPrefix) return run.prefix < merge.savedPrefix;
  return compareBytes(run.keyAt, run.keyLength - TAG_BYTES, merge.savedAt, merge.savedLength) <= 0;
}

export function save(run: Run, merge: Merge): void {
  const length = run.keyLength - TAG_BYTES;
  const from = run.keyAt;
  const to = merge.savedAt;
  for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  merge.savedLength = length;
  merge.savedPrefix = run.prefix;
  merge.skipping = 1;
}

/** From the entry that was passed to the next. If that needs something of the caller, the code; `run` is what it is about. */
export function advance(merge: Merge): i32 {
  const index = heapAt(0);
  const run = runAt(index);
  if (run.valid) {
    changetype<BlockLog>(BLOCK_LOG).entries = merge.count;
    const code = nextEntry(run);
    if (code !== OK) {
      merge.run = index;
      return code;
    }
  } else {
    merge.heapSize--;
    setHeap(0, heapAt(merge.heapSize));
  }
  merge.moving = 0;
  if (merge.heapSize > 1) siftDown(0, merge.heapSize);
  return OK;
}

/** The entry at the top has been dealt with. */
export function pass(run: Run, merge: Merge): void {
  run.passedIndexEntry = run.indexEntry;
  run.passedEntry = run.entry - run.blockAt;
  run.hasPassed = 1;
  merge.moving = 1;
}

/**
 * Goes on with the merge until the range has ended, `maxEntries` went out and another one stands there, or something is
 * needed of the caller, who then calls again. The run that this is about is in `run`.
 */
export function mergeEntries(): i32 {
  const merge = changetype<Merge>(MERGE);
  const code = goOn(merge);
  if (merge.digest === 1) merge.hash = fnvRest(merge.hash);
  return code;
}

function goOn(merge: Merge): i32 {
  for (;;) {
    if (merge.moving) {
      const code = advance(merge);
      if (code !== OK) return code;
    }
    if (merge.heapSize === 0) return END;
    const run = runAt(heapAt(0));
    if (merge.hasUpper === 2 && isAtUpper(run, merge)) return END;
    if (merge.internal) {
      const code = putOut(run, merge);
      if (code !== OK) return code;
    } else if (run.tag <= merge.maxTag) {
      if ((run.tag & 0xff) === 0) save(run, merge);
      else if (!merge.skipping || !isHidden(run, merge)) {
        const code = putOut(run, merge);
        if (code !== OK) return code;
        save(run, merge);
      }
    }
    pass(run, merge);
  }
  return END;
}

function isAtUpper(run: Run, merge: Merge): bool {
  return compareBytes(run.keyAt, run.keyLength - TAG_BYTES, merge.upperAt, merge.upperLength) >= 0;
}

/** Puts an entry out, or digests it. */
function putOut(run: Run, merge: Merge): i32 {
  const userBytes = run.keyLength - TAG_BYTES;
  if (merge.hasUpper && isAtUpper(run, merge)) return END;
  const count = merge.count;
  if (count >= merge.maxEntries) return FULL;
  const keyBytes = merge.internal ? run.keyLength : userBytes;
  const valueBytes = run.valueLength;
  if (merge.digest === 2) {
    const used = merge.outUsed;
    if (<u64>keyBytes + <u64>valueBytes + 2 > <u64>(merge.outBytes - used)) {
      merge.wantBytes = keyBytes + valueBytes + 2;
      return FULL;
    }
    const out = merge.outAt + used;
    copy(out, run.keyAt, keyBytes);
    store<u8>(out + keyBytes, 0xff);
    copy(out + keyBytes + 1, run.valueAt, valueBytes);
    store<u8>(out + keyBytes + 1 + valueBytes, 0xff);
    merge.outUsed = used + keyBytes + valueBytes + 2;
    merge.keyBytes += keyBytes;
    merge.valueBytes += valueBytes;
  } else if (merge.digest) {
    merge.hash = fnvEntry(merge.hash, run.keyAt, keyBytes, run.valueAt, valueBytes);
    merge.keyBytes += keyBytes;
    merge.valueBytes += valueBytes;
  } else {
    const used = merge.outUsed;
    if (<u64>keyBytes + <u64>valueBytes > <u64>(merge.outBytes - used)) {
      merge.wantBytes = keyBytes + valueBytes;
      return FULL;
    }
    const out = merge.outAt + used;
    copy(out, run.keyAt, keyBytes);
    copy(out + keyBytes, run.valueAt, valueBytes);
    const quad = merge.quadsAt + (count << 4);
    store<u32>(quad, used);
    store<u32>(quad, keyBytes, 4);
    store<u32>(quad, used + keyBytes, 8);
    store<u32>(quad, valueBytes, 12);
    if (merge.runsAt) store<u8>(merge.runsAt + count, <u8>heapAt(0));
    merge.outUsed = used + keyBytes + valueBytes;
  }
  merge.count = count + 1;
  return OK;
}

/** May write up to 15 bytes more. */
export function copy(to: u32, from: u32, length: u32): void {
  if (length > 1024) memory.copy(to, from, length);
  else for (let i: u32 = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}
