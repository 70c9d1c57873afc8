import { copyRange } from './copy';

/** A copy of a byte range in a buffer that is used again: for keys and values that must outlive a cursor's move. */
export class KeyBuffer {
  bytes = new Uint8Array(64);
  length = 0;

  assign(source: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > this.bytes.length) this.bytes = new Uint8Array(Math.max(length, this.bytes.length * 2));
    copyRange(source, start, end, this.bytes, 0);
    this.length = length;
  }

  /** Keeps the first `kept` bytes and puts others behind them. */
  replace(kept: number, source: Uint8Array, start: number, end: number): void {
    const length = kept + end - start;
    if (length > this.bytes.length) {
      const grown = new Uint8Array(Math.max(length, this.bytes.length * 2));
      grown.set(this.bytes.subarray(0, kept));
      this.bytes = grown;
    }
    copyRange(source, start, end, this.bytes, kept);
    this.length = length;
  }

  clear(): void {
    this.length = 0;
  }
}
