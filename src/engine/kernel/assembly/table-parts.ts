// What a table has besides its data blocks, made along with them: its index (table/table-builder.ts) and its filters
// (table/filter.ts), both without trailers.

import { setBloomBits } from './bloom';
import { TRAILER, writeVarint32 } from './build-blocks';
import { putSeparator, putSuccessor } from './separators';

/** Of an index entry: how much of its key is shared, how long it is, and how long the handle is. */
const MAX_HEADER: u32 = 1 + 5 + 1;
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
  const key = table.arena + load<u32>(last);
  const keyLength = load<u32>(last, 4) - load<u32>(last);
  const begin = table.indexAt + table.indexBytes;
  // How long it is is known behind it.
  const put = begin + MAX_HEADER;
  let length: u32;
  if (table.done < table.count) {
    const next = entryAt(table, table.done);
    const limit = load<u32>(next);
    length = putSeparator(key, keyLength, table.arena + limit, load<u32>(next, 4) - limit, put);
  } else length = putSuccessor(key, keyLength, put);

  store<u32>(table.startsAt + (table.indexEntries << 2), table.indexBytes);
  table.indexEntries++;
  store<u8>(begin, 0);
  let at = writeVarint32(begin + 1, length);
  const handleLengthAt = at++;
  memory.copy(at, put, length);
  at += length;
  const handle = at;
  at = writeVarint32(at, table.fileBytes);
  at = writeVarint32(at, bytes);
  store<u8>(handleLengthAt, <u8>(at - handle));
  table.indexBytes += <u32>at - begin;
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
