// What tests of bulk loads share: entries, loads, and what is in a database afterwards.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { compareBytes } from '../../src/engine/bytes/compare';
import type { BulkLoad } from '../../src/engine/db/bulk-load';
import type { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import type { Options } from '../../src/engine/db/options';
import { type ReadableEnv, readFile } from '../../src/engine/env/env';
import { nodeInflate } from '../../src/engine/env/node';
import { bytewiseComparator, type Comparator } from '../../src/engine/keys/comparator';
import { verifyDatabase } from '../../src/engine/recovery/verify';
import { runSteps } from '../../src/engine/trace/events';
import { randomNumbers } from '../helpers/leveldb';

export const random = randomNumbers(4711);
export const DIRECTORY = '/db';
/** One that is none of the built-in ones keeps the kernel out. */
export const plainComparator = { ...bytewiseComparator };
export const reverseComparator: Comparator = {
  name: 'leveldb.ReverseBytewiseComparator',
  compare: (a, aStart, aEnd, b, bStart, bEnd) => bytewiseComparator.compare(b, bStart, bEnd, a, aStart, aEnd),
  shortestSeparator: (start) => start,
  shortSuccessor: (key) => key,
};

export type Entry = [key: Uint8Array, value: Uint8Array];

export const SMALL: Options = { createIfMissing: true, infoLog: false, now: () => 0 };

export function bytesOf(length: number, values = 256): Uint8Array {
  return Uint8Array.from({ length }, () => random(values));
}

export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** Keys in order: numbered ones, or such that share beginnings, are beginnings of each other, or the empty one. */
export function keysOf(shape: number, count: number): Uint8Array[] {
  if (shape === 0) return Array.from({ length: count }, (_, i) => text(`user${String(i).padStart(9, '0')}`));
  const keys = Array.from({ length: count }, () =>
    bytesOf(random(shape === 1 ? 12 : 200), shape === 1 ? 3 : 256),
  );
  return keys.sort(compareBytes).filter((key, i) => i === 0 || compareBytes(keys[i - 1], key) !== 0);
}

export function someValue(): Uint8Array {
  const kind = random(80);
  if (kind === 0) return bytesOf(random(90_000));
  if (kind === 1) return new Uint8Array(random(90_000));
  return kind < 10 ? new Uint8Array(0) : bytesOf(random(200), kind < 40 ? 3 : 256);
}

export function entriesOf(shape: number, count: number): Entry[] {
  return keysOf(shape, count).map((key) => [key, someValue()]);
}

export function batchOf(entries: readonly Entry[]): WriteBatch {
  const batch = new WriteBatch();
  for (const [key, value] of entries) batch.put(key, value);
  return batch;
}

/** In batches of random sizes, empty ones too. */
export function addAll(load: BulkLoad, entries: readonly Entry[], most = 400): void {
  for (let at = 0; at < entries.length; ) {
    const part = entries.slice(at, at + random(most));
    assert.ok(load.add(batchOf(part)));
    at += part.length;
  }
}

export function loadAll(db: Database, entries: readonly Entry[], most?: number): void {
  const load = runSteps(db.bulkLoad());
  addAll(load, entries, most);
  assert.equal(load.entries, entries.length);
  runSteps(load.finish());
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Names and hashes of all files. */
export function filesOf(env: ReadableEnv): Map<string, string> {
  const names = env
    .list(DIRECTORY)
    .map(({ name }) => name)
    .sort();
  return new Map(names.map((name) => [name, hashOf(readFile(env, env.join(DIRECTORY, name)))]));
}

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Keys as hex, values by their hashes. */
export function entriesIn(db: Database): [string, string][] {
  const iterator = db.iterator();
  const { cursor } = iterator;
  const found: [string, string][] = [];
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
    const value = valueBuffer.subarray(valueStart, valueEnd);
    found.push([hexOf(keyBuffer.subarray(keyStart, keyEnd)), hashOf(value)]);
  }
  assert.equal(iterator.error, undefined);
  iterator.close();
  return found;
}

export function requireVerified(env: ReadableEnv, directory = DIRECTORY): void {
  const db = Inspection.open(env, directory, { inflate: nodeInflate });
  try {
    const steps = verifyDatabase(db);
    let step = steps.next();
    while (!step.done) step = steps.next();
    assert.deepEqual(step.value.problems, []);
    assert.ok(step.value.ok);
  } finally {
    db.close();
  }
}
