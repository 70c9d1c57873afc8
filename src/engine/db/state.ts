import { equalBytes } from '../bytes/compare';
import type { U64 } from '../bytes/u64';
import { EnvError, type EnvErrorCode, type RandomAccessFile, type ReadableEnv } from '../env/env';
import type { Comparator } from '../keys/comparator';
import { MAX_CURRENT_BYTES, parseCurrent } from '../manifest/current';
import { tableFileName } from '../manifest/file-names';
import {
  collectCounters,
  isRecord,
  ManifestContents,
  type ManifestCounters,
} from '../manifest/manifest-reader';
import { recoverQuickly } from '../manifest/quick-manifest';
import { type RecoveredVersions, recoverVersions } from '../manifest/version-set';
import { LsmError, type Problem } from '../problem';
import { type Listing, listDatabase } from './listing';

/** A live log, held open: LevelDB may delete it at any time, and what is open stays readable. */
export interface LiveLog {
  number: U64;
  name: string;
  file: RandomAccessFile;
}

/**
 * One moment of a database: the version, the counters and the logs that belong to it. Nothing of it changes when
 * another process goes on writing.
 */
export interface DatabaseState {
  listing: Listing;
  versions: RecoveredVersions;
  /** Ascending. */
  logs: LiveLog[];
  problems: Problem[];
  /** How to tell whether the database has moved on since. */
  current: Uint8Array;
  manifestSize: number;
  /** Held open like the logs; undefined if there is no MANIFEST. */
  manifestFile: RandomAccessFile | undefined;
}

/** Throws if the folder with these files is not to be read as a database. */
export type ListingCheck = (listing: Listing) => void;

/** The MANIFEST's name where there is none at all. */
export const NO_MANIFEST = '';

/** A writer would have to change CURRENT or the MANIFEST this often in a row while one short look is taken. */
const MAX_ATTEMPTS = 1000;

/**
 * Reads the state of a database beside a possible writer. CURRENT and the MANIFEST are read, then the logs that
 * they call live are opened; if CURRENT or the MANIFEST moved meanwhile, a log may have been flushed to a table
 * that we know nothing of, so what is new is read and the logs are looked for again. Once nothing moved between
 * the two looks, the tables of the version and the logs held open together hold every write acknowledged before
 * the call, whatever happens to the folder from then on.
 *
 * Damage is in `problems`. Throws EnvError if the folder cannot be listed, and what `check` throws, which is shown
 * the listing first.
 */
export function readState(
  env: ReadableEnv,
  directory: string,
  override?: Comparator,
  check: ListingCheck = () => {},
): DatabaseState {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const pointer = findManifest(env, directory);
    const { file } = pointer;
    if (!file) return stateWithoutManifest(env, directory, pointer, override, check);
    let state: DatabaseState | undefined;
    try {
      state = followManifest(env, directory, pointer, file, override, check);
    } finally {
      if (!state) file.close();
    }
    if (state) return state;
  }
  throw new LsmError(
    'IO error',
    'io',
    `${directory}: the database changes faster than it can be read; try again`,
  );
}

/** Whether CURRENT or the MANIFEST changed since a state was read. */
export function hasMovedOn(env: ReadableEnv, directory: string, state: DatabaseState): boolean {
  try {
    return (
      !equalBytes(readCurrent(env, directory), state.current) ||
      state.versions.manifest === NO_MANIFEST ||
      env.stat(env.join(directory, state.versions.manifest)).size !== state.manifestSize
    );
  } catch (error) {
    if (error instanceof EnvError) return true;
    throw error;
  }
}

export function closeState(state: DatabaseState): void {
  for (const { file } of state.logs) file.close();
  state.manifestFile?.close();
}

const NO_FILE: ReadonlySet<EnvErrorCode> = new Set(['not-found', 'is-a-directory', 'not-a-directory']);

interface ManifestPointer {
  manifest: string;
  /** The MANIFEST; undefined if there is none. */
  file: RandomAccessFile | undefined;
  /** The contents of CURRENT; empty if there is none. */
  current: Uint8Array;
  problems: Problem[];
}

