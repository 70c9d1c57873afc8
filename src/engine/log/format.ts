// The log format of write-ahead logs and MANIFESTs (db/log_format.h, doc/log_format.md).
//
// A file is a sequence of 32 KiB blocks; only the last may be shorter:
//
//   block := record* trailer?
//            0        4     6    7
//            +--------+-----+----+---------------+
//   record   | crc    | len |type| payload (len) |     crc: masked crc32c of type and payload; integers little endian
//            +--------+-----+----+---------------+
//   trailer: up to 6 zero bytes, where no header fits any more
//
// A record that does not fit its block is cut in fragments: first, middle*, last. With exactly 7 bytes left a block
// ends in a first fragment without payload.

export const BLOCK_SIZE = 32768;
/** Checksum (4), length (2), type (1). */
export const HEADER_SIZE = 7;

export const RecordType = {
  /** Never written: what preallocated space looks like. */
  zero: 0,
  full: 1,
  first: 2,
  middle: 3,
  last: 4,
} as const;

export const MAX_RECORD_TYPE = RecordType.last;
