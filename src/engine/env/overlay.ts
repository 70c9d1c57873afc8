import {
  copyInto,
  type DirectoryEntry,
  EnvError,
  type FileLock,
  type FileStat,
  type RandomAccessFile,
  type ReadableEnv,
  type WritableEnv,
  type WritableFile,
} from './env';
import { LockTable } from './lock-table';
import { MemoryEnv } from './memory';

/** Where an overlay puts what it writes when that becomes too much for memory. */
export interface SpillTarget {
  env: WritableEnv;
  /** An empty directory that nobody else uses. */
  directory: string;
}

export interface OverlayOptions {
  /** Bytes of all files kept in memory; the one that grows beyond moves to `spill`, if there is one. */
  memoryBytes?: number;
  spill?: SpillTarget | undefined;
}

/** What an overlay made of its base. Paths are those of the base. */
export interface OverlayChanges {
  created: string[];
  /** Files of the base whose name now stands for other contents. */
  replaced: string[];
  deleted: string[];
}

const DEFAULT_MEMORY_BYTES = 64 << 20;

/** A file of the overlay, whatever it is called: where its bytes are. */
interface Layer {
  env: WritableEnv;
  path: string;
  /** No name stands for it any more. */
  isForgotten: boolean;
}

/**
 * A copy-on-write view of a base that is never written: new files, renames and deletions stay in the overlay. Files of
 * the base that are opened for appending are copied first.
 */
export class OverlayEnv implements WritableEnv {
  private readonly base: ReadableEnv;
  private readonly memory = new MemoryEnv();
  private readonly options: OverlayOptions;
  /** By path. */
  private readonly own = new Map<string, Layer>();
  private readonly gone = new Set<string>();
  private readonly madeDirectories = new Set<string>();
  private readonly locks = new LockTable();
  private lastFile = 0;

  constructor(base: ReadableEnv, options: OverlayOptions = {}) {
    this.base = base;
    this.options = options;
    this.memory.createDirectory('m');
  }

  /** What would have to be done to the base, in order of the paths. */
  changes(): OverlayChanges {
    const paths = [...this.own.keys()].sort();
    return {
      created: paths.filter((path) => !this.isInBase(path)),
      replaced: paths.filter((path) => this.isInBase(path)),
      deleted: [...this.gone].sort(),
    };
  }

  /** Removes what was spilled. The overlay is not usable afterwards. */
  dispose(): void {
    for (const { env, path } of this.own.values()) if (env !== this.memory) env.remove(path);
    this.own.clear();
  }

  list(directory: string): DirectoryEntry[] {
    const entries = new Map<string, DirectoryEntry>();
    let isThere = this.madeDirectories.has(directory);
    try {
      for (const entry of this.base.list(directory)) entries.set(entry.name, entry);
      isThere = true;
    } catch (error) {
      if (!(error instanceof EnvError) || error.code !== 'not-found' || !isThere) throw error;
    }
    for (const path of this.gone) this.inDirectory(path, directory, (name) => entries.delete(name));
    for (const path of this.own.keys()) {
      this.inDirectory(path, directory, (name) => entries.set(name, { name, isDirectory: false }));
    }
    for (const path of this.madeDirectories) {
      this.inDirectory(path, directory, (name) => entries.set(name, { name, isDirectory: true }));
    }
    return [...entries.values()];
  }

  stat(path: string): FileStat {
    const layer = this.own.get(path);
    if (layer) return layer.env.stat(layer.path);
    if (this.madeDirectories.has(path)) return { size: 0, modified: 0, isDirectory: true };
    this.requireNotGone(path);
    return this.base.stat(path);
  }

  open(path: string): RandomAccessFile {
    const layer = this.own.get(path);
    if (layer) return layer.env.open(layer.path);
    this.requireNotGone(path);
    return this.base.open(path);
  }

  create(path: string): WritableFile {
    const { directory } = this.split(path);
    if (!this.madeDirectories.has(directory)) this.base.list(directory);
    this.forget(path);
    return this.newFile(path);
  }

  append(path: string): WritableFile {
    const layer = this.own.get(path);
    if (layer) return new OverlayWriter(this, path, layer, layer.env.append(layer.path));
    if (!this.isVisibleInBase(path)) return this.create(path);
    const file = this.base.open(path);
    try {
      const writer = this.newFile(path);
      copyInto(file, writer);
      return writer;
    } finally {
      file.close();
    }
  }

