import { equalBytes } from '../bytes/compare';
import {
  type DirectoryEntry,
  EnvError,
  type FileStat,
  type RandomAccessFile,
  type ReadableEnv,
  readRange,
} from './env';

export interface FrozenOptions {
  /** Which files of the directory are opened; the others are listed and no more. */
  wants(name: string): boolean;
  /** Files that are read again each time, since their contents are replaced under the same name; small ones. */
  pointers: readonly string[];
  /** The file that a change of the whole shows by its size, found from the pointers' contents; undefined for none. */
  witness(contents: ReadonlyMap<string, Uint8Array>): string | undefined;
}

/** A writer would have to change the directory this often in a row while its new files are opened. */
const MAX_ATTEMPTS = 1000;
/** Files held open; what is beyond is opened when it is read, and may be gone by then. */
const MAX_OPEN = 8000;
/** A pointer is a name and a newline. */
const MAX_POINTER_BYTES = 4096;

/**
 * A directory as it was at one moment, whatever its owner does to it from then on: files are held open, sizes and names
 * are those of the moment. Everything outside the directory, and files that are not wanted, are the base's.
 */
export class FrozenEnv implements ReadableEnv {
  readonly directory: string;
  private readonly base: ReadableEnv;
  private readonly options: FrozenOptions;
  private entries: DirectoryEntry[] = [];
  private readonly files = new Map<string, FrozenFile>();
  private pointers = new Map<string, Uint8Array>();
  /** Damage can have made one longer than what is read of it. */
  private readonly pointerSizes = new Map<string, number>();

  /** Throws EnvError if the directory cannot be listed, or changes faster than it can be read. */
  constructor(base: ReadableEnv, directory: string, options: FrozenOptions) {
    this.base = base;
    this.directory = directory;
    this.options = options;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) if (this.look()) return;
    this.close();
    throw new EnvError('io', directory, 'the database changes faster than it can be read; try again');
  }

  /** Lets every file go. */
  close(): void {
    for (const file of this.files.values()) file.end();
    this.files.clear();
  }

  list(directory: string): DirectoryEntry[] {
    return directory === this.directory ? this.entries : this.base.list(directory);
  }

  stat(path: string): FileStat {
    const name = this.nameIn(path);
    if (name === undefined) return this.base.stat(path);
    const size = this.pointers.has(name) ? this.pointerSizes.get(name) : this.files.get(name)?.size();
    if (size !== undefined) return { size, modified: 0, isDirectory: false };
    this.requireListed(name, path);
    return this.base.stat(path);
  }

  open(path: string): RandomAccessFile {
    const name = this.nameIn(path);
    if (name === undefined) return this.base.open(path);
    const contents = this.pointers.get(name);
    if (contents) return new PointerFile(path, contents);
    const held = this.files.get(name);
    if (held) return held;
    this.requireListed(name, path);
    return this.base.open(path);
  }

  join(directory: string, name: string): string {
    return this.base.join(directory, name);
  }

  split(path: string): { directory: string; name: string } {
    return this.base.split(path);
  }

  /** Opens what is new; false if something moved meanwhile. */
  private look(): boolean {
    const { base, directory, options } = this;
    const pointers = this.readPointers();
    const witness = options.witness(pointers);
    const before = this.sizeOf(witness);
    this.entries = base.list(directory);
    const listed = new Set(this.entries.map(({ name }) => name));
    for (const [name, file] of this.files) {
      if (listed.has(name)) continue;
      file.end();
      this.files.delete(name);
    }
    let isComplete = true;
    for (const name of listed) if (options.wants(name) && !this.hold(name)) isComplete = false;
    // The sizes of the last moment before the last look.
    for (const file of this.files.values()) file.freeze();
    const after = this.readPointers();
    this.pointers = after;
    const isSame = options.pointers.every((name) => sameContents(pointers.get(name), after.get(name)));
    return isComplete && isSame && this.sizeOf(witness) === before;
  }

  /** False if the file went away since it was listed. */
  private hold(name: string): boolean {
    if (this.files.has(name) || this.files.size >= MAX_OPEN) return true;
    const { base, directory } = this;
    const path = base.join(directory, name);
    try {
      this.files.set(name, new FrozenFile(base.open(path)));
      return true;
    } catch (error) {
      if (!(error instanceof EnvError)) throw error;
      // What cannot be opened fails again, with the same words, when it is read; a link may lead nowhere.
      return error.code !== 'not-found' || base.list(directory).some((entry) => entry.name === name);
    }
  }

  private readPointers(): Map<string, Uint8Array> {
    const contents = new Map<string, Uint8Array>();
    for (const name of this.options.pointers) {
      try {
        const file = this.base.open(this.base.join(this.directory, name));
        try {
          contents.set(name, readRange(file, 0, MAX_POINTER_BYTES));
          this.pointerSizes.set(name, file.size());
        } finally {
          file.close();
        }
      } catch (error) {
        if (!(error instanceof EnvError)) throw error;
      }
    }
    return contents;
  }

  private sizeOf(name: string | undefined): number | undefined {
    if (name === undefined) return undefined;
    try {
      return this.base.stat(this.base.join(this.directory, name)).size;
    } catch (error) {
      if (error instanceof EnvError) return undefined;
      throw error;
    }
  }

  private nameIn(path: string): string | undefined {
    const { directory, name } = this.split(path);
    return this.join(directory, name) === this.join(this.directory, name) ? name : undefined;
  }

  /** A file that came later is not there. */
  private requireListed(name: string, path: string): void {
    if (this.entries.some((entry) => entry.name === name)) return;
    throw new EnvError('not-found', path, 'No such file or directory');
  }
}

function sameContents(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalBytes(a, b));
}

/** A file that stays open until its environment is closed, as long as it was at the moment. */
class FrozenFile implements RandomAccessFile {
  private readonly file: RandomAccessFile;
  private length = 0;

  constructor(file: RandomAccessFile) {
    this.file = file;
  }

  get path(): string {
    return this.file.path;
  }

  freeze(): void {
    this.length = this.file.size();
  }

  size(): number {
    return this.length;
  }

  read(offset: number, target: Uint8Array, targetStart: number, length: number): number {
    const available = Math.max(0, Math.min(length, this.length - offset));
    return available === 0 ? 0 : this.file.read(offset, target, targetStart, available);
  }

  close(): void {}

  end(): void {
    this.file.close();
  }
}

class PointerFile implements RandomAccessFile {
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
