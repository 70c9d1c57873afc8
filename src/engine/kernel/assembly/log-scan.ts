// The physical records of a log (log/format.ts), many in one call: what is sound and whole is listed, and at anything
// else the scan stops, for log/reader.ts to judge it.

import { crc32c } from './crc32c';

const BLOCK: u32 = 32768;
const HEADER: u32 = 7;
const FULL: u32 = 1;
const FIRST: u32 = 2;
const LAST: u32 = 4;
const MASK_DELTA: u32 = 0xa282ead8;

/** Bytes of a record in the list: eight u32, of which `scanLog` fills the first four and `parseBatches` the others. */
export const RECORD_BYTES: usize = 32;

/** Where the last scan stopped: at the first header that it did not list, or at `end`. */
export let logStop: u32 = 0;

/**
 * Lists the whole records in [from, end) of what begins at `piece`, up to `capacity`: offset of the first header, of
 * payload and its end, and of the end of the last fragment. Offsets count from `piece`, where a block begins. The fragments of a record are moved together, over the headers between them, once the last is known
 * to be sound: what was not listed is unchanged. Returns how many there are.
 */
export function scanLog(piece: usize, from: u32, end: u32, records: usize, capacity: u32): u32 {
  let at = from;
  let count: u32 = 0;
  for (; count < capacity; count++) {
    at = headerAt(at);
    const stop = recordEnd(piece, at, end);
    if (stop === 0) break;
    const record = records + <usize>count * RECORD_BYTES;
    store<u32>(record, at);
    store<u32>(record, at + HEADER, 4);
    store<u32>(record, typeAt(piece, at) === FULL ? stop : joined(piece, at), 8);
    store<u32>(record, stop, 12);
    at = stop;
  }
  logStop = at;
  return count;
}

/** No header begins in the last six bytes of a block. */
function headerAt(at: u32): u32 {
  const left = BLOCK - (at & (BLOCK - 1));
  return left < HEADER ? at + left : at;
}

/** The end of the record whose first header stands at `at`; 0 unless all of it is there and sound. */
function recordEnd(piece: usize, at: u32, end: u32): u32 {
  let begins = true;
  while (true) {
    at = headerAt(at);
    if (at + HEADER > end) return 0;
    const header = piece + at;
    const type = typeAt(piece, at);
    const length = lengthAt(piece, at);
    const stop = at + HEADER + length;
    if (stop > (at | (BLOCK - 1)) + 1 || stop > end) return 0;
    if (type < FULL || type > LAST || type <= FIRST !== begins) return 0;
    if (load<u32>(header) !== maskCrc(crc32c(header + 6, length + 1, 0))) return 0;
    if (type === FULL || type === LAST) return stop;
    begins = false;
    at = stop;
  }
}

/** Moves the fragments of a sound record behind the first, and returns where the last ends then. */
function joined(piece: usize, at: u32): u32 {
  let out = at + HEADER;
  while (true) {
    at = headerAt(at);
    const type = typeAt(piece, at);
    const length = lengthAt(piece, at);
    memory.copy(piece + out, piece + at + HEADER, length);
    out += length;
    if (type === LAST) return out;
    at += HEADER + length;
  }
}

function typeAt(piece: usize, at: u32): u32 {
  return load<u8>(piece + at, 6);
}

function lengthAt(piece: usize, at: u32): u32 {
  return load<u16>(piece + at, 4);
}

export function maskCrc(crc: u32): u32 {
  return rotr(crc, 15) + MASK_DELTA;
}

/**
 * Writes a record as log/writer.ts does, behind `blockOffset` bytes of a block, and returns the address behind it. `out`
 * has room for a header more than the record has blocks, and for a trailer before each.
 */
export function frameRecord(at: usize, length: u32, blockOffset: u32, out: usize): usize {
  let begins = true;
  do {
    const left = BLOCK - blockOffset;
    if (left < HEADER) {
      memory.fill(out, 0, left);
      out += left;
      blockOffset = 0;
    }
    const part = min(BLOCK - blockOffset - HEADER, length);
    length -= part;
    const type: u32 = begins ? (length === 0 ? FULL : FIRST) : length === 0 ? LAST : FIRST + 1;
    store<u16>(out, <u16>part, 4);
    store<u8>(out, <u8>type, 6);
    memory.copy(out + HEADER, at, part);
    store<u32>(out, maskCrc(crc32c(out + 6, part + 1, 0)));
    at += part;
    out += HEADER + part;
    blockOffset += HEADER + part;
    begins = false;
  } while (length > 0);
  return out;
}
