import { EnvError, type RandomAccessFile } from '../env/env';
import { BLOCK_SIZE } from './format';

/** Bytes per read: large enough that the calls cost nothing, small enough to stay in the processor's cache. */
const CHUNK_SIZE = 8 * BLOCK_SIZE;
/** Bytes of a buffer that has room for large records as a whole. */
export const PIECE_SIZE = 32 * BLOCK_SIZE;

/**
 * Walks the blocks of a log. Bytes of the current block: `buffer[blockStart, blockEnd)`. The file may grow
 * meanwhile: its end is where a read comes back short, and nothing that is appended later is seen.
 */
export class BlockSource {
  buffer: Uint8Array;
  /** The block's range in `buffer`; valid until the next advance. */
  blockStart = 0;
  blockEnd = 0;
  /** Where `buffer[0]` stands in the file. */
  bufferOffset: number;
  /** The block is the file's last, that is: shorter than BLOCK_SIZE, and empty at the end of an aligned file. */
  isLast = false;

  private readonly file: RandomAccessFile;
  private filled = 0;
  private reachedEnd = false;
  private chunkSize: number;

  /** `offset` is a multiple of BLOCK_SIZE; `buffer`, if it is given, holds PIECE_SIZE bytes. */
  constructor(file: RandomAccessFile, offset = 0, buffer?: Uint8Array) {
    this.file = file;
    this.bufferOffset = offset;
    if (buffer) {
      this.buffer = buffer;
      this.chunkSize = CHUNK_SIZE;
      return;
    }
    // Room for one byte more than the file has makes the first read of a small file short, hence the only one.
    const room = Math.max(1, file.size() - offset + 1);
    const blocks = Math.ceil(room / BLOCK_SIZE);
    this.chunkSize = blocks === 1 ? room : Math.min(CHUNK_SIZE, blocks * BLOCK_SIZE);
    this.buffer = new Uint8Array(this.chunkSize);
  }

  /** Moves to the next block. Returns the failure if it cannot be read; there is no block then. */
  advance(): EnvError | undefined {
    if (this.blockEnd === this.filled && !this.reachedEnd) {
      const failure = this.fill();
      if (failure) return failure;
    }
    this.blockStart = this.blockEnd;
    this.blockEnd = Math.min(this.filled, this.blockStart + BLOCK_SIZE);
    this.isLast = this.blockEnd - this.blockStart < BLOCK_SIZE;
    return undefined;
  }

  /** Where in `buffer` ends what was read. */
  get end(): number {
    return this.filled;
  }

  /** Moves on within what was read, to the block that `position` is in, or at the end to the last block. */
  moveTo(position: number): void {
    const last = this.filled - (this.filled % BLOCK_SIZE || BLOCK_SIZE);
    this.blockStart = Math.min(position - (position % BLOCK_SIZE), last);
    this.blockEnd = Math.min(this.filled, this.blockStart + BLOCK_SIZE);
    this.isLast = this.blockEnd - this.blockStart < BLOCK_SIZE;
  }

  /**
   * Reads more of the file, behind the block that `position` is in, which moves to the front if it is not there, and
   * `bufferOffset` with it. False if there is no more, or no room.
   */
  readOn(position: number): boolean {
    const from = position - (position % BLOCK_SIZE);
    if (this.reachedEnd) return false;
    if (from === 0 && this.filled > 0) this.chunkSize = this.buffer.length;
    const kept = this.filled - from;
    const wanted = Math.max(0, this.chunkSize - kept);
    this.buffer.copyWithin(0, from, this.filled);
    this.bufferOffset += from;
    this.filled = kept;
    try {
      this.filled += this.file.read(this.bufferOffset + kept, this.buffer, kept, wanted);
      this.reachedEnd = this.filled < kept + wanted;
    } catch (error) {
      // It is met again, and told of, behind what was read.
      if (!(error instanceof EnvError)) throw error;
    }
    if (this.filled === 0) this.blockStart = this.blockEnd = 0;
    else this.moveTo(position - from);
    return this.filled > kept;
  }

  private fill(): EnvError | undefined {
    this.bufferOffset += this.blockEnd;
    this.blockStart = 0;
    this.blockEnd = 0;
    this.filled = 0;
    try {
      this.filled = this.file.read(this.bufferOffset, this.buffer, 0, this.chunkSize);
      this.reachedEnd = this.filled < this.chunkSize;
      if (this.reachedEnd || this.chunkSize >= BLOCK_SIZE) return undefined;
      // It has grown since: a block that is not the file's last has to be whole.
      this.chunkSize = BLOCK_SIZE;
      this.buffer = new Uint8Array(BLOCK_SIZE);
      return this.fill();
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      if (this.chunkSize <= BLOCK_SIZE) return error;
      // LevelDB reads single blocks, hence gets those before a bad sector: do the same from here on.
      this.chunkSize = BLOCK_SIZE;
      return this.fill();
    }
  }
}
