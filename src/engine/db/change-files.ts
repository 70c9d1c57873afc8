import { equalBytes } from '../bytes/compare';
import { addU64, maxU64, type U64 } from '../bytes/u64';
import { EnvError, type FileLock, ignoreFailure, readFile, type WritableEnv } from '../env/env';
import { parseFileName, temporaryFileName } from '../manifest/file-names';
import { LsmError } from '../problem';
import { copyDurably, linked, NewBackup } from './backup-folder';
import type { FileSize } from './backup-record';
import type { ChangeAccount, ChangeOptions, ChangePlan, ChangeProgress, FilePut } from './change';

/**
 * Changes a database's folder, with `lock`, its lock, held and the folder compared with the plan. The order makes CURRENT the one
 * point at which the change happens, and everything before it durable:
 *
 *   1. the backup, its record last;
 *   2. new files under names that LevelDB removes when it opens the database (NNNNNN.dbtmp), each synced;
 *   3. tables and logs get their names, then MANIFESTs: LevelDB passes by what the old MANIFEST does not name;
 *   4. CURRENT;
 *   5. what replaces a file of the old state gets its name; what goes is removed.
 *
 * Before 4 every failure takes back what was done, the backup too. After it, failures are told and nothing is taken back.
 * Whether the lock is held still is asked before 3 and before each of its and 4's points of no return: the process that
 * holds it for this one can be ended from outside, and then another may have the database open.
 */
export function* performChange(
  env: WritableEnv,
  directory: string,
  plan: ChangePlan,
  options: ChangeOptions,
  lock: FileLock,
): Generator<ChangeProgress, ChangeAccount> {
  const backup = new NewBackup(env, directory, options);
  const change = new Change(env, directory, plan, backup.folder, lock);
  let hasEnded = false;
  const takeBack = () => {
    hasEnded = true;
    const isBack = change.rollBack();
    // Of a database that is not as it was the backup is needed.
    if (isBack) backup.discard();
    return isBack;
  };
  try {
    yield* backup.write(saved(plan, options.keep), plan.inUse, {
      ...plan.record,
      ...listsOf(plan),
      current: plan.record.before.current,
    });
    yield* change.write();
    change.commit();
    hasEnded = true;
  } catch (error) {
    if (change.isCommitted) {
      hasEnded = true;
      throw told(
        error,
        `the change was made, but may not outlast a power cut; the backup is in ${backup.folder}`,
      );
    }
    throw takeBack()
      ? told(error, 'nothing was changed')
      : told(error, `not all of it could be taken back; the backup is in ${backup.folder}`);
  } finally {
    // Ended early.
    if (!hasEnded) takeBack();
  }
  const unfinished = change.finish();
  const { created, replaced, deleted } = listsOf(plan);
  return {
    label: options.label,
    backup: backup.folder,
    created,
    replaced,
    deleted,
    bytesWritten: sumOf(plan.put),
    bytesDeleted: sumOf(deleted),
    unfinished,
  };
}

/** All that is replaced or deleted or to be kept, and CURRENT and the MANIFEST whatever becomes of them. */
function saved({ put, remove, present, record }: ChangePlan, keep: readonly string[] = []): FileSize[] {
  const { manifest } = record.before;
  const names = new Set(['CURRENT', ...(manifest === undefined ? [] : [manifest]), ...keep]);
  for (const { name } of [...put, ...remove]) names.add(name);
  return [...present].filter(([name]) => names.has(name)).map(([name, { size }]) => ({ name, size }));
}

function listsOf({ put, remove, present }: ChangePlan) {
  const sizes = put.map(({ name, size }) => ({ name, size }));
  return {
    created: sizes.filter(({ name }) => !present.has(name)).sort(byName),
    replaced: sizes.filter(({ name }) => present.has(name)).sort(byName),
    deleted: [...remove].sort(byName),
    files: [...present].map(([name, file]) => ({ name, ...file })),
  };
}

function byName(a: FileSize, b: FileSize): number {
  return a.name < b.name ? -1 : 1;
}

