// Compactions by another thread over the real file system: the same files and entries as by one, also when it is killed,
// closed in the midst of one, or when the thread dies.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { CompactionJob } from '../../src/engine/db/compaction-job';
import { Database } from '../../src/engine/db/database';
import type { FlushJob } from '../../src/engine/db/flush-job';
import type { Options } from '../../src/engine/db/options';
import { EnvError } from '../../src/engine/env/env';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { OverlayEnv } from '../../src/engine/env/overlay';
import { reverseBytewiseComparator } from '../../src/engine/keys/comparator';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { LsmError } from '../../src/engine/problem';
import { bloomFilterPolicy } from '../../src/engine/table/filter';
import { runSteps } from '../../src/engine/trace/events';
import { BackgroundWorker } from '../../src/worker/background-worker';
import { forkTestChild, killChild, Peer, type PeerDigest, randomNumbers } from '../helpers/leveldb';
import { batchOf, contentsAfter, keyOf, SMALL } from './background-workload';

const script = resolve('dist/helper.js');
const folder = mkdtempSync(join(tmpdir(), 'lsm-background-worker-'));
const env = new NodeWritableEnv({ withoutLock: true });
let directories = 0;

after(() => rmSync(folder, { recursive: true }));

function newDirectory(): string {
  return join(folder, `${++directories}`);
}

/** A thread, what it began, and when it has ended. */
class Watched extends BackgroundWorker {
  begun = 0;
  done = 0;
  flushes = 0;
  readonly ended: Promise<unknown>[] = [];

  override compact(job: CompactionJob) {
    const work = super.compact(job);
    if (!work) return undefined;
    this.begun++;
    const outcome = work.outcome.bind(work);
    work.outcome = () => {
      const result = outcome();
      if (result && !result.failure) this.done++;
      return result;
    };
    return work;
  }

  override flush(job: FlushJob) {
    const work = super.flush(job);
    if (work) this.flushes++;
    return work;
  }

  override prepare(): boolean {
    return this.watch(() => super.prepare());
  }

  private watch<Work>(begin: () => Work): Work {
    const { on } = Worker.prototype;
    const workers: Worker[] = [];
    Worker.prototype.on = function (this: Worker, ...args: never) {
      if (!workers.includes(this)) workers.push(this);
      return on.apply(this, args);
    } as typeof on;
    try {
      return begin();
    } finally {
      Worker.prototype.on = on;
      for (const worker of workers) this.ended.push(new Promise((end) => worker.once('exit', end)));
    }
  }
}

function open(directory: string, options: Options): Database {
  return Database.openNow(env, directory, { ...SMALL, createIfMissing: true, ...options });
}

/** As C++ LevelDB sees it. */
async function digestOf(directory: string): Promise<PeerDigest> {
  const peer = await Peer.open(directory);
  try {
    return await peer.digest();
  } finally {
    await peer.close();
  }
}

function filesOf(directory: string): Map<string, string> {
  const names = readdirSync(directory).filter((name) => !['LOCK', 'LOG', 'LOG.old'].includes(name));
  return new Map(names.sort().map((name) => [name, readFileSync(join(directory, name)).toString('latin1')]));
}

function tablesIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => parseFileName(name)?.kind === 'table');
}

/** A database with a few compactions due. */
function madeReady(options: Options = {}): string {
  const directory = newDirectory();
  const limits = {
    ...SMALL.limits,
    level0Files: 100,
    level0SlowdownFiles: 200,
    level0StopFiles: 300,
    maxFlushLevel: 0,
  };
  const db = open(directory, { ...options, limits });
  for (let batch = 1; batch <= 120; batch++) {
    db.write(batchOf(batch));
    if (batch !== 60) continue;
    // Something in level 2, so that no table just moves there.
    runSteps(db.compactRange());
    runSteps(db.compactLevel(1));
  }
  runSteps(db.flush());
  db.close();
  return directory;
}

test('the same work with and without the thread leaves the same entries, which C++ LevelDB reads', async () => {
  const shapes: Options[] = [
    {},
    { compression: 'none', filterPolicy: bloomFilterPolicy(10) },
    { blockSize: 1024, blockRestartInterval: 3, filterPolicy: bloomFilterPolicy(7) },
  ];
  for (const [seed, shape] of shapes.entries()) {
    const digests: PeerDigest[] = [];
    for (const compactor of [undefined, new Watched(script, env)]) {
      const directory = newDirectory();
      const random = randomNumbers(seed + 1);
      let db = open(directory, { ...shape, thread: compactor });
      for (let batch = 1; batch <= 600; batch++) {
        db.write(batchOf(batch));
        if (random(100) === 0) runSteps(db.compactRange(keyOf(random(2000)), keyOf(2000 + random(2000))));
        if (random(150) !== 0) continue;
        db.close();
        db = open(directory, { ...shape, thread: compactor });
      }
      // The thread's own events come between these.
      if (compactor) {
        runSteps(db.settleSteps());
        assert.ok(compactor.done > 10, `${compactor.done}`);
        assert.ok(compactor.flushes > 30, `${compactor.flushes}`);
      }
      assert.equal(db.failure, undefined);
      db.close();
      digests.push(await digestOf(directory));
    }
    assert.deepEqual(digests[1], digests[0]);
    assert.equal(digests[0].entries, contentsAfter(600).size);
  }
});

