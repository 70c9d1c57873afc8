import { crc32c, unmaskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import type { RandomAccessFile } from '../env/env';
import { BlockSource } from './block-source';
import { BLOCK_SIZE, HEADER_SIZE, MAX_RECORD_TYPE, RecordType } from './format';
import { tailKind } from './torn-tail';

/**
 * What a stretch of a log is:
 * - `record`: a physical record with a sound header and checksum;
 * - `damage`: bytes that LevelDB drops, see `damage`;
 * - `trailer`: up to 6 bytes at a block's end, where no header fits;
 * - `preallocated`: zeros from the place of a header to the end of the block;
 * - `torn`: an incomplete record at the end of the file, which LevelDB ignores.
 */
export type PhysicalKind = 'record' | 'damage' | 'trailer' | 'preallocated' | 'torn';

export interface PhysicalDamage {
  /** File offset and bytes. */
  offset: number;
  length: number;
  /** LevelDB's text; for what it drops without a word, ours. */
  reason: string;
}

/**
 * Walks everything that stands in a log, front to back, for a person to look at: one item for each physical record
 * and for each stretch that is none. The items cover the file without gaps. Behind damage the scan goes on where
 * LevelDB does: at the next block, or behind the record if only its type is unknown. Whether fragments follow each
 * other in a sound order is not judged here (see LogReader).
 */
export class PhysicalRecordScanner {
  kind: PhysicalKind = 'record';
  /** File offset of the item: of the header, if there is one. */
  offset = 0;
  /** Bytes of the file that the item covers. */
  size = 0;
  /** `offset` within its block. */
  blockOffset = 0;
  readonly headerLength = HEADER_SIZE;
  /** The payload in `buffer`, as far as the block has it; empty without a header. Valid until the next call. */
  dataStart = 0;
  dataEnd = 0;
  /** The header's fields, for records and for damage or torn records with a readable header; else 0. */
  length = 0;
  type = 0;
  /** The checksum that the header states, unmasked, and that of type and payload (0 if they are not all there). */
  crcStored = 0;
  crcComputed = 0;
  crcOk = false;
  damage: PhysicalDamage | undefined;

  private readonly source: BlockSource;
  private position = 0;

  constructor(file: RandomAccessFile) {
    this.source = new BlockSource(file);
  }

  get buffer(): Uint8Array {
    return this.source.buffer;
  }

  /** Moves to the next item; false at the end of the file. */
  next(): boolean {
    const { source } = this;
    while (this.position === source.blockEnd) {
      if (source.isLast) return false;
      const failure = source.advance();
      this.position = source.blockStart;
      if (failure) {
        // There is no way to tell how much follows: report the block and stop, as LevelDB does.
        source.isLast = true;
        this.begin(0);
        this.setDamage(BLOCK_SIZE, failure.message);
        return true;
      }
    }

    const left = source.blockEnd - this.position;
    this.begin(left);
    if (left < HEADER_SIZE) {
      const torn = source.isLast && !this.isZero();
      this.kind = torn ? 'torn' : source.isLast ? 'preallocated' : 'trailer';
      return true;
    }
    this.readHeader();
    const wanted = HEADER_SIZE + this.length;
    if (wanted > left) {
      const header = this.dataStart - HEADER_SIZE;
      const torn = source.isLast && tailKind(source.buffer, header, source.blockEnd) === 'torn';
      if (torn) this.kind = 'torn';
      else this.setDamage(left, 'bad record length');
    } else if (this.type === RecordType.zero && this.length === 0) {
      if (this.isZero()) this.kind = 'preallocated';
      else this.setDamage(left, 'bytes behind a zero record');
    } else {
      this.readRecord(wanted, left);
    }
    return true;
  }

  private readRecord(wanted: number, left: number): void {
    const header = this.dataStart - HEADER_SIZE;
    this.crcComputed = crc32c(this.source.buffer, header + 6, header + wanted);
    this.crcOk = this.crcComputed === this.crcStored;
    if (!this.crcOk) {
      this.setDamage(left, 'checksum mismatch');
      return;
    }
    if (this.type === RecordType.zero || this.type > MAX_RECORD_TYPE) {
      this.setDamage(wanted, `unknown record type ${this.type}`);
    } else {
      this.kind = 'record';
    }
    this.cover(wanted);
  }

  /** Begins an item that covers the rest of the block until something better is known. */
  private begin(left: number): void {
    const { source } = this;
    this.offset = source.bufferOffset + this.position;
    this.blockOffset = this.position - source.blockStart;
    this.dataStart = this.dataEnd = this.position;
    this.length = this.type = this.crcStored = this.crcComputed = 0;
    this.crcOk = false;
    this.damage = undefined;
    this.cover(left);
  }

  private cover(size: number): void {
    this.size = size;
    this.position = this.offset - this.source.bufferOffset + size;
  }

  private readHeader(): void {
    const { buffer, blockEnd } = this.source;
    const header = this.dataStart;
    this.crcStored = unmaskCrc(readFixed32(buffer, header));
    this.length = buffer[header + 4] | (buffer[header + 5] << 8);
    this.type = buffer[header + 6];
    this.dataStart = header + HEADER_SIZE;
    this.dataEnd = Math.min(blockEnd, this.dataStart + this.length);
  }

  private setDamage(length: number, reason: string): void {
    this.kind = 'damage';
    this.damage = { offset: this.offset, length, reason };
  }

  private isZero(): boolean {
    const { buffer, blockEnd } = this.source;
    const start = this.offset - this.source.bufferOffset;
    for (let i = start; i < blockEnd; i++) if (buffer[i] !== 0) return false;
    return true;
  }
}
