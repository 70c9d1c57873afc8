import { ignoreFailure, type WritableFile } from '../env/env';

/** Files that the system may still be writing to the disk while the next are written. */
const MAX_UNSYNCED = 8;

/**
 * Finished files that only have to be durable before an edit names them: the disk works on them while others are written.
 * LevelDB waits for each; the edit comes behind all of them here and there.
 */
export class UnsyncedFiles {
  /** Oldest first. */
  private readonly files: WritableFile[] = [];

  /** Takes a file that is written, which can be read from then on. Throws EnvError, also for one of those before. */
  add(file: WritableFile): void {
    this.files.push(file);
    file.flush();
    file.beginSync?.();
    if (this.files.length > MAX_UNSYNCED) this.syncOldest();
  }

  /** All are durable then, and closed. Throws EnvError. */
  sync(): void {
    while (this.files.length > 0) this.syncOldest();
  }

  /** Closes those that are not wanted any more. */
  abandon(): void {
    for (const file of this.files.splice(0)) ignoreFailure(() => file.close());
  }

  private syncOldest(): void {
    const [file] = this.files;
    file.sync();
    this.files.shift();
    file.close();
  }
}
