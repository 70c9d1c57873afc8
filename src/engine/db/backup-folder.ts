// <database>.lsm-backup/<time>/: what a change replaces or deletes, beside the database.

import { crc32c } from '../bytes/crc32c';
import {
  copyInto,
  EnvError,
  type EnvErrorCode,
  ignoreFailure,
  type ReadableEnv,
  readFile,
  type WritableEnv,
} from '../env/env';
import { LsmError } from '../problem';
import {
  BACKUP_RECORD,
  type BackupRecord,
  backupRecordText,
  type FileSize,
  parseBackupRecord,
  type SavedFile,
} from './backup-record';
import type { ChangeOptions, ChangeProgress } from './change';
import { digestFile } from './fingerprint';

/** What another folder for backups helps against. */
const UNWRITABLE = new Set<EnvErrorCode>(['permission', 'not-found', 'not-a-directory']);

const TEMPORARY_RECORD = `${BACKUP_RECORD}.tmp`;

/** A backup folder as it was found. */
export interface FoundBackup {
  /** The folder's name: the time as sortable UTC. */
  name: string;
  /** Its path. */
  folder: string;
  /** Undefined if it is not complete; `problem` says why. */
  record: BackupRecord | undefined;
  problem: string | undefined;
}

/** The folder that holds a database's backups. The database's path must not end in a dot or a slash. */
export function backupContainer(env: ReadableEnv, directory: string, parent?: string): string {
  const { directory: above, name } = env.split(directory);
  return env.join(parent ?? above, `${name}.lsm-backup`);
}

/** Complete or not, the newest first. None if there is no such folder. */
export function listBackups(env: ReadableEnv, directory: string, parent?: string): FoundBackup[] {
  const container = backupContainer(env, directory, parent);
  const names = ignoreFailure(() => env.list(container)) ?? [];
  return names
    .filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => name)
    .sort()
    .reverse()
    .map((name) => findBackup(env, env.join(container, name)));
}

function findBackup(env: ReadableEnv, folder: string): FoundBackup {
  const { name } = env.split(folder);
  try {
    return { name, folder, record: readBackup(env, folder), problem: undefined };
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
    return { name, folder, record: undefined, problem: error.message };
  }
}

/** The record of a backup whose files are all there. Throws an LsmError `bad-backup`, and EnvError for what cannot be read. */
export function readBackup(env: ReadableEnv, folder: string): BackupRecord {
  const file = env.join(folder, BACKUP_RECORD);
  let contents: Uint8Array;
  try {
    env.list(folder);
    contents = readFile(env, file);
  } catch (error) {
    if (!(error instanceof EnvError) || error.code !== 'not-found' || error.path !== file) throw error;
    throw badBackup(`there is no ${BACKUP_RECORD}: this is no backup, or one that was not finished`, folder);
  }
  const record = parseBackupRecord(new TextDecoder().decode(contents), file);
  for (const { name, size } of record.saved) {
    const path = env.join(folder, name);
    const found = ignoreFailure(() => env.stat(path));
    if (!found) throw badBackup('the backup is not complete: the file is missing', path);
    if (found.size !== size) {
      throw badBackup(`the backup is damaged: the file has ${found.size} bytes instead of ${size}`, path);
    }
  }
  return record;
}

/** Throws an LsmError `bad-backup` if bytes of the copied files differ from those that were saved. */
export function verifyBackup(env: ReadableEnv, folder: string, { saved }: BackupRecord): void {
  for (const { name, crc } of saved) {
    const path = env.join(folder, name);
    if (crc !== undefined && digestFile(env, path) !== crc) {
      throw badBackup('the backup is damaged: the file differs from what was saved', path);
    }
  }
}

export function badBackup(message: string, file: string): LsmError {
  return new LsmError('Corruption', 'bad-backup', message, file);
}

/** A backup that is being made. */
export class NewBackup {
  readonly folder: string;
  private readonly env: WritableEnv;
  private readonly directory: string;
  private readonly options: ChangeOptions;
  private readonly container: string;
  private readonly time: number;
  private readonly saved: SavedFile[] = [];
  private readonly written: string[] = [];
  private madeContainer = false;
  private madeFolder = false;

