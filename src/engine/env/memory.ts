import {
  type DirectoryEntry,
  EnvError,
  type FileLock,
  type FileStat,
  type RandomAccessFile,
  type WritableEnv,
  type WritableFile,
} from './env';
import { LockTable } from './lock-table';

/** A file system in memory: paths are joined with `/`; a directory exists while it holds a file or was made. */
export class MemoryEnv implements WritableEnv {
  private readonly files = new Map<string, MemoryContents>();
  private readonly directories = new Set<string>();
  private readonly locks = new LockTable();

  /** Sets a file's contents (not copied); for tests and for building databases in memory. */
  setFile(path: string, contents: Uint8Array): void {
    this.files.set(path, new MemoryContents(contents));
  }

  /** Of all files together. */
  get bytes(): number {
    let bytes = 0;
    for (const contents of this.files.values()) bytes += contents.length;
    return bytes;
  }

  removeFile(path: string): void {
    this.files.delete(path);
  }

  makeDirectory(path: string): void {
    this.directories.add(path);
  }

  list(directory: string): DirectoryEntry[] {
    if (this.files.has(directory)) throw new EnvError('not-a-directory', directory, 'Not a directory');
    const prefix = `${directory}/`;
    const entries = new Map<string, DirectoryEntry>();
    for (const path of [...this.files.keys(), ...this.directories]) {
      if (!path.startsWith(prefix)) continue;
      const [name, ...below] = path.slice(prefix.length).split('/');
      const isDirectory = below.length > 0 || this.directories.has(path);
      entries.set(name, { name, isDirectory });
    }
    if (entries.size === 0 && !this.directories.has(directory)) throw notFound(directory);
    return [...entries.values()];
  }

  stat(path: string): FileStat {
    const contents = this.files.get(path);
    if (contents) return { size: contents.length, modified: 0, isDirectory: false };
    this.list(path);
    return { size: 0, modified: 0, isDirectory: true };
  }

  open(path: string): RandomAccessFile {
    return new ContentsFile(path, this.contentsOf(path));
  }

  create(path: string): WritableFile {
    // What is open on the old contents goes on reading them.
    const contents = new MemoryContents();
    this.requireDirectory(path);
    this.files.set(path, contents);
    return new ContentsWriter(path, contents);
  }

  append(path: string): WritableFile {
    const contents = this.files.get(path);
    return contents ? new ContentsWriter(path, contents) : this.create(path);
  }

  rename(from: string, to: string): void {
    const contents = this.contentsOf(from);
    this.files.delete(from);
    this.files.set(to, contents);
  }

  remove(path: string): void {
    this.contentsOf(path);
    this.files.delete(path);
  }

  link(from: string, to: string): void {
    const contents = this.contentsOf(from);
    if (this.files.has(to)) throw new EnvError('io', to, 'File exists');
    this.requireDirectory(to);
    this.files.set(to, contents);
  }

  createDirectory(path: string): void {
    this.directories.add(path);
  }

  removeDirectory(path: string): void {
    if (this.list(path).length > 0) throw new EnvError('not-empty', path, 'Directory not empty');
    this.directories.delete(path);
  }

  syncDirectory(): void {}

  lock(path: string): FileLock {
    return this.locks.take(path, () => {
      if (!this.files.has(path)) this.create(path).close();
      return undefined;
    });
  }

  join(directory: string, name: string): string {
    return `${directory}/${name}`;
  }

  split(path: string): { directory: string; name: string } {
    const slash = path.lastIndexOf('/');
    return { directory: slash < 0 ? '.' : path.slice(0, slash), name: path.slice(slash + 1) };
  }

  private contentsOf(path: string): MemoryContents {
    const contents = this.files.get(path);
    if (!contents) throw notFound(path);
    return contents;
  }

  private requireDirectory(path: string): void {
    const { directory } = this.split(path);
    if (directory === '.' || directory === '' || this.directories.has(directory)) return;
    this.list(directory);
  }
}

function notFound(path: string): EnvError {
  return new EnvError('not-found', path, 'No such file or directory');
}

/** Bytes that grow at their end. */
class MemoryContents {
  private bytes: Uint8Array;
  private used: number;

  constructor(bytes: Uint8Array = new Uint8Array(0)) {
    this.bytes = bytes;
    this.used = bytes.length;
  }

  get length(): number {
    return this.used;
  }

  view(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  append(more: Uint8Array): void {
    const needed = this.used + more.length;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2, 256));
      grown.set(this.view());
      this.bytes = grown;
    }
    this.bytes.set(more, this.used);
    this.used = needed;
  }
}

class ContentsFile implements RandomAccessFile {
  readonly path: string;
  private readonly contents: MemoryContents;

  constructor(path: string, contents: MemoryContents) {
    this.path = path;
    this.contents = contents;
  }

  size(): number {
    return this.contents.length;
  }

  read(offset: number, target: Uint8Array, targetStart: number, length: number): number {
    const part = this.contents.view().subarray(offset, offset + length);
    target.set(part, targetStart);
    return part.length;
  }

  close(): void {}
}

class ContentsWriter implements WritableFile {
  readonly path: string;
  private readonly contents: MemoryContents;

  constructor(path: string, contents: MemoryContents) {
    this.path = path;
    this.contents = contents;
  }

  append(bytes: Uint8Array): void {
    this.contents.append(bytes);
  }

  flush(): void {}

  sync(): void {}

  close(): void {}
}

/** Bytes in memory as a file. */
export class MemoryFile extends ContentsFile {
  constructor(path: string, contents: Uint8Array) {
    super(path, new MemoryContents(contents));
  }
}
