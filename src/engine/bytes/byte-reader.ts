import { readFixed32, readFixed64 } from './fixed';
import { type U64, u64FromBigInt } from './u64';

/**
 * Reads varints, fixed integers and length-prefixed strings from a range of a buffer, front to back.
 *
 * A read that does not fit sets `failed`, leaves `position` where it was and returns 0 (or an empty range).
 * Once failed, every further read fails: callers may check once after several reads. Varints follow
 * util/coding.cc: at most 5 bytes for 32 bits and 10 for 64; bits beyond the width are dropped.
 */
export class ByteReader {
  buffer: Uint8Array;
  position: number;
  end: number;
  failed = false;

  constructor(buffer: Uint8Array, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  varint32(): number {
    if (this.failed) return 0;
    const { buffer, end } = this;
    let position = this.position;
    let result = 0;
    for (let shift = 0; shift <= 28 && position < end; shift += 7) {
      const byte = buffer[position++];
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return result >>> 0;
      }
    }
    return this.fail();
  }

  varint64(): U64 {
    if (this.failed) return 0;
    const { buffer, end } = this;
    let position = this.position;
    let small = 0;
    let scale = 1;
    // Seven groups of seven bits are exact in a double; what is longer takes the slow path.
    for (let i = 0; i < 7 && position < end; i++) {
      const byte = buffer[position++];
      small += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.position = position;
        return small;
      }
      scale *= 128;
    }
    let large = BigInt(small);
    for (let shift = 49n; shift <= 63n && position < end; shift += 7n) {
      const byte = buffer[position++];
      large |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return u64FromBigInt(large);
      }
    }
    return this.fail();
  }

  byte(): number {
    if (this.failed || this.position >= this.end) return this.fail();
    return this.buffer[this.position++];
  }

  fixed32(): number {
    if (this.failed || this.remaining < 4) return this.fail();
    this.position += 4;
    return readFixed32(this.buffer, this.position - 4);
  }

  fixed64(): U64 {
    if (this.failed || this.remaining < 8) return this.fail();
    this.position += 8;
    return readFixed64(this.buffer, this.position - 8);
  }

  /** A view of a varint32 length and that many bytes. */
  lengthPrefixed(): Uint8Array {
    const before = this.position;
    const length = this.varint32();
    if (this.failed || length > this.remaining) {
      this.position = before;
      this.fail();
      return this.buffer.subarray(0, 0);
    }
    this.position += length;
    return this.buffer.subarray(this.position - length, this.position);
  }

  private fail(): 0 {
    this.failed = true;
    return 0;
  }
}
