import { closeSync, constants, fstatSync, opendirSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { inflateRawSync, inflateSync } from 'node:zlib';
import type { Inflate } from '../codec/codec';
import {
  type DirectoryEntry,
  EnvError,
  type EnvErrorCode,
  type FileStat,
  type RandomAccessFile,
  type ReadableEnv,
} from './env';

const NAMES_AT_ONCE = 4096;

/** The real file system, for reading. */
export class NodeReadableEnv implements ReadableEnv {
  list(directory: string): DirectoryEntry[] {
    return attempt(directory, () => {
      // readdirSync would sort the names, which takes longer than to read them.
      const opened = opendirSync(directory, { bufferSize: NAMES_AT_ONCE });
      try {
        const entries: DirectoryEntry[] = [];
        for (let entry = opened.readSync(); entry; entry = opened.readSync()) {
          entries.push({ name: entry.name, isDirectory: entry.isDirectory() });
        }
        return entries;
      } finally {
        opened.closeSync();
      }
    });
  }

  stat(path: string): FileStat {
    const stat = attempt(path, () => statSync(path));
    return { size: stat.size, modified: stat.mtimeMs, isDirectory: stat.isDirectory() };
  }

  open(path: string): RandomAccessFile {
    // Without O_NONBLOCK (0 on Windows) opening a named pipe would wait for a writer for ever.
    const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
    const descriptor = attempt(path, () => openSync(path, flags));
    // A directory can be opened but not read, a device may have no end: only plain files are files.
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) {
      closeSync(descriptor);
      throw stat.isDirectory()
        ? new EnvError('is-a-directory', path, 'Is a directory')
        : new EnvError('io', path, 'Not a regular file');
    }
    return new NodeFile(path, descriptor);
  }

  join(directory: string, name: string): string {
    return join(directory, name);
  }

  split(path: string): { directory: string; name: string } {
    return { directory: dirname(path), name: basename(path) };
  }
}

class NodeFile implements RandomAccessFile {
  readonly path: string;
  private descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
  }

  size(): number {
    return attempt(this.path, () => fstatSync(this.descriptor).size);
  }

  read(offset: number, target: Uint8Array, targetStart: number, length: number): number {
    // No closure: this is called for each block.
    try {
      let total = 0;
      while (total < length) {
        const count = readSync(this.descriptor, target, targetStart + total, length - total, offset + total);
        if (count === 0) break;
        total += count;
      }
      return total;
    } catch (error) {
      throw envErrorOf(this.path, error as NodeJS.ErrnoException);
    }
  }

  close(): void {
    if (this.descriptor < 0) return;
    closeSync(this.descriptor);
    this.descriptor = -1;
  }
}

const CODES: Record<string, [EnvErrorCode, string]> = {
  ENOENT: ['not-found', 'No such file or directory'],
  EACCES: ['permission', 'Permission denied'],
  EPERM: ['permission', 'Operation not permitted'],
  ENOTDIR: ['not-a-directory', 'Not a directory'],
  EISDIR: ['is-a-directory', 'Is a directory'],
  ENAMETOOLONG: ['not-found', 'File name too long'],
  ENXIO: ['io', 'No such device or address'],
  EEXIST: ['io', 'File exists'],
  ENOTEMPTY: ['not-empty', 'Directory not empty'],
  ENOSPC: ['io', 'No space left on device'],
  EDQUOT: ['io', 'Disk quota exceeded'],
  EFBIG: ['io', 'File too large'],
  EROFS: ['permission', 'Read-only file system'],
  EMFILE: ['io', 'Too many open files'],
  ENFILE: ['io', 'Too many open files in system'],
  ELOOP: ['io', 'Too many levels of symbolic links'],
  EIO: ['io', 'Input/output error'],
  // Windows: another process opened the file without sharing it.
  EBUSY: ['permission', 'The file is in use by another process'],
};

export function attempt<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw envErrorOf(path, error as NodeJS.ErrnoException);
  }
}

/** A failure of Node's as LevelDB would word it. */
export function envErrorOf(path: string, { code, message }: NodeJS.ErrnoException): EnvError {
  const known = code === undefined ? undefined : CODES[code];
  return known ? new EnvError(known[0], path, known[1]) : new EnvError('io', path, message);
}

/** zlib of the platform, for Mojang's blocks. */
export const nodeInflate: Inflate = (data, raw, limit) => {
  const { buffer, byteOffset, length } = (raw ? inflateRawSync : inflateSync)(data, {
    maxOutputLength: limit,
  });
  return new Uint8Array(buffer, byteOffset, length);
};
