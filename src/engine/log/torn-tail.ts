// What stands at the end of a log and is no complete record. LevelDB takes all of it for what a crash leaves.

import { crc32c, unmaskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import type { Problem } from '../problem';
import { HEADER_SIZE, MAX_RECORD_TYPE, RecordType } from './format';

export interface TornTail {
  /** File offset and bytes. */
  offset: number;
  length: number;
}

/**
 * - `torn`: it can be the beginning of a record, whose rest was never written;
 * - `whole`: a record stands there with all its bytes, and only the length in its header says more than there are;
 * - `foreign`: it does not begin as any record does, and no crash leaves such bytes.
 */
export type TailKind = 'torn' | 'whole' | 'foreign';

/**
 * Judges a tail from the place of a header to the end of the log's last block. The checksum covers type and payload
 * but not the length, so a payload that fits it shows that the length is what was damaged.
 */
export function tailKind(buffer: Uint8Array, header: number, end: number): TailKind {
  if (end - header < HEADER_SIZE) return 'torn';
  const type = buffer[header + 6];
  if (type > MAX_RECORD_TYPE) return 'foreign';
  // Where the file system lost a page, zeros stand for it.
  if (type === RecordType.zero) return 'torn';
  const stored = unmaskCrc(readFixed32(buffer, header));
  let crc = crc32c(buffer, header + 6, header + HEADER_SIZE);
  for (let i = header + HEADER_SIZE; crc !== stored; i++) {
    if (i === end) return 'torn';
    crc = crc32c(buffer, i, i + 1, crc);
  }
  return 'whole';
}

/** The problem that a tail amounts to. `usual`: a crash can have left it, since nothing was written later. */
export function tornTailProblem(file: string, tail: TornTail, kind: TailKind, usual: boolean): Problem {
  const place = { file, offset: tail.offset, length: tail.length };
  const message = `${MESSAGES[kind]}: LevelDB takes it as the end of the file`;
  if (kind !== 'torn') return { severity: 'error', ...place, code: 'bad-record', message };
  return { severity: usual ? 'note' : 'warning', ...place, code: 'torn-tail', message };
}

const MESSAGES: Record<TailKind, string> = {
  torn: 'incomplete record at the end',
  whole: 'bad record length, longer than the record that stands here whole',
  foreign: 'bytes that are no record at the end',
};
