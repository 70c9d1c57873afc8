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
import { MemoryEnv } from './memory';

/** What a FaultEnv counts: what changes a file or a directory, or makes something durable; if asked, what reads a file. */
export type FileOperation =
  | 'open'
  | 'read'
  | 'create'
  | 'append'
  | 'flush'
  | 'sync'
  | 'close'
  | 'rename'
  | 'remove'
  | 'link'
  | 'create-directory'
  | 'remove-directory'
  | 'sync-directory';

/** What an operation should come to; undefined to let it happen. */
export type Fault =
  /** Nothing is done and EnvError is thrown. */
  | 'fail'
  /** Half of the bytes of an append, a flush or a sync get there, then EnvError is thrown. */
  | 'short write'
  /** Nothing is done, and from then on every operation throws Crashed. */
  | 'crash'
  /** The same, after half of the bytes got there. */
  | 'crash within';

/** Called before each operation; `number` counts from 0. */
export type FaultPlan = (operation: FileOperation, path: string, number: number) => Fault | undefined;

/** Thrown from a crash on. It is no EnvError: nobody may take it for a file that cannot be written. */
export class Crashed extends Error {
  constructor() {
    super('the machine is off');
    this.name = 'Crashed';
  }
}

/**
 * What of the changes since the last sync a power cut leaves, each asked for a number below a limit. A file keeps what
 * was synced and `bytes` of what came after; a directory keeps the names that were synced and the first `names` of the
 * changes after.
 */
export interface PowerCut {
  bytes(limit: number): number;
  names(limit: number): number;
  /** In place of `names`, for a file system that keeps no order: whether a change that was not synced survives. */
  keeps?(): boolean;
}

/** Nothing survives that was not synced. */
export const STRICT_POWER_CUT: PowerCut = { bytes: () => 0, names: () => 0 };

/**
 * A file system in memory that fails where it is told to, and that knows what a crash of the process or of the machine
 * would leave (after LevelDB's FaultInjectionTestEnv).
 */
export class FaultEnv implements WritableEnv {
  /** Operations up to now. */
  operations = 0;
  plan: FaultPlan | undefined;
  /** Whether opening a file for reading and reading it are operations too. */
  countsReads = false;
  /** Whether appended bytes are handed on at once, as those are that do not fit a file's buffer. */
  writesThrough = false;
  private readonly files = new Map<string, Inode>();
  private readonly directories = new Set<string>();
  /** By directory: the names as they were synced, and what happened to them since. */
  private readonly durable = new Map<string, Map<string, Inode>>();
  private readonly pending = new Map<string, NameChange[]>();
  private locks = new LockTable();
  private off = false;
  private starts = 0;

  constructor(plan?: FaultPlan) {
    this.plan = plan;
  }

  /** Puts a file there that is durable in every respect. */
  addFile(path: string, contents: Uint8Array): void {
    const inode = new Inode();
    inode.write(contents);
    inode.synced = contents.length;
    this.files.set(path, inode);
    const { directory, name } = this.split(path);
    this.directories.add(directory);
    this.durableNames(directory).set(name, inode);
  }

  /** Whether a crash has come. */
  get isOff(): boolean {
    return this.off;
  }

  /** Which process this is: what an earlier one had open is dead. */
  get process(): number {
    return this.starts;
  }

  /**
   * A new process on the machine that went on: what was flushed is there, durable or not; what was buffered and all
   * locks went with the process before.
   */
  restartProcess(): void {
    this.starts++;
    this.off = false;
    this.locks = new LockTable();
  }

  /** The machine goes off and on again: what the cut leaves is all there is, and is durable. */
  powerCut(cut: PowerCut = STRICT_POWER_CUT): void {
    const left = this.afterCut(cut);
    this.restartProcess();
    this.files.clear();
    this.durable.clear();
    this.pending.clear();
    for (const [path, contents] of left) this.addFile(path, contents.slice());
  }

  /** Changes the bytes of a file where they are: what has it open sees it, too. */
  damage(path: string, change: (bytes: Uint8Array) => void): void {
    const inode = this.inodeOf(path);
    change(inode.contents(inode.length));
  }

