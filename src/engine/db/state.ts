import { equalBytes } from '../bytes/compare';
import { EnvError, type EnvErrorCode, isFile, type RandomAccessFile, type ReadableEnv } from '../env/env';
import type { Comparator } from '../keys/comparator';
import { MAX_CURRENT_BYTES, parseCurrent } from '../manifest/current';
import {
  collectCounters,
  isRecord,
  ManifestContents,
  type ManifestCounters,
} from '../manifest/manifest-reader';
import { recoverQuickly } from '../manifest/quick-manifest';
import { type RecoveredVersions, recoverVersions } from '../manifest/version-set';
import { LsmError, type Problem } from '../problem';
import { closeLogs, type FolderState, folderOf, type ListingCheck, openFolder } from './folder-state';
import { listDatabase } from './listing';

/** What CURRENT and its MANIFEST say at one moment: the version and the counters. */
export interface ManifestState {
  versions: RecoveredVersions;
  /** How to tell whether the database has moved on since. */
  current: Uint8Array;
  manifestSize: number;
  /** Held open like the logs; undefined if there is no MANIFEST. */
  manifestFile: RandomAccessFile | undefined;
}

/**
 * One moment of a database: the version, the counters and the logs that belong to it. Nothing of it changes when
 * another process goes on writing.
 */
export interface DatabaseState {
  manifest: ManifestState;
  folder: FolderState;
}

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

/**
 * What CURRENT and the MANIFEST say, without the folder's listing, of which nobody knows how long it takes. Undefined if
 * anything about them is unusual: `readState` tells of it.
 */
export function readManifestState(
  env: ReadableEnv,
  directory: string,
  override?: Comparator,
): ManifestState | undefined {
  const current = readCurrent(env, directory);
  const manifest = nameIn(current);
  const manifestFile = typeof manifest === 'string' ? openManifest(env, directory, manifest) : undefined;
  if (typeof manifest !== 'string' || !manifestFile) return undefined;
  let versions: RecoveredVersions | undefined;
  try {
    versions = recoverQuickly(manifestFile, manifest, override);
  } finally {
    if (!versions) manifestFile.close();
  }
  return versions && { versions, current, manifestSize: versions.end, manifestFile };
}

/**
 * What the folder has at the moment of what `readManifestState` gave; undefined if the database has moved on since. Throws
 * as `readState` does.
 */
export function readFolderState(
  env: ReadableEnv,
  directory: string,
  state: ManifestState,
  check: ListingCheck,
): FolderState | undefined {
  const { versions } = state;
  const opened = openFolder(env, directory, versions, check);
  if (!opened.complete || hasMovedOn(env, directory, state)) {
    closeLogs(opened);
    return undefined;
  }
  return folderOf(opened, versions, []);
}

/** Whether CURRENT or the MANIFEST changed since a state was read. */
export function hasMovedOn(env: ReadableEnv, directory: string, state: ManifestState): boolean {
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
    const manifest = nameIn(current);
    if (typeof manifest === 'string') {
      const file = openManifest(env, directory, manifest);
      if (file) return { manifest, file, current, problems: [] };
      reason = 'CURRENT points to a non-existent file';
    } else reason = manifest.message;
  } else if (isFile(env, env.join(directory, 'CURRENT'))) reason = 'CURRENT file does not end with newline';
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

/** The MANIFEST that CURRENT names, or why it names none. */
function nameIn(current: Uint8Array): string | LsmError {
  try {
    return parseCurrent(current);
  } catch (error) {
    if (error instanceof LsmError) return error;
    throw error;
  }
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
  const opened = openFolder(env, directory, countersOf(contents), check);
  return {
    manifest: { versions, current, manifestSize: 0, manifestFile: undefined },
    folder: folderOf(opened, versions, problems),
  };
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
    const opened = openFolder(env, directory, counters, check);
    if (!equalBytes(readCurrent(env, directory), pointer.current)) {
      closeLogs(opened);
      return undefined;
    }
    if (opened.complete && file.size() === manifestSize) {
      const versions = quick ?? recoverVersions(contents, pointer.manifest, override);
      return {
        manifest: { versions, current: pointer.current, manifestSize, manifestFile: file },
        folder: folderOf(opened, versions, pointer.problems),
      };
    }
    closeLogs(opened);
  }
  return undefined;
}

function countersOf(contents: ManifestContents): ManifestCounters {
  return collectCounters(contents.items.filter(isRecord).map(({ edit }) => edit));
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
