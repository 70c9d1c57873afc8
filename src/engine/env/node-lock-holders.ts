// Who holds a lock on a file, as far as the system tells. Nothing of the database is opened for it.

import { readFileSync, statSync } from 'node:fs';
import { EnvError } from './env';

/** Who holds a lock, as far as the system tells. */
export interface LockHolder {
  pid: number;
  /** `fcntl` as C++ LevelDB takes it, `flock` as goleveldb does. */
  kind: 'fcntl' | 'flock';
  /** The program's name. */
  program: string | undefined;
}

/** The error for a lock that somebody else has: of the kind that was met, where that is known. */
export function lockedBy(path: string, kind: LockHolder['kind'] | undefined): EnvError {
  const holder = lockHolders(path).find((each) => kind === undefined || each.kind === kind);
  const who = holder
    ? `process ${holder.pid}${holder.program ? ` (${holder.program})` : ''}`
    : 'another process';
  return new EnvError('locked', `lock ${path}`, `held by ${who}`);
}

/** Who holds locks on a file, by /proc/locks; nobody is known elsewhere than on Linux. Opens nothing of the database. */
export function lockHolders(path: string): LockHolder[] {
  const inode = inodeOf(path);
  if (inode === undefined) return [];
  let text: string;
  try {
    text = readFileSync('/proc/locks', 'utf8');
  } catch {
    return [];
  }
  const holders: LockHolder[] = [];
  for (const line of text.split('\n')) {
    const match = /^\d+: (POSIX|FLOCK|OFDLCK) +\S+ +\S+ +(\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (!match || BigInt(match[3]) !== inode) continue;
    const pid = Number(match[2]);
    holders.push({ pid, kind: match[1] === 'FLOCK' ? 'flock' : 'fcntl', program: programOf(pid) });
  }
  return holders;
}

function programOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** Which file stands under a name; undefined if none does. */
export function inodeOf(path: string): bigint | undefined {
  try {
    return statSync(path, { bigint: true }).ino;
  } catch {
    return undefined;
  }
}
