// A background thread whose work is done at once, but known to be done only later: what a database does meanwhile.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database, type Snapshot } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { MemoryEnv } from '../../src/engine/env/memory';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { runSteps } from '../../src/engine/trace/events';
import { randomNumbers } from '../helpers/leveldb';
import { HeldThread } from './held-thread';

const DIRECTORY = '/db';

const SMALL: Options = {
  createIfMissing: true,
  writeBufferSize: 64 << 10,
  limits: { maxFileBytes: 20_000, level1Bytes: 50_000 },
};

function open(thread: HeldThread, options: Options = {}): Database {
  return Database.openNow(thread.env, DIRECTORY, { ...SMALL, ...options, thread });
}

const encoder = new TextEncoder();
const keyOf = (number: number) => encoder.encode(`key${String(number).padStart(5, '0')}`);

type Contents = Map<number, string>;

/** Writes some entries, and the same into `contents`. */
function write(db: Database, contents: Contents, random: (limit: number) => number): void {
  const batch = new WriteBatch();
  for (let i = 0; i < 100; i++) {
    const number = random(2000);
    if (random(5) === 0) {
      batch.delete(keyOf(number));
      contents.delete(number);
      continue;
    }
    const value = String(random(1e9)).repeat(random(12));
    batch.put(keyOf(number), encoder.encode(value));
    contents.set(number, value);
  }
  db.write(batch);
}

function contentsOf(db: Database, snapshot?: Snapshot): Contents {
  const iterator = db.iterator({ snapshot });
  const { cursor } = iterator;
  const found: Contents = new Map();
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
    const text = (bytes: Uint8Array, start: number, end: number) =>
      new TextDecoder().decode(bytes.subarray(start, end));
    found.set(Number(text(keyBuffer, keyStart, keyEnd).slice(3)), text(valueBuffer, valueStart, valueEnd));
  }
  assert.equal(iterator.error, undefined);
  iterator.close();
  return found;
}

const sorted = (contents: Contents) => new Map([...contents].sort(([a], [b]) => a - b));

test('whenever work elsewhere turns out to be done, readers see what was written', () => {
  let held = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const random = randomNumbers(seed);
    const thread = new HeldThread(new MemoryEnv());
    const filterPolicy = seed % 2 === 0 ? bloomFilterPolicy(10) : undefined;
    let db = open(thread, { filterPolicy });
    const contents: Contents = new Map();
    let past: { snapshot: Snapshot; contents: Contents } | undefined;
    for (let step = 0; step < 400; step++) {
      write(db, contents, random);
      for (const work of thread.last) if (random(4) === 0) work.isDone = true;
      held += thread.last.filter(({ isDone }) => !isDone).length;
      if (random(40) === 0) assert.deepEqual(contentsOf(db), sorted(contents));
      if (past && random(30) === 0) {
        assert.deepEqual(contentsOf(db, past.snapshot), past.contents);
        past.snapshot.release();
        past = undefined;
      }
      if (random(30) === 0) past ??= { snapshot: db.snapshot(), contents: sorted(contents) };
      if (random(100) === 0) runSteps(db.compactRange(keyOf(random(1000)), keyOf(1000 + random(1000))));
      if (random(100) !== 0) continue;
      db.close();
      assert.ok(thread.last.every(({ isDone, isStopped }) => isDone || isStopped));
      db = open(thread, { filterPolicy });
      past = undefined;
    }
    assert.equal(db.failure, undefined);
    assert.deepEqual(contentsOf(db), sorted(contents));
    assert.ok(thread.compactions.length > 3 && thread.flushes.length > 10);

    assert.deepEqual([...db.version.overlaps()], []);
    db.close();
    assert.ok(thread.isEnded);
  }
  assert.ok(held > 200, `${held}`);
});

test('a flush meanwhile leaves the tables alone that a compaction writes, and no number is given twice', () => {
  const random = randomNumbers(9);
  const thread = new HeldThread(new MemoryEnv());
  // Nobody waits for the compaction.
  const db = open(thread, { limits: { ...SMALL.limits, level0SlowdownFiles: 50, level0StopFiles: 60 } });
  const contents: Contents = new Map();
  const tables = () =>
    thread.env
      .list(DIRECTORY)
      .filter(({ name }) => parseFileName(name)?.kind === 'table')
      .map(({ name }) => name);
  while (thread.compactions.length === 0) {
    write(db, contents, random);
    for (const work of thread.flushes) work.isDone = true;
  }
  const written = tables();
  const named = new Set([...db.version.files()].map(({ file }) => Number(file.number)));
  const outputs = written.filter((name) => !named.has(Number.parseInt(name, 10)));
  assert.ok(outputs.length > 1, `${outputs.length}`);
  for (let flushes = thread.flushes.length; thread.flushes.length < flushes + 5; ) {
    write(db, contents, random);
    thread.flushes.at(-1)!.isDone = true;
  }
  assert.equal(thread.compactions.length, 1);
  const present = tables();
  for (const name of outputs) assert.ok(present.includes(name), name);
  assert.deepEqual(contentsOf(db), sorted(contents));
  runSteps(db.settleSteps());
  assert.ok(thread.compactions.length > 1);
  assert.deepEqual(contentsOf(db), sorted(contents));
  db.close();
});

test('a thread that dies at each piece of work costs nothing but time', () => {
  const random = randomNumbers(11);
  const thread = new HeldThread(new MemoryEnv());
  thread.dies = () => true;
  const db = open(thread);
  const contents: Contents = new Map();
  for (let step = 0; step < 200; step++) write(db, contents, random);
  runSteps(db.settleSteps());
  assert.ok(thread.compactions.length > 2 && thread.flushes.length > 5);
  assert.equal(db.failure, undefined);
  assert.deepEqual(contentsOf(db), sorted(contents));
  db.close();
});
