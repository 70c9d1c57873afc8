import type { U64 } from '../bytes/u64';
import type { CodecOptions, Inflate } from '../codec/codec';
import type { ReadableEnv } from '../env/env';
import { MergingCursor } from '../iterator/merging-cursor';
import { UserCursor } from '../iterator/user-cursor';
import type { Comparator } from '../keys/comparator';
import { MAX_SEQUENCE } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import { LsmError, type Problem } from '../problem';
import type { LookupEvent } from '../trace/lookup-events';
import { detectEngine, type EngineKind } from './engine-kind';
import type { ListingCheck } from './folder-state';
import { type Listing, listDatabase } from './listing';
import { type LookupResult, lookUp } from './lookup';
import { type LogMemTable, Moment, type MomentOptions } from './moment';
import { type NearRange, NearScan } from './near-scan';
import { type Bounds, boundsOf, type KeyRange, Scan, type ScanOptions } from './scan';
import { readManifestState, readState } from './state';
import type { BlockUse, Run, TableSet } from './table-set';

export interface InspectionOptions {
  /** Orders keys in place of the comparator that the MANIFEST names. */
  comparator?: Comparator | undefined;
  /** Whether a wrong checksum is damage (default true). */
  verifyChecksums?: boolean | undefined;
  /** The platform's zlib, for Mojang's tables. */
  inflate?: Inflate | undefined;
  /** Bytes of decoded blocks that are kept (default LevelDB's, 8 MiB). */
  blockCacheBytes?: number | undefined;
  /** Bytes of the indexes and filters of open tables that are kept, about (default 192 MiB; less of very many tables). */
  openTableBytes?: number | undefined;
  /**
   * Whether the folder may be listed and the logs opened when somebody asks for what depends on them: all but `versions`,
   * `version` and `tableName`. What asks first may throw what opening throws, and may take a newer moment: then a version
   * that was looked at before is an older one.
   */
  listLater?: boolean | undefined;
}

const EVERYTHING: Bounds = { lower: undefined, upper: undefined, prefix: undefined };

/** How often a read may start over because the database moved on under it. */
const MAX_ATTEMPTS = 100;

/**
 * A database folder that is looked at and never changed, also beside a process that writes to it.
 *
 * Opening reads CURRENT, the MANIFEST and the listing and opens the live logs; logs are parsed and tables opened
 * when somebody asks. Each get and each scan answers for one moment at or after the opening; when LevelDB deletes
 * what the present moment needs, a newer one is taken.
 */
export class Inspection {
  readonly env: ReadableEnv;
  readonly directory: string;
  private readonly override: Comparator | undefined;
  private readonly momentOptions: MomentOptions;
  private moment: Moment;
  /** Every moment that somebody still holds, to be closed with the inspection. */
  private readonly moments = new Set<Moment>();

  private constructor(env: ReadableEnv, directory: string, options: InspectionOptions) {
    this.env = env;
    this.directory = directory;
    this.override = options.comparator;
    this.momentOptions = {
      verifyChecksums: options.verifyChecksums !== false,
      // Shared by all tables of the folder, which learn from each other.
      codec: options.inflate ? { inflate: options.inflate } : {},
      blockCacheBytes: options.blockCacheBytes,
      openTableBytes: options.openTableBytes,
      check: (listing) => {
        const engine = detectEngine(env, directory, listing);
        if (engine !== 'leveldb') throw notLevelDb(engine, directory);
      },
    };
    const begun = options.listLater ? this.beginMoment() : undefined;
    this.moment = begun ?? this.takeMoment(this.momentOptions.check);
  }

  /**
   * Throws EnvError if the folder cannot be read, LsmError `not-a-database` if it holds no database, and
   * `other-engine` if it is RocksDB's or Pebble's. Damage does not throw; it is in `problems`.
   */
  static open(env: ReadableEnv, directory: string, options: InspectionOptions = {}): Inspection {
    return new Inspection(env, directory, options);
  }

  get listing(): Listing {
    return this.complete().listing;
  }

  get versions(): Moment['versions'] {
    return this.moment.versions;
  }

  get version(): Version {
    return this.moment.version;
  }

  get comparator(): Comparator {
    return this.moment.versions.comparator;
  }

