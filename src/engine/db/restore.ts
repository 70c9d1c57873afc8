import type { ReadableEnv, WritableEnv } from '../env/env';
import { parseFileName } from '../manifest/file-names';
import { LsmError } from '../problem';
import { presentFiles, tablesInUse } from './apply';
import { badBackup, readBackup, verifyBackup } from './backup-folder';
import type { BackupRecord, SavedFile } from './backup-record';
import type {
  ChangeAccount,
  ChangeOptions,
  ChangePlan,
  ChangeProgress,
  FilePut,
  PresentFile,
} from './change';
import { performChange } from './change-files';
import { type DatabaseFingerprint, digestFile, fingerprintOf, whatMovedOn } from './fingerprint';
import { Inspection } from './inspection';

export interface RestoreOptions extends Omit<ChangeOptions, 'label'> {
  /** Also if the database has moved on since, and what was written since is lost. */
  force?: boolean | undefined;
}

/** What a restore would do. Names are sorted. */
export interface RestorePreview {
  record: BackupRecord;
  created: string[];
  replaced: string[];
  deleted: string[];
  /** If the database has moved on since the backup was made: how, and what would be lost. Only `force` restores then. */
  lost: string | undefined;
}

/**
 * Puts a database back to what it was when a backup was made, byte for byte, in the order of `performChange` and with
 * the lock held. A backup of the present state comes first, so that this can be undone in the same way.
 *
 * Throws EnvError `locked` while another process holds the database and `lock-lost` if the lock was lost on the way; LsmError `bad-backup` if the backup, or what it
 * needs of the database's own files, is not complete, `moved-on` if the database has changed since and `force` is not
 * set, `invalid-argument` for another database's backup; EnvError for files. The database is as it was then.
 */
export function* restoreBackup(
  env: WritableEnv,
  directory: string,
  backup: string,
  options: RestoreOptions = {},
): Generator<ChangeProgress, ChangeAccount> {
  const { force = false, ...rest } = options;
  const lock = env.lock(env.join(directory, 'LOCK'));
  try {
    const { plan, record, lost } = look(env, directory, backup);
    if (lost !== undefined && !force) {
      const message = `the database has moved on since the backup was made: ${lost}; nothing was changed`;
      throw new LsmError('Invalid argument', 'moved-on', message, directory);
    }
    verifyBackup(env, backup, record);
    const label = `restore of ${record.label} (${record.time})`;
    return yield* performChange(env, directory, plan, { ...rest, label }, lock);
  } finally {
    lock.release();
  }
}

/** What `restoreBackup` would do; changes nothing and takes no lock. Throws as it does, but for `moved-on`. */
export function previewRestore(env: ReadableEnv, directory: string, backup: string): RestorePreview {
  const { plan, record, lost } = look(env, directory, backup);
  const names = plan.put.map(({ name }) => name).sort();
  return {
    record,
    created: names.filter((name) => !plan.present.has(name)),
    replaced: names.filter((name) => plan.present.has(name)),
    deleted: plan.remove.map(({ name }) => name).sort(),
    lost,
  };
}

interface Look {
  plan: ChangePlan;
  record: BackupRecord;
  lost: string | undefined;
}

function look(env: ReadableEnv, directory: string, backup: string): Look {
  const record = readBackup(env, backup);
  const present = presentFiles(env, directory);
  const lost = whatIsLost(env, directory, record);
  const plan = planOf(env, directory, backup, record, present, lost !== undefined);
  return { plan, record, lost };
}

/** Undefined if the database is what the change made of it, or what it was before. */
function whatIsLost(env: ReadableEnv, directory: string, record: BackupRecord): string | undefined {
  const { after, deleted, database } = record;
  // A crash can leave what was to go.
  const moved = whatMovedOn(after, ignoring(env, directory, deleted));
  if (moved === undefined) return undefined;
  if (isUnchanged(env, directory, record)) return undefined;
  if (database !== directory) {
    const message = `this is a backup of ${database}, and the database is not the one that it is of`;
    throw new LsmError('Invalid argument', 'invalid-argument', message, directory);
  }
  return `${moved}; ${writesSince(env, directory, record)}`;
}

