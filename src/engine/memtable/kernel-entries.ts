import { type Kernel, returnKernel, takeKernel } from '../kernel/kernel';
import type { OrderedEntries } from '../table/kernel-blocks';

/** Bytes that sorting takes for each entry, besides its place in the order (kernel/assembly/sort-entries.ts). */
const SORT_BYTES = 32;
/** Behind each part: what may be read or written past its end. */
const SLACK = 64;

/**
 * A copy of a memtable's entries in a kernel's memory, sorted: user keys by their bytes, the newest version first. What is
 * added to the memtable later is not in it.
 */
export class KernelEntries implements OrderedEntries {
  readonly kernel: Kernel;
  /** All of the kernel's memory. */
  readonly memory: Uint8Array;
  readonly numbers: Uint32Array;
  /** Addresses: of the bytes, of `stride` numbers for each entry, and of the entries' indices in order. */
  readonly arena: number;
  readonly fields: number;
  readonly order: number;
  /** From here on there are `extra` bytes for whoever works on the entries. */
  readonly free: number;
  readonly stride: number;
  readonly count: number;

  /**
   * `fields` has for each entry where in `arena` key, value and end lie. `laterFirst`: of equal internal keys, which no
   * sound log has, the one added last comes first. Undefined where there is no kernel or no memory for it.
   */
  static of(
    arena: Uint8Array,
    fields: Uint32Array,
    stride: number,
    laterFirst: boolean,
    extra = 0,
  ): KernelEntries | undefined {
    const count = fields.length / stride;
    const kernel = takeKernel();
    const needed =
      2 * SLACK + align(arena.length) + 4 * (fields.length + count) + Math.max(SORT_BYTES * count, extra);
    const memory = kernel?.room(needed + SLACK);
    if (!kernel || !memory) {
      if (kernel) returnKernel(kernel);
      return undefined;
    }
    const entries = new KernelEntries(kernel, memory, arena.length, stride, count);
    memory.set(arena, entries.arena);
    entries.numbers.set(fields, entries.fields >> 2);
    kernel.exports.sortEntries(
      entries.arena,
      entries.fields,
      stride,
      count,
      entries.order,
      entries.free,
      laterFirst ? 1 : 0,
    );
    return entries;
  }

  private constructor(kernel: Kernel, memory: Uint8Array, bytes: number, stride: number, count: number) {
    this.kernel = kernel;
    this.memory = memory;
    this.numbers = new Uint32Array(memory.buffer);
    this.stride = stride;
    this.count = count;
    this.arena = kernel.heap;
    this.fields = this.arena + align(bytes) + SLACK;
    this.order = this.fields + 4 * stride * count;
    this.free = align(this.order + 4 * count);
  }

  /** The index of the n-th entry in order. */
  at(n: number): number {
    return this.numbers[(this.order >> 2) + n];
  }

  /** A copy of the internal key of the n-th entry in order. */
  keyAt(n: number): Uint8Array<ArrayBuffer> {
    const entry = (this.fields >> 2) + this.at(n) * this.stride;
    return new Uint8Array(
      this.memory.subarray(this.arena + this.numbers[entry], this.arena + this.numbers[entry + 1]),
    );
  }

  release(): void {
    returnKernel(this.kernel);
  }
}

function align(bytes: number): number {
  return (bytes + 63) & ~63;
}
