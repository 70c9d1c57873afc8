// Where blocks begin and end, told by their checksums alone.
//
// A stretch [s, e) fits the checksum stored at e if the checksum's state, begun at s, comes to the stored one at e. The
// state is linear: with R(i) for the state after the first i bytes begun at 0, and x for one bit's step, it is
// x^8(e-s) (ones + R(s)) + R(e). Divided by x^8e that splits into a side of s and a side of e:
//
//   (ones + R(s)) / x^8s  =  (~stored(e) + R(e)) / x^8e
//
// So the sides of all places are worked out in one pass, and equal ones are looked up.

import { unmaskCrc } from '../../bytes/crc32c';
import { readFixed32 } from '../../bytes/fixed';
import { BLOCK_TRAILER_SIZE } from '../../table/format';

const POLYNOMIAL = 0x82f63b78; // reflected
/** The greatest compression byte that any writer is known to use. */
const MAX_TYPE = 4;
/** Ends tried for one beginning: bytes can be made so that every place fits. */
const MAX_ENDS = 16;

/** The state before one more bit of zero. */
function overX(state: number): number {
  return state < 0 ? ((state ^ POLYNOMIAL) << 1) | 1 : state << 1;
}

/** By the highest byte of a state: what the eight steps back from it change, and the lowest byte that they leave. */
const backwards = new Int32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let state = byte << 24;
  for (let bit = 0; bit < 8; bit++) state = overX(state);
  backwards[byte] = state;
}

/** All stretches in bytes [from, to) behind which their own checksum stands. */
export class ChecksumPairs {
  readonly from: number;
  readonly to: number;
  /** The side of each beginning. */
  private readonly sides: Int32Array;
  private readonly heads: Int32Array;
  private readonly mask: number;
  private readonly ends: Int32Array;
  private readonly endSides: Int32Array;
  private readonly next: Int32Array;

  constructor(bytes: Uint8Array, from: number, to: number) {
    this.from = from;
    this.to = to;
    const last = to - BLOCK_TRAILER_SIZE;
    let count = 0;
    for (let i = from; i <= last; i++) if (bytes[i] <= MAX_TYPE) count++;
    this.sides = new Int32Array(Math.max(0, to - from + 1));
    this.ends = new Int32Array(count);
    this.endSides = new Int32Array(count);
    this.next = new Int32Array(count);
    let size = 16;
    while (size < count) size *= 2;
    this.mask = size - 1;
    this.heads = new Int32Array(size).fill(-1);
    this.fill(bytes);
  }

  /** Where the contents of blocks that begin at `start` can end, the nearest first: there the trailer's type stands. */
  endsFrom(start: number): number[] {
    const side = this.sides[start - this.from];
    const found: number[] = [];
    for (let i = this.heads[this.slot(side)]; i >= 0 && found.length < MAX_ENDS; i = this.next[i]) {
      if (this.ends[i] < start) break;
      if (this.endSides[i] === side) found.push(this.ends[i]);
    }
    return found.reverse();
  }

  private fill(bytes: Uint8Array): void {
    const { from, to, sides, ends, endSides, next, heads } = this;
    /** From `base` on, around: bit j of a state, divided by x as often as bytes were passed times 8. */
    const bits = new Int32Array(32);
    for (let j = 0; j < 32; j++) bits[j] = 1 << j;
    let base = 0;
    let ones = -1;
    let sum = 0;
    let count = 0;
    for (let i = from; i < to; i++) {
      sides[i - from] = ones ^ sum;
      const byte = bytes[i];
      let last = bits[(base + 31) & 31];
      for (let j = 0; j < 8; j++) {
        if ((byte >>> j) & 1) sum ^= bits[base + j];
        // The next byte's highest bits, in the place of these.
        last = overX(last);
        bits[base + j] = last;
      }
      ones = (ones << 8) ^ backwards[ones >>> 24];
      base = (base + 8) & 31;
      if (byte > MAX_TYPE || i + BLOCK_TRAILER_SIZE > to) continue;
      const state = ~unmaskCrc(readFixed32(bytes, i + 1));
      let side = sum;
      for (let j = 0; j < 32; j++) if ((state >>> j) & 1) side ^= bits[(base + j) & 31];
      const slot = this.slot(side);
      ends[count] = i;
      endSides[count] = side;
      next[count] = heads[slot];
      heads[slot] = count++;
    }
  }

  private slot(side: number): number {
    return Math.imul(side, 0x9e3779b1) & this.mask;
  }
}