  constructor(env: WritableEnv, directory: string, options: ChangeOptions) {
    this.env = env;
    this.directory = directory;
    this.options = options;
    this.container = backupContainer(env, directory, options.backupParent);
    this.time = (options.now ?? Date.now)();
    this.folder = env.join(this.container, this.freeName());
  }

  /**
   * Saves files of the database's folder and makes them durable, with the record last; tables in use are linked where
   * that is possible. Throws EnvError, `no-backup-folder` if none can be made there, and `discard` takes back what is there
   * then.
   */
  *write(
    files: readonly FileSize[],
    inUse: ReadonlySet<string>,
    record: Omit<BackupRecord, 'time' | 'label' | 'database' | 'saved'>,
  ): Generator<ChangeProgress, void> {
    try {
      this.makeFolders();
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      const { code, path, reason } = error;
      throw new EnvError(
        UNWRITABLE.has(code) ? 'no-backup-folder' : code,
        path,
        `${reason}; no backup can be made there, choose another folder for it`,
      );
    }
    const progress = { phase: 'backup', filesTotal: files.length } as const;
    for (const { name, size } of files) {
      this.save(name, size, inUse.has(name));
      yield { ...progress, file: name, filesDone: this.saved.length };
    }
    const { env, folder, container, directory, saved } = this;
    env.syncDirectory(folder);
    env.syncDirectory(container);
    const { label } = this.options;
    const time = new Date(this.time).toISOString();
    this.writeRecord({ time, label, database: directory, ...record, saved });
    env.syncDirectory(folder);
  }

  /** Removes it, the record first: what is left of it must not pass for a backup. What cannot be removed stays. */
  discard(): void {
    const { env } = this;
    for (const path of this.written.reverse()) ignoreFailure(() => env.remove(path));
    if (this.madeFolder) ignoreFailure(() => env.removeDirectory(this.folder));
    if (this.madeContainer) ignoreFailure(() => env.removeDirectory(this.container));
  }

  private makeFolders(): void {
    const { env, container, folder } = this;
    if (!ignoreFailure(() => env.stat(container))) {
      env.createDirectory(container);
      this.madeContainer = true;
      env.syncDirectory(env.split(container).directory);
    }
    env.createDirectory(folder);
    this.madeFolder = true;
  }

  private save(name: string, size: number, isLinkable: boolean): void {
    const { env, folder, directory } = this;
    const [from, to] = [env.join(directory, name), env.join(folder, name)];
    this.written.push(to);
    if (isLinkable && linked(env, from, to)) {
      this.saved.push({ name, size, crc: undefined });
      return;
    }
    const crc = copyDurably(env, from, env, to);
    this.saved.push({ name, size: env.stat(to).size, crc });
  }

  private writeRecord(record: BackupRecord): void {
    const { env, folder } = this;
    const [temporary, path] = [env.join(folder, TEMPORARY_RECORD), env.join(folder, BACKUP_RECORD)];
    this.written.push(temporary, path);
    const file = env.create(temporary);
    try {
      file.append(new TextEncoder().encode(backupRecordText(record)));
      file.sync();
    } finally {
      file.close();
    }
    env.rename(temporary, path);
  }

  /** Never one that is there. */
  private freeName(): string {
    const { env, container, time } = this;
    const taken = new Set((ignoreFailure(() => env.list(container)) ?? []).map(({ name }) => name));
    const name = new Date(time).toISOString().replaceAll(':', '-');
    for (let i = 2, free = name; ; i++) {
      if (!taken.has(free)) return free;
      free = `${name}-${i}`;
    }
  }
}

/** False where the file system has no links, or not to there. */
export function linked(env: WritableEnv, from: string, to: string): boolean {
  try {
    env.link(from, to);
    return true;
  } catch (error) {
    if (error instanceof EnvError) return false;
    throw error;
  }
}

/** Copies a file and makes it durable; gives the checksum of its bytes. */
export function copyDurably(source: ReadableEnv, from: string, env: WritableEnv, to: string): number {
  let crc = 0;
  const file = source.open(from);
  try {
    const copy = env.create(to);
    try {
      copyInto(file, copy, (part) => {
        crc = crc32c(part, undefined, undefined, crc);
      });
      copy.sync();
    } finally {
      copy.close();
    }
  } finally {
    file.close();
  }
  return crc;
}
