// One block from the file to its decoded contents (table/format.cc, ReadBlock).

import { crc32c, unmaskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import { CodecError, type CodecOptions, type Compression, decodeBlock } from '../codec/codec';
import type { RandomAccessFile } from '../env/env';
import { corruption, type LsmError, type Problem, type ProblemCode } from '../problem';
import { BLOCK_TRAILER_SIZE, type BlockHandle, readAt } from './format';

export interface ReadBlockOptions {
  /** The file's short name, for errors. */
  name: string;
  /** Whether a wrong checksum is an error (default true). It is computed in any case. */
  verifyChecksums?: boolean | undefined;
  codec?: CodecOptions | undefined;
}

/** A block and what its trailer says. */
export interface LoadedBlock {
  /** The decoded contents; nobody else holds the buffer. */
  bytes: Uint8Array;
  compression: Compression;
  /** The trailer's type byte. */
  type: number;
  /** Offset of the block in the file. */
  offset: number;
  /** Bytes of the contents as stored, without the trailer. */
  storedSize: number;
  /** Unmasked. */
  crcStored: number;
  crcComputed: number;
  crcOk: boolean;
}

/** A block's bytes as they lie in the file: contents, type byte and checksum, checked against each other only. */
export interface StoredBlock {
  /** The contents as stored, without the trailer. */
  stored: Uint8Array;
  type: number;
  crcStored: number;
  crcComputed: number;
}

/**
 * Reads and decodes the block that `handle` names. The handle is held against the file's size before anything is
 * allocated. Throws a Corruption: `bad block handle`, `truncated block read`, `block checksum mismatch`, `bad
 * block type`, `corrupted snappy compressed block length` and its kin; or an IO error.
 */
export function readBlock(
  file: RandomAccessFile,
  fileSize: number,
  handle: BlockHandle,
  options: ReadBlockOptions,
): LoadedBlock {
  const { stored, type, crcStored, crcComputed } = readStoredBlock(file, fileSize, handle, options.name);
  const crcOk = crcStored === crcComputed;
  if (!crcOk && options.verifyChecksums !== false) {
    throw corruption('checksum-mismatch', 'block checksum mismatch', options.name, handle.offset);
  }
  try {
    const { bytes, compression } = decodeBlock(type, stored, options.codec);
    const { offset, size: storedSize } = handle;
    return { bytes, compression, type, offset, storedSize, crcStored, crcComputed, crcOk };
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    const code = error.unknownType ? 'unknown-compression' : 'bad-block';
    throw corruption(code, error.message, options.name, handle.offset);
  }
}

/** readBlock without judging the checksum and without decoding. */
export function readStoredBlock(
  file: RandomAccessFile,
  fileSize: number,
  handle: BlockHandle,
  name: string,
): StoredBlock {
  const { offset, size } = handle;
  const length = size + BLOCK_TRAILER_SIZE;
  if (offset < 0 || size < 0 || offset >= fileSize || !Number.isSafeInteger(offset + length)) {
    throw corruption('bad-block', 'bad block handle', name, offset);
  }
  if (offset + length > fileSize) throw corruption('bad-block', 'truncated block read', name, offset);
  const bytes = new Uint8Array(length);
  if (readAt(file, offset, bytes, name) !== length) {
    throw corruption('bad-block', 'truncated block read', name, offset);
  }
  return {
    stored: bytes.subarray(0, size),
    type: bytes[size],
    crcStored: unmaskCrc(readFixed32(bytes, size + 1)),
    crcComputed: crc32c(bytes, 0, size + 1),
  };
}

/** The problem that an LsmError about a block amounts to. */
export function blockProblem(error: LsmError, file: string, handle: BlockHandle, detail = ''): Problem {
  return {
    severity: 'error',
    file,
    offset: handle.offset,
    length: handle.size + BLOCK_TRAILER_SIZE,
    // Reading and parsing blocks gives no code that is not a problem's.
    code: error.code as ProblemCode,
    message: error.message + detail,
  };
}
