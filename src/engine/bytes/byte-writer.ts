import { copyRange } from './copy';
import { writeFixed32, writeFixed64 } from './fixed';
import { type U64, u64High, u64Low } from './u64';

/** Texts of so many characters are encoded by the host: a call takes as long as a loop over 45. */
const LONG_TEXT = 48;

const encoder = new TextEncoder();

/** A growing buffer with LevelDB's integer encodings (util/coding.cc). */
export class ByteWriter {
  private buffer: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(Math.max(16, capacity));
  }

  /** A view of what was written; valid until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.buffer.subarray(0, this.length);
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.length);
  }

  /** Forgets everything from `length` on. */
  truncate(length: number): void {
    this.length = length;
  }

  byte(value: number): void {
    this.reserve(1);
    this.buffer[this.length++] = value;
  }

  fixed32(value: number): void {
    this.reserve(4);
    writeFixed32(this.buffer, this.length, value);
    this.length += 4;
  }

  fixed64(value: U64): void {
    this.reserve(8);
    writeFixed64(this.buffer, this.length, value);
    this.length += 8;
  }

  varint32(value: number): void {
    this.reserve(5);
    let rest = value >>> 0;
    while (rest >= 0x80) {
      this.buffer[this.length++] = rest | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  varint64(value: U64): void {
    let high = u64High(value);
    let low = u64Low(value);
    this.reserve(10);
    while (high !== 0 || low >= 0x80) {
      this.buffer[this.length++] = (low & 0x7f) | 0x80;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.buffer[this.length++] = low;
  }

  bytes(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start);
    copyRange(source, start, end, this.buffer, this.length);
    this.length += end - start;
  }

  lengthPrefixed(source: Uint8Array): void {
    this.varint32(source.length);
    this.bytes(source);
  }

  /** A text as UTF-8, behind its length in bytes. One of ASCII makes no array. */
  lengthPrefixedText(text: string): void {
    const { length } = this;
    this.varint32(text.length);
    if (text.length < LONG_TEXT ? this.ascii(text) : this.longAscii(text)) return;
    this.length = length;
    this.lengthPrefixed(encoder.encode(text));
  }

  /** False, with nothing written, if there is more than ASCII: that has no room in as many bytes. */
  private longAscii(text: string): boolean {
    this.reserve(text.length);
    const end = this.length + text.length;
    const { read } = encoder.encodeInto(text, this.buffer.subarray(this.length, end));
    if (read < text.length) return false;
    this.length = end;
    return true;
  }

  /** False, with nothing written, at the first character that is not ASCII. */
  private ascii(text: string): boolean {
    this.reserve(text.length);
    const { buffer, length } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      buffer[length + i] = code;
    }
    this.length += text.length;
    return true;
  }

  /** Overwrites four bytes that were written before. */
  patchFixed32(offset: number, value: number): void {
    writeFixed32(this.buffer, offset, value);
  }

  patchFixed64(offset: number, value: U64): void {
    writeFixed64(this.buffer, offset, value);
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }
}
