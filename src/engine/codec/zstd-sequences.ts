// Sequences: how many literals to copy, then how much to copy from how far back (RFC 8878, 3.1.1.3.2 and 3.1.1.4).

import { BackwardBits, constantTable, damaged, type FseTable, makeTable, readTable } from './zstd-entropy';

const LITERAL_LENGTH_BITS = [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];
const MATCH_LENGTH_BITS = [
  ...zeros(32),
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  4,
  5,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
];
const LITERAL_LENGTH_BASE = baselines(LITERAL_LENGTH_BITS, 0);
const MATCH_LENGTH_BASE = baselines(MATCH_LENGTH_BITS, 3);
const MAX_OFFSET_CODE = 31;

/** In the order in which their modes and tables are stored. */
const KINDS = [
  { maxLog: 9, maxSymbol: 35, predefined: makeTable(literalLengths(), 6) },
  { maxLog: 8, maxSymbol: MAX_OFFSET_CODE, predefined: makeTable(offsets(), 5) },
  { maxLog: 9, maxSymbol: 52, predefined: makeTable(matchLengths(), 6) },
] as const;

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

/** Each code stands for 2^bits values, on from where the code before it ends. */
function baselines(bits: number[], first: number): number[] {
  let base = first;
  return bits.map((count) => {
    base += 1 << count;
    return base - (1 << count);
  });
}

// The predefined frequencies (RFC 8878, 3.1.1.3.2.2).
function literalLengths(): number[] {
  const ones = zeros(3).fill(1);
  return [
    4,
    3,
    ...zeros(11).fill(2),
    ...ones,
    ...zeros(9).fill(2),
    3,
    2,
    ...zeros(5).fill(1),
    ...zeros(4).fill(-1),
  ];
}

function offsets(): number[] {
  return [...zeros(6).fill(1), 2, 2, 2, ...zeros(15).fill(1), ...zeros(5).fill(-1)];
}

function matchLengths(): number[] {
  return [1, 4, 3, ...zeros(6).fill(2), ...zeros(37).fill(1), ...zeros(7).fill(-1)];
}

/** What lasts from block to block. */
export interface SequenceState {
  /** Literal lengths, offsets, match lengths; undefined before the first block with sequences. */
  tables: FseTable[] | undefined;
  /** The last three offsets, the newest first. */
  recent: [number, number, number];
}

/**
 * Carries out the sequences in bytes[start, end) with these literals, writing to `out` from `filled` on. Returns where
 * the output ends, at most `limit`, which lies within `out`. What lies before `filled` is the window.
 */
export function decodeSequences(
  state: SequenceState,
  bytes: Uint8Array,
  start: number,
  end: number,
  literals: Uint8Array,
  out: Uint8Array,
  filled: number,
  limit: number,
): number {
  if (start >= end) damaged();
  let position = start + 1;
  let count = bytes[start];
  if (count >= 128) {
    const width = count === 255 ? 2 : 1;
    if (position + width > end) damaged();
    count =
      width === 2
        ? bytes[position] + (bytes[position + 1] << 8) + 0x7f00
        : ((count - 128) << 8) + bytes[position];
    position += width;
  }
  if (count > 0) {
    position = readTables(state, bytes, position, end);
    const bits = new BackwardBits(bytes, position, end);
    return carryOut(state, bits, count, literals, out, filled, limit);
  }
  if (position !== end) damaged();
  return appendLiterals(literals, 0, out, filled, limit);
}

/** Reads the three tables and returns where the bits begin. */
function readTables(state: SequenceState, bytes: Uint8Array, position: number, end: number): number {
  if (position >= end) damaged();
  const modes = bytes[position++];
  if ((modes & 3) !== 0) damaged();
  state.tables = KINDS.map(({ maxLog, maxSymbol, predefined }, i) => {
    switch ((modes >>> (6 - 2 * i)) & 3) {
      case 0:
        return predefined;
      case 1:
        if (position >= end || bytes[position] > maxSymbol) damaged();
        return constantTable(bytes[position++]);
      case 2: {
        const { table, next } = readTable(bytes, position, end, maxLog, maxSymbol);
        position = next;
        return table;
      }
      default:
        return state.tables?.[i] ?? damaged();
    }
  });
  return position;
}

function carryOut(
  state: SequenceState,
  bits: BackwardBits,
  count: number,
  literals: Uint8Array,
  out: Uint8Array,
  filled: number,
  limit: number,
): number {
  const [lengths, offsetCodes, matches] = state.tables!;
  let lengthState = bits.read(lengths.log);
  let offsetState = bits.read(offsetCodes.log);
  let matchState = bits.read(matches.log);
  let literal = 0;
  for (let i = 0; i < count; i++) {
    const offsetValue = readOffset(bits, offsetCodes.symbols[offsetState]);
    const matchCode = matches.symbols[matchState];
    const matched = MATCH_LENGTH_BASE[matchCode] + bits.read(MATCH_LENGTH_BITS[matchCode]);
    const lengthCode = lengths.symbols[lengthState];
    const length = LITERAL_LENGTH_BASE[lengthCode] + bits.read(LITERAL_LENGTH_BITS[lengthCode]);
    if (i < count - 1) {
      lengthState = lengths.base[lengthState] + bits.read(lengths.bits[lengthState]);
      matchState = matches.base[matchState] + bits.read(matches.bits[matchState]);
      offsetState = offsetCodes.base[offsetState] + bits.read(offsetCodes.bits[offsetState]);
    }
    const offset = resolveOffset(state.recent, offsetValue, length === 0);

    if (bits.position < 0 || length > literals.length - literal || length + matched > limit - filled)
      damaged();
    for (const stop = literal + length; literal < stop; ) out[filled++] = literals[literal++];
    if (offset === 0 || offset > filled) damaged();
    let from = filled - offset;
    if (matched >= 64 && offset >= matched) {
      out.copyWithin(filled, from, from + matched);
      filled += matched;
    } else {
      for (const stop = filled + matched; filled < stop; ) out[filled++] = out[from++];
    }
  }
  if (bits.position !== 0) damaged();
  return appendLiterals(literals, literal, out, filled, limit);
}

/** 2^code plus as many bits as the code says. */
function readOffset(bits: BackwardBits, code: number): number {
  if (code <= 24) return (1 << code) + bits.read(code);
  const high = bits.read(code - 16);
  return 2 ** code + high * 0x1_0000 + bits.read(16);
}

/** Values up to 3 name a recent offset; without literals they mean the next one, and 3 the newest less one. */
function resolveOffset(recent: [number, number, number], value: number, noLiterals: boolean): number {
  const index = value > 3 ? 3 : value - 1 + (noLiterals ? 1 : 0);
  if (index === 0) return recent[0];
  let offset: number;
  if (value > 3) offset = value - 3;
  else offset = index === 3 ? recent[0] - 1 : recent[index];
  if (index > 1) recent[2] = recent[1];
  recent[1] = recent[0];
  recent[0] = offset;
  return offset;
}

function appendLiterals(
  literals: Uint8Array,
  from: number,
  out: Uint8Array,
  filled: number,
  limit: number,
): number {
  const rest = literals.length - from;
  if (rest > limit - filled) damaged();
  out.set(from === 0 ? literals : literals.subarray(from), filled);
  return filled + rest;
}
