// LevelDB's lock on a file, taken from Node, which has no call for it.

import { closeSync, openSync } from 'node:fs';
import { EnvError, type FileLock } from './env';
import { attempt } from './node';
import { lockByPerl, lockByPython } from './node-lock-child';
import { lockedBy, lockHolders } from './node-lock-holders';
import { lockBySqlite } from './node-lock-sqlite';

/**
 * Whom a lock keeps out: C++ LevelDB and goleveldb; C++ LevelDB, and goleveldb only if it was there first; or nobody,
 * since nothing here can hold one.
 */
export type KeptOut = 'all' | 'leveldb' | 'nobody';

export interface SystemLock extends FileLock {
  readonly keepsOut: KeptOut;
}

/** A way to hold a lock; undefined where there is no such way. Throws EnvError `locked`, and for a file that cannot be opened. */
export type LockWay = (path: string) => SystemLock | undefined;

/** Those that hold both kinds of lock come first. */
const WAYS: readonly LockWay[] =
  process.platform === 'win32' ? [lockOnWindows] : [lockByPerl, lockByPython, lockBySqlite];

/**
 * Takes LevelDB's lock, and goleveldb's where that is possible, on a file, which is created, for as long as this process
 * lives or until `release`. Throws EnvError: `locked` with the holder's pid where the system tells it; `unsupported`
 * where nothing is there that could hold it.
 */
export function takeSystemLock(path: string, ways: readonly LockWay[] = WAYS): SystemLock {
  for (const way of ways) {
    const lock = way(path);
    if (lock) return lock;
  }
  const reason = 'no lock can be held here: perl or python3 would hold it, and neither was found';
  throw new EnvError('unsupported', `lock ${path}`, reason);
}

/**
 * As `takeSystemLock`; where nothing can hold a lock, none is held. Nobody is kept out then, but a holder that the
 * system tells of still is respected: EnvError `locked`, and `isHeld` is false from when one has come.
 */
export function takeSystemLockIfPossible(path: string, ways?: readonly LockWay[]): SystemLock {
  try {
    return takeSystemLock(path, ways);
  } catch (error) {
    if (!(error instanceof EnvError) || error.code !== 'unsupported') throw error;
  }
  if (lockHolders(path).length > 0) throw lockedBy(path, undefined);
  return { keepsOut: 'nobody', isHeld: () => lockHolders(path).length === 0, release: () => {} };
}

/** LevelDB and goleveldb open LOCK there without sharing, which fails while this handle is open, and the other way round. */
function lockOnWindows(path: string): SystemLock {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'a+');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EBUSY' || code === 'EACCES' || code === 'EPERM') throw lockedBy(path, undefined);
    return attempt(path, () => {
      throw error;
    });
  }
  return { keepsOut: 'all', isHeld: () => true, release: () => closeSync(descriptor) };
}