  get liveLogs(): Moment['liveLogs'] {
    return this.complete().liveLogs;
  }

  /** Bytes of the MANIFEST that the present moment is made of. */
  get manifestSize(): number {
    return this.moment.manifestSize;
  }

  get tables(): TableSet {
    return this.complete().tables;
  }

  get codec(): CodecOptions {
    return this.moment.codec;
  }

  /** Everything wrong that was met in the present moment up to now. */
  get problems(): readonly Problem[] {
    return this.complete().problems;
  }

  /** Whether the folder was listed. */
  get isComplete(): boolean {
    return this.moment.isComplete;
  }

  /** The name of a table's file in the folder, or the one that it should have. */
  tableName(number: U64): string {
    return this.moment.tableName(number);
  }

  memtables(): readonly LogMemTable[] {
    return this.complete().memtables();
  }

  /** The sequence of the last write: the MANIFEST's, or a later one in the logs. */
  lastSequence(): U64 {
    return this.complete().lastSequence();
  }

  /** The newest version of a key at or below `sequence`. Throws LsmError if damage stands in the way. */
  get(userKey: Uint8Array, sequence: U64 = MAX_SEQUENCE, trace?: (event: LookupEvent) => void): LookupResult {
    if (!trace) return this.atOneMoment(() => lookUp(this.moment.lookupState(), userKey, sequence));
    return this.atOneMoment(() => {
      const events: LookupEvent[] = [];
      try {
        return lookUp(this.moment.lookupState(), userKey, sequence, (event) => events.push(event));
      } catch (error) {
        // It is looked for again in a newer moment; what leads to damage is told.
        if (isVanished(error)) events.length = 0;
        throw error;
      } finally {
        events.forEach(trace);
      }
    });
  }

  /**
   * What a reader sees in a range. Damage met on the way goes to the scan's `problems`; sound entries around it are
   * given. A scan holds its moment until it has come to its end, or is closed.
   */
  scan(options: ScanOptions = {}): Scan {
    return this.openScan('live', options);
  }

  /** Every version of every key in the live tables and logs; keys are internal keys. */
  scanInternal(options: ScanOptions = {}): Scan {
    return this.openScan('internal', options);
  }

  /**
   * A scan that is gone through at once, by `use`: tables are opened when it comes to them, and their blocks stay in the
   * cache. If one was deleted because the database moved on, `use` is called again with a scan of a newer moment.
   */
  readAtOnce<T>(view: 'live' | 'internal', options: ScanOptions, use: (scan: Scan) => T): T {
    return this.atOneMoment(() => {
      const { moment } = this;
      const runs = moment.runsOpenedLater(boundsOf(this.comparator, options), { reuseBlocks: true });
      moment.hold();
      let scan: Scan | undefined;
      try {
        return moment.tables.reading(() => {
          scan = new Scan(moment, runs, view, options);
          return use(scan);
        });
      } finally {
        if (scan) scan.close();
        else moment.release();
      }
    });
  }

  /**
   * What one block of each level has at a key and behind it. Undefined where damage, or an order in which a prefix is no
   * range, asks for a scan. `use` may be called again, as by `readAtOnce`.
   */
  readNear<T>(
    view: 'live' | 'internal',
    start: Uint8Array,
    range: KeyRange,
    use: (scan: NearScan) => T,
  ): T | undefined {
    const { prefix, upper, lower } = boundsOf(this.comparator, range);
    if (prefix) return undefined;
    const { comparator } = this;
    const isBelow = lower && comparator.compare(start, 0, start.length, lower, 0, lower.length) < 0;
    const near: NearRange = { start: isBelow ? lower : start, upper };
    return this.atOneMoment(() => {
      let scan: NearScan | undefined;
      try {
        scan = new NearScan(this.moment, view, near);
        return use(scan);
      } catch (error) {
        if (error instanceof LsmError && !isVanished(error)) return undefined;
        throw error;
      } finally {
        scan?.close();
      }
    });
  }

  /** A cursor over what a reader sees, not placed yet, to move both ways. It lives as long as the inspection. */
  cursor(sequence: U64 = MAX_SEQUENCE): UserCursor {
    const { moment, runs } = this.holdRuns(EVERYTHING, { reuseBlocks: true });
    const { comparator } = moment.version;
    const merged = new MergingCursor(
      comparator,
      runs.map(({ cursor }) => cursor),
    );
    return new UserCursor(comparator.user, merged, sequence);
  }

