import { type Kernel, returnKernel, takeKernel } from './kernel';

const ALIGN = 64;
/** Behind each area: what is copied 16 bytes at a time goes past its end. */
const SLACK = 64;
/** More than this is left to plain TypeScript. */
const MAX_BYTES = 1 << 30;

/**
 * A kernel of its own for one merge, with its memory: areas are handed out one behind the other and given back all at
 * once. Addresses are bytes.
 */
export class MergeMemory {
  readonly exports: Kernel['exports'];
  /** All of it; another array after each `allocate`. */
  bytes: Uint8Array<ArrayBuffer>;
  private words: Uint32Array<ArrayBuffer>;
  private readonly kernel: Kernel;
  private top: number;

  private constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.exports = kernel.exports;
    this.top = kernel.heap;
    this.bytes = new Uint8Array(kernel.exports.memory.buffer);
    this.words = new Uint32Array(kernel.exports.memory.buffer);
  }

  /** Undefined where WebAssembly is not to be had. */
  static take(): MergeMemory | undefined {
    const kernel = takeKernel();
    return kernel && new MergeMemory(kernel);
  }

  /** The kernel is another one's from now on. */
  release(): void {
    returnKernel(this.kernel);
  }

  /** An area of so many bytes; undefined if that is more than is to be had. What is in it is not said. */
  allocate(bytes: number): number | undefined {
    const at = this.top;
    const end = at + Math.ceil((bytes + SLACK) / ALIGN) * ALIGN;
    if (end > MAX_BYTES || !this.exports.reserve(end)) return undefined;
    this.top = end;
    const { buffer } = this.exports.memory;
    if (buffer !== this.bytes.buffer) {
      this.bytes = new Uint8Array(buffer);
      this.words = new Uint32Array(buffer);
    }
    return at;
  }

  get(address: number): number {
    return this.words[address >>> 2];
  }

  set(address: number, value: number): void {
    this.words[address >>> 2] = value;
  }

  /** A number of up to 53 bits in two words. */
  getLong(address: number): number {
    return this.words[address >>> 2] + this.words[(address >>> 2) + 1] * 0x1_0000_0000;
  }

  setLong(address: number, value: number): void {
    this.words[address >>> 2] = value;
    this.words[(address >>> 2) + 1] = value / 0x1_0000_0000;
  }
}

/** Areas that grow: the address of each is in a field, bytes from `at` on, and its size in another for whom that is of use. */
export class GrowingAreas {
  private readonly memory: MergeMemory;
  private readonly at: number;
  /** In bytes, by the field that has the address. */
  private readonly sizes = new Map<number, number>();

  constructor(memory: MergeMemory, at: number) {
    this.memory = memory;
    this.at = at;
  }

  /**
   * Makes an area of at least so many bytes the one at a field. Of what was in it the first `kept` bytes stay. False if
   * that is more than is to be had.
   */
  grow(field: number, bytes: number, sizeField?: number, kept = 0): boolean {
    const { memory, at, sizes } = this;
    if ((sizes.get(field) ?? 0) < bytes) {
      const area = memory.allocate(bytes);
      if (area === undefined) return false;
      const old = memory.get(at + field);
      memory.bytes.copyWithin(area, old, old + kept);
      sizes.set(field, bytes);
      memory.set(at + field, area);
    }
    if (sizeField !== undefined) memory.set(at + sizeField, sizes.get(field)!);
    return true;
  }
}
