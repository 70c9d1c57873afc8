import type { ReadableEnv } from '../env/env';
import type { BackupRecord, FileSize } from './backup-record';

/** What is being done: the backup, new files under temporary names, renames with CURRENT last, removals. */
export type ChangePhase = 'backup' | 'write' | 'switch';

/** A step of a change to a database's folder, after it was done. */
export interface ChangeProgress {
  phase: ChangePhase;
  file: string;
  /** Of this phase. */
  filesDone: number;
  filesTotal: number;
}

export interface ChangeOptions {
  /** What is done, for the backup's record: `compact`, `recover`. */
  label: string;
  /** The folder in which `<name>.lsm-backup` is made; the one that holds the database if left out. */
  backupParent?: string | undefined;
  /** Milliseconds since 1970; Date.now if left out. */
  now?: (() => number) | undefined;
}

/** What was done to a database's folder. Sizes are in bytes; names are sorted. */
export interface ChangeAccount {
  label: string;
  /** The path of the backup folder. */
  backup: string;
  created: FileSize[];
  /** With their new sizes. */
  replaced: FileSize[];
  deleted: FileSize[];
  /** Of what was created and replaced. */
  bytesWritten: number;
  /** Of what was deleted. */
  bytesDeleted: number;
  /** Files that could not be removed or put back once the change was made. LevelDB removes what it does not need. */
  unfinished: string[];
}

/** A file that comes to stand under a name. */
export interface FilePut extends FileSize {
  env: ReadableEnv;
  path: string;
  /** It lies in the same file system and never changes, so that a link will do. */
  isLinkable: boolean;
  /** A file of that name belongs to the present state: it must stay until CURRENT has been switched. */
  isLate: boolean;
}

/** A change to a database's folder, with CURRENT as the point at which it happens. */
export interface ChangePlan {
  put: FilePut[];
  remove: FileSize[];
  /** Of `remove`: logs that the state to come would replay. They go before CURRENT is switched. */
  setAside: ReadonlySet<string>;
  /** The present files: by name. */
  present: ReadonlyMap<string, number>;
  /** The rest of the backup's record. */
  record: Pick<BackupRecord, 'before' | 'after' | 'lastSequence'>;
}
