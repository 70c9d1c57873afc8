// Huffman codes, which zstd uses for literals (RFC 8878, 4.2).

import { BackwardBits, damaged, log2, readTable } from './zstd-entropy';

const MAX_LOG = 11;
const MAX_WEIGHTS = 255;
const MAX_WEIGHT_LOG = 6;

/** `entries[the next log bits]` is the code's symbol, and its number of bits times 256. */
export interface HuffmanTable {
  log: number;
  entries: Uint16Array;
}

/** Reads a tree's description from [start, end); `next` is where the streams begin. */
export function readHuffman(
  bytes: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; next: number } {
  if (start >= end) damaged();
  const head = bytes[start];
  const weights: number[] = [];
  let next = start + 1;
  if (head >= 128) {
    const count = head - 127;
    next += (count + 1) >>> 1;
    if (next > end) damaged();
    for (let i = 0; i < count; i++) {
      const pair = bytes[start + 1 + (i >>> 1)];
      weights.push(i & 1 ? pair & 15 : pair >>> 4);
    }
  } else {
    next += head;
    if (next > end) damaged();
    readWeights(bytes, start + 1, next, weights);
  }
  return { table: makeHuffman(weights), next };
}

/** Two interleaved states; where the bits run out, the other one's symbol is the last. */
function readWeights(bytes: Uint8Array, start: number, end: number, weights: number[]): void {
  const { table, next } = readTable(bytes, start, end, MAX_WEIGHT_LOG, 255);
  const bits = new BackwardBits(bytes, next, end);
  let state = bits.read(table.log);
  let other = bits.read(table.log);
  if (bits.position < 0) damaged();
  // A table of one symbol takes no bits: only the count ends this loop then.
  while (weights.length < MAX_WEIGHTS) {
    weights.push(table.symbols[state]);
    const following = table.base[state] + bits.read(table.bits[state]);
    state = other;
    other = following;
    if (bits.position < 0) {
      weights.push(table.symbols[state]);
      if (weights.length > MAX_WEIGHTS) damaged();
      return;
    }
  }
  damaged();
}

/** A code of weight w has log + 1 - w bits. The last symbol's weight is what completes the tree. */
function makeHuffman(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_LOG) damaged();
    if (weight > 0) sum += 1 << (weight - 1);
  }
  if (sum === 0) damaged();
  const log = log2(sum) + 1;
  const rest = (1 << log) - sum;
  if (log > MAX_LOG || (rest & (rest - 1)) !== 0) damaged();
  weights.push(log2(rest) + 1);
  if (!weights.includes(1)) damaged();
  const entries = new Uint16Array(1 << log);
  let filled = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (let symbol = 0; symbol < weights.length; symbol++) {
      if (weights[symbol] !== weight) continue;
      const stop = filled + (1 << (weight - 1));
      entries.fill(symbol | ((log + 1 - weight) << 8), filled, stop);
      filled = stop;
    }
  }
  return { log, entries };
}

/** Decodes the stream [start, end) into out[outStart, outEnd), which must use up every bit. */
export function decodeStream(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outStart: number,
  outEnd: number,
): void {
  const { log, entries } = table;
  const mask = (1 << log) - 1;
  let { position } = new BackwardBits(bytes, start, end);
  for (let i = outStart; i < outEnd; i++) {
    const low = position - log;
    let index = 0;
    if (low >= 0) {
      const at = start + (low >>> 3);
      index = ((bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16)) >>> (low & 7)) & mask;
    } else if (position > 0) {
      index = ((bytes[start] | (bytes[start + 1] << 8)) << -low) & mask;
    }
    const entry = entries[index];
    out[i] = entry;
    position -= entry >>> 8;
  }
  if (position !== 0) damaged();
}

/** Decodes four streams behind a table of the first three's sizes; each but the last has a quarter of `out`. */
export function decodeFourStreams(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
): void {
  if (end - start < 6) damaged();
  const quarter = (out.length + 3) >>> 2;
  let from = start + 6;
  for (let i = 0; i < 4; i++) {
    const size = bytes[start + 2 * i] | (bytes[start + 2 * i + 1] << 8);
    const to = i < 3 ? from + size : end;
    const outEnd = i < 3 ? quarter * (i + 1) : out.length;
    if (to > end || quarter * i > outEnd || outEnd > out.length) damaged();
    decodeStream(table, bytes, from, to, out, quarter * i, outEnd);
    from = to;
  }
}
