import type { Kernel } from '../kernel/kernel';
import { BLOCK_TRAILER_SIZE } from './format';

/** The most that the lengths of an entry take in a block, and a restart point with it. */
export const MAX_ENTRY_HEADER = 15 + 8;
/** About what is built in one call. */
const BUILT_BYTES = 1 << 18;
export const MAX_BLOCKS = 256;
/** Numbers of a block in the kernel's list (kernel/assembly/build-blocks.ts). */
export const BLOCK_NUMBERS = 4;
const SLACK = 64;

/** Entries in a kernel's memory, and their order: of a memtable (memtable/kernel-entries.ts), or ascending-entries.ts. */
export interface OrderedEntries {
  readonly kernel: Kernel;
  /** All of the kernel's memory, in bytes and in numbers. */
  readonly memory: Uint8Array;
  readonly numbers: Uint32Array;
  /** Addresses: of the bytes, of `stride` numbers for each entry, and of the entries' indices in order. */
  readonly arena: number;
  readonly fields: number;
  readonly order: number;
  /** From here on there is room to work in. */
  readonly free: number;
  readonly stride: number;
  readonly count: number;
  /** A copy of the internal key of the n-th entry in order. */
  keyAt(n: number): Uint8Array<ArrayBuffer>;
}

/** A data block as it stands in the file. */
export interface BuiltBlock {
  /** With its trailer; valid until the next block. */
  stored: Uint8Array;
  rawBytes: number;
  /** Of one that has a block before it in its table, this or the index key of that block. */
  firstKey: Uint8Array | undefined;
  separator: Uint8Array | undefined;
  /** Undefined if there is another behind it, with a separator. */
  lastKey: Uint8Array | undefined;
  entries: number;
  /** The hashes of its user keys, if they were asked for. */
  hashes: Uint32Array | undefined;
}

export interface BlockShape {
  blockSize: number;
  restartInterval: number;
  isCompressed: boolean;
  /** Whether `hashes` are wanted, for a filter. */
  isHashed: boolean;
}

/** Where things are made, and what all of it takes, behind the entries. */
export function blocksLayout(count: number, largest: number, { blockSize, isHashed }: BlockShape) {
  const rawRoom = blockSize + largest + MAX_ENTRY_HEADER + SLACK;
  const raw = isHashed ? align(4 * count) : 0;
  const restarts = align(raw + rawRoom);
  const blocks = align(restarts + blockSize + 4 * MAX_ENTRY_HEADER);
  const out = blocks + 4 * BLOCK_NUMBERS * MAX_BLOCKS;
  const outBytes = Math.max(BUILT_BYTES, rawRoom + Math.ceil(rawRoom / 6) + 2 * SLACK);
  return { raw, restarts, blocks, out, outBytes, total: out + outBytes + SLACK };
}

/** Bytes that `builtBlocks` needs behind entries of which the largest has `largest`, key, tag and value. */
export function roomForBlocks(count: number, largest: number, shape: BlockShape): number {
  return blocksLayout(count, largest, shape).total;
}

/** The data blocks of a table of all the entries, in order, as TableBuilder makes them of a bytewise order. */
export function* builtBlocks(
  entries: OrderedEntries,
  largest: number,
  shape: BlockShape,
): Generator<BuiltBlock, void> {
  const { kernel, memory, numbers, count, arena, fields, stride, order, free } = entries;
  const { exports } = kernel;
  const { raw, restarts, blocks, out, outBytes } = blocksLayout(count, largest, shape);
  const { isHashed, isCompressed, blockSize, restartInterval } = shape;
  const hashes = free >> 2;
  for (let from = 0; from < count; ) {
    const built = exports.buildBlocks(
      ...[arena, fields, stride, order, from, count],
      ...[blockSize, restartInterval, isCompressed ? 1 : 0, free + raw, free + restarts],
      ...[free + out, free + out + outBytes, free + blocks, MAX_BLOCKS, isHashed ? free : 0],
    );
    let start = free + out;
    for (let i = 0; i < built; i++) {
      const block = (free + blocks) / 4 + BLOCK_NUMBERS * i;
      const to = numbers[block + 3];
      yield {
        stored: memory.subarray(start, start + numbers[block + 1] + BLOCK_TRAILER_SIZE),
        rawBytes: numbers[block + 2],
        firstKey: entries.keyAt(from),
        separator: undefined,
        lastKey: entries.keyAt(to - 1),
        entries: to - from,
        hashes: isHashed ? numbers.subarray(hashes + from, hashes + to) : undefined,
      };
      start = numbers[block];
      from = to;
    }
  }
}

function align(bytes: number): number {
  return (bytes + 63) & ~63;
}