test('compactions of the same inputs write the same files, byte for byte', () => {
  for (const options of [{}, { filterPolicy: bloomFilterPolicy(10), compression: 'none' }] as Options[]) {
    const alone = madeReady(options);
    const together = newDirectory();
    cpSync(alone, together, { recursive: true });
    const compactor = new Watched(script, env);
    for (const [directory, thread] of [[alone], [together, compactor]] as const) {
      const db = open(directory, { ...options, thread });
      runSteps(db.settleSteps());
      db.close();
    }
    assert.ok(compactor.done >= 2, `${compactor.done}`);
    assert.ok(tablesIn(alone).length > 5);
    assert.deepEqual(filesOf(together), filesOf(alone));
  }
});

test('iterators and snapshots see what they saw, whatever the thread does meanwhile', () => {
  const compactor = new Watched(script, env);
  const directory = newDirectory();
  const db = open(directory, { thread: compactor });
  for (let batch = 1; batch <= 60; batch++) db.write(batchOf(batch));
  const expected = contentsAfter(60);
  const snapshot = db.snapshot();
  const iterator = db.iterator();
  const { cursor } = iterator;
  const seen = new Map<string, string>();
  cursor.seekToFirst();
  for (let batch = 61; batch <= 500; batch++) {
    db.write(batchOf(batch));
    for (let i = 0; i < 20 && cursor.valid; i++, cursor.next()) {
      const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
      const text = (bytes: Uint8Array, start: number, end: number) =>
        Buffer.from(bytes.subarray(start, end)).toString('latin1');
      seen.set(text(keyBuffer, keyStart, keyEnd), text(valueBuffer, valueStart, valueEnd));
    }
  }
  assert.ok(compactor.begun > 5, `${compactor.begun}`);
  assert.deepEqual(seen, expected);
  assert.equal(iterator.error, undefined);
  iterator.close();
  const newest = contentsAfter(500);
  for (let number = 0; number < 5000; number += 7) {
    const key = keyOf(number);
    const name = Buffer.from(key).toString('latin1');
    const get = (read?: { snapshot: typeof snapshot }) => {
      const { value } = db.get(key, read);
      return value && Buffer.from(value).toString('latin1');
    };
    assert.equal(get({ snapshot }), expected.get(name));
    assert.equal(get(), newest.get(name));
  }
  snapshot.release();
  db.close();
});

test('a damaged input is the same failure as with one thread, and ends all writing', () => {
  let failures = 0;
  for (let seed = 1; seed <= 6; seed++) {
    const alone = madeReady();
    const random = randomNumbers(seed);
    const tables = tablesIn(alone);
    const path = join(alone, tables[random(tables.length)]);
    const bytes = readFileSync(path);
    bytes[random(bytes.length)] ^= 1 << random(8);
    writeFileSync(path, bytes);
    const together = newDirectory();
    cpSync(alone, together, { recursive: true });
    const compactor = new Watched(script, env);
    const [expected, actual] = [
      [alone, undefined],
      [together, compactor],
    ].map(([directory, thread]) => {
      const db = open(directory as string, { thread: thread as BackgroundWorker | undefined });
      runSteps(db.settleSteps());
      const { failure } = db;
      const { problems } = db;
      if (failure)
        assert.throws(
          () => db.put(keyOf(1), keyOf(1)),
          (error) => error === failure,
        );
      db.close();
      if (!failure) return { problems };
      assert.ok(failure instanceof LsmError);
      const { status, code, message, file, offset } = failure;
      return { status, code, message, file, offset, problems };
    });
    assert.deepEqual(actual, expected);
    if (expected.code) failures++;
  }
  assert.ok(failures > 2, `${failures}`);
});

test('an output that cannot be written is the failure that it is', () => {
  const directory = madeReady();
  const compactor = new Watched(script, env);
  const numbers = readdirSync(directory).map((name) => Number.parseInt(name, 10) || 0);
  // The next tables' names are taken by folders.
  const next = Math.max(...numbers);
  for (let number = next + 1; number < next + 9; number++) {
    cpSync(newFolder(), join(directory, `${String(number).padStart(6, '0')}.ldb`), { recursive: true });
  }
  const db = open(directory, { thread: compactor });
  runSteps(db.settleSteps());
  const { failure } = db;
  assert.ok(failure instanceof EnvError);
  assert.equal(failure.code, 'is-a-directory');
  assert.match(failure.message, /\.ldb: Is a directory$/);
  db.close();
});

function newFolder(): string {
  return mkdtempSync(join(folder, 'empty-'));
}

