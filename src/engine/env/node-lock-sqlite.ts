// LevelDB's lock held by SQLite, which is in Node from 22.13 on and locks files as LevelDB does.

import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { EnvError } from './env';
import { attempt } from './node';
import type { SystemLock } from './node-lock';
import { inodeOf, lockedBy, lockHolders } from './node-lock-holders';

/** What is used of node:sqlite. */
interface Sqlite {
  DatabaseSync: new (path: string) => { exec(sql: string): void; close(): void };
}

/** SQLITE_BUSY of sqlite3.h. */
const BUSY = 5;

/** The files beside a database from which SQLite would first mend it. */
const JOURNALS = ['-journal', '-wal'];

/**
 * An exclusive transaction locks bytes 2^30 to 2^30 + 511 of the file by fcntl (SQLite's os.h, PENDING_BYTE), and
 * LevelDB all of them: whoever comes second is refused, either way. Nothing is written. The lock ends when any
 * descriptor of the file is closed in this process, so nothing here opens LOCK. goleveldb's flock is not held: who has
 * it now is found out where the system tells, who comes later is not kept out.
 *
 * Undefined if there is no node:sqlite, and for a LOCK that is not empty, which SQLite might take for a database. Throws
 * EnvError as `takeSystemLock` does.
 */
export function lockBySqlite(path: string): SystemLock | undefined {
  const sqlite = findSqlite();
  if (!sqlite) return undefined;
  const file = resolve(path);
  if (existsSync(file)) {
    if (statSync(file).size > 0 || JOURNALS.some((end) => existsSync(file + end))) return undefined;
    // Of what may only be read SQLite takes a lock that others can take, too.
    attempt(path, () => accessSync(file, constants.W_OK));
  } else attempt(path, () => accessSync(dirname(file), constants.W_OK));
  refuseFlock(path);
  let database: InstanceType<Sqlite['DatabaseSync']> | undefined;
  try {
    database = new sqlite.DatabaseSync(file);
    // Another mode makes a file beside it.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    refuseFlock(path);
  } catch (error) {
    database?.close();
    if (error instanceof EnvError) throw error;
    const { errcode, message } = error as Error & { errcode?: number };
    if (errcode === BUSY) throw lockedBy(path, 'fcntl');
    throw new EnvError('io', path, message);
  }
  return held(path, database);
}

function held(path: string, database: { close(): void }): SystemLock {
  const inode = inodeOf(path);
  const isListed = () => lockHolders(path).some(({ pid, kind }) => pid === process.pid && kind === 'fcntl');
  // Some file systems have other numbers in the list than they tell.
  const wasListed = isListed();
  let isReleased = false;
  return {
    keepsOut: 'leveldb',
    isHeld: () => !isReleased && inodeOf(path) === inode && (!wasListed || isListed()),
    release() {
      if (isReleased) return;
      isReleased = true;
      database.close();
    },
  };
}

function refuseFlock(path: string): void {
  if (lockHolders(path).some(({ kind }) => kind === 'flock')) throw lockedBy(path, 'flock');
}

/** Undefined before Node 22.5, and where it has to be switched on. */
function findSqlite(): Sqlite | undefined {
  const { emitWarning } = process;
  // That it is experimental, as Node 22 says, is no news for a user.
  process.emitWarning = () => {};
  try {
    return (process as { getBuiltinModule?: (id: string) => unknown }).getBuiltinModule?.('node:sqlite') as
      | Sqlite
      | undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}
