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

  /** 16 hex digits. */
  digest(): string {
    const hex = (half: number) => (half >>> 0).toString(16).padStart(8, '0');
    return hex(this.high) + hex(this.low);
  }
}
