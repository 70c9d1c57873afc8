import { WriteBatch } from '../batch/write-batch';
import type { U64 } from '../bytes/u64';
import { overlapsLevel } from '../compaction/overlap';
import type { WritableEnv } from '../env/env';
import { logFileName } from '../manifest/file-names';
import type { Version } from '../manifest/version';
import { LEVELS } from '../manifest/version-edit';
import { LsmError, type Problem } from '../problem';
import { recover } from '../recovery/recover';
import { runSteps, type Steps, type TraceEvent } from '../trace/events';
import type { LookupEvent } from '../trace/lookup-events';
import { BackgroundDriver } from './background';
import { BulkLoad } from './bulk-load';
import { DatabaseCore, errorEvent, type LevelStats } from './core';
import { DatabaseIterator } from './database-iterator';
import { type LookupResult, LookupScratch, lookUp } from './lookup';
import { type Options, sanitizeOptions } from './options';
import { approximateSize, property } from './properties';
import { chargeSeek } from './seek-charges';
import { applyBatch, makeRoom, type StallReason, stallOf } from './write';

/** A moment that stays readable until it is released. */
export interface Snapshot {
  readonly sequence: U64;
  /** Idempotent. */
  release(): void;
}

export interface DatabaseWriteOptions {
  sync?: boolean | undefined;
  isDelayed?: boolean | undefined;
}

export interface MemTableSize {
  /** The log that takes its writes; undefined for one that is full. */
  log: string | undefined;
  /** Bytes, as write_buffer_size counts them. */
  memoryUsage: number;
  entries: number;
}

export interface ReadOptions {
  /** The newest state if left out. */
  snapshot?: Snapshot | undefined;
  /** Whether blocks read enter the cache (default true). */
  fillCache?: boolean | undefined;
}

/**
 * A database that is open for writing (DBImpl). It holds the lock until `close`. Everything that happens is told to
 * `options.trace`; generators yield it as well, so that who steps them sees what each step did.
 *
 * Failures are thrown: `EnvError` for files, `LsmError` for damage and wrong use. After a failure in the background
 * every write throws it, as in LevelDB, and reads go on.
 */
export class Database {
  private readonly core: DatabaseCore;
  private readonly background: BackgroundDriver;
  private readonly iterators = new Set<DatabaseIterator>();
  /** Under way. */
  private load: BulkLoad | undefined;
  private isOpen = true;
  private iteratorsMade = 0;
  private scratch: LookupScratch | undefined;

  private constructor(core: DatabaseCore) {
    this.core = core;
    this.background = new BackgroundDriver(core);
  }

  /**
   * Recovers a database, or creates it. Throws what LevelDB's DB::Open would return, in its words. What stands in the
   * directory then is what LevelDB would leave. Ended early, it lets everything go as well.
   */
  static open(env: WritableEnv, directory: string, options: Options = {}): Steps<Database> {
    return Database.steps(env, directory, options, true);
  }

  private static *steps(
    env: WritableEnv,
    directory: string,
    options: Options,
    isWatched: boolean,
  ): Steps<Database> {
    const core = new DatabaseCore(env, directory, sanitizeOptions(options));
    core.isWatched = isWatched;
    let isRecovered = false;
    try {
      for (const event of recover(core)) {
        core.tell(event);
        yield event;
      }
      isRecovered = true;
    } catch (error) {
      const event = errorEvent(error);
      core.tell(event);
      yield event;
      throw error;
    } finally {
      if (!isRecovered) core.close();
    }
    const database = new Database(core);
    database.settle();
    return database;
  }

  /** `open` in one go. */
  static openNow(env: WritableEnv, directory: string, options: Options = {}): Database {
    return runSteps(Database.steps(env, directory, options, options.trace !== undefined));
  }

  get directory(): string {
    return this.core.directory;
  }

  /** The present one. */
  get version(): Version {
    return this.core.versions.version;
  }

  get lastSequence(): U64 {
    return this.core.versions.lastSequence;
  }

  /** The MANIFEST's counters. */
  get counters(): { nextFileNumber: U64; logNumber: U64; lastSequence: U64; manifestNumber: U64 } {
    const { nextFileNumber, logNumber, lastSequence, manifestNumber } = this.core.versions;
    return { nextFileNumber, logNumber, lastSequence, manifestNumber };
  }

  /** Of compactions into each level since the database was opened. */
  get stats(): readonly Readonly<LevelStats>[] {
    return this.core.stats;
  }

