const OFFSET_HIGH = 0xcbf29ce4;
const OFFSET_LOW = 0x84222325;
const PRIME_LOW = 0x1b3; // the prime is 2^40 + 0x1b3
const TWO_32 = 0x1_0000_0000;

/** FNV-1a with 64 bits, kept in two halves: a bigint per byte would be a hundred times slower. */
export class Fnv1a64 {
  private high = OFFSET_HIGH;
  private low = OFFSET_LOW;

  update(bytes: Uint8Array, start = 0, end = bytes.length): void {
    let { high, low } = this;
    for (let i = start; i < end; i++) {
      low = (low ^ bytes[i]) >>> 0;
      const product = low * PRIME_LOW; // below 2^41
      high = (high * PRIME_LOW + Math.floor(product / TWO_32) + low * 256) % TWO_32;
      low = product >>> 0;
    }
    this.high = high;
    this.low = low;
  }

  updateByte(byte: number): void {
    const low = (this.low ^ byte) >>> 0;
    const product = low * PRIME_LOW;
    this.high = (this.high * PRIME_LOW + Math.floor(product / TWO_32) + low * 256) % TWO_32;
    this.low = product >>> 0;
  }

  /** 16 hex digits. */
  digest(): string {
    return this.high.toString(16).padStart(8, '0') + this.low.toString(16).padStart(8, '0');
  }
}
