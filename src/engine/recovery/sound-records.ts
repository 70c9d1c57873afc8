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
 * The records within bytes that LevelDB drops: after a wrong checksum it gives up the rest of the block, since the length
 * may be what is wrong. Every place is tried where a header fits; behind a record the next one is looked for. The bytes
 * lie in one block, so that the work is bounded.
 */
export function soundRecordsIn(file: RandomAccessFile, offset: number, length: number): SoundRecord[] {
  const blockEnd = (Math.floor(offset / BLOCK_SIZE) + 1) * BLOCK_SIZE;
  const bytes = readRange(file, offset, Math.min(length, blockEnd - offset));
  const records: SoundRecord[] = [];
  for (let at = 1; at + HEADER_SIZE <= bytes.length; ) {
    const type = bytes[at + 6];
    const payload = bytes[at + 4] | (bytes[at + 5] << 8);
    const end = at + HEADER_SIZE + payload;
    const isSound =
      type >= 1 &&
      type <= MAX_RECORD_TYPE &&
      end <= bytes.length &&
      readFixed32(bytes, at) === maskCrc(crc32c(bytes, at + 6, end));
    if (!isSound) {
      at++;
      continue;
    }
    records.push({ offset: offset + at, length: payload, type });
    at = end;
  }
  return records;
}
