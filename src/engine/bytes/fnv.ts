import { kernel } from '../kernel/kernel';

/** From here on the kernel is worth the copy. */
const KERNEL_BYTES = 4096;
/** What is copied stays in the processor's cache until it is digested. */
const COPY_BYTES = 32 << 10;
const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
const PRIME_LOW = 0x1b3; // the prime is 2^40 + 0x1b3

/**
 * FNV-1a with 64 bits, kept in two halves of 32: a bigint per byte would be a hundred times slower. The lower half is
 * multiplied in two parts of 16 bits, so that all of it stays in 32-bit integers.
 */
export class Fnv1a64 {
  /** The state so far: it can be gone on with elsewhere, and put back. */
  high = OFFSET_HIGH | 0;
  low = OFFSET_LOW | 0;

  update(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (end - start >= KERNEL_BYTES && this.updateInKernel(bytes.subarray(start, end))) return;
    let { high, low } = this;
    for (let i = start; i < end; i++) {
      low ^= bytes[i];
      const lower = (low & 0xffff) * PRIME_LOW;
      const upper = (low >>> 16) * PRIME_LOW + (lower >>> 16);
      // 2^40 times the low half is the low half shifted into the high one by 8 bits.
      high = (Math.imul(high, PRIME_LOW) + (upper >>> 16) + (low << 8)) | 0;
      low = (upper << 16) | (lower & 0xffff);
    }
    this.high = high;
    this.low = low;
  }

  private updateInKernel(bytes: Uint8Array): boolean {
    const own = kernel();
    const memory = own?.room(COPY_BYTES);
    if (!own || !memory) return false;
    let hash = (BigInt(this.high >>> 0) << 32n) | BigInt(this.low >>> 0);
    for (let at = 0; at < bytes.length; at += COPY_BYTES) {
      const part = bytes.subarray(at, at + COPY_BYTES);
      memory.set(part, own.heap);
      hash = own.exports.fnvBytes(hash, own.heap, part.length);
    }
    this.low = Number(BigInt.asIntN(32, hash));
    this.high = Number(BigInt.asIntN(32, hash >> 32n));
    return true;
  }

  /** 16 hex digits. */
  digest(): string {
    const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }
}
