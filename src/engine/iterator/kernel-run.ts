import { Code, MAX_RUNS, Reuse, RUN_BYTES, RunAt } from '../kernel/merge-layout';
import { GrowingAreas, type MergeMemory } from '../kernel/merge-memory';
import { MemTableCursor } from '../memtable/memtable';
import { LsmError } from '../problem';
import { readRangeAt } from '../table/format';
import { TableCursor } from '../table/table-cursor';
import type { Cursor } from './cursor';
import { LevelCursor } from './level-cursor';

/** The first piece that is read of a run, and how pieces grow: a short scan shall not read much. */
const FIRST_PIECE_BYTES = 64 << 10;
const GROWTH = 4;
/** Pieces of all runs together. */
const ALL_PIECES_BYTES = 16 << 20;
const MOST_PIECE_BYTES = 256 << 10;
const FIRST_ROOM_BYTES = 16 << 10;
const FIRST_KEY_BYTES = 1 << 10;
/** An entry's header in a block: three varint32. */
const MAX_HEADER_BYTES = 15;

/** What became of a block's entries in a compaction so far. */
export interface BlockCounts {
  kept: number;
  shadowed: number;
  deletions: number;
}

/** One child of a merge as the kernel has it. Its cursor stays where it was until `restore`. */
export abstract class KernelRun {
  protected readonly memory: MergeMemory;
  /** Where it lies in the kernel's memory. */
  protected readonly at: number;
  protected readonly areas: GrowingAreas;
  /** What a file could not be read with, if that is why `supply` gave false. A cursor that goes on reads it again. */
  failure: LsmError | undefined;
  /** Its place among the merge's children. */
  readonly child: number;

  constructor(memory: MergeMemory, index: number, child: number) {
    this.memory = memory;
    this.child = child;
    this.at = memory.exports.RUNS.value + index * RUN_BYTES;
    this.areas = new GrowingAreas(memory, this.at);
  }

  /** Tells the kernel of the cursor's present entry. False if there is something unusual about it, or no memory. */
  begin(): boolean {
    return this.prepare() && this.start();
  }

  /** What the kernel asked for. False if there is something unusual about it, or no memory. */
  supply(code: number): boolean {
    switch (code) {
      case Code.needTable:
        return this.nextTable();
      case Code.needPiece:
        return this.readPiece();
      case Code.needRoom:
        return this.makeRoom(2 * this.get(RunAt.wantBytes));
      case Code.needKeyRoom:
        return this.makeKeyRoom(2 * this.get(RunAt.wantBytes));
      default:
        return false;
    }
  }

  get hasEnded(): boolean {
    return this.get(RunAt.valid) === 0;
  }

  /** Of the present block, from the last note or call of this on. */
  takeCounts(): BlockCounts {
    const [kept, shadowed, deletions] = [RunAt.blockKept, RunAt.blockShadowed, RunAt.blockDeletions].map(
      (field) => this.get(field),
    );
    for (const field of [RunAt.blockKept, RunAt.blockShadowed, RunAt.blockDeletions]) this.set(field, 0);
    return { kept, shadowed, deletions };
  }

  /**
   * Blocks that come unchanged in a compaction may be taken over as they are stored, where that is how we would store them:
   * `isCompressed` says how.
   */
  reuseBlocks(_isCompressed: boolean): void {}

  /** A copy of the present key. */
  get key(): Uint8Array {
    const at = this.get(RunAt.keyAt);
    return this.memory.bytes.slice(at, at + this.get(RunAt.keyLength));
  }

  /** What tells of the block with an index entry, which the kernel came to. */
  abstract blockNote(indexEntry: number): () => void;

  /** Bytes that the longest key may have so far. */
  get keyRoom(): number {
    return this.get(RunAt.keyRoom);
  }

  /** Puts the cursor where the kernel stands, or behind the entry that it passed last if `isMoving`. */
  abstract restore(isMoving: boolean): void;

  /** Lays out the present entry's table. */
  protected abstract start(): boolean;
  /** Lays out the next table, or says that the run has ended. */
  protected abstract nextTable(): boolean;
  protected abstract readPiece(): boolean;

  protected prepare(): boolean {
    for (let i = 0; i < RUN_BYTES; i += 4) this.memory.set(this.at + i, 0);
    return this.makeKeyRoom(FIRST_KEY_BYTES);
  }

  protected get(field: number): number {
    return this.memory.get(this.at + field);
  }

  protected set(field: number, value: number): void {
    this.memory.set(this.at + field, value);
  }

  protected makeRoom(bytes: number): boolean {
    return this.areas.grow(RunAt.roomAt, bytes, RunAt.roomBytes);
  }

  /** The key stays. */
  private makeKeyRoom(bytes: number): boolean {
    return this.areas.grow(RunAt.keyAt, bytes, RunAt.keyRoom, this.get(RunAt.keyLength));
  }
}

/** A table, or the tables of a level. */
export class TableRun extends KernelRun {
  private readonly level: LevelCursor | undefined;
  private cursor: TableCursor;
  private readonly mostPieceBytes: number;
  private pieceBytes = FIRST_PIECE_BYTES;
  /** How blocks are stored that are taken over; undefined if none are. */
  private isCompressed: boolean | undefined;

