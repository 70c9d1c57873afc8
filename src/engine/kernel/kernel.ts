import bytes from 'lsm-kernel';

/** What assembly/index.ts exports; addresses and lengths are in bytes. */
interface KernelExports {
  memory: { buffer: ArrayBuffer };
  /** The first address that is ours. */
  HEAP: { value: number };
  reserve(end: number): number;
  crc32c(at: number, length: number, crc: number): number;
  fnvBytes(hash: bigint, at: number, length: number): bigint;
  decodeSnappy(at: number, end: number, out: number, limit: number): number;
  encodeSnappy(at: number, length: number, out: number): number;
  findInBlock(block: number, length: number, search: number): number;
  /** Where runs and the merge lie: see merge-layout.ts. */
  RUNS: { value: number };
  MERGE: { value: number };
  BLOCK_LOG: { value: number };
  beginRun(index: number): number;
  beginMerge(runs: number): void;
  mergeEntries(): number;
  COMPACT: { value: number };
  compactEntries(): number;
  endBlock(): void;
  VERIFY: { value: number };
  verifyBlocks(): number;
  scanLog(piece: number, from: number, end: number, records: number, capacity: number): number;
  logStop: { value: number };
  /** Where the edits' summary lies: see manifest-layout.ts. */
  MANIFEST: { value: number };
  readManifest(begin: number, size: number, list: number, hash: number): number;
  gatherTables(order: number, scratch: number): number;
  frameRecord(at: number, length: number, blockOffset: number, out: number): number;
  parseBatches(piece: number, records: number, count: number, operations: number, capacity: number): number;
  setUsage(bytes: number, used: number, remaining: number, seed: number): void;
  usageBytes: { value: number };
  usageUsed: { value: number };
  usageRemaining: { value: number };
  heightSeed: { value: number };
  batchesFollow(records: number, count: number): number;
  addBatches(
    piece: number,
    records: number,
    from: number,
    to: number,
    operations: number,
    arena: number,
    base: number,
    fields: number,
    stride: number,
    limit: number,
  ): number;
  arenaFilled: { value: number };
  entriesAdded: { value: number };
  addAscending(
    batch: number,
    end: number,
    arena: number,
    filled: number,
    fields: number,
    order: number,
    count: number,
  ): number;
  ascendingFilled: { value: number };
  ascendingLargest: { value: number };
  sortEntries(
    arena: number,
    fields: number,
    stride: number,
    count: number,
    order: number,
    scratch: number,
    laterFirst: number,
  ): void;
  buildBlocks(
    arena: number,
    fields: number,
    stride: number,
    order: number,
    from: number,
    to: number,
    blockSize: number,
    restartInterval: number,
    compress: number,
    raw: number,
    restarts: number,
    out: number,
    outEnd: number,
    blocks: number,
    most: number,
    hashes: number,
  ): number;
  addParts(table: number, built: number): void;
  endParts(table: number): void;
  setBloomBits(hashes: number, count: number, probes: number, array: number, bits: number): void;
}

interface WebAssemblyHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

/** What is handed over is copied into memory that stays: above this it is left to plain TypeScript. */
const MAX_BYTES = 1 << 24;
/** The most that one who has a kernel of his own can ask for. */
const MAX_OWN_BYTES = 1 << 30;
/** Kernels that are given back are kept for the next: so many, and no larger ones. */
const MAX_IDLE = 3;
const MAX_IDLE_BYTES = 1 << 25;

/**
 * A kernel and its memory. What is put in that of all, `kernel()`, lies there up to the next call of anything here: nothing
 * is handed out that could still be in use then. What is put in a kernel of one's own (`takeKernel`) stays.
 */
export class Kernel {
  readonly exports: KernelExports;
  /** Where the caller's memory begins. */
  readonly heap: number;
  private readonly maxBytes: number;
  private view: Uint8Array<ArrayBuffer>;

  constructor(exports: KernelExports, maxBytes: number) {
    this.exports = exports;
    this.maxBytes = maxBytes;
    this.heap = exports.HEAP.value;
    this.view = new Uint8Array(exports.memory.buffer);
  }

  /** The memory, with so many bytes from `heap` on, and slack behind them; undefined for more than is to be had. */
  room(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (bytes > this.maxBytes) return undefined;
    const end = this.heap + bytes;
    // Growing takes views away: they have no length then.
    if (end + SLACK <= this.view.length) return this.view;
    if (!this.exports.reserve(end)) return undefined;
    this.view = new Uint8Array(this.exports.memory.buffer);
    return this.view;
  }
}

/** As assembly/memory.ts has it. */
const SLACK = 64;

let loaded: Kernel | undefined;
let module: object | undefined;
let isTried = false;
/** Of work that is also done without a kernel. */
let bytesAsked = 0;
const WORTH_BYTES = 8 << 10;
const idle: Kernel[] = [];

/**
 * The kernel for work on so many bytes, which plain TypeScript can do as well: undefined until there has been enough of such work,
 * since compiling takes 0.6 ms, as long as a checksum of 8 KiB by code that runs for the first time.
 */
export function kernelFor(bytes: number): Kernel | undefined {
  bytesAsked += bytes;
  return isKernelWorth() ? kernel() : undefined;
}

/** Whether the kernel is there, or there has been enough work for it. */
export function isKernelWorth(): boolean {
  return isTried || bytesAsked >= WORTH_BYTES;
}

/** The kernel; undefined where WebAssembly with SIMD is not to be had. */
export function kernel(): Kernel | undefined {
  if (!isTried) {
    isTried = true;
    loaded = load();
  }
  return loaded;
}

/** A kernel with a memory of its own, to be given back with `returnKernel`; undefined where there is none. */
export function takeKernel(): Kernel | undefined {
  return idle.pop() ?? (kernel() ? instance(MAX_OWN_BYTES) : undefined);
}

/** Nothing of its memory is used any more. One that is not given back is collected with who holds it. */
export function returnKernel(own: Kernel): void {
  const { byteLength } = own.exports.memory.buffer;
  if (idle.length < MAX_IDLE && byteLength <= MAX_IDLE_BYTES) idle.push(own);
}

/** The compiled kernel, for another thread; undefined where there is none. */
export function sharedKernel(): object | undefined {
  kernel();
  return module;
}

/** Takes over what another thread compiled. To be called before anything else here. */
export function shareKernel(compiled: object | undefined): void {
  module = compiled;
}

function load(): Kernel | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyHost };
  if (!WebAssembly) return undefined;
  try {
    module ??= new WebAssembly.Module(bytes);
  } catch {
    return undefined;
  }
  return instance(MAX_BYTES);
}

/** Undefined where there is no memory for one more. */
function instance(maxBytes: number): Kernel | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyHost };
  if (!WebAssembly || !module) return undefined;
  try {
    const { exports } = new WebAssembly.Instance(module, {});
    return new Kernel(exports as KernelExports, maxBytes);
  } catch {
    return undefined;
  }
}
