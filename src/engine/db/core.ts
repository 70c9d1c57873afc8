import type { U64 } from '../bytes/u64';
import {
  EnvError,
  type FileLock,
  ignoreFailure,
  sortedNames,
  type WritableEnv,
  type WritableFile,
} from '../env/env';
import { InternalKeyComparator } from '../keys/internal-key';
import { logFileName, parseFileName } from '../manifest/file-names';
import { LiveVersionSet } from '../manifest/live-version-set';
import { LEVELS, type VersionEdit } from '../manifest/version-edit';
import { ArenaMemTable } from '../memtable/arena-memtable';
import { LsmError } from '../problem';
import { type FilterPolicy, internalFilterPolicy } from '../table/filter';
import { TableBuilder, type TableBuilderOptions } from '../table/table-builder';
import type { Steps, TraceEvent } from '../trace/events';
import type { WorkElsewhere } from './background-thread';
import type { CompactionOutcome } from './compaction-job';
import type { FlushOutcome } from './flush-job';
import { InfoLog } from './info-log';
import { LiveLog } from './live-log';
import type { SanitizedOptions } from './options';
import { ProblemList } from './problem-list';
import { TableCache } from './table-cache';

/** Larger memtables are not kept for the next. */
const MAX_SPARE_BYTES = 32 << 20;

/** A memtable that waits to be flushed. */
export interface FullMemTable {
  memtable: ArenaMemTable;
  /** The log of the memtable behind it: earlier logs are not needed once this one is in a table. */
  nextLog: U64;
}

/** What compactions into a level came to (DBImpl::CompactionStats). */
export interface LevelStats {
  milliseconds: number;
  bytesRead: number;
  bytesWritten: number;
}

/** A compaction that somebody asked for; user keys, both included. */
export interface ManualCompaction {
  level: number;
  begin: Uint8Array | undefined;
  end: Uint8Array | undefined;
  done: boolean;
}

/** A compaction that another thread does. */
export interface Elsewhere {
  readonly work: WorkElsewhere<CompactionOutcome>;
  /** Its outputs have this number or a higher one. */
  readonly firstNumber: U64;
}

/** The state of a database that is open for writing; what works on it are the files beside this one. */
export class DatabaseCore {
  readonly env: WritableEnv;
  readonly directory: string;
  readonly options: SanitizedOptions;
  readonly comparator: InternalKeyComparator;
  readonly versions: LiveVersionSet;
  readonly tables: TableCache;
  readonly infoLog: InfoLog;
  readonly filterPolicy: FilterPolicy | undefined;
  readonly stats: LevelStats[] = Array.from({ length: LEVELS }, () => ({
    milliseconds: 0,
    bytesRead: 0,
    bytesWritten: 0,
  }));
  /** Numbers of tables that are being written: no version names them yet. */
  readonly pendingOutputs = new Set<U64>();
  /** Sequences that readers hold, in ascending order; one can be there several times. */
  readonly snapshots: U64[] = [];
  /** Damage met while reading. */
  readonly problems = new ProblemList();
  memtable: ArenaMemTable;
  /** An empty one. */
  private spare: ArenaMemTable | undefined;
  /** Oldest first. */
  readonly full: FullMemTable[] = [];
  log: LiveLog | undefined;
  lock: FileLock | undefined;
  manual: ManualCompaction | undefined;
  elsewhere: Elsewhere | undefined;
  /** A flush that another thread does. */
  flushing: WorkElsewhere<FlushOutcome> | undefined;
  private shared: SharedArrayBuffer | undefined;
  /** The first failure of work in the background: from then on every write fails with it. */
  failure: Error | undefined;
  isClosing = false;
  /** Whether somebody sees the events, each as it happens; else those of single batches in recovery are left out. */
  isWatched = true;

  constructor(env: WritableEnv, directory: string, options: SanitizedOptions) {
    this.env = env;
    this.directory = directory;
    this.options = options;
    this.versions = new LiveVersionSet(env, directory, options.comparator, options.limits);
    this.comparator = new InternalKeyComparator(options.comparator);
    this.memtable = new ArenaMemTable(this.comparator);
    this.filterPolicy = options.filterPolicy && internalFilterPolicy(options.filterPolicy);
    this.tables = new TableCache(env, directory, this.comparator, options, (problem) =>
      this.problems.add(problem),
    );
    if (options.infoLog) ignoreFailure(() => env.createDirectory(directory));
    this.infoLog = options.infoLog ? InfoLog.open(env, directory, options.now) : InfoLog.none();
  }

  path(name: string): string {
    return this.env.join(this.directory, name);
  }

  newMemTable(): ArenaMemTable {
    const { spare } = this;
    this.spare = undefined;
    return spare ?? new ArenaMemTable(this.comparator);
  }

  /** Takes back a memtable that is in a table now, and of which nobody else knows. */
  recycle(memtable: ArenaMemTable): void {
    if (memtable.arenaBytes <= MAX_SPARE_BYTES && memtable.clear()) this.spare = memtable;
  }

