import { maxU64, type U64 } from '../bytes/u64';
import type { CodecOptions, Inflate } from '../codec/codec';
import type { ReadableEnv } from '../env/env';
import { MergingCursor } from '../iterator/merging-cursor';
import { UserCursor } from '../iterator/user-cursor';
import type { Comparator } from '../keys/comparator';
import { MAX_SEQUENCE } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import { type ReplayedLog, replayLog } from '../memtable/log-replay';
import { LsmError, type Problem, type ProblemSink } from '../problem';
import type { LookupEvent } from '../trace/lookup-events';
import { detectEngine, type EngineKind } from './engine-kind';
import { type Listing, listDatabase } from './listing';
import { type LookupResult, lookUp } from './lookup';
import { ProblemList } from './problem-list';
import { type Bounds, boundsOf, Scan, type ScanOptions } from './scan';
import { closeState, type DatabaseState, hasMovedOn, readState } from './state';
import { type Run, TableSet } from './table-set';

export interface InspectionOptions {
  /** Orders keys in place of the comparator that the MANIFEST names. */
  comparator?: Comparator | undefined;
  /** Whether a wrong checksum is damage (default true). */
  verifyChecksums?: boolean | undefined;
  /** The platform's zlib, for Mojang's tables. */
  inflate?: Inflate | undefined;
}

/** A log's memtable, rebuilt. */
export interface LogMemTable extends ReplayedLog {
  name: string;
  number: U64;
}

const EVERYTHING: Bounds = { lower: undefined, upper: undefined, prefix: undefined };

/** How often a read may start over because the database moved on under it. */
const MAX_ATTEMPTS = 100;
/** Moments that passed and whose tables are held for scans that began then. */
const HELD_MOMENTS = 16;

/**
 * A database folder that is looked at and never changed, also beside a process that writes to it.
 *
 * Opening reads the listing, CURRENT and the MANIFEST and opens the live logs; logs are parsed and tables opened
 * when somebody asks. Each get and each scan answers for one moment at or after the opening; when LevelDB deletes
 * what the present moment needs, a newer one is taken.
 */
export class Inspection {
  readonly env: ReadableEnv;
  readonly directory: string;
  private readonly options: InspectionOptions;
  private state: DatabaseState;
  private tableSet: TableSet | undefined;
  /** Tables of moments that passed, oldest first: a scan goes on reading those that it began with. */
  private readonly heldTables: TableSet[] = [];
  private memTables: LogMemTable[] | undefined;
  private found = new ProblemList();

  private constructor(env: ReadableEnv, directory: string, options: InspectionOptions, state: DatabaseState) {
    this.env = env;
    this.directory = directory;
    this.options = options;
    this.state = state;
    this.codec = options.inflate ? { inflate: options.inflate } : {};
    this.found.addAll(state.problems);
  }

  /**
   * Throws EnvError if the folder cannot be read, LsmError `not-a-database` if it holds no database, and
   * `other-engine` if it is RocksDB's or Pebble's. Damage does not throw; it is in `problems`.
   */
  static open(env: ReadableEnv, directory: string, options: InspectionOptions = {}): Inspection {
    const listing = listDatabase(env, directory);
    const engine = detectEngine(env, directory, listing);
    if (engine !== 'leveldb') throw notLevelDb(engine, directory);
    return new Inspection(env, directory, options, readState(env, directory, options.comparator));
  }

  get listing(): Listing {
    return this.state.listing;
  }

  get versions(): DatabaseState['versions'] {
    return this.state.versions;
  }

  get version(): Version {
    return this.state.versions.version;
  }

  get comparator(): Comparator {
    return this.state.versions.comparator;
  }

  get liveLogs(): DatabaseState['logs'] {
    return this.state.logs;
  }

  /** Everything wrong that was met up to now. */
  get problems(): readonly Problem[] {
    return this.found.all;
  }

  /** Bytes of the MANIFEST that this moment is made of. */
  get manifestSize(): number {
    return this.state.manifestSize;
  }

  get manifestFile(): DatabaseState['manifestFile'] {
    return this.state.manifestFile;
  }

  /** How blocks are decoded here: shared by all tables of the folder, which learn from each other. */
  readonly codec: CodecOptions;

