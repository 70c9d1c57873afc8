import type { U64 } from '../bytes/u64';
import { EnvError, type RandomAccessFile, type ReadableEnv } from '../env/env';
import { tableFileName } from '../manifest/file-names';
import type { ManifestCounters } from '../manifest/manifest-reader';
import type { RecoveredVersions } from '../manifest/version-set';
import type { Problem } from '../problem';
import { type Listing, listDatabase } from './listing';

/** A live log, held open: LevelDB may delete it at any time, and what is open stays readable. */
export interface LiveLog {
  number: U64;
  name: string;
  file: RandomAccessFile;
}

/** What the folder has at the moment of a version: its files by their names, and the live logs. */
export interface FolderState {
  listing: Listing;
  /** Ascending. */
  logs: LiveLog[];
  /** Of CURRENT and the MANIFEST too. */
  problems: Problem[];
}

/** Throws if the folder with these files is not to be read as a database. */
export type ListingCheck = (listing: Listing) => void;

type LogNumbers = Partial<Pick<ManifestCounters, 'logNumber' | 'prevLogNumber'>>;

export interface OpenedFolder extends FolderState {
  /** Whether none of the logs vanished. */
  complete: boolean;
}

/** Lists the folder and opens the logs that the MANIFEST has not seen flushed. */
export function openFolder(
  env: ReadableEnv,
  directory: string,
  { logNumber = 0, prevLogNumber = 0 }: LogNumbers,
  check: ListingCheck,
): OpenedFolder {
  const listing = listDatabase(env, directory);
  check(listing);
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
  return { listing, logs, problems, complete };
}

/** `problems`: of CURRENT. */
export function folderOf(
  { listing, logs, problems: ofLogs }: OpenedFolder,
  versions: RecoveredVersions,
  problems: readonly Problem[],
): FolderState {
  const damage = [...problems, ...versions.problems];
  const damaged = damage.some(({ severity }) => severity === 'error');
  return { listing, logs, problems: [...damage, ...fileProblems(listing, versions, damaged), ...ofLogs] };
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

export function closeLogs({ logs }: Pick<FolderState, 'logs'>): void {
  for (const { file } of logs) file.close();
}
