import { copyOf } from '../engine/bytes/copy';
import { isLiveLog } from '../engine/db/folder-state';
import { Inspection, type InspectionOptions } from '../engine/db/inspection';
import type { Listing } from '../engine/db/listing';
import type { ReadableEnv } from '../engine/env/env';
import { NodeReadableEnv, nodeInflate } from '../engine/env/node';
import { findComparator } from '../engine/keys/comparator';
import { MAX_SEQUENCE } from '../engine/keys/internal-key';
import type { Version } from '../engine/manifest/version';
import { type FileMetaData, LEVELS } from '../engine/manifest/version-edit';
import { LsmError } from '../engine/problem';
import { verifyDatabase } from '../engine/recovery/verify';
import type {
  DatabaseCalls,
  DatabaseJobs,
  DatabaseSummary,
  ExplainedGet,
  FolderSummary,
  OtherFile,
  Page,
  PageRequest,
  TableRow,
  U64,
} from './api';
import { biographyJob } from './biography';
import { explainGet } from './explain-get';
import { folderFingerprint } from './fingerprint';
import { HelperThreads } from './helper-threads';
import type { JobOf, JobsOf } from './job';
import { KeyPages } from './key-pages';
import { keyRef } from './key-ref';
import { packKeyRows } from './key-rows';
import { moving } from './moved';

/** Of lists that are normally short. */
const MAX_LISTED = 1000;
/** Indexes, filters and blocks that are kept: an editor has more to do than this, and going to keys comes to few of them. */
export const OPEN_TABLE_BYTES = 32 << 20;
const BLOCK_CACHE_BYTES = 4 << 20;

export interface SessionOptions {
  env?: ReadableEnv;
  helperScript?: string | undefined;
}

/** One database, opened in the worker's thread. */
export class Session implements DatabaseCalls {
  private readonly env: ReadableEnv;
  private opened:
    | {
        db: Inspection;
        pages: KeyPages;
        /** Of the listing that the database was read with: what changes from then on is a change. */
        fingerprint: string | undefined;
        options: InspectionOptions;
      }
    | undefined;
  private generation = 0;
  private readonly helperScript: string | undefined;

  /** `helperScript` is the bundle of the helpers for long jobs: none help without it. */
  constructor({ env = new NodeReadableEnv(), helperScript }: SessionOptions = {}) {
    this.env = env;
    this.helperScript = helperScript;
  }

  open(directory: string, comparatorName?: string): DatabaseSummary {
    const comparator = comparatorName === undefined ? undefined : findComparator(comparatorName);
    if (comparatorName !== undefined && !comparator) {
      throw new LsmError('Invalid argument', 'invalid-argument', `unknown comparator ${comparatorName}`);
    }
    const options = {
      comparator,
      inflate: nodeInflate,
      openTableBytes: OPEN_TABLE_BYTES,
      blockCacheBytes: BLOCK_CACHE_BYTES,
    };
    const db = Inspection.open(this.env, directory, { ...options, listLater: true });
    this.close();
    this.opened = { db, pages: new KeyPages(db), fingerprint: undefined, options };
    if (db.isComplete) this.present();
    return this.summary();
  }

  list(): DatabaseSummary {
    this.present();
    return this.summary();
  }

  refresh(): DatabaseSummary {
    const opened = this.begun();
    const { db, pages } = opened;
    pages.close();
    db.refresh();
    opened.fingerprint = folderFingerprint(this.env, db.directory, db.listing);
    this.generation++;
    return this.summary();
  }

  hasChanged(): boolean {
    const { db, fingerprint } = this.begun();
    if (db.hasMovedOn()) return true;
    return fingerprint !== undefined && fingerprint !== folderFingerprint(this.env, db.directory);
  }

  tables(level: number, page: PageRequest): Page<TableRow> {
    const wanted = page.filter?.toLowerCase();
    const { db } = wanted ? this.present() : this.begun();
    const files = db.version.levels[level] ?? [];
    const matching = wanted
      ? files.filter(({ number }) => db.tableName(number).toLowerCase().includes(wanted))
      : files;
    const rows = matching.slice(page.start, page.end).map((file) => this.tableRow(level, file));
    return { total: matching.length, rows };
  }

  findTable(number: U64): TableRow | undefined {
    for (const { level, file } of this.begun().db.version.files()) {
      if (file.number === number) return this.tableRow(level, file);
    }
    return undefined;
  }

  tablesCovering(key: Uint8Array): TableRow[] {
    const { version } = this.begun().db;
    return [...version.files()]
      .filter(({ file }) => version.covers(file, key))
      .slice(0, MAX_LISTED)
      .map(({ level, file }) => this.tableRow(level, file));
  }

  memtable() {
    const logs = this.present()
      .db.memtables()
      .map(({ name, memtable, lastSequence }) => ({
        name,
        entries: memtable.entries,
        bytes: memtable.bytes,
        lastSequence,
      }));
    return { logs, entries: logs.reduce((sum, { entries }) => sum + entries, 0) };
  }

