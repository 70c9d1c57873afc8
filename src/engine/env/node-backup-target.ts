import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { BackupTarget } from '../db/backup';
import { EnvError } from './env';
import { envErrorOf } from './node';

/** A folder on disk that a backup is written to. It must not exist, or be empty. */
export class NodeBackupTarget implements BackupTarget {
  private readonly directory: string;
  private readonly written: string[] = [];
  private readonly created: boolean;

  /** Creates the folder. Throws EnvError if it cannot be made or holds something. */
  constructor(directory: string) {
    this.directory = directory;
    const present = this.attempt(directory, () =>
      existsSync(directory) ? readdirSync(directory) : undefined,
    );
    if (present && present.length > 0) throw new EnvError('not-empty', directory, 'the folder is not empty');
    this.created = present === undefined;
    if (this.created) this.attempt(directory, () => mkdirSync(directory));
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

  private attempt<T>(path: string, operation: () => T): T {
    try {
      return operation();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
      throw envErrorOf(path, error as NodeJS.ErrnoException);
    }
  }
}
