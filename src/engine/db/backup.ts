import type { RandomAccessFile } from '../env/env';
import { LsmError } from '../problem';
import type { Inspection } from './inspection';
import type { Moment } from './moment';

/** Where a backup goes: a new folder that nothing else writes to. */
export interface BackupTarget {
  /** Creates a file, writes the chunks and makes them durable. */
  write(name: string, chunks: Iterable<Uint8Array>): void;
}

export interface BackupProgress {
  file: string;
  filesDone: number;
  filesTotal: number;
}

export interface BackupResult {
  files: number;
  bytes: number;
}

const CHUNK_BYTES = 1 << 20;

/**
 * Copies one moment of a database, also of one in use: the version's tables, the live logs as far as they are
 * written, the MANIFEST up to the last edit of the moment, and CURRENT last, so that a copy that was broken off does
 * not pass for a database. Files that no longer belong to it are left out. Throws an LsmError if the database is
 * damaged in a way that would leave the copy incomplete.
 */
export function* backUp(
  inspection: Inspection,
  target: BackupTarget,
): Generator<BackupProgress, BackupResult> {
  const moment = inspection.holdMoment();
  try {
    return yield* copyMoment(moment, target);
  } finally {
    moment.release();
  }
}

function* copyMoment(db: Moment, target: BackupTarget): Generator<BackupProgress, BackupResult> {
  const { versions, liveLogs, manifestFile } = db;
  if (!manifestFile) {
    throw new LsmError(
      'Corruption',
      'bad-current',
      'there is no MANIFEST, so there is no state to copy',
      'CURRENT',
    );
  }
  const numbers = [...new Set([...versions.version.files()].map(({ file }) => file.number))];
  const filesTotal = numbers.length + liveLogs.length + 2;
  const result: BackupResult = { files: 0, bytes: 0 };
  const copy = (name: string, chunks: Iterable<Uint8Array>): BackupProgress => {
    target.write(name, counted(chunks, result));
    result.files++;
    return { file: name, filesDone: result.files, filesTotal };
  };
  for (const number of numbers) {
    yield db.tables.withFile(number, (file) => copy(db.tables.nameOf(number), chunksOf(file, file.size())));
  }
  // In ascending order: a log is complete before the next one gets its first record.
  for (const { name, file } of liveLogs) yield copy(name, chunksOf(file, file.size()));
  yield copy(versions.manifest, chunksOf(manifestFile, db.manifestSize));
  yield copy('CURRENT', [new TextEncoder().encode(`${versions.manifest}\n`)]);
  return result;
}

function* counted(chunks: Iterable<Uint8Array>, result: BackupResult): Generator<Uint8Array> {
  for (const chunk of chunks) {
    result.bytes += chunk.length;
    yield chunk;
  }
}

/** The first `size` bytes of a file. A view each time, which the next one overwrites. */
function* chunksOf(file: RandomAccessFile, size: number): Generator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(CHUNK_BYTES, Math.max(1, size)));
  for (let offset = 0; offset < size; ) {
    const count = file.read(offset, buffer, 0, Math.min(buffer.length, size - offset));
    if (count === 0)
      throw new LsmError('IO error', 'io', 'the file became shorter while it was copied', file.path);
    yield buffer.subarray(0, count);
    offset += count;
  }
}
