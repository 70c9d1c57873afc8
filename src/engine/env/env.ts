/**
 * What an inspector may do to a file system: look. There is no method here that writes, creates, locks or
 * touches anything, so that "looking never changes anything" is checked by the compiler.
 *
 * Paths are the host's. Failures are thrown as `EnvError`.
 */
export interface ReadableEnv {
  /** The entries of a directory, in no particular order, without `.` and `..`. */
  list(directory: string): DirectoryEntry[];
  stat(path: string): FileStat;
  /** Opens a file for reading. The caller closes it. */
  open(path: string): RandomAccessFile;
  /** `name` inside `directory`. */
  join(directory: string, name: string): string;
  /** The directory that holds `path`, and the last part of `path`. */
  split(path: string): { directory: string; name: string };
}

export interface DirectoryEntry {
  name: string;
  isDirectory: boolean;
}

export interface FileStat {
  /** Bytes. */
  size: number;
  /** Milliseconds since 1970. */
  modified: number;
  isDirectory: boolean;
}

export interface RandomAccessFile {
  /** The path that it was opened with, for messages. */
  readonly path: string;
  /** Bytes, asked of the file system on each call: a file beside a writer grows. */
  size(): number;
  /**
   * Reads into `target[targetStart, targetStart + length)` from `offset` and returns how many bytes were read:
   * fewer than `length` only at the end of the file.
   */
  read(offset: number, target: Uint8Array, targetStart: number, length: number): number;
  /** Idempotent. */
  close(): void;
}

export type EnvErrorCode =
  | 'not-found'
  | 'permission'
  | 'not-a-directory'
  | 'is-a-directory'
  | 'not-empty'
  | 'locked'
  | 'lock-lost'
  | 'unsupported'
  | 'no-backup-folder'
  | 'io';

/** A failed file operation. `message` is LevelDB's form: the path, then the system's text. */
export class EnvError extends Error {
  readonly code: EnvErrorCode;
  readonly path: string;
  /** The message without the path. */
  readonly reason: string;

  constructor(code: EnvErrorCode, path: string, reason: string) {
    super(`${path}: ${reason}`);
    this.name = 'EnvError';
    this.code = code;
    this.path = path;
    this.reason = reason;
  }
}

/** Whether there is such a file, as far as can be told. */
export function isFile(env: ReadableEnv, path: string): boolean {
  return ignoreFailure(() => env.stat(path))?.isDirectory === false;
}

/** What an operation gives; undefined if it fails. */
export function ignoreFailure<Result>(operation: () => Result): Result | undefined {
  try {
    return operation();
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}

/** The names in a directory, sorted: what is done to files one after the other is the same everywhere. */
export function sortedNames(env: ReadableEnv, directory: string): string[] {
  return env
    .list(directory)
    .map(({ name }) => name)
    .sort();
}

/** Reads exactly the range [offset, offset + length), cut at the end of the file. */
export function readRange(file: RandomAccessFile, offset: number, length: number): Uint8Array<ArrayBuffer> {
  const available = Math.max(0, Math.min(length, file.size() - offset));
  const bytes = new Uint8Array(available);
  const count = available === 0 ? 0 : file.read(offset, bytes, 0, available);
  return count === available ? bytes : bytes.subarray(0, count);
}

/** A whole file. */
export function readFile(env: ReadableEnv, path: string): Uint8Array<ArrayBuffer> {
  const file = env.open(path);
  try {
    return readRange(file, 0, file.size());
  } finally {
    file.close();
  }
}

const COPY_BYTES = 1 << 20;

/** Appends all bytes of a file; `watch` is shown each part. */
export function copyInto(
  file: RandomAccessFile,
  target: WritableFile,
  watch?: (part: Uint8Array) => void,
): void {
  const buffer = new Uint8Array(Math.max(1, Math.min(COPY_BYTES, file.size())));
  for (let offset = 0; ; ) {
    const count = file.read(offset, buffer, 0, buffer.length);
    if (count === 0) return;
    const part = buffer.subarray(0, count);
    watch?.(part);
    target.append(part);
    offset += count;
  }
}

/** A file that is written from its beginning or its end on (include/leveldb/env.h, WritableFile). */
export interface WritableFile {
  readonly path: string;
  /** Appends bytes; nothing is kept of the array. */
  append(bytes: Uint8Array): void;
  /** Hands to the system what was appended: it survives the end of this process, not of the machine. */
  flush(): void;
  /**
   * Has the system begin with what `sync` would wait for, if it can, while this process goes on. Nothing is durable by it,
   * and how it ends is told by `sync` alone.
   */
  beginSync?(): void;
  /** Makes durable what was appended. */
  sync(): void;
  /** Idempotent. */
  close(): void;
}

/** Held until `release`, or until what holds it for this process is ended from outside. */
export interface FileLock {
  /** Whether it is held still, asked at this moment. */
  isHeld(): boolean;
  /** Idempotent. */
  release(): void;
}

/**
 * What a writer may do to a file system besides looking. Failures are thrown as `EnvError`.
 */
export interface WritableEnv extends ReadableEnv {
  /** Creates a file, or empties the one that is there. */
  create(path: string): WritableFile;
  /** Continues a file at its end; creates it if it is not there. */
  append(path: string): WritableFile;
  /** Replaces `to` if it is there, as one step that other processes see whole or not at all. */
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** A second name, `to`, for the bytes of a file. Fails if `to` is there, and where there are no such links. */
  link(from: string, to: string): void;
  /** One level; no failure if it is there already. */
  createDirectory(path: string): void;
  /** Only an empty one. */
  removeDirectory(path: string): void;
  /** Makes durable which names a directory has. */
  syncDirectory(path: string): void;
  /** LevelDB's lock on a file of that name, which is created. Throws EnvError `locked` if somebody holds it. */
  lock(path: string): FileLock;
}
