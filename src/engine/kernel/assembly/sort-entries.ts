// The order of a memtable's entries: user keys ascending by their bytes, the newest version of each first.

const TAG: usize = 8;
/** Bytes of an item: eight bytes of the key as a number, and the entry's index (u32). */
const ITEM: usize = 16;
/** So many are sorted by inserting before runs are merged. */
const RUN: u32 = 4;

let entries: usize = 0;
let keys: usize = 0;
let width: usize = 0;
/** So many bytes are the same in all keys. */
let shared: usize = 0;
let laterFirst: bool = false;
/** An item that is being moved. */
const HELD = memory.data(16, 16);

/**
 * Sorts `count` entries with `stride` numbers each at `fields`, of which the first two say where in `arena` the user key
 * begins and where its tag ends. Writes their indices to `order`; `scratch` has room for 32 bytes an entry. Of equal
 * internal keys the one that was added last is first, as in the skip list, if `later`; else the last.
 */
export function sortEntries(
  arena: usize,
  fields: usize,
  stride: u32,
  count: u32,
  order: usize,
  scratch: usize,
  later: bool,
): void {
  if (count === 0) return;
  laterFirst = later;
  keys = arena;
  entries = fields;
  width = (<usize>stride) << 2;
  shared = sharedByAll(count);
  let from = scratch;
  let to = scratch + <usize>count * ITEM;
  for (let i: u32 = 0; i < count; i++) {
    const item = from + <usize>i * ITEM;
    store<u64>(item, prefixOf(i));
    store<u32>(item, i, 8);
  }
  for (let i: u32 = 0; i < count; i += RUN) sortRun(from, i, min(i + RUN, count));
  for (let run: u32 = RUN; run < count; run <<= 1) {
    for (let i: u32 = 0; i < count; i += run << 1) {
      merge(from, to, i, min(i + run, count), min(i + (run << 1), count));
    }
    const other = from;
    from = to;
    to = other;
  }
  for (let i: usize = 0; i < count; i++) store<u32>(order + (i << 2), load<u32>(from + i * ITEM, 8));
}

function keyOf(i: u32): usize {
  return keys + load<u32>(entries + <usize>i * width);
}

function lengthOf(i: u32): usize {
  const entry = entries + <usize>i * width;
  return <usize>(load<u32>(entry, 4) - load<u32>(entry)) - TAG;
}

function sharedByAll(count: u32): usize {
  const first = keyOf(0);
  let most = lengthOf(0);
  for (let i: u32 = 1; i < count && most > 0; i++) {
    const key = keyOf(i);
    most = min(most, lengthOf(i));
    let same: usize = 0;
    while (same < most && load<u8>(first + same) === load<u8>(key + same)) same++;
    most = same;
  }
  return most;
}

/** Eight bytes behind those that all share, zeros where the key is shorter: what differs in them decides. */
function prefixOf(i: u32): u64 {
  const left = lengthOf(i) - shared;
  if (left === 0) return 0;
  const prefix = bswap(load<u64>(keyOf(i) + shared));
  return left >= 8 ? prefix : prefix & ~(~(<u64>0) >> (left << 3));
}

/** Whether the item at `a` comes before the one at `b`. */
function isBefore(a: usize, b: usize): bool {
  const left = load<u64>(a);
  const right = load<u64>(b);
  return left !== right ? left < right : isBeforeInFull(load<u32>(a, 8), load<u32>(b, 8));
}

function isBeforeInFull(a: u32, b: u32): bool {
  const left = keyOf(a);
  const right = keyOf(b);
  const leftLength = lengthOf(a);
  const rightLength = lengthOf(b);
  const most = min(leftLength, rightLength);
  for (let i = shared; i < most; i++) {
    const x = load<u8>(left + i);
    const y = load<u8>(right + i);
    if (x !== y) return x < y;
  }
  if (leftLength !== rightLength) return leftLength < rightLength;
  const newer = load<u64>(left + leftLength);
  const older = load<u64>(right + rightLength);
  return newer !== older ? newer > older : a > b === laterFirst;
}

function sortRun(items: usize, from: u32, to: u32): void {
  const first = items + <usize>from * ITEM;
  const end = items + <usize>to * ITEM;
  for (let item = first + ITEM; item < end; item += ITEM) {
    if (!isBefore(item, item - ITEM)) continue;
    v128.store(HELD, v128.load(item));
    let place = item;
    do {
      v128.store(place, v128.load(place - ITEM));
      place -= ITEM;
    } while (place > first && isBefore(HELD, place - ITEM));
    v128.store(place, v128.load(HELD));
  }
}

function merge(from: usize, to: usize, begin: u32, middle: u32, end: u32): void {
  let left = from + <usize>begin * ITEM;
  let right = from + <usize>middle * ITEM;
  let out = to + <usize>begin * ITEM;
  const leftEnd = right;
  const rightEnd = from + <usize>end * ITEM;
  // What is in order already, as all of a sequential fill is.
  if (right === rightEnd || isBefore(right - ITEM, right)) {
    memory.copy(out, left, rightEnd - left);
    return;
  }
  while (left < leftEnd && right < rightEnd) {
    // Without a branch: which side is next is anybody's guess.
    const a = load<u64>(left);
    const b = load<u64>(right);
    const isRight = a !== b ? b < a : isBeforeInFull(load<u32>(right, 8), load<u32>(left, 8));
    v128.store(out, v128.load(select(right, left, isRight)));
    const step = <usize>isRight * ITEM;
    right += step;
    left += ITEM - step;
    out += ITEM;
  }
  memory.copy(out, left, leftEnd - left);
  memory.copy(out, right, rightEnd - right);
}