  /** Memory of at least so many bytes for another thread to see, the same each time. */
  sharedMemory(bytes: number): SharedArrayBuffer {
    if (!this.shared || this.shared.byteLength < bytes)
      this.shared = new SharedArrayBuffer(bytes + (bytes >>> 3));
    return this.shared;
  }

  /** `onBlock` is told of each data block. */
  newTableBuilder(
    append: (bytes: Uint8Array) => void,
    onBlock?: TableBuilderOptions['onBlock'],
  ): TableBuilder {
    const { blockSize, blockRestartInterval, compression } = this.options;
    const { comparator, filterPolicy } = this;
    return new TableBuilder(
      { comparator, blockSize, blockRestartInterval, compression, filterPolicy, onBlock },
      append,
    );
  }

  /** Begins a log; the one before is closed. Throws EnvError if there is no new log. */
  beginLog(number: U64): void {
    const file = this.env.create(this.path(logFileName(number)));
    const before = this.log;
    this.useLog(number, file, 0);
    try {
      before?.close();
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      // The end of the log before may be lost. The new one is begun all the same, but nothing more is written.
      this.recordFailure(error);
    }
  }

  /**
   * Writes an edit to the MANIFEST and makes its version the current one (LiveVersionSet). `areNamesDurable`: those of the
   * edit's tables are.
   */
  logAndApply(edit: VersionEdit, areNamesDurable = false): void {
    this.versions.logAndApply(edit, areNamesDurable);
    // Else the directory was synced, with the log in it.
    if (!areNamesDurable) this.log?.nameIsDurable();
  }

  useLog(number: U64, file: WritableFile, size: number): void {
    this.log = new LiveLog(this.env, this.directory, number, file, size);
  }

  /** The sequence at or below which nothing that is hidden is seen by anybody. */
  smallestSnapshot(): U64 {
    return this.snapshots[0] ?? this.versions.lastSequence;
  }

  /** Whether somebody sees events, of blocks too. */
  get isTold(): boolean {
    return this.isWatched || this.options.trace !== undefined;
  }

  /** Gives an event to whoever watches. */
  tell(event: TraceEvent): void {
    this.options.trace?.(event);
  }

  recordFailure(error: unknown): void {
    if (this.failure) return;
    this.failure = error instanceof Error ? error : new Error(String(error));
  }

  /**
   * Removes the files that no version in use and no log number keeps (RemoveObsoleteFiles). After a failure nothing is
   * removed: nobody knows which version is the one on disk.
   */
  *removeObsoleteFiles(): Steps<void> {
    if (this.failure) return;
    const { versions } = this;
    const live = versions.liveFiles();
    const firstElsewhere = this.elsewhere?.firstNumber ?? Infinity;
    for (const number of this.pendingOutputs) live.add(number);
    // What is not found now is found the next time.
    for (const name of ignoreFailure(() => sortedNames(this.env, this.directory)) ?? []) {
      const parsed = parseFileName(name);
      if (!parsed) continue;
      const { kind, number } = parsed;
      if (kind === 'current' || kind === 'lock' || kind === 'info-log') continue;
      const keep =
        kind === 'log'
          ? number >= versions.logNumber || number === versions.prevLogNumber
          : kind === 'manifest'
            ? number >= versions.manifestNumber
            : live.has(number) || number >= firstElsewhere;
      if (keep) continue;
      if (kind === 'table') this.tables.evict(number);
      this.infoLog.line(`Delete type=${INFO_LOG_TYPES[kind]} #${number}`);
      ignoreFailure(() => this.env.remove(this.path(name)));
      yield { type: 'remove', file: name, kind };
    }
  }

  /** Ends all work and lets every file go, the lock last. What cannot be closed is let be, as in LevelDB. */
  close(): void {
    this.isClosing = true;
    this.options.thread?.end();
    ignoreFailure(() => this.log?.close());
    ignoreFailure(() => this.versions.close());
    this.tables.close();
    this.infoLog.close();
    this.lock?.release();
    this.lock = undefined;
  }

  /** `files[ 4 1 0 0 0 0 0 ]` (LevelSummary). */
  levelSummary(): string {
    return `files[ ${this.versions.version.levels.map((files) => files.length).join(' ')} ]`;
  }
}

/** LevelDB's FileType numbers, as LOG has them. */
const INFO_LOG_TYPES = { log: 0, table: 2, manifest: 3, temporary: 5 } as const;

/** A failure as an event. */
export function errorEvent(error: unknown): TraceEvent {
  const { file, offset } = error instanceof LsmError ? error : { file: undefined, offset: undefined };
  return { type: 'error', message: statusText(error), file, offset };
}

/** A failure as LevelDB's Status::ToString words it. */
export function statusText(error: unknown): string {
  if (error instanceof LsmError) return `${error.status}: ${error.message}`;
  if (error instanceof EnvError) {
    return `${error.code === 'not-found' ? 'NotFound' : 'IO error'}: ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}