  constructor(
    memory: MergeMemory,
    index: number,
    child: number,
    children: number,
    cursor: TableCursor,
    level: LevelCursor | undefined,
  ) {
    super(memory, index, child);
    this.cursor = cursor;
    this.level = level;
    this.mostPieceBytes = Math.min(
      MOST_PIECE_BYTES,
      Math.max(FIRST_PIECE_BYTES, Math.floor(ALL_PIECES_BYTES / children)),
    );
  }

  /** Lays out the table for a pass over its blocks. False if there is something unusual about it, or no memory. */
  beginPass(): boolean {
    this.pieceBytes = this.mostPieceBytes;
    return this.prepare() && this.makeRoom(FIRST_ROOM_BYTES) && this.layOut();
  }

  /** The pass goes on at an index entry that has `shared` bytes of the one before, behind a block that ends at `end`. */
  goOnAt(indexEntry: number, shared: number, end: number): void {
    this.set(RunAt.indexNext, indexEntry);
    this.set(RunAt.indexKeyLength, shared);
    this.memory.setLong(this.at + RunAt.soundEnd, end);
  }

  /** The index entry of the last block that a pass went over, and the end of that block in the file. */
  get passed(): { indexEntry: number; end: number } {
    return { indexEntry: this.get(RunAt.indexEntry), end: this.memory.getLong(this.at + RunAt.soundEnd) };
  }

  protected start(): boolean {
    const { index, data, error } = this.cursor;
    if (error || !this.makeRoom(FIRST_ROOM_BYTES) || !this.layOut()) return false;
    this.set(RunAt.indexNext, index.entryOffset);
    // The index key before it is not at hand: what this one shares with it there is.
    this.set(RunAt.indexKeyLength, index.shared);
    this.set(RunAt.startEntry, data.entryOffset);
    return true;
  }

  override reuseBlocks(isCompressed: boolean): void {
    this.isCompressed = isCompressed;
    this.set(RunAt.reuse, this.reuse);
  }

  blockNote(indexEntry: number): () => void {
    const { cursor } = this;
    return () => cursor.tellOfBlock(indexEntry);
  }

  protected nextTable(): boolean {
    const next = this.level?.enterNext();
    if (next === undefined) {
      this.set(RunAt.valid, 0);
      return true;
    }
    if (!(next instanceof TableCursor)) return false;
    this.cursor = next;
    return this.layOut();
  }

  protected readPiece(): boolean {
    const { table } = this.cursor;
    const offset = this.memory.getLong(this.at + RunAt.wantOffset);
    const wanted = this.get(RunAt.wantBytes);
    const { metaindex } = table.footer;
    const end = metaindex.offset >= offset + wanted ? metaindex.offset : table.fileSize;
    const length = Math.min(end - offset, Math.max(wanted, this.pieceBytes));
    this.pieceBytes = Math.min(this.mostPieceBytes, this.pieceBytes * GROWTH);
    this.set(RunAt.pieceLength, 0);
    if (!this.areas.grow(RunAt.pieceAt, length)) return false;
    try {
      const { bytes } = this.memory;
      const at = this.get(RunAt.pieceAt);
      if (readRangeAt(table.file, offset, bytes, at, length, table.name) !== length) return false;
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      this.failure = error;
      return false;
    }
    table.bytesRead += length;
    this.memory.setLong(this.at + RunAt.pieceStart, offset);
    this.set(RunAt.pieceLength, length);
    return true;
  }

  restore(isMoving: boolean): void {
    const { level } = this;
    const { cursor } = this;
    const hasPassed = this.get(RunAt.hasPassed) !== 0;
    if (this.get(RunAt.valid) === 0) {
      // A level has moved behind its last table by itself.
      if (!level && hasPassed) this.goBehindPassed(cursor);
      return;
    }
    if (!isMoving) {
      cursor.seekToEntry(this.get(RunAt.indexEntry), this.get(RunAt.entry) - this.get(RunAt.blockAt));
    } else if (hasPassed) this.goBehindPassed(cursor);
    else if (level) {
      // What was entered last may be another cursor than a table's.
      level.current?.seekToFirst();
    } else cursor.seekToFirst();
    level?.skipForward();
  }

  private goBehindPassed(cursor: TableCursor): void {
    const indexEntry = this.get(RunAt.passedIndexEntry);
    const entry = this.get(RunAt.passedEntry);
    cursor.seekToEntry(indexEntry, entry);
    if (cursor.standsOn(indexEntry, entry)) cursor.next();
  }

  /** Another encoder than ours may have compressed what other programs wrote. */
  private get reuse(): number {
    if (this.isCompressed === undefined) return Reuse.none;
    if (!this.isCompressed) return Reuse.plain;
    return this.cursor.table.isOwn ? Reuse.all : Reuse.none;
  }

