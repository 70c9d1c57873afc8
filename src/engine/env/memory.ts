import { type DirectoryEntry, EnvError, type FileStat, type RandomAccessFile, type ReadableEnv } from './env';

/** A flat file system in memory: paths are joined with `/`; a directory exists while it holds a file or was made. */
export class MemoryEnv implements ReadableEnv {
  private readonly files = new Map<string, Uint8Array>();
  private readonly directories = new Set<string>();

  /** Sets a file's contents (not copied); for tests and for building databases in memory. */
  setFile(path: string, contents: Uint8Array): void {
    this.files.set(path, contents);
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
    const contents = this.files.get(path);
    if (!contents) throw notFound(path);
    return new MemoryFile(path, contents);
  }

  join(directory: string, name: string): string {
    return `${directory}/${name}`;
  }

  split(path: string): { directory: string; name: string } {
    const slash = path.lastIndexOf('/');
    return { directory: slash < 0 ? '.' : path.slice(0, slash), name: path.slice(slash + 1) };
  }
}

function notFound(path: string): EnvError {
  return new EnvError('not-found', path, 'No such file or directory');
}

/** Bytes in memory as a file. */
export class MemoryFile implements RandomAccessFile {
  readonly path: string;
  private readonly contents: Uint8Array;

  constructor(path: string, contents: Uint8Array) {
    this.path = path;
    this.contents = contents;
  }

  size(): number {
    return this.contents.length;
  }

  read(offset: number, target: Uint8Array, targetStart: number, length: number): number {
    const part = this.contents.subarray(offset, offset + length);
    target.set(part, targetStart);
    return part.length;
  }

  close(): void {}
}
