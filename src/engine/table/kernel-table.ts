import { TABLE_PARTS_BYTES, TablePartsAt } from '../kernel/merge-layout';
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
const BLOCK_ENDS = 8;
/** Of an index entry, besides its key: three lengths and the block's handle. */
const INDEX_ENTRY = 1 + 5 + 1 + 10;
/** Of a filter, besides the bits of its keys: those it has at least, what rounding adds, its probes, and its offset. */
const FILTER = 8 + 1 + 1 + 4;
const ENDS = 16;
const SLACK = 64;
/** Index and filters of more are made the plain way. */
const MAX_PARTS = 64 << 20;

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
  const blocks = Math.min(count, Math.ceil(rawBytes / (blockSize - BLOCK_ENDS)) + 1);
  const fileBytes = rawBytes + (BLOCK_ENDS + BLOCK_TRAILER_SIZE) * blocks;
  const filters = bloom ? (fileBytes >>> FILTER_BASE_LG) + 2 : 0;
  const starts = align(TABLE_PARTS_BYTES);
  const index = align(starts + 4 * blocks);
  const offsets = align(index + blocks * (largest.key + INDEX_ENTRY + 4) + ENDS);
  const filter = align(offsets + 4 * filters);
  const filterBytes = Math.ceil((count * (bloom?.bitsPerKey ?? 0)) / 8) + filters * FILTER + ENDS;
  return { starts, index, offsets, filter, total: filter + filterBytes + SLACK };
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
    this.table = begin;
    this.parts = new Uint32Array(memory.buffer, begin, TABLE_PARTS_BYTES / 4).fill(0);
    this.set(TablePartsAt.arena, arena);
    this.set(TablePartsAt.fields, fields);
    this.set(TablePartsAt.stride, stride);
    this.set(TablePartsAt.order, order);
    this.set(TablePartsAt.count, count);
    this.set(TablePartsAt.blocksAt, free + this.blocks.blocks);
    this.set(TablePartsAt.startsAt, begin + layout.starts);
    this.set(TablePartsAt.indexAt, begin + layout.index);
    const { bloom } = shape;
    if (!bloom) return;
    this.set(TablePartsAt.hashesAt, free);
    this.set(TablePartsAt.bitsPerKey, bloom.bitsPerKey);
    this.set(TablePartsAt.probes, bloom.probes);
    this.set(TablePartsAt.offsetsAt, begin + layout.offsets);
    this.set(TablePartsAt.filtersAt, begin + layout.filter);
  }

  /** The next blocks; undefined behind the last ones. */
  next(): BlockRun | undefined {
    const { entries, blocks, shape } = this;
    const { kernel, memory, numbers, count, arena, fields, stride, order, free } = entries;
    const { exports } = kernel;
    const from = this.get(TablePartsAt.done);
    if (from === count) return undefined;
    const out = free + blocks.out;
    const built = exports.buildBlocks(
      ...[arena, fields, stride, order, from, count, shape.blockSize, shape.restartInterval],
      ...[shape.isCompressed ? 1 : 0, free + blocks.raw, free + blocks.restarts, out, out + blocks.outBytes],
      ...[free + blocks.blocks, MAX_BLOCKS, shape.bloom ? free : 0],
    );
    exports.addParts(this.table, built);
    const end = numbers[(free + blocks.blocks) / 4 + BLOCK_NUMBERS * (built - 1)];
    return { stored: memory.subarray(out, end), entries: this.get(TablePartsAt.done) - from };
  }

  /** To be called behind the last blocks. */
  finish(): TablePartsMade {
    const { memory, kernel } = this.entries;
    kernel.exports.endParts(this.table);
    const contents = (at: number, bytes: number) =>
      memory.subarray(this.get(at), this.get(at) + this.get(bytes));
    return {
      index: contents(TablePartsAt.indexAt, TablePartsAt.indexBytes),
      filter: this.shape.bloom && contents(TablePartsAt.filtersAt, TablePartsAt.filterBytes),
    };
  }

  private get(field: number): number {
    return this.parts[field / 4];
  }

  private set(field: number, value: number): void {
    this.parts[field / 4] = value;
  }
}

function align(bytes: number): number {
  return (bytes + 63) & ~63;
}