  /** What another process finds after the end of this one: what was flushed. */
  afterProcessCrash(): MemoryEnv {
    return this.image([...this.files].map(([path, inode]) => [path, inode.contents(inode.length)]));
  }

  /** What is there when the machine starts again. */
  afterPowerCut(cut: PowerCut = STRICT_POWER_CUT): MemoryEnv {
    return this.image(this.afterCut(cut));
  }

  private afterCut(cut: PowerCut): [path: string, contents: Uint8Array][] {
    const left = new Map<string, Inode>();
    for (const directory of this.directories) {
      const names = new Map(this.durableNames(directory));
      const changes = this.pending.get(directory) ?? [];
      for (const { name, inode } of survivors(changes, cut)) {
        if (inode) names.set(name, inode);
        else names.delete(name);
      }
      for (const [name, inode] of names) left.set(this.join(directory, name), inode);
    }
    return [...left].map(([path, inode]) => {
      const { synced, length } = inode;
      return [path, inode.contents(synced + cut.bytes(length - synced + 1))];
    });
  }

  list(directory: string): DirectoryEntry[] {
    const prefix = `${directory}/`;
    const entries = [...this.files.keys(), ...this.directories]
      .filter((path) => path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
      .map((path) => ({ name: path.slice(prefix.length), isDirectory: this.directories.has(path) }));
    if (entries.length === 0 && !this.directories.has(directory)) throw notFound(directory);
    return entries;
  }

  stat(path: string): FileStat {
    const inode = this.files.get(path);
    if (inode) return { size: inode.length, modified: 0, isDirectory: false };
    if (!this.directories.has(path)) throw notFound(path);
    return { size: 0, modified: 0, isDirectory: true };
  }

  open(path: string): RandomAccessFile {
    const inode = this.countedRead('open', path, () => this.inodeOf(path));
    return {
      path,
      size: () => inode.length,
      read: (offset, target, start, length) =>
        this.countedRead('read', path, () => {
          const part = inode.contents(inode.length).subarray(offset, offset + length);
          target.set(part, start);
          return part.length;
        }),
      close: () => {},
    };
  }

  create(path: string): WritableFile {
    const { directory } = this.split(path);
    return this.perform('create', path, () => {
      if (!this.directories.has(directory)) throw notFound(path);
      const inode = new Inode();
      this.setName(path, inode);
      return new FaultWriter(this, path, inode);
    });
  }

  append(path: string): WritableFile {
    const inode = this.files.get(path);
    if (!inode) return this.create(path);
    return this.perform('create', path, () => new FaultWriter(this, path, inode));
  }

  rename(from: string, to: string): void {
    this.perform('rename', to, () => {
      const inode = this.inodeOf(from);
      this.setName(to, inode);
      if (from !== to) this.setName(from, undefined);
    });
  }

  remove(path: string): void {
    this.perform('remove', path, () => {
      this.inodeOf(path);
      this.setName(path, undefined);
    });
  }

  link(from: string, to: string): void {
    this.perform('link', to, () => {
      const inode = this.inodeOf(from);
      if (this.files.has(to)) throw new EnvError('io', to, 'File exists');
      this.setName(to, inode);
    });
  }

  createDirectory(path: string): void {
    if (this.directories.has(path)) return;
    this.perform('create-directory', path, () => this.directories.add(path));
  }

  removeDirectory(path: string): void {
    this.perform('remove-directory', path, () => {
      if (this.list(path).length > 0) throw new EnvError('not-empty', path, 'Directory not empty');
      this.directories.delete(path);
    });
  }

  syncDirectory(path: string): void {
    this.perform('sync-directory', path, () => {
      const names = this.durableNames(path);
      for (const { name, inode } of this.pending.get(path) ?? []) {
        if (inode) names.set(name, inode);
        else names.delete(name);
      }
      this.pending.delete(path);
    });
  }

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
    return { directory: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) };
  }

  /** Counts an operation and lets it happen, or what the plan says. `half` does half of it. */
  perform<Result>(operation: FileOperation, path: string, action: () => Result, half?: () => void): Result {
    if (this.off) throw new Crashed();
    const number = this.operations++;
    const fault = this.plan?.(operation, path, number);
    if (fault === 'short write' || fault === 'crash within') half?.();
    if (fault === 'crash' || fault === 'crash within') {
      this.off = true;
      throw new Crashed();
    }
    if (fault) throw new EnvError('io', path, `injected: ${operation}`);
    return action();
  }

  private countedRead<Result>(operation: 'open' | 'read', path: string, action: () => Result): Result {
    return this.countsReads ? this.perform(operation, path, action) : action();
  }

  private inodeOf(path: string): Inode {
    const inode = this.files.get(path);
    if (!inode) throw notFound(path);
    return inode;
  }

  private setName(path: string, inode: Inode | undefined): void {
    if (inode) this.files.set(path, inode);
    else this.files.delete(path);
    const { directory, name } = this.split(path);
    const changes = this.pending.get(directory) ?? [];
    changes.push({ name, inode, operation: this.operations });
    this.pending.set(directory, changes);
  }

  private durableNames(directory: string): Map<string, Inode> {
    const names = this.durable.get(directory) ?? new Map<string, Inode>();
    this.durable.set(directory, names);
    return names;
  }

  private image(files: readonly [path: string, contents: Uint8Array][]): MemoryEnv {
    const memory = new MemoryEnv();
    for (const directory of this.directories) memory.makeDirectory(directory);
    for (const [path, contents] of files) memory.setFile(path, contents.slice());
    return memory;
  }
}