  /** Damage that reading met. */
  get problems(): readonly Problem[] {
    return this.core.problems.all;
  }

  /** What ended all writing, if something did. */
  get failure(): Error | undefined {
    return this.core.failure;
  }

  put(key: Uint8Array, value: Uint8Array, options?: { sync?: boolean }): void {
    const batch = new WriteBatch();
    batch.put(key, value);
    this.write(batch, options);
  }

  delete(key: Uint8Array, options?: { sync?: boolean }): void {
    const batch = new WriteBatch();
    batch.delete(key);
    this.write(batch, options);
  }

  /**
   * Writes a batch as one step; with `sync` it is durable when this returns. Sets the batch's sequence. `isDelayed`: it
   * has waited for a long level 0 already (see `stall`).
   */
  write(batch: WriteBatch, { sync = false, isDelayed = false }: DatabaseWriteOptions = {}): void {
    this.requireNoLoad();
    const { core } = this;
    makeRoom(core, this.background, false, isDelayed);
    const event = applyBatch(core, batch, sync);
    if (core.options.traceGrain === 'entries') core.tell(event);
    this.settle();
  }

  /**
   * Begins to write ascending entries straight into tables, once what is in the memtable is flushed and what is due is
   * done. Until that load has ended nothing else can be written, flushed or compacted, and reading goes on as before it.
   */
  *bulkLoad(): Steps<BulkLoad> {
    this.requireNoLoad();
    const { core } = this;
    if (core.memtable.entries > 0 || core.full.length > 0) yield* this.flush();
    yield* this.work(() => false);
    if (core.failure) throw core.failure;
    const load = new BulkLoad(core, () => {
      this.load = undefined;
      if (this.isOpen) this.settle();
    });
    this.load = load;
    return load;
  }

  /** The value of a key. `explain` is told each step of the lookup. */
  get(key: Uint8Array, { snapshot }: ReadOptions = {}, explain?: (event: LookupEvent) => void): LookupResult {
    this.requireOpen();
    const { core } = this;
    const { current } = core.versions;
    let isDue = false;
    this.scratch ??= new LookupScratch(current.version);
    const state = {
      scratch: this.scratch,
      version: current.version,
      memtables: this.memtables(),
      tables: core.tables,
      chargeSeek: (target: Parameters<typeof chargeSeek>[2]) => {
        isDue = chargeSeek(core, current, target, 'get');
      },
    };
    const result = lookUp(state, key, snapshot?.sequence ?? core.versions.lastSequence, explain);
    if (isDue) this.settle();
    return result;
  }

  /** Close it: until then its files stay. */
  iterator({ snapshot, fillCache = true }: ReadOptions = {}): DatabaseIterator {
    this.requireOpen();
    const { core } = this;
    const sequence = snapshot?.sequence ?? core.versions.lastSequence;
    const iterator = new DatabaseIterator(core, sequence, ++this.iteratorsMade, fillCache, {
      due: () => this.settle(),
      closed: () => void this.iterators.delete(iterator),
    });
    this.iterators.add(iterator);
    return iterator;
  }

