import {
  close,
  closeSync,
  fsync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { EnvError, type FileLock, type WritableEnv, type WritableFile } from './env';
import { LockTable } from './lock-table';
import { attempt, NodeReadableEnv } from './node';
import { type KeptOut, takeSystemLock, takeSystemLockIfPossible } from './node-lock';

/** Appended bytes are collected up to here before they are written (util/env_posix.cc, kWritableFileBufferSize). */
const BUFFER_BYTES = 65536;

/** Files of the process that may be under way to the disk by `beginSync` at a time. */
const MAX_BEGUN = 256;
let begun = 0;

/** One for the process, as LevelDB's. */
const locks = new LockTable();

export interface LockOptions {
  /** Where nothing can hold a lock: go on without one (default false, which throws `unsupported`). */
  withoutLock?: boolean | undefined;
  /** Told of each lock that was taken, or was to be, and does not keep everybody out. */
  onGap?: ((path: string, keepsOut: Exclude<KeptOut, 'all'>) => void) | undefined;
}

/** The real file system. */
export class NodeWritableEnv extends NodeReadableEnv implements WritableEnv {
  private readonly lockOptions: LockOptions;

  constructor(lockOptions: LockOptions = {}) {
    super();
    this.lockOptions = lockOptions;
  }

  create(path: string): WritableFile {
    return new NodeWriter(path, 'w');
  }

  append(path: string): WritableFile {
    return new NodeWriter(path, 'a');
  }

  rename(from: string, to: string): void {
    attempt(from, () => renameSync(from, to));
  }

  remove(path: string): void {
    attempt(path, () => unlinkSync(path));
  }

  link(from: string, to: string): void {
    attempt(to, () => linkSync(from, to));
  }

  createDirectory(path: string): void {
    try {
      mkdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
      attempt(path, () => {
        throw error;
      });
    }
  }

  removeDirectory(path: string): void {
    attempt(path, () => rmdirSync(path));
  }

  /** Windows has no such call and needs none. */
  syncDirectory(path: string): void {
    if (process.platform === 'win32') return;
    attempt(path, () => {
      const descriptor = openSync(path, 'r');
      try {
        fsyncSync(descriptor);
      } finally {
        closeSync(descriptor);
      }
    });
  }

  /** Holds off this process and all others, C++ LevelDB's and goleveldb's too. See `takeSystemLock` for what it throws. */
  lock(path: string): FileLock {
    const { withoutLock = false, onGap } = this.lockOptions;
    return locks.take(path, () => {
      const lock = withoutLock ? takeSystemLockIfPossible(path) : takeSystemLock(path);
      if (lock.keepsOut !== 'all') onGap?.(path, lock.keepsOut);
      return lock;
    });
  }
}

class NodeWriter implements WritableFile {
  readonly path: string;
  private descriptor: number;
  private readonly buffer = new Uint8Array(BUFFER_BYTES);
  private used = 0;

  constructor(path: string, flags: 'w' | 'a') {
    this.path = path;
    this.descriptor = attempt(path, () => openSync(path, flags));
  }

  append(bytes: Uint8Array): void {
    if (this.descriptor < 0) throw new EnvError('io', this.path, 'the file is closed');
    if (this.used + bytes.length > BUFFER_BYTES) this.flush();
    if (bytes.length > BUFFER_BYTES) {
      this.write(bytes);
      return;
    }
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
  }

  /** Hands everything to the system. */
  flush(): void {
    const { used } = this;
    this.used = 0;
    this.write(this.buffer.subarray(0, used));
  }

  /**
   * By a thread of Node's, and a descriptor of its own: each tells of a failure once, and `sync` must not miss it. What is
   * begun ends when callbacks run; until then no more than so many are.
   */
  beginSync(): void {
    if (begun >= MAX_BEGUN) return;
    this.flush();
    let descriptor: number;
    try {
      descriptor = openSync(this.path, 'r+');
    } catch {
      // Then `sync` does all of it.
      return;
    }
    begun++;
    fsync(descriptor, () =>
      close(descriptor, () => {
        begun--;
      }),
    );
  }

  sync(): void {
    this.flush();
    attempt(this.path, () => fsyncSync(this.descriptor));
  }

  close(): void {
    if (this.descriptor < 0) return;
    const { descriptor } = this;
    try {
      this.flush();
    } finally {
      this.descriptor = -1;
      // Some file systems tell only here that a write went wrong.
      attempt(this.path, () => closeSync(descriptor));
    }
  }

  private write(bytes: Uint8Array): void {
    attempt(this.path, () => {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.descriptor, bytes, done);
    });
  }
}
