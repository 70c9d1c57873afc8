import type { ReadableEnv } from '../env/env';
import type { BackupRecord, FileSize, FormerFile } from './backup-record';

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
  /** Files of the folder that the backup keeps besides: what the next opening of the database will remove. */
  keep?: readonly string[] | undefined;
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
  /** It will be a table in use, and a link to it may do. */
  isLinkable: boolean;
  /** A file of that name belongs to the present state: it must stay until CURRENT has been switched. */
  isLate: boolean;
}

export type PresentFile = Omit<FormerFile, 'name'>;

/** A change to a database's folder, with CURRENT as the point at which it happens. */
export interface ChangePlan {
  put: FilePut[];
  remove: FileSize[];
  /** Of `remove`: logs that the state to come would replay. They go before CURRENT is switched. */
  setAside: ReadonlySet<string>;
  /** The present files: by name. */
  present: ReadonlyMap<string, PresentFile>;
  /**
   * Tables in use: nobody writes to them ever again, so that the backup can be a link. An orphan's number can come
   * again, and LevelDB then empties the file that is there: a link would be emptied with it.
   */
  inUse: ReadonlySet<string>;
  /** The rest of the backup's record. */
  record: Pick<BackupRecord, 'before' | 'after' | 'lastSequence'>;
}
