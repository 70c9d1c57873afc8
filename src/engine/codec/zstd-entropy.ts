// Finite state entropy, one of zstd's two entropy codes, and the bit streams of both (RFC 8878, 4.1 and 3.1.1.3.2).

import { CodecError } from './codec-error';

/** What every part of the decoder throws for damage, in LevelDB's words. */
export function damaged(): never {
  throw new CodecError('corrupted zstd compressed block contents');
}

/** Floor of the binary logarithm of a positive integer. */
export function log2(value: number): number {
  return 31 - Math.clz32(value);
}

/**
 * Bits read from the end of a range to its beginning. The last byte's highest set bit ends the stream. Reading past
 * the beginning gives zeros and leaves `position` negative.
 */
export class BackwardBits {
  readonly bytes: Uint8Array;
  readonly start: number;
  /** Bits left. */
  position: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    if (end <= start || bytes[end - 1] === 0) damaged();
    this.bytes = bytes;
    this.start = start;
    this.position = (end - start - 1) * 8 + log2(bytes[end - 1]);
  }

  /** At most 24 bits. */
  read(count: number): number {
    this.position -= count;
    const { bytes, position } = this;
    if (position < 0) return 0;
    const at = this.start + (position >>> 3);
    const word = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    return (word >>> (position & 7)) & ((1 << count) - 1);
  }
}

/** For each state: its symbol, and the next state as `base` plus that many `bits` from the stream. */
export interface FseTable {
  log: number;
  symbols: Uint8Array;
  bits: Uint8Array;
  base: Uint16Array;
}

/** The table that gives one symbol for ever. */
export function constantTable(symbol: number): FseTable {
  return {
    log: 0,
    symbols: Uint8Array.of(symbol),
    bits: new Uint8Array(1),
    base: new Uint16Array(1),
  };
}

/** A table from the symbols' frequencies, which sum to 2^log; -1 is "rarer than one" and counts as one. */
export function makeTable(frequencies: ArrayLike<number>, log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  const next = new Uint16Array(frequencies.length);
  let free = size;
  for (let symbol = 0; symbol < frequencies.length; symbol++) {
    next[symbol] = Math.abs(frequencies[symbol]);
    if (frequencies[symbol] === -1) symbols[--free] = symbol;
  }
  const step = (size >>> 1) + (size >>> 3) + 3; // odd, hence reaches every state
  let state = 0;
  for (let symbol = 0; symbol < frequencies.length; symbol++) {
    for (let i = 0; i < frequencies[symbol]; i++) {
      symbols[state] = symbol;
      do state = (state + step) & (size - 1);
      while (state >= free);
    }
  }
  for (let i = 0; i < size; i++) {
    const value = next[symbols[i]]++;
    bits[i] = log - log2(value);
    base[i] = (value << bits[i]) - size;
  }
  return { log, symbols, bits, base };
}

/** Reads a table's description from [start, end); `next` is where what follows begins. */
export function readTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxLog: number,
  maxSymbol: number,
): { table: FseTable; next: number } {
  let position = start * 8;
  const limit = end * 8;
  // Bits beyond the end are zero here and found out below.
  const peek = (): number => {
    const at = position >>> 3;
    const word = (at < end ? bytes[at] : 0) | (at + 1 < end ? bytes[at + 1] << 8 : 0);
    return (word | (at + 2 < end ? bytes[at + 2] << 16 : 0)) >>> (position & 7);
  };

  const log = (peek() & 15) + 5;
  position += 4;
  if (log > maxLog) damaged();
  const frequencies: number[] = [];
  let left = 1 << log;
  while (left > 0) {
    // A value of 0 to left + 1, of which the small ones take one bit less.
    if (frequencies.length > maxSymbol || position > limit) damaged();
    const bits = log2(left + 1);
    const short = (2 << bits) - 1 - (left + 1);
    let value = peek() & ((2 << bits) - 1);
    if ((value & ((1 << bits) - 1)) < short) {
      value &= (1 << bits) - 1;
      position += bits;
    } else {
      if (value >= 1 << bits) value -= short;
      position += bits + 1;
    }
    frequencies.push(value - 1);
    left -= Math.abs(value - 1);
    if (value !== 1) continue;
    // How many more zeros follow, in twos of bits; 3 says that another such number follows.
    for (let zeros = 3; zeros === 3; ) {
      zeros = peek() & 3;
      position += 2;
      for (let i = 0; i < zeros; i++) frequencies.push(0);
      if (frequencies.length > maxSymbol + 1) damaged();
    }
  }
  const next = (position + 7) >>> 3;
  if (left < 0 || next > end || frequencies.length > maxSymbol + 1) damaged();
  return { table: makeTable(frequencies, log), next };
}