  get tables(): TableSet {
    const { state } = this;
    this.tableSet ??= new TableSet(
      this.env,
      this.directory,
      state.listing.tables,
      this.version.comparator,
      {
        verifyChecksums: this.options.verifyChecksums !== false,
        codec: this.codec,
        sink: (problem) => this.found.add(problem),
      },
      () => hasMovedOn(this.env, this.directory, state),
    );
    return this.tableSet;
  }

  /** The memtables of the live logs, newest first; each log is read once. */
  memtables(): readonly LogMemTable[] {
    if (this.memTables) return this.memTables;
    const { logs } = this.state;
    const tables = logs.map(({ number, name, file }, i) => {
      const replayed = replayLog(file, name, this.version.comparator, i === logs.length - 1);
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
      this.state.versions.lastSequence,
    );
  }

  /** The newest version of a key at or below `sequence`. Throws LsmError if damage stands in the way. */
  get(userKey: Uint8Array, sequence: U64 = MAX_SEQUENCE, trace?: (event: LookupEvent) => void): LookupResult {
    return this.atOneMoment(() => {
      const events: LookupEvent[] = [];
      const { version, tables } = this;
      const state = { version, tables, memtables: this.memtables() };
      try {
        return lookUp(state, userKey, sequence, trace && ((event) => events.push(event)));
      } catch (error) {
        // It is looked for again in a newer moment; what leads to damage is told.
        if (isVanished(error)) events.length = 0;
        throw error;
      } finally {
        if (trace) events.forEach(trace);
      }
    });
  }

  /** What a reader sees in a range. Damage met on the way goes to `problems`; sound entries around it are given. */
  scan(options: ScanOptions = {}): Scan {
    return this.openScan('live', options);
  }

  /** A cursor over what a reader sees, not placed yet, to move both ways. */
  cursor(sequence: U64 = MAX_SEQUENCE): UserCursor {
    return this.atOneMoment(() => {
      const { comparator } = this.version;
      const runs = this.runs(EVERYTHING).map(({ cursor }) => cursor);
      return new UserCursor(comparator.user, new MergingCursor(comparator, runs), sequence);
    });
  }

  /** Every version of every key in the live tables and logs; keys are internal keys. */
  scanInternal(options: ScanOptions = {}): Scan {
    return this.openScan('internal', options);
  }

  /** Holds every table of a moment open, so that it stays readable whatever happens to the folder. */
  pin(): void {
    this.atOneMoment(() => this.tables.pin(this.version.levels.flat()));
  }

  /** Looks again. Problems found so far are forgotten. Scans that are under way go on, up to a number of moments. */
  refresh(): void {
    const state = readState(this.env, this.directory, this.options.comparator);
    if (this.tableSet?.lent) this.heldTables.push(this.tableSet);
    else this.tableSet?.close();
    if (this.heldTables.length > HELD_MOMENTS) this.heldTables.shift()?.close();
    this.closeMoment();
    this.state = state;
    this.found = new ProblemList();
    this.found.addAll(state.problems);
  }

  /** Closes every file. Scans under way end with an error. */
  close(): void {
    for (const tables of this.heldTables.splice(0)) tables.close();
    this.tableSet?.close();
    this.closeMoment();
  }

  private closeMoment(): void {
    this.tableSet = undefined;
    this.memTables = undefined;
    closeState(this.state);
  }

  private openScan(view: 'live' | 'internal', options: ScanOptions): Scan {
    return this.atOneMoment(() => {
      const bounds = boundsOf(this.comparator, options);
      const sink: ProblemSink = (problem) => this.found.add(problem);
      return new Scan(this.version.comparator, this.runs(bounds), bounds, view, options, sink);
    });
  }

  /** The logs' memtables and the tables in the bounds, newest first. */
  private runs(bounds: Bounds): Run[] {
    return [...this.logRuns(), ...this.tableRuns(bounds)];
  }

  private logRuns(): Run[] {
    return this.memtables().map(({ name, memtable }) => ({
      cursor: memtable.cursor(),
      source: () => ({ name, level: undefined }),
    }));
  }

  /** The tables in the bounds, held open. */
  private tableRuns({ lower, upper }: Bounds): Run[] {
    const { version, tables } = this;
    const levels = version.levels.map((files) => files.filter((file) => version.meets(file, lower, upper)));
    tables.pin(levels.flat());
    return tables.runs(version, levels);
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