  rename(from: string, to: string): void {
    const layer = this.own.get(from);
    if (layer) {
      if (from === to) return;
      this.own.delete(from);
      this.forget(to);
      this.own.set(to, layer);
      if (this.isInBase(from)) this.gone.add(from);
      return;
    }
    // A file of the base takes its bytes along.
    if (!this.isVisibleInBase(from)) throw notFound(from);
    this.append(from).close();
    this.rename(from, to);
  }

  remove(path: string): void {
    const isVisible = this.own.has(path) || this.isVisibleInBase(path);
    if (!isVisible) throw notFound(path);
    this.forget(path);
    if (this.isInBase(path)) this.gone.add(path);
  }

  /** A copy: the base has no second name for a file that is not there. */
  link(from: string, to: string): void {
    if (this.own.has(to) || this.isVisibleInBase(to)) throw new EnvError('io', to, 'File exists');
    const file = this.open(from);
    try {
      const copy = this.create(to);
      copyInto(file, copy);
      copy.close();
    } finally {
      file.close();
    }
  }

  createDirectory(path: string): void {
    if (!this.isInBase(path)) this.madeDirectories.add(path);
  }

  removeDirectory(path: string): void {
    if (this.list(path).length > 0) throw new EnvError('not-empty', path, 'Directory not empty');
    this.madeDirectories.delete(path);
  }

  syncDirectory(): void {}

  /** Within this process alone: an overlay writes nothing that others could see. */
  lock(path: string): FileLock {
    return this.locks.take(path, () => undefined);
  }

  join(directory: string, name: string): string {
    return this.base.join(directory, name);
  }

  split(path: string): { directory: string; name: string } {
    return this.base.split(path);
  }

  /** Moves a file that has grown out of memory, if that is full; returns what to write to from then on. */
  spillOver(layer: Layer, writer: WritableFile): WritableFile {
    const { spill, memoryBytes = DEFAULT_MEMORY_BYTES } = this.options;
    const isFull = this.memory.bytes > memoryBytes;
    if (!spill || !isFull || layer.env !== this.memory || layer.isForgotten) return writer;
    const target = spill.env.join(spill.directory, `${++this.lastFile}.spill`);
    const moved = spill.env.create(target);
    try {
      copyInto(this.memory.open(layer.path), moved);
    } catch (error) {
      moved.close();
      throw error;
    }
    this.memory.remove(layer.path);
    layer.env = spill.env;
    layer.path = target;
    return moved;
  }

  private newFile(path: string): WritableFile {
    const layer: Layer = { env: this.memory, path: `m/${++this.lastFile}`, isForgotten: false };
    this.own.set(path, layer);
    return new OverlayWriter(this, path, layer, this.memory.create(layer.path));
  }

  /** Gives up the overlay's own file of that name. What has it open goes on reading it. */
  private forget(path: string): void {
    const layer = this.own.get(path);
    this.own.delete(path);
    this.gone.delete(path);
    if (!layer) return;
    layer.isForgotten = true;
    layer.env.remove(layer.path);
  }

  private requireNotGone(path: string): void {
    if (this.gone.has(path)) throw notFound(path);
  }

  private isInBase(path: string): boolean {
    try {
      this.base.stat(path);
      return true;
    } catch (error) {
      if (error instanceof EnvError) return false;
      throw error;
    }
  }

  private isVisibleInBase(path: string): boolean {
    return !this.gone.has(path) && this.isInBase(path);
  }

  private inDirectory(path: string, directory: string, visit: (name: string) => void): void {
    const { directory: parent, name } = this.split(path);
    // A directory can be written in several ways: with a slash at its end, or with dots.
    if (parent === directory || this.join(parent, name) === this.join(directory, name)) visit(name);
  }
}

/** Writes to a layer of the overlay, which changes when the file grows. */
class OverlayWriter implements WritableFile {
  readonly path: string;
  private readonly overlay: OverlayEnv;
  private readonly layer: Layer;
  private target: WritableFile;

  constructor(overlay: OverlayEnv, path: string, layer: Layer, target: WritableFile) {
    this.overlay = overlay;
    this.path = path;
    this.layer = layer;
    this.target = target;
  }

  append(bytes: Uint8Array): void {
    this.target.append(bytes);
    this.target = this.overlay.spillOver(this.layer, this.target);
  }

  flush(): void {
    this.target.flush();
  }

  sync(): void {
    // Nothing of an overlay has to survive anything, but what was spilled is read back through the file.
    this.target.flush();
  }

  close(): void {
    this.target.close();
  }
}

function notFound(path: string): EnvError {
  return new EnvError('not-found', path, 'No such file or directory');
}