  /** The table's index block; nothing is known of its file yet. */
  private layOut(): boolean {
    const { table } = this.cursor;
    const { bytes, bad, restartCount, restartOffset } = table.indexBlock;
    this.set(RunAt.hasPassed, 0);
    this.set(RunAt.pieceLength, 0);
    this.set(RunAt.next, 0);
    this.set(RunAt.limit, 0);
    if (bad || restartCount === 0 || table.indexBlock.restartPoint(0) !== 0) return false;
    if (!this.areas.grow(RunAt.indexAt, bytes.length)) return false;
    this.memory.bytes.set(bytes.subarray(0, restartOffset), this.get(RunAt.indexAt));
    this.set(RunAt.indexLimit, restartOffset);
    this.set(RunAt.indexNext, 0);
    this.set(RunAt.indexKeyLength, 0);
    this.memory.setLong(this.at + RunAt.soundEnd, 0);
    this.memory.setLong(this.at + RunAt.fileSize, table.fileSize);
    this.set(RunAt.reuse, this.reuse);
    return true;
  }
}

/** A memtable, handed over as blocks that are made for it. */
export class MemTableRun extends KernelRun {
  private readonly cursor: MemTableCursor;
  /** Of the block that was handed over: where its entries are in the table's order, and in it. */
  private first = 0;
  private readonly starts: number[] = [];
  private pieceBytes = FIRST_PIECE_BYTES;

  constructor(memory: MergeMemory, index: number, child: number, cursor: MemTableCursor) {
    super(memory, index, child);
    this.cursor = cursor;
  }

  protected start(): boolean {
    this.first = this.cursor.position;
    const isFilled = this.fill();
    // The kernel may not take the merge after all.
    this.cursor.moveTo(this.first);
    return isFilled;
  }

  /** A memtable has no blocks. */
  blockNote(): () => void {
    return () => {};
  }

  protected nextTable(): boolean {
    this.first += this.starts.length;
    return this.fill();
  }

  protected readPiece(): boolean {
    return false;
  }

  restore(isMoving: boolean): void {
    if (this.get(RunAt.valid) === 0) {
      this.cursor.moveTo(this.first);
      return;
    }
    if (!isMoving) this.cursor.moveTo(this.placeOf(this.get(RunAt.entry) - this.get(RunAt.blockAt)));
    else if (this.get(RunAt.hasPassed) === 0) this.cursor.moveTo(this.first);
    else this.cursor.moveTo(this.placeOf(this.get(RunAt.passedEntry)) + 1);
  }

  private placeOf(entry: number): number {
    return this.first + this.starts.indexOf(entry);
  }

  /** Hands over the entries from `first` on. */
  private fill(): boolean {
    const { cursor, starts } = this;
    starts.length = 0;
    this.set(RunAt.hasPassed, 0);
    cursor.moveTo(this.first);
    if (!cursor.valid) {
      this.set(RunAt.valid, 0);
      return true;
    }
    const least = MAX_HEADER_BYTES + cursor.valueEnd - cursor.keyStart;
    const room = Math.max(least, this.pieceBytes);
    this.pieceBytes = Math.min(MOST_PIECE_BYTES, this.pieceBytes * GROWTH);
    if (!this.areas.grow(RunAt.pieceAt, room)) return false;
    const { bytes } = this.memory;
    const begin = this.get(RunAt.pieceAt);
    let at = begin;
    for (let i = this.first; cursor.valid; cursor.moveTo(++i)) {
      const { keyBuffer, keyStart, keyEnd, valueEnd } = cursor;
      if (at + MAX_HEADER_BYTES + valueEnd - keyStart > begin + room) break;
      starts.push(at - begin);
      bytes[at++] = 0;
      at = writeVarint32(bytes, at, keyEnd - keyStart);
      at = writeVarint32(bytes, at, valueEnd - keyEnd);
      // Key and value lie one behind the other.
      bytes.set(keyBuffer.subarray(keyStart, valueEnd), at);
      at += valueEnd - keyStart;
    }
    this.set(RunAt.blockAt, begin);
    this.set(RunAt.next, begin);
    this.set(RunAt.limit, at);
    this.set(RunAt.keyLength, 0);
    return true;
  }
}

function writeVarint32(bytes: Uint8Array, at: number, value: number): number {
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
  bytes[at++] = rest;
  return at;
}

/** The runs of a merge's children; undefined if the kernel cannot take one of them. */
export function kernelRuns(memory: MergeMemory, children: readonly Cursor[]): KernelRun[] | undefined {
  if (children.length > MAX_RUNS) return undefined;
  const runs: KernelRun[] = [];
  for (const [place, child] of children.entries()) {
    if (child.error) return undefined;
    if (!child.valid) continue;
    const index = runs.length;
    const cursor = child instanceof LevelCursor ? child.current : child;
    if (cursor instanceof TableCursor) {
      const level = child instanceof LevelCursor ? child : undefined;
      runs.push(new TableRun(memory, index, place, children.length, cursor, level));
    } else if (cursor instanceof MemTableCursor) runs.push(new MemTableRun(memory, index, place, cursor));
    else return undefined;
  }
  return runs;
}
