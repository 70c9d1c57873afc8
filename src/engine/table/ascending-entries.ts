import { BATCH_HEADER_SIZE } from '../batch/write-batch';
import { readFixed32 } from '../bytes/fixed';
import { type Kernel, returnKernel, takeKernel } from '../kernel/kernel';
import { TAG_BYTES } from '../keys/internal-key';
import {
  type BlockShape,
  type BuiltBlock,
  builtBlocks,
  type OrderedEntries,
  roomForBlocks,
} from './kernel-blocks';

/** About so many bytes of entries are built into blocks at a time, but some blocks at least: the last is built again. */
const PIECE_BYTES = 1 << 18;
const LEAST_BLOCKS = 4;
/** A put takes three bytes of a batch at least: tag, and two lengths. */
const LEAST_OPERATION = 3;
/** Numbers of an entry (kernel/assembly/ascending.ts). */
const STRIDE = 3;
/** Behind each part: what may be read or written past its end. */
const SLACK = 64;

/**
 * Puts in ascending order on their way into data blocks: kept in a kernel's memory until there are enough of them.
 * Only for a bytewise order.
 */
export class AscendingEntries implements OrderedEntries {
  readonly stride = STRIDE;
  memory: Uint8Array = new Uint8Array(0);
  numbers: Uint32Array = new Uint32Array(0);
  count = 0;
  fields = 0;
  order = 0;
  free: number;
  readonly kernel: Kernel;
  readonly arena: number;
  private readonly shape: BlockShape;
  /** Bytes of which blocks are built. */
  private readonly enough: number;
  private filled = 0;
  /** Bytes of an entry, at most. */
  private largest = 0;
  private maxBytes = 0;
  private maxCount = 0;
  /** Before the batch that was added last. */
  private before = { count: 0, filled: 0 };

  /** Undefined where there is no kernel. */
  static of(shape: BlockShape): AscendingEntries | undefined {
    const kernel = takeKernel();
    return kernel && new AscendingEntries(kernel, shape);
  }

  private constructor(kernel: Kernel, shape: BlockShape) {
    this.kernel = kernel;
    this.arena = this.free = kernel.heap;
    this.shape = shape;
    this.enough = Math.max(PIECE_BYTES, LEAST_BLOCKS * shape.blockSize);
  }

  /** Whether there is enough to build blocks of. */
  get isEnough(): boolean {
    return this.filled >= this.enough;
  }

  /**
   * Adds the puts of a stored batch; false, and nothing is added, if it is not sound, has a deletion, or its keys do not
   * ascend strictly. How they stand to those before is the caller's to see. Undefined if there is no room for it.
   */
  add(contents: Uint8Array): boolean | undefined {
    const { length } = contents;
    const claimed = length < BATCH_HEADER_SIZE ? 0 : readFixed32(contents, 8);
    if (claimed > length / LEAST_OPERATION) return false;
    if (!this.reserve(length + TAG_BYTES * claimed, claimed, length)) return undefined;
    const { kernel, memory, arena, fields, order, free, count, filled } = this;
    memory.set(contents, free);
    const { exports } = kernel;
    const added = exports.addAscending(free, free + length, arena, filled, fields, order, count);
    if (added < 0) return false;
    this.before = { count, filled };
    this.count += added;
    this.filled = exports.ascendingFilled.value;
    this.largest = Math.max(this.largest, exports.ascendingLargest.value);
    return true;
  }

  /** Takes back the batch that was added last. */
  takeBack(): void {
    this.count = this.before.count;
    this.filled = this.before.filled;
  }

  /** How many entries the batch has that was added last. */
  get lastAdded(): number {
    return this.count - this.before.count;
  }

  keyAt(n: number): Uint8Array<ArrayBuffer> {
    const { arena, numbers } = this;
    const at = (this.fields >> 2) + n * STRIDE;
    return new Uint8Array(this.memory.subarray(arena + numbers[at], arena + numbers[at + 1]));
  }

  /** Their ranges in `memory`. */
  *ranges(): Generator<[key: number, value: number, end: number]> {
    const { arena, numbers } = this;
    for (let at = this.fields >> 2, n = 0; n < this.count; at += STRIDE, n++)
      yield [arena + numbers[at], arena + numbers[at + 1], arena + numbers[at + 2]];
  }

  /**
   * The blocks of what is there; with `all` the last one too, which may not be full. What is in none of them is kept. Take
   * all of them. Undefined if there is no room for it.
   */
  blocks(all: boolean): Generator<BuiltBlock, void> | undefined {
    const room = roomForBlocks(this.count, this.largest, this.shape);
    return this.makeRoom(room) ? this.build(all) : undefined;
  }

  release(): void {
    returnKernel(this.kernel);
  }

  private *build(all: boolean): Generator<BuiltBlock, void> {
    let built = 0;
    for (const block of builtBlocks(this, this.largest, this.shape)) {
      if (!all && block.rawBytes < this.shape.blockSize) break;
      yield block;
      built += block.entries;
    }
    this.forget(built);
  }

  /** Moves the rest to the front. */
  private forget(count: number): void {
    const { memory, numbers, arena } = this;
    const rest = this.count - count;
    const field = this.fields >> 2;
    const start = rest === 0 ? this.filled : numbers[field + count * STRIDE];
    memory.copyWithin(arena, arena + start, arena + this.filled);
    for (let i = 0; i < rest * STRIDE; i++) numbers[field + i] = numbers[field + count * STRIDE + i] - start;
    this.count = rest;
    this.filled -= start;
    this.before = { count: rest, filled: this.filled };
  }

  /** Room for so many more bytes and entries, and `work` bytes behind; false, and all is as before, if it is not to be had. */
  private reserve(bytes: number, entries: number, work: number): boolean {
    if (this.filled + bytes <= this.maxBytes && this.count + entries <= this.maxCount)
      return this.makeRoom(work);
    const maxBytes = Math.max(2 * this.enough, this.filled + bytes + PIECE_BYTES);
    const maxCount = Math.max(PIECE_BYTES / 32, 2 * (this.count + entries));
    const fields = this.arena + align(maxBytes + SLACK);
    const order = fields + 4 * STRIDE * maxCount;
    const free = align(order + 4 * maxCount + SLACK);
    const kept = this.numbers.slice(this.fields >> 2, (this.fields >> 2) + this.count * STRIDE);
    if (!this.makeRoom(free - this.free + work)) return false;
    Object.assign(this, { maxBytes, maxCount, fields, order, free });
    this.numbers.set(kept, fields >> 2);
    for (let i = 0; i < this.count; i++) this.numbers[(order >> 2) + i] = i;
    return true;
  }

  private makeRoom(work: number): boolean {
    const memory = this.kernel.room(this.free - this.arena + work + SLACK);
    if (!memory) return false;
    if (memory !== this.memory) {
      this.memory = memory;
      this.numbers = new Uint32Array(memory.buffer);
    }
    return true;
  }
}

function align(bytes: number): number {
  return (bytes + 63) & ~63;
}
