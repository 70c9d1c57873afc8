import type { RandomAccessFile } from '../env/env';
import { isKernelWorth, type Kernel, returnKernel, takeKernel } from '../kernel/kernel';
import { BlockArrays } from './block-arrays';
import { KeySearch, SEARCH_BYTES } from './key-search';
import { fetchBlock, STAGE_BYTES, unpackBlock } from './read-quickly';

/** LevelDB's default (db/db_impl.cc, SanitizeOptions). */
export const DEFAULT_BLOCK_CACHE_BYTES = 8 << 20;

/** Before each block: its length, and the bytes that it has in its file. */
const HEADER_BYTES = 8;
/** Decoding writes up to so many bytes behind a block. */
const SLACK_BYTES = 16;
/** Of a table: so many are not worth to be looked through. */
const KEPT_POSITIONS = 64;
/** Memory grows by so much at least. */
const GROWTH_BYTES = 1 << 20;
/** In the kernel, from its heap on: a block as it is stored, a key that is looked for (`KeySearch`), the ring. */
const RING = STAGE_BYTES + SEARCH_BYTES;
/** What a kernel can have. */
const MAX_RING_BYTES = (1 << 30) - RING - SLACK_BYTES;

/**
 * Decoded blocks, one behind the other in one memory that is used as a ring: a new block takes the place of the oldest ones.
 * A block that is asked for again while it is among the oldest is put anew, so that about what was not used for longest goes
 * (util/cache.cc keeps to that exactly). A block larger than the capacity is not kept. Tables share one cache.
 *
 * The memory is a kernel's where there is one: blocks are decoded to their place, and looked through there.
 */
export class BlockCache {
  /** Bytes of decoded blocks, with what stands around them. */
  readonly capacity: number;
  /** For contents that leave the cache, or never were in it. */
  readonly arrays = new BlockArrays();
  hits = 0;
  misses = 0;
  private readonly ringBytes: number;
  private readonly makeKernel: () => Kernel | undefined;
  private kernel: Kernel | undefined;
  private ownSearch: KeySearch | undefined;
  private isTried = false;
  private isClosed = false;
  /** In place of a kernel's. */
  private plain = new Uint8Array(0);
  /** Where the ring begins in the memory. */
  private base = 0;
  /** All bytes that were ever put into the ring; a block's position is what it was then. */
  private head = 0;
  /** What `head` was when the memory was empty. */
  private begin = 0;

  constructor(capacity = DEFAULT_BLOCK_CACHE_BYTES, makeKernel: () => Kernel | undefined = takeKernel) {
    this.capacity = capacity;
    this.makeKernel = makeKernel;
    this.ringBytes = Math.min(capacity, MAX_RING_BYTES) & ~7;
  }

  /** Bytes held. */
  get usage(): number {
    return Math.min(this.head - this.begin, this.ringBytes);
  }

  /** For the blocks of one table. */
  newTable(): CachedBlocks {
    return new CachedBlocks(this);
  }

  /** The kernel whose memory has the blocks; undefined if there is none, or none yet. */
  get inKernel(): Kernel | undefined {
    this.settle();
    return this.kernel;
  }

  /** Takes a kernel once that is worth it. Addresses from before are none any more then. */
  settle(): void {
    if (!this.isTried && isKernelWorth()) {
      this.isTried = true;
      this.kernel = this.isClosed ? undefined : this.makeKernel();
      if (this.kernel) {
        this.base = this.kernel.heap + RING;
        this.ownSearch = new KeySearch(this.kernel);
        // The few blocks that came before are forgotten: the ring begins anew, a round behind them.
        this.plain = new Uint8Array(0);
        if (this.head > 0)
          this.head = this.begin = (Math.floor(this.head / this.ringBytes) + 2) * this.ringBytes;
      }
    }
  }

  /** Looks for keys in the blocks; undefined without a kernel. */
  get search(): KeySearch | undefined {
    return this.inKernel && this.ownSearch;
  }

  /** What addresses are in. It may be another array after the next block is put. */
  get memory(): Uint8Array<ArrayBuffer> {
    return this.kernel ? this.kernel.room(RING)! : this.plain;
  }

  /** Nothing is found from then on, and nothing kept. Idempotent. */
  close(): void {
    this.isClosed = true;
    this.isTried = true;
    if (this.kernel) returnKernel(this.kernel);
    this.kernel = undefined;
    this.ownSearch = undefined;
    this.plain = new Uint8Array(0);
  }

  /** Whether what was put at a position is still there. */
  has(position: number): boolean {
    return position >= this.head - this.ringBytes && !this.isClosed;
  }

  /** Whether it will be among the next to go. */
  isOld(position: number): boolean {
    return position < this.head - this.ringBytes * 0.75;
  }

  /** Whether there can be room for a block that has so many bytes in its file. */
  mayKeep(storedSize: number): boolean {
    return storedSize + HEADER_BYTES + SLACK_BYTES <= this.ringBytes && !this.isClosed;
  }

  addressOf(position: number): number {
    // (% of such numbers is slow.)
    const round = position < this.ringBytes ? 0 : Math.floor(position / this.ringBytes);
    return this.base + position - round * this.ringBytes + HEADER_BYTES;
  }

  lengthAt(address: number): number {
    return word(this.memory, address - HEADER_BYTES);
  }