/**
 * The MANIFEST that CURRENT names or, where CURRENT is missing or damaged, the newest one there is. One can go because CURRENT
 * names another by now: that is seen when CURRENT is compared.
 */
function findManifest(env: ReadableEnv, directory: string): ManifestPointer {
  const current = readCurrent(env, directory);
  let reason = 'does not exist (create_if_missing is false)';
  if (current.length > 0) {
    try {
      const manifest = parseCurrent(current);
      const file = openManifest(env, directory, manifest);
      if (file) return { manifest, file, current, problems: [] };
      reason = 'CURRENT points to a non-existent file';
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      reason = error.message;
    }
  } else if (exists(env, env.join(directory, 'CURRENT'))) reason = 'CURRENT file does not end with newline';
  let manifest = NO_MANIFEST;
  let file: RandomAccessFile | undefined;
  for (const { name } of listDatabase(env, directory).manifests.reverse()) {
    file = openManifest(env, directory, name);
    if (!file) continue;
    manifest = name;
    break;
  }
  const message = file
    ? `${reason} (${manifest}, the newest MANIFEST, is read instead)`
    : `${reason}; and there is no MANIFEST to read instead, so no table can be placed in a level`;
  const problem: Problem = { severity: 'error', file: 'CURRENT', code: 'bad-current', message };
  return { manifest, file, current, problems: [problem] };
}

/** Undefined if there is no file of that name. */
function openManifest(env: ReadableEnv, directory: string, name: string): RandomAccessFile | undefined {
  try {
    return env.open(env.join(directory, name));
  } catch (error) {
    if (error instanceof EnvError && NO_FILE.has(error.code)) return undefined;
    throw error;
  }
}

/** What can be said of a folder whose MANIFESTs are all gone: its logs are readable, its tables are orphans. */
function stateWithoutManifest(
  env: ReadableEnv,
  directory: string,
  { current, problems }: ManifestPointer,
  override: Comparator | undefined,
  check: ListingCheck,
): DatabaseState {
  const contents = new ManifestContents(NO_MANIFEST);
  const versions = { ...recoverVersions(contents, NO_MANIFEST, override), problems: [] };
  const listing = listDatabase(env, directory);
  check(listing);
  const opened = openLiveLogs(env, directory, listing, countersOf(contents));
  problems.push(...opened.problems, ...fileProblems(listing, versions, true));
  const { logs } = opened;
  return { listing, versions, logs, problems, current, manifestSize: 0, manifestFile: undefined };
}

/** Undefined if CURRENT changed and everything has to be read again. */
function followManifest(
  env: ReadableEnv,
  directory: string,
  pointer: ManifestPointer,
  file: RandomAccessFile,
  override: Comparator | undefined,
  check: ListingCheck,
): DatabaseState | undefined {
  const contents = new ManifestContents(pointer.manifest);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const manifestSize = file.size();
    // Once it has grown, what is read already is not read again.
    const quick = attempt === 0 ? recoverQuickly(file, pointer.manifest, override) : undefined;
    if (!quick) contents.readFrom(file);
    const counters = quick ?? countersOf(contents);
    const listing = listDatabase(env, directory);
    check(listing);
    const { logs, problems, complete } = openLiveLogs(env, directory, listing, counters);
    if (!equalBytes(readCurrent(env, directory), pointer.current)) {
      for (const log of logs) log.file.close();
      return undefined;
    }
    if (complete && file.size() === manifestSize) {
      const versions = quick ?? recoverVersions(contents, pointer.manifest, override);
      const damage = [...pointer.problems, ...versions.problems];
      const damaged = damage.some(({ severity }) => severity === 'error');
      problems.unshift(...damage, ...fileProblems(listing, versions, damaged));
      return {
        listing,
        versions,
        logs,
        problems,
        current: pointer.current,
        manifestSize,
        manifestFile: file,
      };
    }
    for (const log of logs) log.file.close();
  }
  return undefined;
}