function sumOf(files: readonly FileSize[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** A failure, and what came of the change. */
function told(error: unknown, outcome: string): unknown {
  if (error instanceof EnvError) return new EnvError(error.code, error.path, `${error.reason}; ${outcome}`);
  if (error instanceof LsmError) {
    const { status, code, message, file, offset } = error;
    return new LsmError(status, code, `${message}; ${outcome}`, file, offset);
  }
  return error;
}

class Change {
  isCommitted = false;
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly plan: ChangePlan;
  private readonly backup: string;
  private readonly lock: FileLock;
  private nextTemporary: U64;
  /** Paths of files that have their bytes but not their names yet. */
  private readonly temporary = new Map<FilePut, string>();
  private readonly placed: FilePut[] = [];
  private readonly asides: { name: string; path: string }[] = [];

  constructor(env: WritableEnv, directory: string, plan: ChangePlan, backup: string, lock: FileLock) {
    this.env = env;
    this.directory = directory;
    this.plan = plan;
    this.backup = backup;
    this.lock = lock;
    let last: U64 = 0;
    for (const name of [...plan.present.keys(), ...plan.put.map(({ name }) => name)]) {
      last = maxU64(last, parseFileName(name)?.number ?? 0);
    }
    // LevelDB keeps a temporary file that has the number of a table in use.
    this.nextTemporary = addU64(last, 1);
  }

  /** The new files under temporary names. */
  *write(): Generator<ChangeProgress, void> {
    const { env, plan } = this;
    const progress = { phase: 'write', filesTotal: plan.put.length } as const;
    for (const put of plan.put) {
      const path = this.temporaryPath();
      this.temporary.set(put, path);
      if (!put.isLinkable || !linked(env, put.path, path)) copyDurably(put.env, put.path, env, path);
      yield { ...progress, file: put.name, filesDone: this.temporary.size };
    }
  }

  /** Up to CURRENT. */
  commit(): void {
    const { env, directory, plan } = this;
    const [current] = plan.put.filter(({ name }) => name === 'CURRENT');
    const early = plan.put.filter(({ isLate }) => !isLate);
    this.requireLock();
    for (const put of early) if (!isPointer(put)) this.place(put);
    for (const name of plan.setAside) {
      const path = this.temporaryPath();
      this.asides.push({ name, path });
      env.rename(this.path(name), path);
    }
    // Each step is durable before the next one.
    env.syncDirectory(directory);
    const manifests = early.filter((put) => isPointer(put) && put !== current);
    this.requireLock();
    for (const put of manifests) this.place(put);
    if (manifests.length > 0) env.syncDirectory(directory);
    if (current) {
      if (manifests.length > 0) this.requireLock();
      this.switchCurrent(current);
    }
    this.isCommitted = true;
    if (current) env.syncDirectory(directory);
  }

  private requireLock(): void {
    if (this.lock.isHeld()) return;
    const path = this.path('LOCK');
    throw new EnvError(
      'lock-lost',
      path,
      'the lock was lost: what held it was ended, or another program came',
    );
  }

  /** What comes after CURRENT; gives the names of what could not be done. */
  finish(): string[] {
    const { env, plan } = this;
    const unfinished: string[] = [];
    const attempt = (name: string, operation: () => void) => {
      try {
        operation();
      } catch (error) {
        if (!(error instanceof EnvError)) throw error;
        if (error.code !== 'not-found') unfinished.push(name);
      }
    };
    for (const put of [...this.temporary.keys()]) attempt(put.name, () => this.place(put));
    for (const { name, path } of this.asides) attempt(name, () => env.remove(path));
    for (const { name } of plan.remove) {
      if (!plan.setAside.has(name)) attempt(name, () => env.remove(this.path(name)));
    }
    // LevelDB removes again what comes back.
    ignoreFailure(() => env.syncDirectory(this.directory));
    return unfinished;
  }

  /** The folder as it was; false if that cannot be. */
  rollBack(): boolean {
    const { env } = this;
    let isBack = true;
    const attempt = (operation: () => void) => {
      try {
        operation();
      } catch (error) {
        if (!(error instanceof EnvError)) throw error;
        if (error.code !== 'not-found') isBack = false;
      }
    };
    for (const put of this.placed.reverse()) {
      const wasThere = this.plan.present.has(put.name);
      attempt(() => (wasThere ? this.putBack(put.name) : env.remove(this.path(put.name))));
    }
    for (const { name, path } of this.asides) {
      attempt(() => env.rename(path, this.path(name)));
      // Whoever opens a database removes temporary files.
      if (!ignoreFailure(() => env.stat(this.path(name)))) isBack = false;
    }
    for (const path of this.temporary.values()) attempt(() => env.remove(path));
    ignoreFailure(() => env.syncDirectory(this.directory));
    return isBack;
  }

  private putBack(name: string): void {
    const { env } = this;
    const path = this.temporaryPath();
    const from = env.join(this.backup, name);
    copyDurably(env, from, env, path);
    env.rename(path, this.path(name));
  }

  private place(put: FilePut): void {
    const path = this.temporary.get(put);
    if (path === undefined) return;
    this.env.rename(path, this.path(put.name));
    this.temporary.delete(put);
    this.placed.push(put);
  }

  private switchCurrent(current: FilePut): void {
    try {
      this.place(current);
    } catch (error) {
      // A rename over a network can fail and be done all the same. Nothing may be taken back then.
      if (error instanceof EnvError && this.isSwitched(current)) this.isCommitted = true;
      throw error;
    }
  }

  private isSwitched(current: FilePut): boolean {
    const wanted = readFile(current.env, current.path);
    const found = ignoreFailure(() => readFile(this.env, this.path('CURRENT')));
    const before = this.plan.record.before.current;
    return (
      found !== undefined &&
      equalBytes(found, wanted) &&
      new TextDecoder().decode(wanted).replace(/\n$/, '') !== before
    );
  }

  private path(name: string): string {
    return this.env.join(this.directory, name);
  }

  private temporaryPath(): string {
    const number = this.nextTemporary;
    this.nextTemporary = addU64(number, 1);
    return this.path(temporaryFileName(number));
  }
}

function isPointer({ name }: FilePut): boolean {
  const kind = parseFileName(name)?.kind;
  return kind === 'manifest' || kind === 'current';
}
