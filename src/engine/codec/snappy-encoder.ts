import { readFixed32 } from '../bytes/fixed';
import { kernelFor } from '../kernel/kernel';

/** Matches are looked for within a fragment, so that offsets fit in 16 bits. */
const FRAGMENT_SIZE = 1 << 16;
const MAX_TABLE_BITS = 14;
const MIN_TABLE_BITS = 8;
/** A fragment's last bytes are literal: reads of four bytes then never leave it. */
const MARGIN = 15;
/** Below, a loop beats the built-in copy. */
const SHORT_LITERAL = 32;
const MULTIPLIER = 0x1e35a7bd;

/**
 * `raw` in the Snappy format (see snappy.ts), in a new array of exactly its size. Greedy: at each place the last
 * one with the same four bytes is taken; where nothing matches, the steps grow, so that random data costs little.
 */
export function encodeSnappy(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const inKernel = kernelFor(raw.length);
  const offset = (raw.length + 127) & ~63;
  const memory = inKernel?.room(offset + worstCase(raw.length));
  if (!inKernel || !memory) return plainEncodeSnappy(raw);
  const { heap, exports } = inKernel;
  memory.set(raw, heap);
  return memory.slice(heap + offset, exports.encodeSnappy(heap, raw.length, heap + offset));
}

/** Literals with their tags, and a copy that saves nothing now and then (snappy.cc, MaxCompressedLength). */
function worstCase(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

/** The same in TypeScript: what the kernel is held against, and used where it is not to be had. */
export function plainEncodeSnappy(raw: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = new Encoder(raw);
  for (let start = 0; start < raw.length; start += FRAGMENT_SIZE) {
    encoder.fragment(start, Math.min(raw.length, start + FRAGMENT_SIZE));
  }
  return encoder.finish();
}

class Encoder {
  private readonly raw: Uint8Array;
  private readonly out: Uint8Array<ArrayBuffer>;
  private filled = 0;
  /** For each hash, the last position that had it, from the fragment's beginning. */
  private readonly table: Uint16Array;
  private readonly shift: number;

  constructor(raw: Uint8Array) {
    this.raw = raw;
    this.out = new Uint8Array(worstCase(raw.length));
    let bits = MIN_TABLE_BITS;
    while (bits < MAX_TABLE_BITS && 1 << bits < raw.length) bits++;
    this.table = new Uint16Array(1 << bits);
    this.shift = 32 - bits;
    let rest = raw.length;
    while (rest >= 0x80) {
      this.out[this.filled++] = rest | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.out[this.filled++] = rest;
  }

  finish(): Uint8Array<ArrayBuffer> {
    return this.out.slice(0, this.filled);
  }

  fragment(start: number, end: number): void {
    const { raw, table, shift } = this;
    table.fill(0);
    const limit = end - MARGIN;
    let literal = start;
    // Position `start` is not entered: 0 in the table means both "empty" and "the beginning", which is harmless,
    // as every candidate is compared.
    let position = start + 1;
    let misses = 32;
    while (position < limit) {
      const four = readFixed32(raw, position);
      const slot = Math.imul(four, MULTIPLIER) >>> shift;
      const candidate = start + table[slot];
      table[slot] = position - start;
      if (readFixed32(raw, candidate) !== four || candidate >= position) {
        position += misses++ >>> 5;
        continue;
      }
      let matched = 4;
      while (position + matched < end && raw[candidate + matched] === raw[position + matched]) matched++;
      this.literal(literal, position);
      this.copy(position - candidate, matched);
      position += matched;
      literal = position;
      misses = 32;
      if (position < limit) {
        table[Math.imul(readFixed32(raw, position - 1), MULTIPLIER) >>> shift] = position - 1 - start;
      }
    }
    this.literal(literal, end);
  }

  private literal(start: number, end: number): void {
    const { out } = this;
    if (start === end) return;
    const n = end - start - 1; // below FRAGMENT_SIZE
    if (n < 60) {
      out[this.filled++] = n << 2;
    } else if (n < 0x100) {
      out[this.filled++] = 60 << 2;
      out[this.filled++] = n;
    } else {
      out[this.filled++] = 61 << 2;
      out[this.filled++] = n;
      out[this.filled++] = n >>> 8;
    }
    if (n < SHORT_LITERAL) {
      for (let i = start; i < end; i++) out[this.filled++] = this.raw[i];
    } else {
      out.set(this.raw.subarray(start, end), this.filled);
      this.filled += end - start;
    }
  }

  private copy(offset: number, length: number): void {
    // A rest of 1 to 3 bytes would not fit the short form: cut so that at least 4 remain.
    while (length >= 68) {
      this.copy2(offset, 64);
      length -= 64;
    }
    if (length > 64) {
      this.copy2(offset, 60);
      length -= 60;
    }
    if (length < 12 && offset < 2048) {
      this.out[this.filled++] = ((offset >>> 8) << 5) | ((length - 4) << 2) | 1;
      this.out[this.filled++] = offset;
    } else {
      this.copy2(offset, length);
    }
  }

  private copy2(offset: number, length: number): void {
    this.out[this.filled++] = ((length - 1) << 2) | 2;
    this.out[this.filled++] = offset;
    this.out[this.filled++] = offset >>> 8;
  }
}