test('closed in the midst of a compaction: no thread is left, and the next open removes what it wrote', async () => {
  const directory = madeReady();
  const expected = await digestOf(directory);
  // C++ LevelDB may have compacted it.
  const before = madeReady();
  for (const wait of [0, 1, 20, 100]) {
    const copy = newDirectory();
    cpSync(before, copy, { recursive: true });
    const compactor = new Watched(script, env);
    const db = open(copy, { thread: compactor });
    assert.equal(compactor.begun, 1);
    for (const started = performance.now(); performance.now() - started < wait; ) db.get(keyOf(1));
    db.close();
    await Promise.all(compactor.ended);
    assert.equal(compactor.ended.length, 1);
    const left = tablesIn(copy);
    await setTimeout(20);
    assert.deepEqual(tablesIn(copy), left);
    const again = open(copy, { background: 'stepped' });
    const named = [...again.version.files()].map(({ file }) => `${String(file.number).padStart(6, '0')}.ldb`);
    assert.deepEqual(tablesIn(copy).sort(), named.sort());
    again.close();
    assert.deepEqual(await digestOf(copy), expected);
  }
});

test('the files of an open database are its own alone: closed and opened again, the thread begins anew', () => {
  const compactor = new Watched(script, env);
  for (let round = 0; round < 3; round++) {
    const db = open(madeReady(), { thread: compactor });
    runSteps(db.settleSteps());
    assert.equal(db.failure, undefined);
    db.close();
  }
  assert.equal(compactor.ended.length, 3);
  assert.ok(compactor.done >= 6);
});

test('without a thread, or when it dies, the compactions are done here', async () => {
  const expected = await digestOf(madeReady());
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const scripts = [
    join(folder, 'missing.js'),
    write('throws.js', 'throw new Error("no")'),
    write('ends.js', ''),
    write('silent.js', 'setInterval(() => {}, 1000)'),
  ];
  for (const broken of scripts) {
    const directory = madeReady();
    const compactor = new Watched(broken, env, 300);
    const db = open(directory, { thread: compactor });
    runSteps(db.settleSteps());
    assert.equal(db.failure, undefined);
    assert.equal(compactor.done, 0);
    assert.ok(db.version.levels[0].length < 4);
    db.write(batchOf(1));
    db.close();
    await Promise.all(compactor.ended);
    const again = await digestOf(directory);
    assert.ok(Math.abs(again.entries - expected.entries) < 100);
  }
});

test('it is asked for nothing where its work would not be the same, or would not be seen', () => {
  const others: Options[] = [
    { trace: () => {} },
    { comparator: reverseBytewiseComparator },
    { filterPolicy: { ...bloomFilterPolicy(10), bitsPerKey: undefined } },
    { compression: { type: 9, encode: (raw) => raw.slice() } },
  ];
  for (const options of others) {
    const compactor = new Watched(script, env);
    const directory = newDirectory();
    const db = open(directory, { ...options, thread: compactor });
    for (let batch = 1; batch <= 60; batch++) db.write(batchOf(batch));
    assert.equal(compactor.begun + compactor.flushes, 0);
    db.close();
  }
  // Nothing of a dry run is on the disk.
  const directory = madeReady();
  const before = filesOf(directory);
  const compactor = new Watched(script, env);
  const overlay = new OverlayEnv(env);
  const db = Database.openNow(overlay, directory, { ...SMALL, thread: compactor });
  runSteps(db.settleSteps());
  assert.ok(db.version.levels[0].length < 4);
  assert.equal(compactor.begun, 0);
  db.close();
  assert.deepEqual(filesOf(directory), before);
});

test('killed at any moment, the database opens with all that was acknowledged', async () => {
  const directory = newDirectory();
  const progress = join(folder, 'progress');
  writeFileSync(progress, '0'.repeat(20));
  const random = randomNumbers(5);
  let acknowledged = 0;
  for (let round = 0; round < 8; round++) {
    const child = forkTestChild('worker/background-worker.child.mjs', [directory, progress, script]);
    const from = acknowledged;
    while (acknowledged < from + 60) {
      await setTimeout(10);
      acknowledged = Number(readFileSync(progress, 'latin1').slice(10));
    }
    await setTimeout(random(150));
    await killChild(child);
    const told = readFileSync(progress, 'latin1');
    const begun = Number(told.slice(0, 10));
    acknowledged = Number(told.slice(10));
    const copy = newDirectory();
    cpSync(directory, copy, { recursive: true });
    const peer = await Peer.open(copy);
    const found = await peer.entries({});
    await peer.close();
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    const actual = new Map(found.map(([key, value]) => [text(key), text(value)]));
    const expected = contentsAfter(acknowledged);
    // One that was on its way may be there.
    const isNext = begun > acknowledged && actual.size > 0 && !isSame(actual, expected);
    assert.deepEqual(actual, isNext ? contentsAfter(begun) : expected, `round ${round}`);
    if (isNext) acknowledged = begun;
  }
});

function isSame(a: Map<string, string>, b: Map<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
