import { CodecError } from './codec-error';
import { decodeSnappy } from './snappy';
import { decodeZstd } from './zstd';

export { CodecError } from './codec-error';

/** The compression byte of a block's trailer (include/leveldb/options.h; 4 is Mojang's). */
export const CompressionType = {
  none: 0,
  snappy: 1,
  /** zstd in LevelDB's head; in Mojang's fork the same number is zlib. */
  zstd: 2,
  zlibRaw: 4,
} as const;

/** How a block was stored, by name. */
export type Compression = 'none' | 'snappy' | 'zstd' | 'zlib' | 'zlib-raw';

/**
 * Inflates deflated data with a zlib header (`raw` false) or without. Throws if the data is damaged or would
 * give more than `limit` bytes. The platform brings it (env/node.ts): every host has a good one.
 */
export type Inflate = (data: Uint8Array, raw: boolean, limit: number) => Uint8Array;

export interface CodecOptions {
  inflate?: Inflate;
  /**
   * How to read compression byte 2 where the data does not tell. Set when a zlib block was met: share the options
   * among the tables of a directory, and each learns from the others.
   */
  preferZlib?: boolean;
}

export interface DecodedBlock {
  bytes: Uint8Array;
  compression: Compression;
}

/** No sound block is larger: LevelDB's block sizes are clipped to 4 MiB, but one large value makes a block of its own. */
const MAX_BLOCK_BYTES = 1 << 30;
/** Deflate cannot do better than 1032 to 1. */
const MAX_DEFLATE_RATIO = 1032;
const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * Decodes the contents of a block. `stored` may be returned itself (type none).
 * Throws CodecError; never allocates more than what `stored` can expand to.
 */
export function decodeBlock(type: number, stored: Uint8Array, options: CodecOptions = {}): DecodedBlock {
  switch (type) {
    case CompressionType.none:
      return { bytes: stored, compression: 'none' };
    case CompressionType.snappy:
      return { bytes: decodeSnappy(stored), compression: 'snappy' };
    case CompressionType.zstd:
      return decodeType2(stored, options);
    case CompressionType.zlibRaw:
      return { bytes: inflate(stored, true, options), compression: 'zlib-raw' };
    default:
      throw new CodecError('bad block type', true);
  }
}

/**
 * Compression byte 2 is zstd to LevelDB and zlib to Mojang. The first bytes tell: zstd frames have a magic
 * number, zlib streams a checked header, and no data begins with both.
 */
function decodeType2(stored: Uint8Array, options: CodecOptions): DecodedBlock {
  const zstd = ZSTD_MAGIC.every((byte, i) => stored[i] === byte);
  const zlib = !zstd && (looksLikeZlib(stored) || options.preferZlib === true);
  if (!zlib) return { bytes: decodeZstd(stored, MAX_BLOCK_BYTES), compression: 'zstd' };
  const bytes = inflate(stored, false, options);
  options.preferZlib = true;
  return { bytes, compression: 'zlib' };
}

/** RFC 1950: method 8, window at most 32 KiB, header divisible by 31, no preset dictionary. */
function looksLikeZlib(stored: Uint8Array): boolean {
  return (
    stored.length >= 2 &&
    (stored[0] & 0x0f) === 8 &&
    stored[0] >>> 4 <= 7 &&
    ((stored[0] << 8) | stored[1]) % 31 === 0 &&
    (stored[1] & 0x20) === 0
  );
}

function inflate(stored: Uint8Array, raw: boolean, options: CodecOptions): Uint8Array {
  if (!options.inflate) throw new CodecError('bad block type (no zlib on this platform)', true);
  try {
    return options.inflate(stored, raw, Math.min(MAX_BLOCK_BYTES, stored.length * MAX_DEFLATE_RATIO + 64));
  } catch {
    throw new CodecError('corrupted zlib compressed block contents');
  }
}
