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
  private readonly open = new Map<U64, Table>();
  /** Cursors that may be reading; what is let go of meanwhile is closed when none is left. */
  private readers = 0;
  private readonly doomed: Table[] = [];

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

  /** Throws an LsmError if the table cannot be opened. */
  get({ number, size }: FileMetaData): Table {
    const present = this.open.get(number);
    if (present) {
      this.open.delete(number);
      this.open.set(number, present);
      return present;
    }
    const table = this.openTable(number, Number(size));
    this.open.set(number, table);
    if (this.open.size > this.capacity) {
      const [oldest] = this.open.keys();
      this.evict(oldest);
    }
    return table;
  }

  /** Forgets a table whose file goes. */
  evict(number: U64): void {
    const table = this.open.get(number);
    if (!table) return;
    this.open.delete(number);
    if (this.readers > 0) this.doomed.push(table);
    else table.close();
  }

  /** A cursor begins to read; call the function that is returned when it has ended. */
  hold(): () => void {
    this.readers++;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.readers === 0) for (const table of this.doomed.splice(0)) table.close();
    };
  }

  close(): void {
    for (const table of [...this.open.values(), ...this.doomed.splice(0)]) table.close();
    this.open.clear();
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
