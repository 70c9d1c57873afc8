// The puts of stored batches, kept as tables have them, as long as their keys ascend: what `buildBlocks` needs, without
// sorting.

import { readString, stringEnd } from './batches';
import { copyWide } from './copy';
import { compareBytes } from './merge';

const BATCH_HEADER: usize = 12;
const VALUE: u32 = 1;
const TAG: u32 = 8;
/** Of an entry in `fields`: where in the arena its key, its value and its end are. */
const FIELD_BYTES: usize = 12;

/** What the last `addAscending` that went well wrote: up to where the arena is filled, and the bytes of its largest entry. */
export let ascendingFilled: u32 = 0;
export let ascendingLargest: u32 = 0;

/**
 * Adds the operations of the batch [batch, end) to an arena of which `filled` bytes are in use, behind `count` entries;
 * their places in order are their places. The caller has made room for as many as the batch's header claims. Returns how
 * many there are; -1 if the batch is not sound, has a deletion, or its keys do not ascend: what was written is not to be
 * looked at then.
 */
export function addAscending(
  batch: usize,
  end: usize,
  arena: usize,
  filled: u32,
  fields: usize,
  order: usize,
  count: u32,
): i32 {
  if (end - batch < BATCH_HEADER) return -1;
  let tag = (load<u64>(batch) << 8) | VALUE;
  const claimed = load<u32>(batch, 8);
  let field = fields + <usize>count * FIELD_BYTES;
  let place = order + ((<usize>count) << 2);
  let out = filled;
  let largest: u32 = 0;
  let added: u32 = 0;
  let before: usize = 0;
  let beforeLength: u32 = 0;
  for (let at = batch + BATCH_HEADER; at < end; added++) {
    if (added === claimed || <u32>load<u8>(at) !== VALUE) return -1;
    const key = readString(at + 1, end);
    if (key === 0) return -1;
    const keyLength = <u32>(stringEnd - key);
    const value = readString(stringEnd, end);
    if (value === 0) return -1;
    const valueLength = <u32>(stringEnd - value);
    at = stringEnd;
    if (added > 0 && compareBytes(<u32>before, beforeLength, <u32>key, keyLength) >= 0) return -1;
    before = key;
    beforeLength = keyLength;

    copyWide(arena + out, key, keyLength);
    store<u64>(arena + out + keyLength, tag);
    tag += 0x100;
    const valueAt = out + keyLength + TAG;
    copyWide(arena + valueAt, value, valueLength);
    store<u32>(field, out);
    store<u32>(field, valueAt, 4);
    store<u32>(field, valueAt + valueLength, 8);
    largest = max(largest, valueAt + valueLength - out);
    out = valueAt + valueLength;
    store<u32>(place, count + added);
    field += FIELD_BYTES;
    place += 4;
  }
  if (added !== claimed) return -1;
  ascendingFilled = out;
  ascendingLargest = largest;
  return <i32>added;
}