/** Whether the change never came to pass. A crash can leave what was to come, in the place of orphans too. */
function isUnchanged(env: ReadableEnv, directory: string, record: BackupRecord): boolean {
  const { before, created, replaced, files } = record;
  const now = ignoring(env, directory, created);
  if (now.current !== before.current || now.contents !== before.contents) return false;
  const names = (list: readonly { name: string }[]) => new Set(list.map(({ name }) => name));
  const [known, toCome, changed] = [names([...files, ...created]), names(created), names(replaced)];
  const present = presentFiles(env, directory);
  const isKnown = (name: string) => known.has(name) || parseFileName(name)?.kind === 'temporary';
  return (
    [...present.keys()].every(isKnown) &&
    files.every(({ name, size }) => {
      const isTemporary = parseFileName(name)?.kind === 'temporary';
      return isTemporary || changed.has(name) || toCome.has(name) || present.get(name)?.size === size;
    })
  );
}

function ignoring(
  env: ReadableEnv,
  directory: string,
  files: readonly { name: string }[],
): DatabaseFingerprint {
  return fingerprintOf(env, directory, new Set(files.map(({ name }) => name)));
}

function writesSince(env: ReadableEnv, directory: string, { lastSequence }: BackupRecord): string {
  const unknown = 'what was written since would be lost';
  if (lastSequence === undefined) return unknown;
  try {
    const db = Inspection.open(env, directory);
    try {
      const now = db.lastSequence();
      if (now < lastSequence) return unknown;
      const writes = BigInt(now) - BigInt(lastSequence);
      if (writes === 0n) return 'nothing was written since';
      return `${writes} ${writes === 1n ? 'write' : 'writes'} since would be lost`;
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof LsmError) return unknown;
    throw error;
  }
}

/** None where nobody can tell. */
function inUse(env: ReadableEnv, directory: string, present: ReadonlyMap<string, PresentFile>): Set<string> {
  try {
    const db = Inspection.open(env, directory);
    try {
      return tablesInUse(present, db.version);
    } finally {
      db.close();
    }
  } catch (error) {
    if (error instanceof LsmError) return new Set();
    throw error;
  }
}

function planOf(
  env: ReadableEnv,
  directory: string,
  backup: string,
  record: BackupRecord,
  present: ReadonlyMap<string, PresentFile>,
  hasMovedOn: boolean,
): ChangePlan {
  const saved = new Map(record.saved.map((file) => [file.name, file]));
  const put: FilePut[] = [];
  for (const { name, size, modified } of record.files) {
    const there = present.get(name);
    const copy = saved.get(name);
    if (!copy) {
      if (there?.size === size && (!hasMovedOn || there.modified === modified)) continue;
      const message =
        'the state before needs this file, which is gone or has changed since; undo what was done later first';
      throw badBackup(message, env.join(directory, name));
    }
    const path = env.join(backup, name);
    const isSame = there !== undefined && isSameFile(env, env.join(directory, name), there, path, copy);
    if (isSame && name !== 'CURRENT') continue;
    const isLate = there !== undefined && !isPointer(name);
    put.push({ name, size, env, path, isLinkable: copy.crc === undefined, isLate });
  }
  const files = new Set(record.files.map(({ name }) => name));
  const remove = [...present]
    .filter(([name]) => !files.has(name))
    .map(([name, { size }]) => ({ name, size }));
  const logs = remove.filter(({ name, size }) => parseFileName(name)?.kind === 'log' && size > 0);
  return {
    put,
    remove,
    setAside: new Set(logs.map(({ name }) => name)),
    present,
    inUse: inUse(env, directory, present),
    record: {
      before: fingerprintOf(env, directory),
      after: record.before,
      lastSequence: record.lastSequence,
    },
  };
}

/** A link and what it was made of have all in common; a copy has the bytes. */
function isSameFile(
  env: ReadableEnv,
  path: string,
  { size, modified }: PresentFile,
  backup: string,
  copy: SavedFile,
): boolean {
  if (size !== copy.size) return false;
  if (copy.crc === undefined) return env.stat(backup).modified === modified;
  return digestFile(env, path) === copy.crc;
}

function isPointer(name: string): boolean {
  const kind = parseFileName(name)?.kind;
  return kind === 'manifest' || kind === 'current';
}
