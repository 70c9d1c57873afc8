import type { U64 } from '../bytes/u64';
import type { CodecOptions } from '../codec/codec';
import { EnvError, type RandomAccessFile, type ReadableEnv } from '../env/env';
import type { Cursor } from '../iterator/cursor';
import { LevelCursor } from '../iterator/level-cursor';
import type { InternalKeyComparator } from '../keys/internal-key';
import { tableFileName } from '../manifest/file-names';
import { type FileRange, findFile, type Version } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import { LsmError, type ProblemCode, type ProblemSink } from '../problem';
import { BlockCache } from '../table/block-cache';
import { Table } from '../table/table';
import type { TableCursor } from '../table/table-cursor';
import { endOfTable, sizeProblem } from '../table/table-size';
import type { TableNames } from './table-names';

/** Tables kept open at a time, and the bytes of their indexes and filters: those of 10 GB, but not of 100 GB, which would be 2 GB or more. */
const OPEN_TABLES = 500;
const MOST_OPEN_BYTES = 192 << 20;
/** What is known of every table is memory, too: the more there are, the less is kept of those that are open. */
const LEAST_OPEN_BYTES = 8 << 20;
const MANY_TABLES = 65_536;
/** Files held open by `pin`, so that they stay readable after LevelDB deleted them. */
const PINNED_FILES = 8000;

interface OpenTable {
  table: Table;
  lastUse: number;
}

export interface TableSetOptions {
  verifyChecksums: boolean;
  codec: CodecOptions;
  sink: ProblemSink;
  /** Of decoded blocks; LevelDB's default if undefined. */
  blockCacheBytes?: number | undefined;
  /** Of the indexes and filters of open tables, about; a default for whole programs if undefined. */
  openTableBytes?: number | undefined;
}

/** How cursors over tables treat blocks. */
export interface BlockUse {
  /** What a cursor showed is gone once it moves. */
  reuseBlocks?: boolean;
  /** Blocks go to the cache: for what is read near the same place again. */
  fillCache?: boolean;
}

/** One run of entries and where it comes from, for merging. */
export interface Run {
  cursor: Cursor;
  /** The name of the file that holds the current entry, and its level; undefined for a log. */
  source(): { name: string; level: number | undefined };
}

/**
 * The tables of one version, opened when they are asked for (db/table_cache.cc). A table that is gone although the
 * version names it throws `vanished` if `movedOn` says that the database changed since, and is damage otherwise.
 */
export class TableSet {
  private readonly env: ReadableEnv;
  private readonly directory: string;
  private readonly names: TableNames;
  private readonly comparator: InternalKeyComparator;
  private readonly options: TableSetOptions;
  private readonly movedOn: () => boolean;
  private readonly cache: BlockCache;
  private readonly openBytes: number;
  private readonly open = new Map<U64, OpenTable>();
  /** Grows with each use of a table. */
  private uses = 0;
  private readonly pinned = new Map<U64, RandomAccessFile>();
  private closed = false;
  /** Reads under way whose tables stay readable, and the files that were to be closed meanwhile. */
  private reads = 0;
  private readonly left: RandomAccessFile[] = [];
  /** Tables that could not be opened, so that each is reported once. */
  private readonly failed = new Map<U64, LsmError>();

  constructor(
    env: ReadableEnv,
    directory: string,
    names: TableNames,
    comparator: InternalKeyComparator,
    options: TableSetOptions,
    movedOn: () => boolean,
  ) {
    this.env = env;
    this.directory = directory;
    this.names = names;
    this.comparator = comparator;
    this.options = options;
    this.cache = new BlockCache(options.blockCacheBytes);
    const { openTableBytes = MOST_OPEN_BYTES } = options;
    this.openBytes = Math.max(LEAST_OPEN_BYTES, openTableBytes * (1 - names.size / MANY_TABLES));
    this.movedOn = movedOn;
  }

  /** The file's name in the folder, or the one that it should have. */
  nameOf(number: U64): string {
    return this.names.get(number) ?? tableFileName(number);
  }

  /** Whether a table is open already. */
  has(number: U64): boolean {
    return this.open.has(number);
  }

  /** An open table. Throws an LsmError if it cannot be read; the first time the sink is told. */
  get(meta: FileMetaData): Table {
    const { number } = meta;
    const present = this.open.get(number);
    if (present) {
      present.lastUse = ++this.uses;
      return present.table;
    }
    const failure = this.failed.get(number);
    if (failure) throw failure;
    if (this.closed) {
      throw new LsmError(
        'IO error',
        'vanished',
        'the database changed while it was read',
        this.nameOf(number),
      );
    }
    const table = this.openTable(meta);
    this.open.set(number, { table, lastUse: ++this.uses });
    this.closeOld();
    return table;
  }

  /** Bytes in memory: indexes and filters of tables that are open, and blocks. */
  get bytesHeld(): number {
    return this.bytesOfOpen() + this.cache.usage;
  }

  /** Runs a read whose cursors may hold more tables than are kept open. */
  reading<T>(read: () => T): T {
    this.reads++;
    try {
      return read();
    } finally {
      if (--this.reads === 0) for (const file of this.left.splice(0)) file.close();
    }
  }

  /**
   * Opens a file so that a scan of it sees one moment; false if there are enough already. Throws `vanished` if the database
   * moved on already.
   */
  pin({ number }: FileMetaData): boolean {
    if (this.pinned.size >= PINNED_FILES) return false;
    if (this.pinned.has(number) || this.failed.has(number)) return true;
    try {
      this.pinned.set(number, this.openFile(number));
    } catch (error) {
      // What is damaged is reported when the scan comes to it.
      if (!(error instanceof LsmError) || error.code === 'vanished') throw error;
    }
    return true;
  }

