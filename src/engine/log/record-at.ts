import { type RandomAccessFile, readRange } from '../env/env';
import { BLOCK_SIZE, HEADER_SIZE } from './format';

/**
 * The payload of a record whose first header stands at `offset` and whose last fragment ends at `end`, both as LogReader
 * gave them. Nothing is verified again.
 */
export function recordAt(file: RandomAccessFile, offset: number, end: number): Uint8Array {
  const bytes = readRange(file, offset, end - offset);
  const record = new Uint8Array(bytes.length);
  let used = 0;
  for (let at = 0; at + HEADER_SIZE <= bytes.length; ) {
    const left = BLOCK_SIZE - ((offset + at) % BLOCK_SIZE);
    if (left < HEADER_SIZE) {
      at += left;
      continue;
    }
    const length = bytes[at + 4] | (bytes[at + 5] << 8);
    const fragment = bytes.subarray(at + HEADER_SIZE, Math.min(at + HEADER_SIZE + length, bytes.length));
    record.set(fragment, used);
    used += fragment.length;
    at += HEADER_SIZE + length;
  }
  return record.subarray(0, used);
}
