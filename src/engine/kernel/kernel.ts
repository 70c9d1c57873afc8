import bytes from 'lsm-kernel';

/** What assembly/index.ts exports; addresses and lengths are in bytes. */
interface KernelExports {
  memory: { buffer: ArrayBuffer };
  /** The first address that is ours. */
  HEAP: { value: number };
  reserve(end: number): number;
  crc32c(at: number, length: number, crc: number): number;
  decodeSnappy(at: number, end: number, out: number, limit: number): number;
  encodeSnappy(at: number, length: number, out: number): number;
  /** Where runs and the merge lie: see merge-layout.ts. */
  RUNS: { value: number };
  MERGE: { value: number };
  BLOCK_LOG: { value: number };
  beginRun(index: number): number;
  beginMerge(runs: number): void;
  mergeEntries(): number;
  VERIFY: { value: number };
  verifyBlocks(): number;
}

interface WebAssemblyHost {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

/** What is handed over is copied into memory that stays: above this it is left to plain TypeScript. */
const MAX_BYTES = 1 << 24;

/**
 * The kernel and its memory. What is put in lies there up to the next call of anything here: nothing is handed out that
 * could still be in use then.
 */
export class Kernel {
  readonly exports: KernelExports;
  /** Where the caller's memory begins. */
  readonly heap: number;
  private view: Uint8Array<ArrayBuffer>;

  constructor(exports: KernelExports) {
    this.exports = exports;
    this.heap = exports.HEAP.value;
    this.view = new Uint8Array(exports.memory.buffer);
  }

  /** The memory, with so many bytes from `heap` on, and slack behind them; undefined for more than is to be had. */
  room(bytes: number): Uint8Array<ArrayBuffer> | undefined {
    if (bytes > MAX_BYTES) return undefined;
    const end = this.heap + bytes;
    if (end + SLACK > this.view.length && !this.exports.reserve(end)) return undefined;
    // Growing takes the views away.
    if (this.view.buffer !== this.exports.memory.buffer)
      this.view = new Uint8Array(this.exports.memory.buffer);
    return this.view;
  }
}

/** As assembly/memory.ts has it. */
const SLACK = 64;

let compiled: object | undefined;
let loaded: Kernel | undefined;
let isTried = false;

/** The kernel; undefined where WebAssembly with SIMD is not to be had. */
export function kernel(): Kernel | undefined {
  if (!isTried) {
    isTried = true;
    loaded = load();
  }
  return loaded;
}

/** Another kernel with memory of its own; undefined where there is none. */
export function newKernel(): Kernel | undefined {
  return kernel() && load();
}

function load(): Kernel | undefined {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssemblyHost };
  if (!WebAssembly) return undefined;
  try {
    compiled ??= new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(compiled, {});
    return new Kernel(exports as KernelExports);
  } catch {
    return undefined;
  }
}
