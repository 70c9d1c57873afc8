// The frame of a table file (table/format.h, doc/table_format.md):
//
//   data block 1 .. n | filter block? | metaindex block | index block | footer
//
//   block   = contents | type: u8 | fixed32 masked crc32c(contents, type)
//   handle  = varint64 offset | varint64 size of the contents
//   footer  = metaindex handle | index handle | zeros up to 40 | fixed64 magic          (48 bytes)

import { ByteReader } from '../bytes/byte-reader';
import { ByteWriter } from '../bytes/byte-writer';
import { readFixed32 } from '../bytes/fixed';
import { EnvError, type RandomAccessFile } from '../env/env';
import { corruption, LsmError } from '../problem';

/** Compression type (1 byte) and masked checksum (4), behind every block. */
export const BLOCK_TRAILER_SIZE = 5;
export const FOOTER_SIZE = 48;
/** Two varint64. */
export const MAX_HANDLE_SIZE = 20;
/** The first 64 bits of the SHA-1 of `http://code.google.com/p/leveldb/`, in halves. */
export const TABLE_MAGIC_LOW = 0x8b80fb57;
export const TABLE_MAGIC_HIGH = 0xdb477524;

/** Where a block's contents lie in the file, in bytes; the trailer comes behind them and is not counted. */
export interface BlockHandle {
  offset: number;
  size: number;
}

export interface Footer {
  metaindex: BlockHandle;
  index: BlockHandle;
}

export function writeBlockHandle(out: ByteWriter, handle: BlockHandle): void {
  out.varint64(handle.offset);
  out.varint64(handle.size);
}

export function encodeBlockHandle(handle: BlockHandle): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(MAX_HANDLE_SIZE);
  writeBlockHandle(out, handle);
  return out.toBytes();
}

/**
 * Reads a handle, or undefined if it does not decode or names bytes that no file has: what lies above 2^53 is
 * refused, so that sums of offset and size stay exact. Bytes behind it are left alone (table/table.cc,
 * BlockReader: "extra stuff" is allowed).
 */
export function readBlockHandle(reader: ByteReader): BlockHandle | undefined {
  const offset = reader.varint64();
  const size = reader.varint64();
  if (reader.failed || typeof offset === 'bigint' || typeof size === 'bigint') return undefined;
  return Number.isSafeInteger(offset + size + BLOCK_TRAILER_SIZE) ? { offset, size } : undefined;
}

/**
 * The handle in bytes [start, end), as an index or metaindex entry has it.
 * Throws a Corruption, `bad block handle`, at `file` and `offset`.
 */
export function decodeBlockHandle(
  bytes: Uint8Array,
  start = 0,
  end = bytes.length,
  file?: string,
  offset?: number,
): BlockHandle {
  const handle = readBlockHandle(new ByteReader(bytes, start, end));
  if (!handle) throw corruption('bad-block', 'bad block handle', file, offset);
  return handle;
}

export function encodeFooter(footer: Footer): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(FOOTER_SIZE);
  writeBlockHandle(out, footer.metaindex);
  writeBlockHandle(out, footer.index);
  out.bytes(new Uint8Array(2 * MAX_HANDLE_SIZE - out.length));
  out.fixed32(TABLE_MAGIC_LOW);
  out.fixed32(TABLE_MAGIC_HIGH);
  return out.toBytes();
}

/**
 * Takes a footer apart (table/format.cc, Footer::DecodeFrom). Throws a Corruption at `file` and `offset`:
 * `not an sstable (footer too short)`, `not an sstable (bad magic number)` or `bad block handle`.
 */
export function decodeFooter(bytes: Uint8Array, file?: string, offset?: number): Footer {
  if (bytes.length < FOOTER_SIZE) {
    throw corruption('bad-footer', 'not an sstable (footer too short)', file, offset);
  }
  const magic = FOOTER_SIZE - 8;
  if (readFixed32(bytes, magic) !== TABLE_MAGIC_LOW || readFixed32(bytes, magic + 4) !== TABLE_MAGIC_HIGH) {
    throw corruption('bad-footer', 'not an sstable (bad magic number)', file, offset);
  }
  const reader = new ByteReader(bytes, 0, FOOTER_SIZE);
  const metaindex = readBlockHandle(reader);
  const index = metaindex && readBlockHandle(reader);
  if (!metaindex || !index) throw corruption('bad-footer', 'bad block handle', file, offset);
  return { metaindex, index };
}

/**
 * The footer at the end of a file. Besides decodeFooter's errors: `file is too short to be an sstable`, and an
 * IO error if the file cannot be read.
 */
export function readFooter(file: RandomAccessFile, fileSize: number, name: string): Footer {
  if (fileSize < FOOTER_SIZE) {
    throw corruption('bad-footer', 'file is too short to be an sstable', name, 0);
  }
  const offset = fileSize - FOOTER_SIZE;
  const bytes = new Uint8Array(FOOTER_SIZE);
  const count = readAt(file, offset, bytes, name);
  return decodeFooter(bytes.subarray(0, count), name, offset);
}

/** Fills `target` from `offset` and returns the bytes read. The file system's refusals become an IO error here. */
export function readAt(file: RandomAccessFile, offset: number, target: Uint8Array, name: string): number {
  return readRangeAt(file, offset, target, 0, target.length, name);
}

/** Fills `target[start, start + length)` likewise. */
export function readRangeAt(
  file: RandomAccessFile,
  offset: number,
  target: Uint8Array,
  start: number,
  length: number,
  name: string,
): number {
  try {
    return file.read(offset, target, start, length);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    throw new LsmError('IO error', 'unreadable', error.reason, name, offset);
  }
}