  snapshot(): Snapshot {
    this.requireOpen();
    const { snapshots, versions } = this.core;
    const sequence = versions.lastSequence;
    snapshots.push(sequence);
    let isHeld = true;
    return {
      sequence,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        snapshots.splice(snapshots.indexOf(sequence), 1);
      },
    };
  }

  /** Writes the memtable to a table, an empty one too: that switches logs (DBImpl::TEST_CompactMemTable). */
  *flush(): Steps<void> {
    this.requireNoLoad();
    const { core } = this;
    makeRoom(core, this.background, true);
    yield* this.work(() => core.full.length === 0);
    if (core.full.length > 0 && core.failure) throw core.failure;
    // A compaction may be due by the new table.
    if (core.options.background === 'now') yield* this.work(() => this.background.isWaiting);
  }

  /**
   * Compacts the user keys [begin, end], both included; undefined leaves an end open (DBImpl::CompactRange). Like
   * LevelDB it ends without an error if the background fails: `failure` tells. Unless it is `alone` it does what becomes
   * due by it as well.
   */
  *compactRange(begin?: Uint8Array, end?: Uint8Array, { alone = false } = {}): Steps<void> {
    this.requireNoLoad();
    const { version } = this;
    let deepest = 1;
    for (let level = 1; level < LEVELS; level++)
      if (overlapsLevel(version, level, begin, end)) deepest = level;
    const event: TraceEvent = { type: 'compact-range', begin, end, deepest };
    this.core.tell(event);
    yield event;
    try {
      yield* this.flush();
    } catch (error) {
      if (error !== this.core.failure) throw error;
    }
    for (let level = 0; level < deepest; level++) yield* this.compactLevel(level, begin, end, { alone });
  }

  /** Compacts a level's part of a range into the next level (DBImpl::TEST_CompactRange). */
  *compactLevel(level: number, begin?: Uint8Array, end?: Uint8Array, { alone = false } = {}): Steps<void> {
    this.requireNoLoad();
    if (!(level >= 0 && level < LEVELS - 1)) {
      throw new LsmError('Invalid argument', 'invalid-argument', `no level is below level ${level}`);
    }
    const { core } = this;
    const manual = { level, begin, end, done: false };
    try {
      while (!manual.done && !core.failure && !core.isClosing) {
        core.manual ??= manual;
        // It may be another's, which comes first.
        const { manual: running } = core;
        yield* this.work(() => core.manual !== running);
      }
      // What became due by it, too.
      if (!alone) yield* this.work(() => false);
    } finally {
      // Whoever stops stepping takes it back; a round that is under way ends all the same.
      if (core.manual === manual) core.manual = undefined;
    }
  }

  /**
   * What a write would have to wait for, were it tried now; with `force` what a flush would. Who asks before it writes
   * can let the background go on step by step meanwhile; else the write does all that it waits for.
   */
  stall({ isDelayed = false, force = false } = {}): StallReason | undefined {
    this.requireOpen();
    return stallOf(this.core, !isDelayed && !force, force);
  }

  /** The memtables, newest first: the first takes the writes, the others wait to be flushed. */
  get memtableSizes(): MemTableSize[] {
    const { core } = this;
    const { memtable, log } = core;
    const all = [...core.full.map((full) => full.memtable), memtable].reverse();
    return all.map(({ memoryUsage, entries }, i) => ({
      log: i === 0 ? log!.name : undefined,
      memoryUsage,
      entries,
    }));
  }

  /** Whether something is under way or due in the background. */
  get hasWork(): boolean {
    return !this.load && this.background.isBusy;
  }

  /** Does a little of the work in the background; undefined if there is none. */
  step(): ReturnType<BackgroundDriver['step']> {
    this.requireOpen();
    return this.load ? undefined : this.background.step();
  }

  /** Does all of the work in the background, step by step; with `waits` false not what another thread goes on with. */
  *settleSteps({ waits = true } = {}): Steps<void> {
    this.requireOpen();
    yield* this.work(() => !waits && this.background.isWaiting);
  }

  /** A property by LevelDB's name, such as `leveldb.stats`; undefined for an unknown one. */
  property(name: string): string | undefined {
    this.requireOpen();
    return property(this.core, name);
  }

  /** Bytes on disk of the user keys [from, to), about (DB::GetApproximateSizes). */
  approximateSize(from: Uint8Array, to: Uint8Array): number {
    this.requireOpen();
    return approximateSize(this.core, from, to);
  }

  /** Ends what is under way, without finishing it, and lets every file go. What iterators read is closed. Idempotent. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const iterator of this.iterators) iterator.close();
    this.load?.abandon();
    this.core.isClosing = true;
    this.background.abandon();
    this.core.close();
  }

  /** Newest first, each under the name of its log. */
  private memtables() {
    const { core } = this;
    const all = [];
    let log = core.versions.logNumber;
    for (const { memtable, nextLog } of core.full) {
      all.push({ name: logFileName(log), memtable });
      log = nextLog;
    }
    all.push({ name: core.log!.name, memtable: core.memtable });
    return all.reverse();
  }

  private *work(until: () => boolean): Steps<void> {
    while (!until()) {
      if (this.load) throw loading();
      const event = this.background.step();
      if (!event) return;
      yield event;
    }
  }

  private settle(): void {
    if (this.load) return;
    if (this.core.options.background === 'now') this.background.goOn();
  }

  private requireNoLoad(): void {
    this.requireOpen();
    if (this.load) throw loading();
  }

  private requireOpen(): void {
    if (!this.isOpen) throw new LsmError('Invalid argument', 'invalid-argument', 'the database is closed');
  }
}

function loading(): LsmError {
  return new LsmError('Invalid argument', 'invalid-argument', 'a bulk load is under way');
}
