import { ByteWriter } from '../bytes/byte-writer';
import { crc32c, maskCrc } from '../bytes/crc32c';
import { readFixed32 } from '../bytes/fixed';
import type { RandomAccessFile } from '../env/env';
import { BlockSource } from './block-source';
import { BLOCK_SIZE, HEADER_SIZE, MAX_RECORD_TYPE, RecordType } from './format';
import { LogPieces } from './log-pieces';
import { type TailKind, type TornTail, tailKind } from './torn-tail';

/** Hears of what a reader drops (db/log_reader.h, Reader::Reporter). */
export interface LogReporter {
  /**
   * `bytes` is LevelDB's count (payload alone for whole fragments that are dropped, headers too for the rest of a
   * block); `reason` its text without "Corruption: ", or the message of the EnvError if the file cannot be read;
   * `offset` is where in the file the header of the first dropped record stands.
   */
  corruption(bytes: number, reason: string, offset: number): void;
}

export interface LogReaderOptions {
  reporter?: LogReporter;
  /** Verify checksums; true if left out. RepairDB does not. */
  checksum?: boolean;
  /** Records that begin before this file offset are skipped; 0 if left out. */
  initialOffset?: number;
  /** Whether `nextBatches` is going to be asked; not with the two options above. */
  inPieces?: boolean;
}

// What reading a physical record gives besides the types on disk. LevelDB uses these very numbers, hence a record
// whose type on disk is 5 ends the log and one of type 6 is skipped without a report (db/log_reader.h). So here.
const END = MAX_RECORD_TYPE + 1;
const BAD = MAX_RECORD_TYPE + 2;

/**
 * Reads the logical records of a log exactly as LevelDB's Reader does (db/log_reader.cc): same records, same reports,
 * same silences. Never throws for anything in the file.
 *
 *   while (reader.next()) use(reader.record);
 */
export class LogReader {
  /** The record's bytes, after next() gave true. A view, valid until the next call. */
  record: Uint8Array = new Uint8Array(0);
  /** File offset of the header of the record's first fragment (LastRecordOffset). */
  recordOffset = 0;
  /** File offset just past the record's last fragment. */
  recordEnd = 0;

  private readonly file: RandomAccessFile;
  private readonly source: BlockSource;
  private readonly reporter: LogReporter | undefined;
  private readonly checksum: boolean;
  private readonly initialOffset: number;
  private resyncing: boolean;
  /** Where the next header stands in the source's buffer. */
  private position = 0;
  private fragmentStart = 0;
  private fragmentEnd = 0;
  private readonly assembled = new ByteWriter(0);
  private torn: TornTail | undefined;
  private kindOfTail: TailKind = 'torn';
  private pieces: LogPieces | undefined;
  /** The next of the records that are listed in `pieces`. */
  private listed = 0;
  /** Where `pieces` stopped: what stands there is for `readPhysical`. */
  private stoppedAt = -1;

  constructor(file: RandomAccessFile, options: LogReaderOptions = {}) {
    this.file = file;
    this.reporter = options.reporter;
    this.checksum = options.checksum ?? true;
    this.initialOffset = options.initialOffset ?? 0;
    this.resyncing = this.initialOffset > 0;
    const offsetInBlock = this.initialOffset % BLOCK_SIZE;
    // No record begins in a trailer.
    const skipBlock = offsetInBlock > BLOCK_SIZE - 6;
    if (options.inPieces) this.pieces = LogPieces.of(file.size());
    this.source = new BlockSource(
      file,
      this.initialOffset - offsetInBlock + (skipBlock ? BLOCK_SIZE : 0),
      this.pieces?.buffer,
    );
  }

  /**
   * The bytes at the end of the file that LevelDB ignores without a report: a truncated header or payload, or the
   * fragments of a record without its last one. Undefined before the end, or if there are none. Zeros, as in
   * preallocated space, are not torn.
   */
  get tornTail(): TornTail | undefined {
    return this.torn;
  }

  /** What the torn tail looks like on a closer look, which LevelDB does not take. */
  get tornTailKind(): TailKind {
    return this.kindOfTail;
  }

