import { addU64, maxU64, type U64, u64FromParts } from '../bytes/u64';
import { type Kernel, returnKernel, takeKernel } from '../kernel/kernel';
import { PIECE_SIZE } from './block-source';
import { BLOCK_SIZE } from './format';

/** Smaller logs are read before a kernel is there. */
const LEAST_BYTES = 2 * BLOCK_SIZE;
const MAX_RECORDS = 8192;
const MAX_OPERATIONS = 32768;
/** Of a record and of an operation in the kernel's lists (kernel/assembly/log-scan.ts, batches.ts). */
const RECORD_NUMBERS = 8;
const OPERATION_NUMBERS = 5;
/** A tag is longer than what stands for it in a batch. */
const MAX_ARENA = PIECE_SIZE + 8 * MAX_OPERATIONS;
/** Behind each part: what may be read or written past its end. */
const SLACK = 64;

const RECORDS = PIECE_SIZE + SLACK;
const OPERATIONS = RECORDS + 4 * RECORD_NUMBERS * MAX_RECORDS;
const ARENA = OPERATIONS + 4 * OPERATION_NUMBERS * MAX_OPERATIONS;
const FIELDS = ARENA + MAX_ARENA + SLACK;

/** What entries are added to as the kernel writes them: a memtable. */
export interface EntryTarget {
  /** Bytes of its arena that are in use. */
  readonly bytes: number;
  /** Numbers it keeps for each entry: where key, value and end are in the arena, and what it likes. */
  readonly stride: number;
  /** Takes entries over: nothing is kept of the arrays. */
  addEntries(arena: Uint8Array, fields: Uint32Array): void;
}

/**
 * A piece of a log in the kernel's memory, and what it lists of it: whole sound records, and the operations of the sound
 * batches in them.
 */
export class LogPieces {
  /** Here a piece is read, PIECE_SIZE bytes. Offsets in the lists count from its beginning. */
  readonly buffer: Uint8Array;
  /** The records listed last. */
  records = 0;
  /** Where that scan stopped. */
  stop = 0;
  /** The batches parsed last: records [batchesFrom, batchesEnd). */
  batchesFrom = 0;
  batchesEnd = 0;
  readonly kernel: Kernel;
  private readonly memory: Uint8Array;
  private readonly numbers: Uint32Array;

  /** For a log of so many bytes; undefined where there is no kernel or it does not pay. */
  static of(bytes: number): LogPieces | undefined {
    if (bytes < LEAST_BYTES) return undefined;
    const kernel = takeKernel();
    // The fields of an entry are four numbers at most.
    const memory = kernel?.room(FIELDS + 16 * MAX_OPERATIONS + SLACK);
    return kernel && memory && new LogPieces(kernel, memory);
  }

  private constructor(kernel: Kernel, memory: Uint8Array) {
    this.kernel = kernel;
    this.memory = memory;
    this.buffer = memory.subarray(kernel.heap, kernel.heap + PIECE_SIZE);
    this.numbers = new Uint32Array(memory.buffer);
  }

  /** Lists the records in [from, end) of the buffer, as far as they are whole and sound. */
  scan(from: number, end: number): number {
    const { heap, exports } = this.kernel;
    this.records = exports.scanLog(heap, from, end, heap + RECORDS, MAX_RECORDS);
    this.stop = exports.logStop.value >>> 0;
    this.batchesFrom = this.batchesEnd = 0;
    return this.records;
  }

  /** Parses the batches of the records from `from` on, up to one that is not sound; returns the record behind them. */
  parse(from: number): number {
    const { heap, exports } = this.kernel;
    const records = heap + RECORDS + 4 * RECORD_NUMBERS * from;
    this.batchesFrom = from;
    this.batchesEnd =
      from + exports.parseBatches(heap, records, this.records - from, heap + OPERATIONS, MAX_OPERATIONS);
    return this.batchesEnd;
  }

  /** Offsets of a record: of its first header, its payload, the payload's end and its last fragment's end. */
  headerOffset(record: number): number {
    return this.numbers[this.place(record)];
  }

  payloadStart(record: number): number {
    return this.numbers[this.place(record) + 1];
  }

  payloadEnd(record: number): number {
    return this.numbers[this.place(record) + 2];
  }

  end(record: number): number {
    return this.numbers[this.place(record) + 3];
  }

  /** Of a batch that was parsed: its sequence, as stored, and its count. */
  sequence(record: number): U64 {
    const at = this.place(record) + 4;
    return u64FromParts(this.numbers[at + 1], this.numbers[at]);
  }

  count(record: number): number {
    return this.numbers[this.place(record) + 6];
  }

  /** Whether each of the batches parsed last begins with the sequence behind the one before. */
  get isInSequence(): boolean {
    const { batchesFrom, batchesEnd, kernel } = this;
    return kernel.exports.batchesFollow(4 * this.place(batchesFrom), batchesEnd - batchesFrom) !== 0;
  }

  /** The greatest sequence that an operation of the batches has that were parsed last; 0 if they have none. */
  lastSequence(): U64 {
    let last: U64 = 0;
    for (let record = this.batchesFrom; record < this.batchesEnd; record++) {
      const count = this.count(record);
      if (count > 0) last = maxU64(last, addU64(this.sequence(record), count - 1));
    }
    return last;
  }

  /** How many operations the batches have that were parsed last. */
  get operations(): number {
    return this.numbers[this.place(this.batchesEnd - 1) + 7];
  }

  /**
   * Adds the operations of the batches from `from` on, up to the one with which the usage that the kernel counts passes
   * `limit`; returns the record behind it.
   */
  addTo(target: EntryTarget, from: number, limit: number): number {
    const { batchesFrom, batchesEnd, memory } = this;
    const { heap, exports } = this.kernel;
    const { stride } = target;
    const behind = exports.addBatches(
      heap,
      heap + RECORDS + 4 * RECORD_NUMBERS * batchesFrom,
      from - batchesFrom,
      batchesEnd - batchesFrom,
      heap + OPERATIONS,
      heap + ARENA,
      target.bytes,
      heap + FIELDS,
      stride,
      limit,
    );
    const arena = heap + ARENA;
    const fields = (heap + FIELDS) >> 2;
    target.addEntries(
      memory.subarray(arena, arena + exports.arenaFilled.value),
      this.numbers.subarray(fields, fields + stride * exports.entriesAdded.value),
    );
    return batchesFrom + behind;
  }

  release(): void {
    returnKernel(this.kernel);
  }

  private place(record: number): number {
    return ((this.kernel.heap + RECORDS) >> 2) + RECORD_NUMBERS * record;
  }
}
