// What stands in batches (batch/batch-reader.ts), many in one call: sound ones only.

import { RECORD_BYTES } from './log-scan';

const BATCH_HEADER: usize = 12;
const VALUE: u32 = 1;

/** Bytes of an operation in the list: type, key's begin and end, value's begin and end, each u32. */
export const OPERATION_BYTES: usize = 20;

/** Behind the string that was read last. */
export let stringEnd: usize = 0;

/**
 * Parses the batches that the records from `records` on hold, `count` of them, and lists their operations, up to
 * `capacity`; offsets count from `piece`. Into each record go the batch's sequence (u64), its count, and how many
 * operations are in the list behind it. Stops at a batch that is not sound or has no room in the list, and returns how
 * many come before it.
 */
export function parseBatches(
  piece: usize,
  records: usize,
  count: u32,
  operations: usize,
  capacity: u32,
): u32 {
  const room = operations + <usize>capacity * OPERATION_BYTES;
  let out = operations;
  for (let i: u32 = 0; i < count; i++) {
    const record = records + <usize>i * RECORD_BYTES;
    const begin = piece + load<u32>(record, 4);
    const end = piece + load<u32>(record, 8);
    if (end - begin < BATCH_HEADER) return i;
    const before = out;
    for (let at = begin + BATCH_HEADER; at < end; ) {
      const type = <u32>load<u8>(at);
      if (type > VALUE || out === room) return i;
      const key = readString(at + 1, end);
      if (key === 0) return i;
      at = stringEnd;
      store<u32>(out, type);
      store<u32>(out, <u32>(key - piece), 4);
      store<u32>(out, <u32>(at - piece), 8);
      if (type === VALUE) {
        const value = readString(at, end);
        if (value === 0) return i;
        at = stringEnd;
        store<u32>(out, <u32>(value - piece), 12);
      } else {
        store<u32>(out, <u32>(at - piece), 12);
      }
      store<u32>(out, <u32>(at - piece), 16);
      out += OPERATION_BYTES;
    }
    const found = <u32>((out - before) / OPERATION_BYTES);
    const claimed = load<u32>(begin, 8);
    if (found !== claimed) return i;
    store<u64>(record, load<u64>(begin), 16);
    store<u32>(record, claimed, 24);
    store<u32>(record, <u32>((out - operations) / OPERATION_BYTES), 28);
  }
  return count;
}

/** Whether each of the batches in `count` records that were parsed begins with the sequence behind the one before. */
export function batchesFollow(records: usize, count: u32): bool {
  for (let i: u32 = 1; i < count; i++, records += RECORD_BYTES) {
    const behind = load<u64>(records, 16) + <u64>load<u32>(records, 24);
    if (load<u64>(records + RECORD_BYTES, 16) !== behind) return false;
  }
  return true;
}

/** Where the bytes of a string with its length before it begin, `stringEnd` behind them; 0 if they leave [at, end). */
export function readString(at: usize, end: usize): usize {
  let length: u32 = 0;
  for (let shift: u32 = 0; ; shift += 7) {
    if (at >= end || shift > 28) return 0;
    const byte = <u32>load<u8>(at++);
    length |= (byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  if (<usize>length > end - at) return 0;
  stringEnd = at + length;
  return at;
}
