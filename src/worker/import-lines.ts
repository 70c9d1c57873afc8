import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { unescapeBytes } from '../engine/bytes/escape';
import type { Database } from '../engine/db/database';
import { LineImport } from '../engine/db/line-import';
import { envErrorOf } from '../engine/env/node';
import type { TraceEvent } from '../engine/trace/events';

const CHUNK_BYTES = 1 << 20;

/**
 * Writes the lines of a file to a database; returns how many operations there were. `read` is told how far it is, in
 * bytes of the file. Nothing is guessed: a line that is not as `exportLines` writes it ends the import with its number.
 */
export function* importLines(
  database: Database,
  path: string,
  read: (done: number, total: number) => void,
): Generator<TraceEvent | number, number> {
  const lines = new LineImport(database, path, unescapeBytes);
  const descriptor = attempt(path, () => openSync(path, 'r'));
  try {
    const { size } = attempt(path, () => fstatSync(descriptor));
    const chunk = new Uint8Array(CHUNK_BYTES);
    for (let done = 0; ; ) {
      const count = attempt(path, () => readSync(descriptor, chunk, 0, chunk.length, null));
      if (count === 0) break;
      done += count;
      read(done, size);
      yield* lines.take(chunk.subarray(0, count));
    }
    yield* lines.end();
    return lines.operations;
  } finally {
    closeSync(descriptor);
  }
}

function attempt<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw envErrorOf(path, error as NodeJS.ErrnoException);
  }
}