  /**
   * A moment with all its tables of a range open, for a job: it stays readable whatever happens to the folder. The caller
   * releases it.
   */
  holdMoment(range: KeyRange = {}): Moment {
    return this.holdRuns(boundsOf(this.comparator, range)).moment;
  }

  /** The present moment, without opening its tables. The caller releases it. */
  holdPresent(): Moment {
    const moment = this.complete();
    moment.hold();
    return moment;
  }

  hasNewerMomentThan(moment: Moment): boolean {
    return this.moment !== moment;
  }

  /** Whether the database changed since the present moment was read. */
  hasMovedOn(): boolean {
    return this.moment.hasPassed();
  }

  /** Looks again. Problems found so far are forgotten. Scans that are under way go on in their moments. */
  refresh(): void {
    const next = this.takeMoment();
    this.moment.release();
    this.moment = next;
    for (const moment of this.moments) if (moment.isClosed) this.moments.delete(moment);
  }

  /** Closes every file. Scans under way end with an error. */
  close(): void {
    for (const moment of this.moments) moment.close();
    this.moments.clear();
  }

  private takeMoment(check?: ListingCheck): Moment {
    const { env, directory } = this;
    const { manifest, folder } = readState(env, directory, this.override, check);
    const moment = new Moment(env, directory, manifest, folder, this.momentOptions);
    this.moments.add(moment);
    return moment;
  }

  /** A moment that is not complete; undefined if the folder has to be looked at first. */
  private beginMoment(): Moment | undefined {
    const { env, directory } = this;
    const state = readManifestState(env, directory, this.override);
    if (!state) return undefined;
    const moment = new Moment(env, directory, state, undefined, this.momentOptions);
    // RocksDB and Pebble name their tables by records that LevelDB does not know. Without a table nothing shows whose it is.
    if (moment.version.levels.every(({ length }) => length === 0)) {
      moment.close();
      return undefined;
    }
    this.moments.add(moment);
    return moment;
  }

  /** The present moment with what the folder has; a newer one if the database moved on since it began. */
  private complete(): Moment {
    if (this.moment.isComplete) return this.moment;
    return this.atOneMoment(() => {
      this.moment.complete();
      return this.moment;
    });
  }

  private openScan(view: 'live' | 'internal', options: ScanOptions): Scan {
    const { moment, runs } = this.holdRuns(boundsOf(this.comparator, options));
    return new Scan(moment, runs, view, options);
  }

  /** The runs in the bounds and their moment, held. */
  private holdRuns(bounds: Bounds, use: BlockUse = {}): { moment: Moment; runs: Run[] } {
    return this.atOneMoment(() => {
      const { moment } = this;
      const runs = moment.runs(bounds, use);
      moment.hold();
      return { moment, runs };
    });
  }

  /** Runs a read; if a file that it needs was deleted because the database moved on, takes a newer moment. */
  private atOneMoment<T>(read: () => T): T {
    for (let attempt = 1; ; attempt++) {
      try {
        return read();
      } catch (error) {
        if (!isVanished(error) || attempt === MAX_ATTEMPTS) throw error;
        this.refresh();
      }
    }
  }
}

/** LevelDB deleted a file since the moment to which it belongs. */
function isVanished(error: unknown): boolean {
  return error instanceof LsmError && error.code === 'vanished';
}

/** The engine of a folder. Throws EnvError if it cannot be listed. */
export function engineOf(env: ReadableEnv, directory: string): { engine: EngineKind; listing: Listing } {
  const listing = listDatabase(env, directory);
  return { engine: detectEngine(env, directory, listing), listing };
}

function notLevelDb(engine: EngineKind, directory: string): LsmError {
  if (engine === 'unknown') {
    const message = 'not a LevelDB database: there is no CURRENT, no MANIFEST, no table and no log';
    return new LsmError('Invalid argument', 'not-a-database', message, directory);
  }
  const name = engine === 'rocksdb' ? 'RocksDB' : 'Pebble';
  const message = `this is a ${name} database: its files differ from LevelDB's and only \`lsm info\` names them`;
  return new LsmError('Invalid argument', 'other-engine', message, directory);
}