/** A rename, which changes two names, survives whole or not at all where each change goes its own way. */
function survivors(changes: readonly NameChange[], cut: PowerCut): readonly NameChange[] {
  if (!cut.keeps) return changes.slice(0, cut.names(changes.length + 1));
  const kept = new Map<number, boolean>();
  for (const { operation } of changes) {
    if (!kept.has(operation)) kept.set(operation, cut.keeps());
  }
  return changes.filter(({ operation }) => kept.get(operation));
}

/** A name that came to stand for a file, or for none. */
interface NameChange {
  name: string;
  inode: Inode | undefined;
  /** By which operation. */
  operation: number;
}

/** The bytes of a file, whatever it is called. */
class Inode {
  /** How many of them are durable. */
  synced = 0;
  length = 0;
  private bytes = new Uint8Array(256);

  contents(length: number): Uint8Array {
    return this.bytes.subarray(0, length);
  }

  write(more: Uint8Array): void {
    const needed = this.length + more.length;
    if (needed > this.bytes.length) {
      const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
      grown.set(this.contents(this.length));
      this.bytes = grown;
    }
    this.bytes.set(more, this.length);
    this.length = needed;
  }
}

/** Keeps what is appended until it is flushed, as a process does. */
class FaultWriter implements WritableFile {
  readonly path: string;
  private readonly env: FaultEnv;
  private readonly inode: Inode;
  private readonly process: number;
  private buffered: Uint8Array[] = [];
  private isOpen = true;

  constructor(env: FaultEnv, path: string, inode: Inode) {
    this.env = env;
    this.process = env.process;
    this.path = path;
    this.inode = inode;
  }

  append(bytes: Uint8Array): void {
    const take = (part: Uint8Array) => {
      this.buffered.push(part);
      if (this.env.writesThrough) this.write();
    };
    this.perform(
      'append',
      this.path,
      () => take(bytes.slice()),
      () => take(bytes.slice(0, bytes.length >>> 1)),
    );
  }

  flush(): void {
    this.perform('flush', this.path, this.write, this.writeHalf);
  }

  sync(): void {
    const sync = () => {
      this.write();
      this.inode.synced = this.inode.length;
    };
    this.perform('sync', this.path, sync, this.writeHalf);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.perform('close', this.path, this.write);
  }

  private perform(operation: FileOperation, path: string, action: () => void, half?: () => void): void {
    if (this.env.process !== this.process) throw new Crashed();
    this.env.perform(operation, path, action, half);
  }

  private readonly write = (): void => {
    for (const bytes of this.buffered.splice(0)) this.inode.write(bytes);
  };

  /** The rest is lost, as it is in LevelDB (util/env_posix.cc, FlushBuffer). */
  private readonly writeHalf = (): void => {
    const before = this.inode.length;
    this.write();
    this.inode.length -= (this.inode.length - before + 1) >>> 1;
  };
}

function notFound(path: string): EnvError {
  return new EnvError('not-found', path, 'No such file or directory');
}
