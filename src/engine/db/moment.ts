import { maxU64, type U64 } from '../bytes/u64';
import type { CodecOptions } from '../codec/codec';
import type { ReadableEnv } from '../env/env';
import type { FileRange, Version } from '../manifest/version';
import { type ReplayedLog, replayLog } from '../memtable/log-replay';
import { LsmError, type ProblemSink } from '../problem';
import { closeLogs, type FolderState, type ListingCheck } from './folder-state';
import type { Listing } from './listing';
import { LookupScratch, type LookupState } from './lookup';
import { ProblemList } from './problem-list';
import type { Bounds } from './scan';
import { hasMovedOn, type ManifestState, readFolderState } from './state';
import { findTableName } from './table-names';
import { type BlockUse, type Run, TableSet } from './table-set';

/** A log's memtable, rebuilt. */
export interface LogMemTable extends ReplayedLog {
  name: string;
  number: U64;
}

export interface MomentOptions {
  verifyChecksums: boolean;
  codec: CodecOptions;
  blockCacheBytes: number | undefined;
  openTableBytes: number | undefined;
  /** Of the listing, where the folder is read later. */
  check: ListingCheck;
}

/**
 * One moment of a database and what has been opened of it. It stays what it is while the database moves on: its files
 * are closed when the last of those who hold it lets go.
 *
 * Of a moment that began with its MANIFEST alone the folder is read when somebody asks for what depends on it: all but the
 * version.
 */
export class Moment {
  readonly env: ReadableEnv;
  readonly directory: string;
  readonly codec: CodecOptions;
  readonly versions: ManifestState['versions'];
  readonly version: Version;
  readonly manifestFile: ManifestState['manifestFile'];
  /** Bytes of the MANIFEST that this moment is made of. */
  readonly manifestSize: number;
  private readonly state: ManifestState;
  private readonly options: MomentOptions;
  private present: { folder: FolderState; tables: TableSet } | undefined;
  private readonly found = new ProblemList();
  private readonly tell: ProblemSink = (problem) => this.found.add(problem);
  private memTables: LogMemTable[] | undefined;
  private looked: LookupState | undefined;
  private holders = 1;
  private closed = false;

  /** Owns the files of both states. The caller holds the moment. */
  constructor(
    env: ReadableEnv,
    directory: string,
    state: ManifestState,
    folder: FolderState | undefined,
    options: MomentOptions,
  ) {
    this.env = env;
    this.directory = directory;
    this.state = state;
    this.options = options;
    this.codec = options.codec;
    this.versions = state.versions;
    this.version = state.versions.version;
    this.manifestFile = state.manifestFile;
    this.manifestSize = state.manifestSize;
    if (folder) this.takeFolder(folder);
  }

  get listing(): Listing {
    return this.complete().folder.listing;
  }

  /** Ascending. */
  get liveLogs(): FolderState['logs'] {
    return this.complete().folder.logs;
  }

  get tables(): TableSet {
    return this.complete().tables;
  }

  /** Whether the folder was read. */
  get isComplete(): boolean {
    return this.present !== undefined;
  }

  /** The name of a table's file, also before the folder is read. */
  tableName(number: U64): string {
    return this.present?.tables.nameOf(number) ?? findTableName(this.env, this.directory, number);
  }

  /** Everything wrong that was met up to now. */
  get problems(): ProblemList['all'] {
    this.complete();
    return this.found.all;
  }

  /** What lookups in this moment go through. */
  lookupState(): LookupState {
    const { version, tables } = this;
    this.looked ??= {
      version,
      tables,
      memtables: this.memtables(),
      scratch: new LookupScratch(version),
    };
    return this.looked;
  }

  /** The memtables of the live logs, newest first; each log is read once. */
  memtables(): readonly LogMemTable[] {
    if (this.memTables) return this.memTables;
    const { liveLogs } = this;
    const tables = liveLogs.map(({ number, name, file }, i) => {
      const replayed = replayLog(file, name, this.version.comparator, i === liveLogs.length - 1);
      this.found.addAll(replayed.problems);
      return { number, name, ...replayed };
    });
    this.memTables = tables.reverse();
    return this.memTables;
  }

  /** The sequence of the last write: the MANIFEST's, or a later one in the logs. */
  lastSequence(): U64 {
    return this.memtables().reduce<U64>(
      (last, log) => maxU64(last, log.lastSequence),
      this.versions.lastSequence,
    );
  }

  /**
   * The logs' memtables and the tables in the bounds, newest first. The tables are opened now. Throws `vanished` if
   * one was deleted because the database moved on.
   */
  runs(bounds: Bounds, use: BlockUse = {}): Run[] {
    const levels = this.levelsIn(bounds);
    for (const { files, from, to } of levels) {
      for (let i = from; i < to; i++) if (!this.tables.pin(files[i])) break;
    }
    return this.runsOver(levels, use);
  }

  /** As `runs`; a cursor that comes to a table which went meanwhile throws `vanished`. */
  runsOpenedLater(bounds: Bounds, use: BlockUse): Run[] {
    return this.runsOver(this.levelsIn(bounds), use);
  }

  private runsOver(levels: readonly FileRange[], use: BlockUse): Run[] {
    const { version, tables } = this;
    const logs: Run[] = this.memtables().map(({ name, memtable }) => ({
      cursor: memtable.cursor(),
      source: () => ({ name, level: undefined }),
    }));
    return [...logs, ...tables.runs(version, levels, use)];
  }

  /** The tables of each level that meet the bounds. */
  private levelsIn({ lower, upper }: Bounds): FileRange[] {
    const { version } = this;
    return version.levels.map((all, level) => {
      if (level > 0) return version.filesIn(level, lower, upper);
      const files = all.filter((file) => version.meets(file, lower, upper));
      return { files, from: 0, to: files.length };
    });
  }

  /** Adds a problem that a reader of the runs met. */
  report(problem: Parameters<ProblemSink>[0]): void {
    this.tell(problem);
  }

  /** Whether CURRENT or the MANIFEST changed since. */
  hasPassed(): boolean {
    return hasMovedOn(this.env, this.directory, this.state);
  }

  hold(): void {
    this.holders++;
  }

  /** Once for the constructor and for each hold. */
  release(): void {
    if (--this.holders === 0) this.close();
  }

  get isClosed(): boolean {
    return this.closed;
  }

  /** Closes every file, whoever holds it. Idempotent. */
  close(): void {
    this.closed = true;
    this.state.manifestFile?.close();
    if (!this.present) return;
    this.present.tables.close();
    closeLogs(this.present.folder);
  }

  /** Reads the folder if nobody has. Throws `vanished` if the database moved on, and what `check` throws. */
  complete(): NonNullable<Moment['present']> {
    if (this.present) return this.present;
    const { env, directory, state, options, closed } = this;
    const folder = closed ? undefined : readFolderState(env, directory, state, options.check);
    if (!folder)
      throw new LsmError('IO error', 'vanished', 'the database changed while it was read', directory);
    return this.takeFolder(folder);
  }

  private takeFolder(folder: FolderState): NonNullable<Moment['present']> {
    const { env, directory, state, options } = this;
    const tables = new TableSet(
      env,
      directory,
      folder.listing.tables,
      this.version.comparator,
      { ...options, sink: this.tell },
      () => hasMovedOn(env, directory, state),
    );
    this.found.addAll(folder.problems);
    this.present = { folder, tables };
    return this.present;
  }
}
