import { crc32c, maskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import { type RandomAccessFile, readRange } from '../env/env';
import { BLOCK_SIZE, HEADER_SIZE, MAX_RECORD_TYPE } from '../log/format';

/** A physical record with a right checksum. */
export interface SoundRecord {
  offset: number;
  /** Payload. */
  length: number;
  type: number;
}

/**
 * Bytes that may be summed up in looking through one stretch: bytes that are made to look like headers everywhere would
 * otherwise cost the square of a block.
 */
const MAX_SUMMED = 4 << 20;

/**
 * The records within a stretch that LevelDB drops: after a wrong checksum it gives up the rest of the block, since the
 * length may be what is wrong. Every place behind the first byte is tried where a header fits; behind a record the next
 * one is looked for. The stretch lies in one block.
 */
export function soundRecordsIn(file: RandomAccessFile, offset: number, length: number): SoundRecord[] {
  const blockEnd = (Math.floor(offset / BLOCK_SIZE) + 1) * BLOCK_SIZE;
  const bytes = readRange(file, offset, Math.min(length, blockEnd - offset));
  const records: SoundRecord[] = [];
  let summed = 0;
  for (let at = 1; at + HEADER_SIZE <= bytes.length && summed < MAX_SUMMED; ) {
    const type = bytes[at + 6];
    const payload = bytes[at + 4] | (bytes[at + 5] << 8);
    const end = at + HEADER_SIZE + payload;
    if (type < 1 || type > MAX_RECORD_TYPE || end > bytes.length) {
      at++;
      continue;
    }
    summed += end - at;
    if (readFixed32(bytes, at) !== maskCrc(crc32c(bytes, at + 6, end))) {
      at++;
      continue;
    }
    records.push({ offset: offset + at, length: payload, type });
    at = end;
  }
  return records;
}
