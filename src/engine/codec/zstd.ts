// Zstandard (RFC 8878), as much as LevelDB needs: one frame, without a dictionary.
//
//   frame  := magic (28 b5 2f fd) descriptor window? content-size? block* checksum?
//   block  := header (3 bytes: last 1 bit, type 2 bits, size 21 bits) contents
//             type 0 raw, 1 one byte repeated `size` times, 2 compressed: literals, then sequences
//
// Our own decoder, because npm's `fzstd` loops for minutes on a few hostile bytes: it trusts the lengths of matches,
// and a Huffman tree's description whose states take no bits never ends.

import { readFixed16, readFixed32, readFixed64 } from '../bytes/fixed';
import { CodecError } from './codec-error';
import { damaged } from './zstd-entropy';
import { decodeFourStreams, decodeStream, type HuffmanTable, readHuffman } from './zstd-huffman';
import { decodeSequences, type SequenceState } from './zstd-sequences';

const MAGIC = 0xfd2fb528;
const MAX_BLOCK = 1 << 17;
const MAX_WINDOW_LOG = 31;
const CHECKSUM_SIZE = 4;

interface Frame {
  blocksStart: number;
  /** Bytes after decoding; undefined if not declared. */
  contentSize: number | undefined;
  /** No block is larger, stored or decoded. */
  maxBlock: number;
  hasChecksum: boolean;
}

/**
 * The bytes that the frame `stored` stands for. Throws CodecError with LevelDB's words: `corrupted zstd compressed
 * block length` for a bad frame header, and for a size that is above `limit` or that the blocks cannot give; `...
 * contents` for anything else: damage, a dictionary, bytes behind the frame. What is allocated grows with what has
 * been decoded, never with what is declared.
 *
 * LevelDB declares the content size and writes no content checksum. A frame without a size is decoded all the same;
 * a checksum is not verified (the block's own one has been). An empty frame has a bad length for LevelDB too.
 */
export function decodeZstd(stored: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const frame = readFrameHeader(stored);
  const bound = frame && Math.min(limit, outputBound(stored, frame));
  if (!frame || bound === undefined || (frame.contentSize ?? 1) > bound || frame.contentSize === 0) {
    throw new CodecError('corrupted zstd compressed block length');
  }
  return new Decoder(stored, frame, frame.contentSize ?? bound).decode();
}

/** Undefined if it is none. Throws for a dictionary: LevelDB reads the length then, but not the contents. */
function readFrameHeader(stored: Uint8Array): Frame | undefined {
  if (stored.length < 6 || readFixed32(stored, 0) !== MAGIC) return undefined;
  const descriptor = stored[4];
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const dictionarySize = [0, 1, 2, 4][descriptor & 3];
  const sizeWidth = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >>> 6];
  const dictionaryStart = isSingleSegment ? 5 : 6;
  const sizeStart = dictionaryStart + dictionarySize;
  const blocksStart = sizeStart + sizeWidth;
  if ((descriptor & 8) !== 0 || blocksStart > stored.length) return undefined;

  let contentSize: number | undefined;
  if (sizeWidth === 1) contentSize = stored[sizeStart];
  else if (sizeWidth === 2) contentSize = readFixed16(stored, sizeStart) + 256;
  else if (sizeWidth === 4) contentSize = readFixed32(stored, sizeStart);
  else if (sizeWidth === 8) contentSize = Number(readFixed64(stored, sizeStart));

  let window = contentSize ?? 0;
  if (!isSingleSegment) {
    const log = 10 + (stored[5] >>> 3);
    if (log > MAX_WINDOW_LOG) return undefined;
    window = 2 ** log + 2 ** (log - 3) * (stored[5] & 7);
  }
  if (stored.subarray(dictionaryStart, sizeStart).some((byte) => byte !== 0)) damaged();
  return {
    blocksStart,
    contentSize,
    maxBlock: Math.min(MAX_BLOCK, window),
    hasChecksum: (descriptor & 4) !== 0,
  };
}

/** What the blocks can give at most, from their headers alone. Throws if they do not end where `stored` does. */
function outputBound(stored: Uint8Array, frame: Frame): number {
  let position = frame.blocksStart;
  let bound = 0;
  for (let isLast = false; !isLast; ) {
    const block = readBlockHeader(stored, position, frame.maxBlock);
    bound += block.type === 2 ? frame.maxBlock : block.size;
    position = block.end;
    isLast = block.isLast;
  }
  if (position + (frame.hasChecksum ? CHECKSUM_SIZE : 0) !== stored.length) damaged();
  return bound;
}

interface Block {
  isLast: boolean;
  type: number;
  /** Bytes after decoding for types 0 and 1, stored bytes for type 2. */
  size: number;
  start: number;
  end: number;
}

