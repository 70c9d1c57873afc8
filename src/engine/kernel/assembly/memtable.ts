// Operations as a memtable keeps them (memtable/arena-memtable.ts), and how much memory LevelDB's would take for them
// (memtable/arena.ts, bytes/random.ts): that decides where tables begin and end.

import { OPERATION_BYTES } from './batches';
import { copyWide } from './copy';
import { RECORD_BYTES } from './log-scan';

const TAG: u32 = 8;
const ARENA_BLOCK: u32 = 4096;
const OWN_BLOCK_ABOVE: u32 = ARENA_BLOCK / 4;
const POINTER: u32 = 8;
const MAX_HEIGHT: u32 = 12;
const BRANCHING: u32 = 4;

/** The state of memtable/arena.ts, and the seed of the heights: set before `addBatches`, and to be kept after it. */
export let usageBytes: f64 = 0;
export let usageUsed: u32 = 0;
export let usageRemaining: u32 = 0;
export let heightSeed: u32 = 1;

/** What the last `addBatches` wrote: bytes behind `arena`, entries behind `fields`. */
export let arenaFilled: u32 = 0;
export let entriesAdded: u32 = 0;

export function setUsage(bytes: f64, used: u32, remaining: u32, seed: u32): void {
  usageBytes = bytes;
  usageUsed = used;
  usageRemaining = remaining;
  heightSeed = seed;
}

/**
 * Writes the operations of the batches in the records [from, to), which `parseBatches` has listed: to `arena` user key,
 * tag and value of each, one behind the other; to `fields` `stride` numbers for each, the first three of them where in
 * the memtable's arena key, value and end will lie, if the first is put at `base`. Stops behind the batch with which
 * the memory in use passes `limit`, and returns the record behind it.
 */
export function addBatches(
  piece: usize,
  records: usize,
  from: u32,
  to: u32,
  operations: usize,
  arena: usize,
  base: u32,
  fields: usize,
  stride: u32,
  limit: f64,
): u32 {
  let out = arena;
  let field = fields;
  let i = from;
  let operation: u32 = from === 0 ? 0 : operationsEnd(records, from - 1);
  const begin = operation;
  while (i < to) {
    const record = records + <usize>i * RECORD_BYTES;
    let sequence = load<u64>(record, 16);
    const end = operationsEnd(records, i);
    for (; operation < end; operation++, sequence++) {
      const at = operations + <usize>operation * OPERATION_BYTES;
      const type = load<u32>(at);
      const key = load<u32>(at, 4);
      const keyLength = load<u32>(at, 8) - key;
      const value = load<u32>(at, 12);
      const valueLength = load<u32>(at, 16) - value;
      const valueAt = out + keyLength + TAG;
      copyWide(out, piece + key, keyLength);
      store<u64>(out + keyLength, (sequence << 8) | type);
      copyWide(valueAt, piece + value, valueLength);
      store<u32>(field, base + <u32>(out - arena));
      store<u32>(field, base + <u32>(valueAt - arena), 4);
      out = valueAt + valueLength;
      store<u32>(field, base + <u32>(out - arena), 8);
      field += (<usize>stride) << 2;
      countNode(keyLength + TAG, valueLength);
    }
    i++;
    if (usageBytes > limit) break;
  }
  arenaFilled = <u32>(out - arena);
  entriesAdded = operation - begin;
  return i;
}

function operationsEnd(records: usize, i: u32): u32 {
  return load<u32>(records + <usize>i * RECORD_BYTES, 28);
}

/** LevelDB's entry has both lengths before key and value; its node is a pointer and links, by a random height. */
function countNode(keyBytes: u32, valueBytes: u32): void {
  const entry = varintLength(keyBytes) + keyBytes + varintLength(valueBytes) + valueBytes;
  take(entry, entry);
  let height: u32 = 1;
  while (height < MAX_HEIGHT && oneInBranching()) height++;
  const node = POINTER + POINTER * height;
  const over = usageUsed % POINTER;
  take(node, over === 0 ? node : node + POINTER - over);
}

function take(bytes: u32, needed: u32): void {
  if (needed <= usageRemaining) {
    usageUsed += needed;
    usageRemaining -= needed;
  } else if (bytes > OWN_BLOCK_ABOVE) {
    usageBytes += <f64>(bytes + POINTER);
  } else {
    usageBytes += <f64>(ARENA_BLOCK + POINTER);
    usageUsed = bytes;
    usageRemaining = ARENA_BLOCK - bytes;
  }
}

function oneInBranching(): bool {
  heightSeed = <u32>((<u64>heightSeed * 16807) % 2147483647);
  return heightSeed % BRANCHING === 0;
}

function varintLength(value: u32): u32 {
  return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
}
