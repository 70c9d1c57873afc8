import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BackupTarget } from '../db/backup';
import { EnvError } from './env';

/** A folder on disk that a backup is written to. It must not exist, or be empty. */
export class NodeBackupTarget implements BackupTarget {
  private readonly directory: string;
  private readonly written: string[] = [];
  private readonly created: boolean;

  /** Creates the folder. Throws EnvError if it cannot be made or holds something. */
  constructor(directory: string) {
    this.directory = directory;
    let present: string[] | undefined;
    try {
      present = readdirSync(directory);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ENOTDIR') throw new EnvError('not-a-directory', directory, 'Not a directory');
      if (code !== 'ENOENT') throw new EnvError('io', directory, message);
    }
    if (present && present.length > 0) {
      throw new EnvError('not-a-directory', directory, 'the folder for the backup is not empty');
    }
    this.created = present === undefined;
    try {
      if (this.created) mkdirSync(directory);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const kind = code === 'EACCES' ? 'permission' : code === 'ENOENT' ? 'not-found' : 'io';
      throw new EnvError(kind, directory, message);
    }
  }

  write(name: string, chunks: Iterable<Uint8Array>): void {
    const path = join(this.directory, name);
    this.attempt(path, () => {
      const descriptor = openSync(path, 'wx');
      this.written.push(path);
      try {
        for (const chunk of chunks) {
          for (let offset = 0; offset < chunk.length; ) offset += writeSync(descriptor, chunk, offset);
        }
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
  }

  /** Makes the names durable: the folder's and the files' in it. Windows has no such call and needs none. */
  sync(): void {
    if (process.platform === 'win32') return;
    for (const path of [this.directory, dirname(this.directory)]) {
      this.attempt(path, () => {
        const descriptor = openSync(path, 'r');
        try {
          fsyncSync(descriptor);
        } finally {
          closeSync(descriptor);
        }
      });
    }
  }

  /** Removes what was written: after a failure or when the user stopped it. */
  discard(): void {
    for (const path of this.written) rmSync(path, { force: true });
    if (this.created) rmSync(this.directory, { recursive: true, force: true });
  }

  private attempt(path: string, operation: () => void): void {
    try {
      operation();
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === undefined || !(error as NodeJS.ErrnoException).syscall) throw error;
      throw new EnvError('io', path, message);
    }
  }
}
