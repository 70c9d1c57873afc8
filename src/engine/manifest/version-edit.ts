// A VersionEdit (db/version_edit.cc): what one record of a MANIFEST says. A sequence of
//
//   varint32 tag | payload
//
//   1 comparator name   length-prefixed       5 compaction pointer  level, internal key
//   2 log number        varint64              6 deleted file        level, number
//   3 next file number  varint64              7 new file            level, number, size, smallest, largest
//   4 last sequence     varint64              9 previous log number varint64
//
// Tag 8 was once used for large value references.

import { ByteReader } from '../bytes/byte-reader';
import { ByteWriter } from '../bytes/byte-writer';
import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import { TAG_BYTES } from '../keys/internal-key';
import { corruption } from '../problem';

export const LEVELS = 7;

export const Tag = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  prevLogNumber: 9,
} as const;

/** A table as the MANIFEST describes it. `smallest` and `largest` are internal keys. */
export interface FileMetaData {
  number: U64;
  /** Bytes. */
  size: U64;
  smallest: Uint8Array;
  largest: Uint8Array;
}

export interface VersionEdit {
  comparator?: string;
  logNumber?: U64;
  prevLogNumber?: U64;
  nextFileNumber?: U64;
  lastSequence?: U64;
  compactPointers: { level: number; key: Uint8Array }[];
  deletedFiles: { level: number; number: U64 }[];
  newFiles: { level: number; file: FileMetaData }[];
}

export function emptyVersionEdit(): VersionEdit {
  return { compactPointers: [], deletedFiles: [], newFiles: [] };
}

/** Encodes in LevelDB's order of fields (EncodeTo); deleted files by level, then number. */
export function encodeVersionEdit(edit: VersionEdit): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  if (edit.comparator !== undefined) {
    out.varint32(Tag.comparator);
    out.lengthPrefixed(new TextEncoder().encode(edit.comparator));
  }
  const counters: [number, U64 | undefined][] = [
    [Tag.logNumber, edit.logNumber],
    [Tag.prevLogNumber, edit.prevLogNumber],
    [Tag.nextFileNumber, edit.nextFileNumber],
    [Tag.lastSequence, edit.lastSequence],
  ];
  for (const [tag, value] of counters) {
    if (value === undefined) continue;
    out.varint32(tag);
    out.varint64(value);
  }
  for (const { level, key } of edit.compactPointers) {
    out.varint32(Tag.compactPointer);
    out.varint32(level);
    out.lengthPrefixed(key);
  }
  const deleted = [...edit.deletedFiles].sort(
    (a, b) => a.level - b.level || (a.number < b.number ? -1 : a.number > b.number ? 1 : 0),
  );
  for (const { level, number } of deleted) {
    out.varint32(Tag.deletedFile);
    out.varint32(level);
    out.varint64(number);
  }
  for (const { level, file } of edit.newFiles) {
    out.varint32(Tag.newFile);
    out.varint32(level);
    out.varint64(file.number);
    out.varint64(file.size);
    out.lengthPrefixed(file.smallest);
    out.lengthPrefixed(file.largest);
  }
  return out.toBytes();
}

/**
 * Decodes one record (DecodeFrom). Keys are copied out of `record`.
 * Throws a Corruption `VersionEdit: <field>` at the first field that cannot be read.
 */
export function decodeVersionEdit(record: Uint8Array, file?: string, offset?: U64): VersionEdit {
  const edit = emptyVersionEdit();
  const reader = new ByteReader(record);
  const fail = (field: string) => corruption('bad-version-edit', `VersionEdit: ${field}`, file, offset);
  const required = <T>(value: T, field: string): T => {
    if (reader.failed) throw fail(field);
    return value;
  };
  const level = (field: string): number => {
    const value = required(reader.varint32(), field);
    if (value >= LEVELS) throw fail(field);
    return value;
  };
  // LevelDB refuses an empty key here and reads out of bounds for one that is shorter than its tag.
  const internalKey = (field: string): Uint8Array => {
    const key = required(reader.lengthPrefixed(), field);
    if (key.length < TAG_BYTES) throw fail(field);
    return copyOf(key);
  };

  while (reader.remaining > 0) {
    const tag = required(reader.varint32(), 'invalid tag');
    switch (tag) {
      case Tag.comparator:
        edit.comparator = new TextDecoder().decode(required(reader.lengthPrefixed(), 'comparator name'));
        break;
      case Tag.logNumber:
        edit.logNumber = required(reader.varint64(), 'log number');
        break;
      case Tag.prevLogNumber:
        edit.prevLogNumber = required(reader.varint64(), 'previous log number');
        break;
      case Tag.nextFileNumber:
        edit.nextFileNumber = required(reader.varint64(), 'next file number');
        break;
      case Tag.lastSequence:
        edit.lastSequence = required(reader.varint64(), 'last sequence number');
        break;
      case Tag.compactPointer: {
        const field = 'compaction pointer';
        edit.compactPointers.push({ level: level(field), key: internalKey(field) });
        break;
      }
      case Tag.deletedFile: {
        const field = 'deleted file';
        edit.deletedFiles.push({ level: level(field), number: required(reader.varint64(), field) });
        break;
      }
      case Tag.newFile: {
        const field = 'new-file entry';
        edit.newFiles.push({
          level: level(field),
          file: {
            number: required(reader.varint64(), field),
            size: required(reader.varint64(), field),
            smallest: internalKey(field),
            largest: internalKey(field),
          },
        });
        break;
      }
      default:
        throw fail('unknown tag');
    }
  }
  return edit;
}