  /** Lends a table's file, to be read as bytes. Throws an LsmError if it is missing. */
  withFile<T>(number: U64, use: (file: RandomAccessFile) => T): T {
    const pinned = this.pinned.get(number);
    if (pinned) return use(pinned);
    const file = this.openFile(number);
    try {
      return use(file);
    } finally {
      file.close();
    }
  }

  /** The runs of a version, newest first: each table of level 0, then each level. */
  runs(version: Version, levels: readonly FileRange[], use: BlockUse = {}): Run[] {
    const runs: Run[] = [];
    const newest = new Set(levels[0].files);
    for (const file of version.level0NewestFirst().filter((f) => newest.has(f))) {
      const cursor = new LevelCursor(
        1,
        () => this.tableCursor(file, use),
        () => 0,
      );
      runs.push({ cursor, source: () => ({ name: this.nameOf(file.number), level: 0 }) });
    }
    for (let level = 1; level < LEVELS; level++) {
      const { from, to } = levels[level];
      if (from < to) runs.push(this.levelRun(levels[level], level, use));
    }
    return runs;
  }

  /** What still reads from the set gets `vanished` when it comes to the next table. */
  close(): void {
    this.closed = true;
    for (const { table } of this.open.values()) table.close();
    for (const file of [...this.pinned.values(), ...this.left.splice(0)]) file.close();
    this.open.clear();
    this.pinned.clear();
    this.cache.close();
  }

  private levelRun({ files, from, to }: FileRange, level: number, use: BlockUse): Run {
    const find = (target: Uint8Array, start: number, end: number) =>
      findFile(this.comparator, files, target, start, end, from, to) - from;
    // What is looked for here and there comes to the same tables again and again.
    const cursors = new Map<U64, TableCursor>();
    const open = (index: number) =>
      use.reuseBlocks
        ? this.cursorAgain(files[from + index], cursors, use)
        : this.tableCursor(files[from + index], use);
    const cursor = new LevelCursor(to - from, open, find);
    return { cursor, source: () => ({ name: this.nameOf(files[from + cursor.currentRun].number), level }) };
  }

  /** A cursor that was there before, if its table is still open. */
  private cursorAgain(meta: FileMetaData, cursors: Map<U64, TableCursor>, use: BlockUse): Cursor | undefined {
    const known = cursors.get(meta.number);
    const open = this.open.get(meta.number);
    if (known && open?.table === known.table) {
      open.lastUse = ++this.uses;
      return known;
    }
    const made = this.tableCursor(meta, use);
    if (cursors.size === OPEN_TABLES) cursors.clear();
    if (made) cursors.set(meta.number, made);
    return made;
  }

  /** Undefined if the table cannot be opened; the sink was told. */
  private tableCursor(meta: FileMetaData, use: BlockUse): TableCursor | undefined {
    try {
      return this.get(meta).cursor({ fillCache: false, ...use });
    } catch (error) {
      if (error instanceof LsmError && error.code !== 'vanished') return undefined;
      throw error;
    }
  }

  private openTable({ number, size }: FileMetaData): Table {
    const name = this.nameOf(number);
    let file: RandomAccessFile | undefined;
    try {
      file = this.pinned.get(number) ?? this.openFile(number);
      const { verifyChecksums, codec, sink } = this.options;
      const { comparator, cache: blockCache } = this;
      const wrongSize = sizeProblem(file, size, name);
      if (wrongSize) sink(wrongSize);
      const options = { name, comparator, verifyChecksums, codec, sink, blockCache };
      return Table.open(file, options, endOfTable(file, size, name));
    } catch (error) {
      if (!this.pinned.has(number)) file?.close();
      if (!(error instanceof LsmError) || error.code === 'vanished') throw error;
      this.failed.set(number, error);
      const { offset, message } = error;
      const code = error.code === 'io' ? 'unreadable' : error.code;
      this.options.sink({
        severity: 'error',
        file: name,
        ...(offset === undefined ? {} : { offset }),
        code: code as ProblemCode,
        message,
      });
      throw error;
    }
  }

  private openFile(number: U64): RandomAccessFile {
    const name = this.nameOf(number);
    try {
      return this.env.open(this.env.join(this.directory, name));
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      if (error.code !== 'not-found') throw new LsmError('IO error', 'io', error.reason, name);
      if (this.movedOn())
        throw new LsmError('IO error', 'vanished', 'the database changed while it was read', name);
      throw new LsmError('Corruption', 'missing-file', 'No such file or directory', name);
    }
  }

  private bytesOfOpen(): number {
    let bytes = 0;
    for (const { table } of this.open.values()) bytes += table.bytesHeld;
    return bytes;
  }

  /** Closes what was not used for longest until the bounds are kept; the table used last stays. */
  private closeOld(): void {
    let bytes = this.bytesOfOpen();
    while (this.open.size > OPEN_TABLES || (bytes > this.openBytes && this.open.size > 1)) {
      bytes -= this.closeOldest();
    }
  }

  /** A pinned file must stay open: its table's index is dropped, not the descriptor. Returns the bytes given up. */
  private closeOldest(): number {
    let oldest: [number: U64, open: OpenTable] | undefined;
    for (const entry of this.open) if (!oldest || entry[1].lastUse < oldest[1].lastUse) oldest = entry;
    if (!oldest) return 0;
    const [number, { table }] = oldest;
    const { bytesHeld } = table;
    this.open.delete(number);
    table.leaveCache();
    if (this.pinned.has(number)) return bytesHeld;
    if (this.reads > 0) this.left.push(table.file);
    else table.file.close();
    return bytesHeld;
  }
}