function readBlockHeader(stored: Uint8Array, position: number, maxBlock: number): Block {
  if (stored.length - position < 3) damaged();
  const header = readFixed16(stored, position) | (stored[position + 2] << 16);
  const type = (header >>> 1) & 3;
  const size = header >>> 3;
  const start = position + 3;
  const end = start + (type === 1 ? 1 : size);
  if (type === 3 || size > maxBlock || end > stored.length) damaged();
  return { isLast: (header & 1) !== 0, type, size, start, end };
}

class Decoder {
  private readonly stored: Uint8Array;
  private readonly frame: Frame;
  /** The output may not pass this. */
  private readonly limit: number;
  private out: Uint8Array<ArrayBuffer>;
  private filled = 0;
  private huffman: HuffmanTable | undefined;
  private readonly sequences: SequenceState = { tables: undefined, recent: [1, 4, 8] };

  constructor(stored: Uint8Array, frame: Frame, limit: number) {
    this.stored = stored;
    this.frame = frame;
    this.limit = limit;
    this.out = new Uint8Array(Math.min(limit, Math.max(MAX_BLOCK, stored.length * 8)));
  }

  decode(): Uint8Array<ArrayBuffer> {
    const { stored, frame } = this;
    let position = frame.blocksStart;
    for (let isLast = false; !isLast; ) {
      const block = readBlockHeader(stored, position, frame.maxBlock);
      this.decodeBlock(block);
      position = block.end;
      isLast = block.isLast;
    }
    const { out, filled } = this;
    if (frame.contentSize !== undefined && filled !== frame.contentSize) damaged();
    return filled === out.length ? out : out.slice(0, filled);
  }

  private decodeBlock({ type, size, start, end }: Block): void {
    const { stored } = this;
    const limit = this.reserve(type === 2 ? this.frame.maxBlock : size);
    if (type === 2) {
      const { literals, next } = this.readLiterals(start, end);
      this.filled = decodeSequences(
        this.sequences,
        stored,
        next,
        end,
        literals,
        this.out,
        this.filled,
        limit,
      );
      return;
    }
    if (this.filled + size > limit) damaged();
    if (type === 0) this.out.set(stored.subarray(start, end), this.filled);
    else this.out.fill(stored[start], this.filled, this.filled + size);
    this.filled += size;
  }

  /** Makes room for `size` more bytes, as far as the limit goes; returns where the room ends. */
  private reserve(size: number): number {
    const end = Math.min(this.limit, this.filled + size);
    if (end > this.out.length) {
      const grown = new Uint8Array(Math.min(this.limit, Math.max(end, this.out.length * 2)));
      grown.set(this.out.subarray(0, this.filled));
      this.out = grown;
    }
    return end;
  }

  /** The literals section of a compressed block; `next` is where the sequences begin. */
  private readLiterals(start: number, end: number): { literals: Uint8Array; next: number } {
    const { stored } = this;
    if (start >= end) damaged();
    const type = stored[start] & 3;
    const format = (stored[start] >>> 2) & 3;
    const isCompressed = type >= 2;
    const headerSize = isCompressed ? [3, 3, 4, 5][format] : [1, 2, 1, 3][format];
    const data = start + headerSize;
    if (data > end) damaged();

    if (!isCompressed) {
      let size = stored[start] >>> (headerSize === 1 ? 3 : 4);
      if (headerSize > 1) size |= stored[start + 1] << 4;
      if (headerSize > 2) size |= stored[start + 2] << 12;
      const next = data + (type === 0 ? size : 1);
      if (size > this.frame.maxBlock || next > end) damaged();
      const literals = type === 0 ? stored.subarray(data, next) : new Uint8Array(size).fill(stored[data]);
      return { literals, next };
    }

    // Two sizes of 10, 14 or 18 bits behind four bits of type and format: up to 40 bits, hence no shifts.
    const width = [10, 10, 14, 18][format];
    let header = 0;
    for (let i = headerSize - 1; i >= 0; i--) header = header * 256 + stored[start + i];
    const sizes = Math.floor(header / 16);
    const size = sizes % 2 ** width;
    const next = data + Math.floor(sizes / 2 ** width);
    if (size > this.frame.maxBlock || next > end) damaged();
    let streams = data;
    if (type === 2) {
      const { table, next: behind } = readHuffman(stored, data, next);
      this.huffman = table;
      streams = behind;
    }
    const huffman = this.huffman ?? damaged();
    const literals = new Uint8Array(size);
    if (format === 0) decodeStream(huffman, stored, streams, next, literals, 0, size);
    else decodeFourStreams(huffman, stored, streams, next, literals);
    return { literals, next };
  }
}