type LogNumbers = Partial<Pick<ManifestCounters, 'logNumber' | 'prevLogNumber'>>;

function countersOf(contents: ManifestContents): ManifestCounters {
  return collectCounters(contents.items.filter(isRecord).map(({ edit }) => edit));
}

/** Opens the logs that the MANIFEST has not seen flushed; `complete` is false if one vanished. */
function openLiveLogs(
  env: ReadableEnv,
  directory: string,
  listing: Listing,
  { logNumber = 0, prevLogNumber = 0 }: LogNumbers,
): { logs: LiveLog[]; problems: Problem[]; complete: boolean } {
  const logs: LiveLog[] = [];
  const problems: Problem[] = [];
  let complete = true;
  for (const { number, name } of listing.logs) {
    if (!isLiveLog(number, logNumber, prevLogNumber)) continue;
    try {
      logs.push({ number, name, file: env.open(env.join(directory, name)) });
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      // A link that leads nowhere does not go away by looking again.
      const vanished = error.code === 'not-found' && !isListed(env, directory, name);
      if (vanished) complete = false;
      else problems.push({ severity: 'error', file: name, code: 'unreadable', message: error.reason });
    }
  }
  return { logs, problems, complete };
}

function isListed(env: ReadableEnv, directory: string, name: string): boolean {
  return env.list(directory).some((entry) => entry.name === name);
}

/** Recovery replays these (DBImpl::Recover). */
export function isLiveLog(number: U64, logNumber: U64, prevLogNumber: U64): boolean {
  return number >= logNumber || (number === prevLogNumber && prevLogNumber !== 0);
}

/**
 * What the directory says against the version: files that are missing, and files that no version names. Where the
 * MANIFEST or CURRENT is `damaged`, the latter may be needed, and LevelDB does not open the database.
 */
function fileProblems(listing: Listing, versions: RecoveredVersions, damaged: boolean): Problem[] {
  const problems: Problem[] = [];
  const missing = listing.tables.missing(versions.version.numbers);
  for (const number of missing) {
    const message = `${missing.length} missing files; this one is named by ${versions.manifest}`;
    problems.push({ severity: 'error', file: tableFileName(number), code: 'missing-file', message });
  }
  const { logNumber, prevLogNumber, manifest } = versions;
  const note = (file: string, code: Problem['code'], message: string) =>
    problems.push({ severity: 'note', file, code, message });
  for (const { name, kind, number } of listing.besides(versions.version)) {
    if (kind === 'table') {
      const fate = damaged
        ? 'what would name it may be lost: keep it'
        : 'LevelDB removes it when it opens the database';
      note(name, 'orphan-file', `no version names this table; ${fate}`);
    } else if (kind === 'log' && !isLiveLog(number, logNumber, prevLogNumber)) {
      note(
        name,
        'stale-file',
        `this log was flushed to tables; LevelDB removes it when it opens the database`,
      );
    } else if (kind === 'manifest' && name !== manifest) {
      note(name, 'stale-file', 'CURRENT does not point to this MANIFEST');
    } else if (kind === 'temporary') {
      note(name, 'temporary-file', 'a temporary file; LevelDB removes it when it opens the database');
    }
  }
  return problems;
}

/** The contents of CURRENT, empty if it is missing. */
function readCurrent(env: ReadableEnv, directory: string): Uint8Array {
  let file: RandomAccessFile;
  try {
    file = env.open(env.join(directory, 'CURRENT'));
  } catch (error) {
    if (error instanceof EnvError && error.code !== 'permission') return new Uint8Array(0);
    throw error;
  }
  try {
    const bytes = new Uint8Array(MAX_CURRENT_BYTES + 1);
    return bytes.subarray(0, file.read(0, bytes, 0, bytes.length));
  } finally {
    file.close();
  }
}

function exists(env: ReadableEnv, path: string): boolean {
  try {
    return !env.stat(path).isDirectory;
  } catch (error) {
    if (error instanceof EnvError) return false;
    throw error;
  }
}
