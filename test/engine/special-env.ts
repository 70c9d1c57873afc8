import {
  type DirectoryEntry,
  EnvError,
  type FileLock,
  type FileStat,
  type RandomAccessFile,
  type WritableEnv,
  type WritableFile,
} from '../../src/engine/env/env';
import { parseFileName } from '../../src/engine/manifest/file-names';

/**
 * An Env with switches for what can go wrong (SpecialEnv in db/db_test.cc). Its delay_data_sync, which holds up the
 * background thread, is `background: 'stepped'` here.
 */
export class SpecialEnv implements WritableEnv {
  /** Syncs of tables and logs fail. */
  dataSyncError = false;
  /** What is appended to tables and logs goes nowhere, and nobody is told. */
  noSpace = false;
  /** No file can be created. */
  nonWritable = false;
  manifestSyncError = false;
  manifestWriteError = false;
  /** Closing a log fails. */
  logCloseError = false;
  /** Of files that were opened while it was set. */
  countRandomReads = false;
  randomReads = 0;
  private readonly base: WritableEnv;

  constructor(base: WritableEnv) {
    this.base = base;
  }

  list(directory: string): DirectoryEntry[] {
    return this.base.list(directory);
  }

  stat(path: string): FileStat {
    return this.base.stat(path);
  }

  open(path: string): RandomAccessFile {
    const file = this.base.open(path);
    return this.countRandomReads ? new CountingFile(this, file) : file;
  }

  create(path: string): WritableFile {
    if (this.nonWritable) throw simulated(path, 'write');
    return this.wrap(this.base.create(path));
  }

  append(path: string): WritableFile {
    return this.wrap(this.base.append(path));
  }

  link(from: string, to: string): void {
    this.base.link(from, to);
  }

  rename(from: string, to: string): void {
    this.base.rename(from, to);
  }

  remove(path: string): void {
    this.base.remove(path);
  }

  createDirectory(path: string): void {
    this.base.createDirectory(path);
  }

  removeDirectory(path: string): void {
    this.base.removeDirectory(path);
  }

  syncDirectory(path: string): void {
    this.base.syncDirectory(path);
  }

  lock(path: string): FileLock {
    return this.base.lock(path);
  }

  join(directory: string, name: string): string {
    return this.base.join(directory, name);
  }

  split(path: string): { directory: string; name: string } {
    return this.base.split(path);
  }

  private wrap(file: WritableFile): WritableFile {
    const kind = parseFileName(this.split(file.path).name)?.kind;
    if (kind === 'table' || kind === 'log') return new DataFile(this, file, kind === 'log');
    return kind === 'manifest' ? new ManifestFile(this, file) : file;
  }
}

function simulated(path: string, what: string): EnvError {
  return new EnvError('io', path, `simulated ${what} error`);
}

class DataFile implements WritableFile {
  readonly path: string;
  private readonly env: SpecialEnv;
  private readonly base: WritableFile;
  private readonly isLog: boolean;

  constructor(env: SpecialEnv, base: WritableFile, isLog: boolean) {
    this.env = env;
    this.base = base;
    this.path = base.path;
    this.isLog = isLog;
  }

  append(bytes: Uint8Array): void {
    if (!this.env.noSpace) this.base.append(bytes);
  }

  flush(): void {
    this.base.flush();
  }

  sync(): void {
    if (this.env.dataSyncError) throw simulated(this.path, 'data sync');
    this.base.sync();
  }

  close(): void {
    this.base.close();
    if (this.isLog && this.env.logCloseError) throw simulated(this.path, 'log file close');
  }
}

class ManifestFile implements WritableFile {
  readonly path: string;
  private readonly env: SpecialEnv;
  private readonly base: WritableFile;

  constructor(env: SpecialEnv, base: WritableFile) {
    this.env = env;
    this.base = base;
    this.path = base.path;
  }

  append(bytes: Uint8Array): void {
    if (this.env.manifestWriteError) throw simulated(this.path, 'manifest write');
    this.base.append(bytes);
  }

  flush(): void {
    this.base.flush();
  }

  sync(): void {
    if (this.env.manifestSyncError) throw simulated(this.path, 'manifest sync');
    this.base.sync();
  }

  close(): void {
    this.base.close();
  }
}

class CountingFile implements RandomAccessFile {
  readonly path: string;
  private readonly env: SpecialEnv;
  private readonly base: RandomAccessFile;

  constructor(env: SpecialEnv, base: RandomAccessFile) {
    this.env = env;
    this.base = base;
    this.path = base.path;
  }

  size(): number {
    return this.base.size();
  }

  read(offset: number, target: Uint8Array, targetStart: number, length: number): number {
    this.env.randomReads++;
    return this.base.read(offset, target, targetStart, length);
  }

  close(): void {
    this.base.close();
  }
}