  storedSizeAt(address: number): number {
    return word(this.memory, address - 4);
  }

  /** Makes place for a block and returns its position; below 0 if it is not kept. */
  allot(length: number, storedSize: number): number {
    const needed = (HEADER_BYTES + length + SLACK_BYTES + 7) & ~7;
    if (needed > this.ringBytes || this.isClosed) return -1;
    const { inKernel } = this;
    let at = this.head % this.ringBytes;
    // No block lies across the end.
    const skipped = at + needed > this.ringBytes ? this.ringBytes - at : 0;
    if (skipped) at = 0;
    const memory = this.room(inKernel, at + needed);
    if (!memory) return -1;
    const position = this.head + skipped;
    this.head = position + needed;
    setWord(memory, this.base + at, length);
    setWord(memory, this.base + at + 4, storedSize);
    return position;
  }

  /** The memory with so many bytes of the ring; undefined if there are no more to be had. */
  private room(inKernel: Kernel | undefined, bytes: number): Uint8Array | undefined {
    const present = this.memory;
    if (this.base + bytes <= present.length) return present;
    const grown = Math.min(this.ringBytes, Math.max(bytes, 2 * (present.length - this.base), GROWTH_BYTES));
    if (inKernel) return inKernel.room(RING + grown) ?? inKernel.room(RING + bytes);
    this.plain = new Uint8Array(grown);
    this.plain.set(present);
    return this.plain;
  }
}

/** Where the blocks of one table are in a cache, by their offset in the file. */
export class CachedBlocks {
  private readonly cache: BlockCache;
  private readonly positions = new Map<number, number>();

  constructor(cache: BlockCache) {
    this.cache = cache;
  }

  /**
   * The address of a block in the cache's memory, up to the next `put` or `load`; below 0 if it is not there, or has another
   * stored size than the one that is wanted.
   */
  find(offset: number, storedSize?: number): number {
    const { cache } = this;
    const position = this.positions.get(offset);
    // Which memory it is may be settled now, but not between here and the use of the address.
    if (position !== undefined) cache.settle();
    if (position !== undefined && cache.has(position)) {
      const address = cache.addressOf(position);
      if (storedSize === undefined || cache.storedSizeAt(address) === storedSize) {
        cache.hits++;
        return cache.isOld(position) ? this.renew(offset, address) : address;
      }
    }
    cache.misses++;
    return -1;
  }

  /** Keeps a block's contents. */
  put(offset: number, storedSize: number, bytes: Uint8Array): void {
    const position = this.place(offset, bytes.length, storedSize);
    if (position >= 0) this.cache.memory.set(bytes, this.cache.addressOf(position));
  }

  /**
   * Reads the common block into the cache; its address, or below 0 for anything that readBlock has to see to. Throws an
   * IO error as it does.
   */
  load(file: RandomAccessFile, fileSize: number, offset: number, size: number, name: string): number {
    const { cache } = this;
    const { inKernel } = cache;
    if (!inKernel || !cache.mayKeep(size)) return -1;
    const length = fetchBlock(inKernel, file, fileSize, offset, size, name);
    if (length < 0) return -1;
    const position = cache.allot(length, size);
    if (position < 0) return -1;
    const address = cache.addressOf(position);
    if (!unpackBlock(inKernel, size, length, address)) return -1;
    this.remember(offset, position);
    return address;
  }

  /** A copy of the block at an address, in an array of the cache's. */
  copyOf(address: number): Uint8Array<ArrayBuffer> {
    const { cache } = this;
    const { memory, arrays } = cache;
    const bytes = arrays.take(cache.lengthAt(address));
    bytes.set(memory.subarray(address, address + bytes.length));
    return bytes;
  }

  /** Forgets them all. */
  clear(): void {
    this.positions.clear();
  }

  /** Puts a block anew that is among the oldest, and may be overwritten by that: its address. */
  private renew(offset: number, address: number): number {
    const { cache } = this;
    const length = cache.lengthAt(address);
    const position = this.place(offset, length, cache.storedSizeAt(address));
    if (position < 0) return address;
    const renewed = cache.addressOf(position);
    cache.memory.copyWithin(renewed, address, address + length);
    return renewed;
  }

  private place(offset: number, length: number, storedSize: number): number {
    const position = this.cache.allot(length, storedSize);
    if (position >= 0) this.remember(offset, position);
    return position;
  }

  /** Once there are some, with each that comes up to two that went are forgotten: no more are known than there are, as a rule. */
  private remember(offset: number, position: number): void {
    const { positions, cache } = this;
    positions.delete(offset);
    positions.set(offset, position);
    if (positions.size <= KEPT_POSITIONS) return;
    let looked = 0;
    for (const [oldest, was] of positions) {
      if (looked++ === 2 || cache.has(was)) break;
      positions.delete(oldest);
    }
  }
}

function word(memory: Uint8Array, at: number): number {
  return (memory[at] | (memory[at + 1] << 8) | (memory[at + 2] << 16) | (memory[at + 3] << 24)) >>> 0;
}

function setWord(memory: Uint8Array, at: number, value: number): void {
  memory[at] = value;
  memory[at + 1] = value >>> 8;
  memory[at + 2] = value >>> 16;
  memory[at + 3] = value >>> 24;
}
