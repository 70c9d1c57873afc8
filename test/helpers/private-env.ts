import type { FileLock } from '../../src/engine/env/env';
import { LockTable } from '../../src/engine/env/lock-table';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';

/** The real file system for folders that nobody else opens meanwhile: its locks hold within this process, and start no other. */
export class PrivateEnv extends NodeWritableEnv {
  private readonly locks = new LockTable();

  override lock(path: string): FileLock {
    return this.locks.take(path, () => {
      this.append(path).close();
      return undefined;
    });
  }
}