  keys(request: Parameters<DatabaseCalls['keys']>[0]) {
    const { rows, ...page } = this.present().pages.page(request);
    return moving({ ...page, rows: packKeyRows(rows) });
  }

  value(key: Uint8Array, sequence: U64 | undefined, limit: number) {
    const result = this.present().db.get(key, sequence ?? MAX_SEQUENCE);
    const value = result.value ?? new Uint8Array(0);
    return {
      found: result.found,
      // A copy of its own: others may be in the buffer.
      value: copyOf(value, 0, limit),
      valueBytes: value.length,
      sequence: result.sequence,
      source: result.source?.name,
    };
  }

  explainGet(key: Uint8Array): ExplainedGet {
    const { db, options } = this.present();
    // With nothing in memory: as the first get after opening.
    const anew = Inspection.open(this.env, db.directory, options);
    try {
      return explainGet(anew, key);
    } finally {
      anew.close();
    }
  }

  readonly jobs: JobsOf<DatabaseJobs> = {
    verify: (options) => this.verify(options.checksumsOnly),
    biography: (key) => biographyJob(this.present().db, key),
  };

  close(): void {
    this.opened?.pages.close();
    this.opened?.db.close();
    this.opened = undefined;
  }

  private *verify(checksumsOnly: boolean): JobOf<ReturnType<DatabaseJobs['verify']>> {
    const { helperScript } = this;
    const helpers = helperScript === undefined ? undefined : new HelperThreads(helperScript);
    const job = verifyDatabase(this.present().db, { checksumsOnly, helpers });
    try {
      for (;;) {
        const step = job.next();
        if (step.done) return step.value;
        const { file, filesDone, filesTotal } = step.value;
        yield { detail: file, done: filesDone, total: filesTotal };
      }
    } finally {
      // Ends the job's hold on its moment when it is cancelled.
      job.return(undefined as never);
    }
  }

  /** What is open, its folder listed or not. */
  private begun(): NonNullable<Session['opened']> {
    if (!this.opened) throw new LsmError('Invalid argument', 'invalid-argument', 'no database is open');
    return this.opened;
  }

  private present(): NonNullable<Session['opened']> {
    const opened = this.begun();
    const { db } = opened;
    opened.fingerprint ??= folderFingerprint(this.env, db.directory, db.listing);
    return opened;
  }

  private summary(): DatabaseSummary {
    const { db } = this.begun();
    const { versions, version } = db;
    return {
      directory: db.directory,
      comparator: versions.comparatorName,
      comparatorKnown: versions.comparatorKnown,
      manifest: versions.manifest === '' ? undefined : versions.manifest,
      edits: versions.edits,
      logNumber: versions.logNumber,
      prevLogNumber: versions.prevLogNumber,
      nextFileNumber: versions.nextFileNumber,
      lastSequence: versions.lastSequence,
      levels: version.levels.map((files, level) => ({
        level,
        files: files.length,
        bytes: version.levelBytes(level),
        score: level === LEVELS - 1 ? undefined : version.score(level),
      })),
      folder: db.isComplete ? this.folder(db) : undefined,
      generation: this.generation,
    };
  }

  private folder({ versions, version, listing, problems }: Inspection): FolderSummary {
    return {
      logs: listing.logs.map(({ name, number }) => ({
        name,
        number,
        bytes: this.sizeOf(name),
        live: isLiveLog(number, versions.logNumber, versions.prevLogNumber),
      })),
      manifests: listing.manifests.map(({ name }) => ({
        name,
        bytes: this.sizeOf(name),
        current: name === versions.manifest,
      })),
      others: this.otherFiles(listing, version),
      problems: problems.slice(0, MAX_LISTED),
    };
  }

  private otherFiles(listing: Listing, version: Version): OtherFile[] {
    const kinds = {
      table: 'orphan',
      temporary: 'temporary',
      'info-log': 'info-log',
      lock: 'lock',
      current: 'current',
    } as const;
    const owned: OtherFile[] = [];
    for (const { name, kind } of listing.besides(version)) {
      if (kind === 'log' || kind === 'manifest') continue;
      owned.push({ name, bytes: this.sizeOf(name), isDirectory: false, kind: kinds[kind] });
    }
    const strangers = listing.others.map((name): OtherFile => {
      const stat = this.statOf(name);
      return { name, bytes: stat?.size ?? 0, isDirectory: stat?.isDirectory === true, kind: 'other' };
    });
    return [...owned, ...strangers].slice(0, MAX_LISTED);
  }

  private sizeOf(name: string): number {
    return this.statOf(name)?.size ?? 0;
  }

  /** Undefined if the file went away or cannot be asked. */
  private statOf(name: string) {
    try {
      return this.env.stat(this.env.join(this.begun().db.directory, name));
    } catch {
      return undefined;
    }
  }

  private tableRow(level: number, { number, size, smallest, largest }: FileMetaData): TableRow {
    return {
      number,
      name: this.begun().db.tableName(number),
      level,
      bytes: Number(size),
      smallest: keyRef(smallest),
      largest: keyRef(largest),
    };
  }
}
