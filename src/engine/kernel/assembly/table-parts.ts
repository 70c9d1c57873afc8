// What a table has besides its data blocks, made along with them: its index (table/table-builder.ts) and its filters
// (table/filter.ts), both without trailers.

import { setBloomBits } from './bloom';
import { TRAILER, writeVarint32 } from './build-blocks';
import { copyWide } from './copy';
import { matchLength } from './snappy';

const TAG: u32 = 8;
/** Sorts before all others of a user key: the greatest sequence, of type 1. */
const EARLIEST_TAG: u64 = (~(<u64>0) << 8) | 1;
/** Bytes of a block in the list of `buildBlocks`. */
const BLOCK_BYTES: u32 = 16;
/** A filter for every 2 KiB of the file. */
const FILTER_BASE_LG: u32 = 11;
const MIN_FILTER_BITS: u64 = 64;

/** The caller fills it in and reads it: kernel/merge-layout.ts has the same places. */
@unmanaged
export class TableParts {
  /** The entries, as `buildBlocks` has them: `count` in all, of which `done` are in blocks. */
  arena: u32;
  fields: u32;
  stride: u32;
  order: u32;
  count: u32;
  done: u32;
  blocksAt: u32;
  /** Bytes of all blocks. */
  fileBytes: u32;
  /** The index block, and where each of its entries begins in it. */
  indexAt: u32;
  indexBytes: u32;
  startsAt: u32;
  indexEntries: u32;
  /** 0 if there are no filters; entries before `hashed` are in one. */
  hashesAt: u32;
  hashed: u32;
  bitsPerKey: u32;
  probes: u32;
  /** The filter block, and where each filter begins in it. */
  filtersAt: u32;
  filterBytes: u32;
  offsetsAt: u32;
  filters: u32;
}

/** Adds the `built` blocks of the list to index and filters. */
export function addParts(at: usize, built: u32): void {
  const table = changetype<TableParts>(at);
  for (let i: u32 = 0; i < built; i++) {
    const block = table.blocksAt + BLOCK_BYTES * i;
    const bytes = load<u32>(block, 4);
    table.done = load<u32>(block, 12);
    addIndexEntry(table, bytes);
    table.fileBytes += bytes + <u32>TRAILER;
    if (table.hashesAt === 0) continue;
    while (table.fileBytes >> FILTER_BASE_LG > table.filters) addFilter(table);
  }
}

/** Ends both, once all entries are in blocks. */
export function endParts(at: usize): void {
  const table = changetype<TableParts>(at);
  const starts = table.indexEntries << 2;
  let end = <usize>(table.indexAt + table.indexBytes);
  memory.copy(end, table.startsAt, starts);
  store<u32>(end + starts, table.indexEntries);
  table.indexBytes += starts + 4;
  if (table.hashesAt === 0) return;
  if (table.hashed < table.count) addFilter(table);
  const offsets = table.filters << 2;
  end = table.filtersAt + table.filterBytes;
  memory.copy(end, table.offsetsAt, offsets);
  store<u32>(end + offsets, table.filterBytes);
  store<u8>(end + offsets, <u8>FILTER_BASE_LG, 4);
  table.filterBytes += offsets + 5;
}

function entryAt(table: TableParts, n: u32): usize {
  return table.fields + ((load<u32>(table.order + (n << 2)) * table.stride) << 2);
}

/** The entry for a block of so many bytes, which ends before the entry `done`: each is a restart point. */
function addIndexEntry(table: TableParts, bytes: u32): void {
  const last = entryAt(table, table.done - 1);
  const key = <usize>(table.arena + load<u32>(last));
  const keyLength = load<u32>(last, 4) - load<u32>(last);
  const user = keyLength - TAG;
  const changed =
    table.done < table.count
      ? separatorAt(key, user, entryAt(table, table.done), table)
      : successorAt(key, user);
  const isShort = changed + 1 < user;
  const length = isShort ? changed + 1 + TAG : keyLength;

  const begin = <usize>(table.indexAt + table.indexBytes);
  store<u32>(table.startsAt + (table.indexEntries << 2), table.indexBytes);
  table.indexEntries++;
  store<u8>(begin, 0);
  let at = writeVarint32(begin + 1, length);
  const handleLengthAt = at++;
  copyWide(at, key, length);
  if (isShort) {
    store<u8>(at + changed, load<u8>(at + changed) + 1);
    store<u64>(at + changed + 1, EARLIEST_TAG);
  }
  at += length;
  const handle = at;
  at = writeVarint32(at, table.fileBytes);
  at = writeVarint32(at, bytes);
  store<u8>(handleLengthAt, <u8>(at - handle));
  table.indexBytes += <u32>(at - begin);
}

/** Which byte of a user key is raised, and is the last one then, for what sorts before a later key; `user` if none (FindShortestSeparator). */
function separatorAt(key: usize, user: u32, next: usize, table: TableParts): u32 {
  const limit = <usize>(table.arena + load<u32>(next));
  const limitUser = load<u32>(next, 4) - load<u32>(next) - TAG;
  const shared = min(user, limitUser);
  const same = <u32>matchLength(key, limit, limit + shared);
  if (same >= shared) return user;
  const byte = <u32>load<u8>(key + same);
  return byte < 0xff && byte + 1 < <u32>load<u8>(limit + same) ? same : user;
}

/** The same for what sorts behind the key (FindShortSuccessor). */
function successorAt(key: usize, user: u32): u32 {
  let at: u32 = 0;
  while (at < user && load<u8>(key + at) === 0xff) at++;
  return at;
}

/** A filter of the keys that are in none yet; an empty one takes no bytes. */
function addFilter(table: TableParts): void {
  store<u32>(table.offsetsAt + (table.filters << 2), table.filterBytes);
  table.filters++;
  const count = table.done - table.hashed;
  if (count === 0) return;
  const bytes = <u32>((max(MIN_FILTER_BITS, <u64>count * table.bitsPerKey) + 7) >> 3);
  const filter = <usize>(table.filtersAt + table.filterBytes);
  memory.fill(filter, 0, bytes);
  setBloomBits(table.hashesAt + (table.hashed << 2), count, table.probes, filter, bytes << 3);
  store<u8>(filter + bytes, <u8>table.probes);
  table.filterBytes += bytes + 1;
  table.hashed = table.done;
}
