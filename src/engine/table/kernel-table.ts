import type { BloomShape } from './bloom';
import { FILTER_BASE_LG } from './filter';
import { BLOCK_TRAILER_SIZE } from './format';
import {
  BLOCK_NUMBERS,
  type BlockShape,
  blocksLayout,
  MAX_BLOCKS,
  MAX_ENTRY_HEADER,
  type OrderedEntries,
} from './kernel-blocks';

/** A restart point that a block has besides those of its entries, and their count. */
const BLOCK_NUMBERS_BYTES = 8;
/** Of an index entry, besides its key: three lengths and the block's handle. */
const INDEX_ENTRY = 1 + 5 + 1 + 10;
/** Of a filter, besides the bits of its keys: those it has at least, what rounding adds, its probes, and its offset. */
const FILTER = 8 + 1 + 1 + 4;
const ENDS = 16;
const SLACK = 64;
/** Index and filters of more are made the plain way. */
const MAX_PARTS = 64 << 20;

/** The places in kernel/assembly/table-parts.ts. */
const PARTS = [
  ...['arena', 'fields', 'stride', 'order', 'count', 'done', 'blocksAt', 'fileBytes'],
  ...['indexAt', 'indexBytes', 'startsAt', 'indexEntries'],
  ...['hashesAt', 'hashed', 'bitsPerKey', 'probes'],
  ...['filtersAt', 'filterBytes', 'offsetsAt', 'filters'],
] as const;
const PLACE = Object.fromEntries(PARTS.map((name, place) => [name, place]));

/** How a table is made all of which the kernel can make. */
export interface KernelTableShape extends BlockShape {
  /** LevelDB's Bloom filters; undefined for none. */
  bloom: BloomShape | undefined;
}

/** What a table is made of. */
export interface TableEntries {
  count: number;
  /** Bytes of all keys, tags and values; of the largest entry, and of the largest key with its tag. */
  bytes: number;
  largest: { entry: number; key: number };
}

/** Data blocks as they stand in the file, one behind the other; valid until the next ones. */
export interface BlockRun {
  stored: Uint8Array;
  entries: number;
}

/** The contents of a table's index block and its filter block; valid as long as the kernel's memory is. */
export interface TablePartsMade {
  index: Uint8Array;
  filter: Uint8Array | undefined;
}

function partsLayout({ count, bytes, largest }: TableEntries, { blockSize, bloom }: KernelTableShape) {
  const rawBytes = bytes + MAX_ENTRY_HEADER * count;
  const blocks = Math.min(count, Math.ceil(rawBytes / (blockSize - BLOCK_NUMBERS_BYTES)) + 1);
  const fileBytes = rawBytes + (BLOCK_NUMBERS_BYTES + BLOCK_TRAILER_SIZE) * blocks;
  const filters = bloom ? (fileBytes >>> FILTER_BASE_LG) + 2 : 0;
  const table = 0;
  const starts = align(4 * PARTS.length);
  const index = align(starts + 4 * blocks);
  const offsets = align(index + blocks * (largest.key + INDEX_ENTRY + 4) + ENDS);
  const filter = align(offsets + 4 * filters);
  const filterBytes = Math.ceil((count * (bloom?.bitsPerKey ?? 0)) / 8) + filters * FILTER + ENDS;
  return { table, starts, index, offsets, filter, total: filter + filterBytes + SLACK };
}

/** Bytes that a KernelTable needs behind the entries; undefined if that is too much. */
export function roomForTable(entries: TableEntries, shape: KernelTableShape): number | undefined {
  const { total } = partsLayout(entries, shape);
  if (total > MAX_PARTS) return undefined;
  return align(blocksLayout(entries.count, entries.largest.entry, shape).total) + total;
}

/** All that a table has of some entries, made by the kernel as TableBuilder makes it of a bytewise order. */
export class KernelTable {
  private readonly entries: OrderedEntries;
  private readonly shape: KernelTableShape;
  private readonly blocks: ReturnType<typeof blocksLayout>;
  /** Its address. */
  private readonly table: number;
  private readonly parts: Uint32Array;

  /** `entries` has the room of `roomForTable` behind it. */
  constructor(entries: OrderedEntries, of: TableEntries, shape: KernelTableShape) {
    const { memory, free, arena, fields, stride, order, count } = entries;
    this.entries = entries;
    this.shape = shape;
    this.blocks = blocksLayout(count, of.largest.entry, shape);
    const layout = partsLayout(of, shape);
    const begin = free + align(this.blocks.total);
    this.table = begin + layout.table;
    this.parts = new Uint32Array(memory.buffer, this.table, PARTS.length);
    const { bloom } = shape;
    const given: Partial<Record<(typeof PARTS)[number], number>> = {
      ...{ arena, fields, stride, order, count },
      blocksAt: free + this.blocks.blocks,
      indexAt: begin + layout.index,
      startsAt: begin + layout.starts,
      ...(bloom && { hashesAt: free, ...bloom }),
      filtersAt: begin + layout.filter,
      offsetsAt: begin + layout.offsets,
    };
    this.parts.set(PARTS.map((name) => given[name] ?? 0));
  }

  /** The next blocks; undefined behind the last ones. */
  next(): BlockRun | undefined {
    const { entries, blocks, parts, shape } = this;
    const { kernel, memory, numbers, count, arena, fields, stride, order, free } = entries;
    const { exports } = kernel;
    const from = parts[PLACE.done];
    if (from === count) return undefined;
    const out = free + blocks.out;
    const built = exports.buildBlocks(
      ...[arena, fields, stride, order, from, count, shape.blockSize, shape.restartInterval],
      ...[shape.isCompressed ? 1 : 0, free + blocks.raw, free + blocks.restarts, out, out + blocks.outBytes],
      ...[free + blocks.blocks, MAX_BLOCKS, shape.bloom ? free : 0],
    );
    exports.addParts(this.table, built);
    const end = numbers[(free + blocks.blocks) / 4 + BLOCK_NUMBERS * (built - 1)];
    return { stored: memory.subarray(out, end), entries: parts[PLACE.done] - from };
  }

  /** To be called behind the last blocks. */
  finish(): TablePartsMade {
    const { entries, parts, shape } = this;
    entries.kernel.exports.endParts(this.table);
    const at = (start: number, bytes: number) => entries.memory.subarray(start, start + bytes);
    return {
      index: at(parts[PLACE.indexAt], parts[PLACE.indexBytes]),
      filter: shape.bloom && at(parts[PLACE.filtersAt], parts[PLACE.filterBytes]),
    };
  }
}

function align(bytes: number): number {
  return (bytes + 63) & ~63;
}