  /**
   * After the end: whether a writer can go on at the end of the file, `size` bytes. It can behind a record, and within
   * the trailer of a block; anything else would make a reader drop what comes behind it.
   */
  canBeContinued(size: number): boolean {
    const trailer = BLOCK_SIZE - (this.recordEnd % BLOCK_SIZE);
    const behind = size - this.recordEnd;
    return behind === 0 || (trailer < HEADER_SIZE && behind > 0 && behind <= trailer);
  }

  /**
   * Moves over many records that hold sound batches, and gives where they are listed; undefined if the next record, or
   * the end, is for `next` to tell. What is given holds until the next call of either.
   */
  nextBatches(): LogPieces | undefined {
    const { pieces } = this;
    if (!pieces || (this.listed === pieces.records && !this.listRecords(pieces))) return undefined;
    const from = this.listed;
    this.listed = pieces.parse(from);
    if (this.listed === from) return undefined;
    this.recordEnd = this.fileOffset(pieces.end(this.listed - 1));
    return pieces;
  }

  /** Where in the file stands what is at `offset` in the buffer of a piece. */
  fileOffset(offset: number): number {
    return this.source.bufferOffset + offset;
  }

  private listRecords(pieces: LogPieces): boolean {
    const { source } = this;
    if (this.position === this.stoppedAt) return false;
    this.listed = 0;
    while (pieces.scan(this.position, source.end) === 0) {
      // Not all of it may have been read.
      const { bufferOffset } = source;
      const isMore = source.readOn(this.position);
      this.position -= source.bufferOffset - bufferOffset;
      if (isMore) continue;
      this.stoppedAt = this.position;
      return false;
    }
    this.position = pieces.stop;
    source.moveTo(pieces.stop);
    return true;
  }

  /** Whether there was a record in the list: it is the next. */
  private takeListed(): boolean {
    const { pieces, listed } = this;
    if (!pieces || listed === pieces.records) return false;
    this.record = this.source.buffer.subarray(pieces.payloadStart(listed), pieces.payloadEnd(listed));
    this.recordOffset = this.fileOffset(pieces.headerOffset(listed));
    this.recordEnd = this.fileOffset(pieces.end(listed));
    this.listed++;
    return true;
  }

  /** Moves to the next record; false at the end. After the end the file's growth is not seen. */
  next(): boolean {
    if (this.takeListed() || this.nextRecord()) return true;
    this.pieces?.release();
    this.pieces = undefined;
    return false;
  }

  private nextRecord(): boolean {
    const { source, assembled } = this;
    // What was listed before lies elsewhere once more is read.
    this.stoppedAt = -1;
    let inFragmented = false;
    let firstOffset = 0; // of the fragmented record
    assembled.truncate(0);
    for (;;) {
      const type = this.readPhysical();
      const { fragmentStart: start, fragmentEnd: end } = this;
      const offset = source.bufferOffset + start - HEADER_SIZE;

      if (this.resyncing) {
        // What follows a first fragment before the initial offset is no news.
        if (type === RecordType.middle) continue;
        this.resyncing = false;
        if (type === RecordType.last) continue;
      }

      switch (type) {
        case RecordType.full:
          // An earlier LevelDB could leave an empty first fragment at a block's end and begin anew.
          if (inFragmented && assembled.length > 0) {
            this.report(assembled.length, 'partial record without end(1)', firstOffset);
          }
          this.record = source.buffer.subarray(start, end);
          this.recordOffset = offset;
          this.recordEnd = source.bufferOffset + end;
          return true;

        case RecordType.first:
          if (inFragmented && assembled.length > 0) {
            this.report(assembled.length, 'partial record without end(2)', firstOffset);
          }
          firstOffset = offset;
          inFragmented = true;
          assembled.truncate(0);
          assembled.bytes(source.buffer, start, end);
          break;

        case RecordType.middle:
          if (inFragmented) assembled.bytes(source.buffer, start, end);
          else this.report(end - start, 'missing start of fragmented record(1)', offset);
          break;

        case RecordType.last:
          if (!inFragmented) {
            this.report(end - start, 'missing start of fragmented record(2)', offset);
            break;
          }
          assembled.bytes(source.buffer, start, end);
          this.record = assembled.view();
          this.recordOffset = firstOffset;
          this.recordEnd = source.bufferOffset + end;
          return true;

        case END:
          // The writer died between two fragments: no damage.
          if (inFragmented) this.tornFrom(firstOffset);
          return false;

        case BAD:
          if (inFragmented) {
            this.report(assembled.length, 'error in middle of record', firstOffset);
            inFragmented = false;
            assembled.truncate(0);
          }
          break;

        default:
          this.report(
            end - start + (inFragmented ? assembled.length : 0),
            `unknown record type ${type}`,
            inFragmented ? firstOffset : offset,
          );
          inFragmented = false;
          assembled.truncate(0);
      }
    }
  }

