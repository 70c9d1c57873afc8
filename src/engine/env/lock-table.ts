import { EnvError, type FileLock } from './env';

/** Which locks a process holds: the system's own do not keep a process from locking a file twice (util/env_posix.cc). */
export class LockTable {
  private readonly held = new Set<string>();

  /** Runs `acquire` if nobody here holds the lock. Throws EnvError `locked` otherwise. */
  take(path: string, acquire: () => FileLock | undefined): FileLock {
    if (this.held.has(path)) {
      throw new EnvError('locked', `lock ${path}`, 'already held by process');
    }
    const lock = acquire();
    this.held.add(path);
    let isReleased = false;
    return {
      isHeld: () => !isReleased && (lock?.isHeld() ?? true),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.held.delete(path);
        lock?.release();
      },
    };
  }
}
