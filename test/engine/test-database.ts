// A database as LevelDB's own tests of recovery and damage use one: opened, closed and opened again.
import assert from 'node:assert/strict';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { readFile } from '../../src/engine/env/env';
import { FaultEnv } from '../../src/engine/env/fault';
import { type FileKind, parseFileName } from '../../src/engine/manifest/file-names';
import { runSteps } from '../../src/engine/trace/events';
import { LevelDbRandom } from './leveldb-random';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class TestDatabase {
  readonly env = new FaultEnv();
  readonly directory = '/db';
  options: Options;
  private database: Database | undefined;

  constructor(options: Options) {
    this.options = options;
  }

  get db(): Database {
    assert.ok(this.database, 'the database is open');
    return this.database;
  }

  /** Closes it first if it is open. Throws what opening throws. */
  reopen(): void {
    this.close();
    this.database = Database.openNow(this.env, this.directory, this.options);
  }

  close(): void {
    this.database?.close();
    this.database = undefined;
  }

  /** Forgets an open database, whose machine went off. */
  abandon(): void {
    this.database = undefined;
  }

  put(key: string, value: string | Uint8Array, sync = false): void {
    this.db.put(encoder.encode(key), typeof value === 'string' ? encoder.encode(value) : value, { sync });
  }

  get(key: string): string {
    const { value } = this.db.get(encoder.encode(key));
    return value ? decoder.decode(value) : 'NOT_FOUND';
  }

  /** TEST_CompactMemTable. */
  compactMemTable(): void {
    runSteps(this.db.flush());
  }

  /** TEST_CompactRange over everything. */
  compactLevel(level: number): void {
    runSteps(this.db.compactLevel(level));
  }

  compactRange(): void {
    runSteps(this.db.compactRange());
  }

  entries(): [key: string, value: Uint8Array][] {
    const iterator = this.db.iterator();
    const { cursor } = iterator;
    const entries: [string, Uint8Array][] = [];
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
      entries.push([
        decoder.decode(keyBuffer.subarray(keyStart, keyEnd)),
        valueBuffer.slice(valueStart, valueEnd),
      ]);
    }
    iterator.close();
    return entries;
  }

  path(name: string): string {
    return this.env.join(this.directory, name);
  }

  /** Ascending. */
  numbers(kind: FileKind): number[] {
    return this.env
      .list(this.directory)
      .map(({ name }) => parseFileName(name))
      .filter((parsed) => parsed?.kind === kind)
      .map((parsed) => Number(parsed!.number))
      .sort((a, b) => a - b);
  }

  size(name: string): number {
    return this.env.stat(this.path(name)).size;
  }

  /** What CURRENT names. */
  get manifest(): string {
    return decoder.decode(readFile(this.env, this.path('CURRENT'))).trimEnd();
  }
}

export function numberedKey(number: number): string {
  return String(number).padStart(16, '0');
}

export const VALUE_BYTES = 1000;

const values: Uint8Array[] = [];

/** Printable noise, the same for the same number (test::RandomString). */
export function numberedValue(number: number): Uint8Array {
  const made = values[number];
  if (made) return made;
  const random = new LevelDbRandom(number);
  const value = Uint8Array.from({ length: VALUE_BYTES }, () => 32 + random.uniform(95));
  values[number] = value;
  return value;
}

export function isNumberedValue(value: Uint8Array, number: number): boolean {
  return Buffer.compare(value, numberedValue(number)) === 0;
}