  /** The type of the next physical record, whose payload becomes the fragment; or END or BAD. */
  private readPhysical(): number {
    const { source } = this;
    while (source.blockEnd - this.position < HEADER_SIZE) {
      if (source.isLast) {
        this.tornFromHere();
        return END;
      }
      const failure = source.advance();
      this.position = source.blockStart;
      if (failure) {
        source.isLast = true;
        this.report(BLOCK_SIZE, failure.message, source.bufferOffset);
        return END;
      }
    }

    const { buffer } = source;
    const header = this.position;
    const length = buffer[header + 4] | (buffer[header + 5] << 8);
    const type = buffer[header + 6];
    const start = header + HEADER_SIZE;
    const end = start + length;
    if (end > source.blockEnd) {
      if (source.isLast) {
        // The writer died within the record, or so LevelDB thinks.
        this.kindOfTail = tailKind(buffer, header, source.blockEnd);
        this.tornFromHere();
        return END;
      }
      this.dropBlock('bad record length');
      return BAD;
    }
    if (type === RecordType.zero && length === 0) {
      // Preallocated space: nothing follows in this block.
      this.position = source.blockEnd;
      return BAD;
    }
    if (this.checksum && readFixed32(buffer, header) !== maskCrc(crc32c(buffer, header + 6, end))) {
      // The length may be what is damaged: what seems to follow cannot be trusted.
      this.dropBlock('checksum mismatch');
      return BAD;
    }
    this.position = end;
    if (source.bufferOffset + header < this.initialOffset) return BAD;
    this.fragmentStart = start;
    this.fragmentEnd = end;
    if (type === END) this.endEarly(source.bufferOffset + header);
    return type;
  }

  private dropBlock(reason: string): void {
    const { source } = this;
    const dropped = source.blockEnd - this.position;
    const offset = source.bufferOffset + this.position;
    this.position = source.blockEnd;
    this.report(dropped, reason, offset);
  }

  /** Reader::ReportDrop: what lies before the initial offset is nobody's concern. */
  private report(bytes: number, reason: string, offset: number): void {
    const begin = this.source.bufferOffset + this.position - bytes;
    // Below zero LevelDB's unsigned difference wraps round, hence is reported.
    if (begin < 0 || begin >= this.initialOffset) this.reporter?.corruption(bytes, reason, offset);
  }

  /** A record with LevelDB's own mark of the end: whatever follows is not looked at. */
  private endEarly(offset: number): void {
    const { source } = this;
    source.isLast = true;
    this.position = source.blockEnd;
    this.kindOfTail = 'foreign';
    this.torn = {
      offset,
      length: Math.max(this.file.size(), source.bufferOffset + source.blockEnd) - offset,
    };
  }

  private tornFromHere(): void {
    const { source } = this;
    for (let i = this.position; i < source.blockEnd; i++) {
      if (source.buffer[i] === 0) continue;
      this.tornFrom(source.bufferOffset + this.position);
      break;
    }
    this.position = source.blockEnd;
  }

  /** Keeps a tail that is already known, unless this one begins earlier. */
  private tornFrom(offset: number): void {
    const { source, torn } = this;
    const end = torn ? torn.offset + torn.length : source.bufferOffset + source.blockEnd;
    if (!torn || offset < torn.offset) this.torn = { offset, length: end - offset };
  }
}
