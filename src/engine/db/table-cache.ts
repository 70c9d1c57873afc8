import type { U64 } from '../bytes/u64';
import { EnvError, type RandomAccessFile, type ReadableEnv } from '../env/env';
import type { InternalKeyComparator } from '../keys/internal-key';
import { oldTableFileName, tableFileName } from '../manifest/file-names';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError, type ProblemSink } from '../problem';
import { BlockCache } from '../table/block-cache';
import { internalFilterPolicy } from '../table/filter';
import { Table } from '../table/table';
import type { SanitizedOptions } from './options';

/** Files that a database needs besides its tables (db/db_impl.cc, kNumNonTableCacheFiles). */
const OTHER_FILES = 10;

interface OpenTable {
  readonly table: Table;
  /** How many cursors read it: forgotten meanwhile, it is closed when the last has ended. */
  pins: number;
}

/** A table that stays open, whatever becomes of its file, until `unpin`, which is idempotent. */
export interface PinnedTable {
  readonly table: Table;
  unpin(): void;
}

/** The tables of a database that is written to, opened when they are asked for (db/table_cache.cc). */
export class TableCache {
  readonly blockCache: BlockCache;
  private readonly env: ReadableEnv;
  private readonly directory: string;
  private readonly comparator: InternalKeyComparator;
  private readonly options: SanitizedOptions;
  private readonly sink: ProblemSink;
  private readonly capacity: number;
  /** In order of last use, oldest first. */
  private readonly open = new Map<U64, OpenTable>();
  /** Numbers of tables that were written here, as tables are written now; their blocks are as we would store them. */
  readonly own = new Set<U64>();
  /** Forgotten, but somebody reads them. */
  private readonly forgotten = new Set<OpenTable>();

  constructor(
    env: ReadableEnv,
    directory: string,
    comparator: InternalKeyComparator,
    options: SanitizedOptions,
    sink: ProblemSink,
  ) {
    this.env = env;
    this.directory = directory;
    this.comparator = comparator;
    this.options = options;
    this.sink = sink;
    this.capacity = options.maxOpenFiles - OTHER_FILES;
    this.blockCache = new BlockCache(options.blockCacheBytes);
  }

  nameOf(number: U64): string {
    return tableFileName(number);
  }

  /** Whether a table is open already. */
  has(number: U64): boolean {
    return this.open.has(number);
  }

  /** Throws an LsmError if the table cannot be opened. */
  get(meta: FileMetaData): Table {
    return this.find(meta).table;
  }

  /** Throws an LsmError if the table cannot be opened. */
  pin(meta: FileMetaData): PinnedTable {
    const found = this.find(meta);
    found.pins++;
    let isPinned = true;
    return {
      table: found.table,
      unpin: () => {
        if (!isPinned) return;
        isPinned = false;
        if (--found.pins === 0 && this.forgotten.delete(found)) found.table.close();
      },
    };
  }

  /** Forgets a table whose file goes. */
  evict(number: U64): void {
    this.own.delete(number);
    this.letGo(number);
  }

  close(): void {
    for (const { table } of [...this.open.values(), ...this.forgotten]) table.close();
    this.open.clear();
    this.forgotten.clear();
    this.blockCache.close();
  }

  private letGo(number: U64): void {
    const found = this.open.get(number);
    if (!found) return;
    this.open.delete(number);
    if (found.pins > 0) this.forgotten.add(found);
    else found.table.close();
  }

  private find({ number, size }: FileMetaData): OpenTable {
    const present = this.open.get(number);
    if (present) {
      this.open.delete(number);
      this.open.set(number, present);
      return present;
    }
    const opened = { table: this.openTable(number, Number(size)), pins: 0 };
    opened.table.isOwn = this.own.has(number);
    this.open.set(number, opened);
    if (this.open.size > this.capacity) {
      const [oldest] = this.open.keys();
      this.letGo(oldest);
    }
    return opened;
  }

  private openTable(number: U64, size: number): Table {
    const { comparator, options, sink, blockCache } = this;
    const name = tableFileName(number);
    const file = this.openFile(number);
    try {
      return Table.open(
        file,
        {
          name,
          comparator,
          codec: options.codec,
          verifyChecksums: options.verifyChecksums,
          filterPolicy: options.filterPolicy && internalFilterPolicy(options.filterPolicy),
          sink,
          blockCache,
        },
        size,
      );
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** `.ldb`, or the name that tables had before. */
  private openFile(number: U64): RandomAccessFile {
    const name = tableFileName(number);
    try {
      return this.env.open(this.env.join(this.directory, name));
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      try {
        return this.env.open(this.env.join(this.directory, oldTableFileName(number)));
      } catch (second) {
        if (!(second instanceof EnvError)) throw second;
        throw new LsmError('IO error', 'io', error.message, name);
      }
    }
  }
}
