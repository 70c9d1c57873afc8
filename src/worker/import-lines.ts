import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { WriteBatch } from '../engine/batch/write-batch';
import { unescapeBytes } from '../engine/bytes/escape';
import type { Database } from '../engine/db/database';
import { envErrorOf } from '../engine/env/node';
import { LsmError } from '../engine/problem';
import type { Steps, TraceEvent } from '../engine/trace/events';

const CHUNK_BYTES = 1 << 20;
/** Longer lines are a mistake: a value of this many bytes has at most four characters for each. */
const MAX_LINE_BYTES = 256 << 20;
const BATCH_OPERATIONS = 1000;
const BATCH_BYTES = 1 << 20;

/**
 * Writes the lines of a file to a database, in batches; returns how many there were. Nothing is guessed: a line that is
 * not as `exportLines` writes it ends the import with its number.
 */
export function* importLines(
  database: Database,
  path: string,
  read: (done: number, total: number) => void,
): Steps<number> {
  let batch = new WriteBatch();
  let bytes = 0;
  let operations = 0;
  const write = function* (): Steps<void> {
    if (batch.count === 0) return;
    database.write(batch);
    batch = new WriteBatch();
    bytes = 0;
    // A step of the work that the write made, so that whoever runs this can stop and tell.
    const event: TraceEvent | undefined = database.step();
    if (event) yield event;
    else
      yield { type: 'write', sequence: database.lastSequence, count: operations, bytes: 0, memoryUsage: 0 };
  };
  for (const { line, number } of linesOf(path, read)) {
    const operation = operationOf(line, number, path);
    if (!operation) continue;
    const [key, value] = operation;
    if (value) batch.put(key, value);
    else batch.delete(key);
    operations++;
    bytes += key.length + (value?.length ?? 0);
    if (batch.count >= BATCH_OPERATIONS || bytes >= BATCH_BYTES) yield* write();
  }
  yield* write();
  return operations;
}

/** Undefined for an empty line. */
function operationOf(
  line: string,
  number: number,
  path: string,
): [key: Uint8Array, value: Uint8Array | undefined] | undefined {
  if (line.trim() === '') return undefined;
  const wrong = (why: string) =>
    new LsmError('Invalid argument', 'invalid-argument', `line ${number}: ${why}`, path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  const { key, value } = (parsed ?? {}) as { key?: unknown; value?: unknown };
  if (typeof key !== 'string') throw wrong('"key" must be a text');
  if (value !== null && typeof value !== 'string')
    throw wrong('"value" must be a text, or null for a deletion');
  try {
    return [unescapeBytes(key), value === null ? undefined : unescapeBytes(value)];
  } catch (error) {
    throw wrong((error as Error).message.slice(0, 200));
  }
}

function* linesOf(
  path: string,
  read: (done: number, total: number) => void,
): Generator<{ line: string; number: number }> {
  const descriptor = attempt(path, () => openSync(path, 'r'));
  try {
    const { size } = attempt(path, () => fstatSync(descriptor));
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });
    const chunk = new Uint8Array(CHUNK_BYTES);
    let rest = '';
    let number = 0;
    for (let done = 0; ; ) {
      const count = attempt(path, () => readSync(descriptor, chunk, 0, chunk.length, null));
      done += count;
      read(done, size);
      const text = decodeText(decoder, chunk.subarray(0, count), count > 0, path, number + 1);
      rest += text;
      // A long line comes in many chunks: it is not gone through again with each.
      if (text.includes('\n')) {
        const lines = rest.split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) yield { line, number: ++number };
      }
      if (rest.length > MAX_LINE_BYTES) {
        throw new LsmError('Invalid argument', 'invalid-argument', `line ${number + 1} is too long`, path);
      }
      if (count === 0) break;
    }
    if (rest !== '') yield { line: rest, number: ++number };
  } finally {
    closeSync(descriptor);
  }
}

function decodeText(
  decoder: { decode(bytes: Uint8Array, options: { stream: boolean }): string },
  bytes: Uint8Array,
  stream: boolean,
  path: string,
  line: number,
): string {
  try {
    return decoder.decode(bytes, { stream });
  } catch {
    throw new LsmError('Invalid argument', 'invalid-argument', `not UTF-8, at or after line ${line}`, path);
  }
}

function attempt<T>(path: string, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw envErrorOf(path, error as NodeJS.ErrnoException);
  }
}
