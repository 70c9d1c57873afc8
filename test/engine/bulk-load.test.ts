// Bulk loads: what is taken and what is not, what readers see of it, and what is left when one fails.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { compareBytes } from '../../src/engine/bytes/compare';
import { addU64 } from '../../src/engine/bytes/u64';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import type { Options } from '../../src/engine/db/options';
import { digestScan } from '../../src/engine/db/scan';
import { FaultEnv } from '../../src/engine/env/fault';
import { MemoryEnv } from '../../src/engine/env/memory';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { type EventOf, runSteps, type TraceEvent } from '../../src/engine/trace/events';
import { Peer } from '../helpers/leveldb';
import {
  addAll,
  batchOf,
  bytesOf,
  DIRECTORY,
  type Entry,
  entriesIn,
  entriesOf,
  filesOf,
  hashOf,
  hexOf,
  keysOf,
  loadAll,
  plainComparator,
  random,
  requireVerified,
  SMALL,
  text,
} from './bulk-load-harness';

test('one edit for all tables, and none for an empty load', () => {
  const env = new MemoryEnv();
  let events: TraceEvent[] = [];
  const options: Options = {
    ...SMALL,
    limits: { maxFileBytes: 20_000 },
    trace: (event) => void events.push(event),
  };
  const db = Database.openNow(env, DIRECTORY, options);
  const before = filesOf(env);
  events = [];
  loadAll(db, []);
  const empty = runSteps(db.bulkLoad());
  assert.ok(empty.add(new WriteBatch()));
  runSteps(empty.finish());
  assert.deepEqual(filesOf(env), before);
  assert.deepEqual(events, []);
  loadAll(db, entriesOf(0, 3000));
  assert.deepEqual(
    events.map(({ type }) => type),
    ['version'],
  );
  const [{ edit }] = events as EventOf<'version'>[];
  assert.ok(edit.newFiles.length > 5);
  assert.equal(edit.lastSequence, 3000);
  db.close();
});

test('what does not ascend, is a deletion, or is among other entries is not taken', () => {
  for (const comparator of [bytewiseComparator, plainComparator]) {
    const db = Database.openNow(new MemoryEnv(), DIRECTORY, { ...SMALL, comparator });
    for (const key of ['c', 'e', 'm', 'p']) {
      db.put(text(key), text(key));
      if (key === 'e' || key === 'p') runSteps(db.flush());
    }
    // Tables from c to e and from m to p.
    const value = text('v');
    const puts = (...keys: string[]) => batchOf(keys.map((key) => [text(key), value]));
    const withDeletion = puts('g');
    withDeletion.delete(text('h'));
    const unsound = WriteBatch.from(puts('g', 'h').contents().slice(0, -1));
    const wrongCount = WriteBatch.from(
      Uint8Array.from(puts('g', 'h').contents(), (byte, i) => (i === 8 ? 3 : byte)),
    );
    const trailing = WriteBatch.from(
      Uint8Array.from(puts('g', 'h').contents(), (byte, i) => (i === 8 ? 1 : byte)),
    );
    const refused: [string, WriteBatch][] = [
      ['a descent', puts('g', 'f')],
      ['a key twice', puts('g', 'g')],
      ['a deletion', withDeletion],
      ['cut', unsound],
      ['a count too large', wrongCount],
      ['a count too small', trailing],
      ['the first key of a table', puts('c')],
      ['in a table', puts('d')],
      ['the last key of a table', puts('p')],
      ['up to a table', puts('g', 'm')],
      ['over a table', puts('a', 'b', 'f')],
      ['over all', puts('a', 'z')],
    ];
    for (const [what, batch] of refused) {
      const load = runSteps(db.bulkLoad());
      assert.equal(load.add(batch), false, what);
      assert.equal(load.entries, 0);
      runSteps(load.finish());
    }
    const load = runSteps(db.bulkLoad());
    const { lastSequence } = db;
    assert.ok(load.add(puts('ee', 'f')));
    for (const [what, batch] of refused) assert.equal(load.add(batch), false, `later: ${what}`);
    assert.equal(load.add(puts('f')), false);
    assert.equal(load.add(puts('ef')), false);
    const next = puts('g', 'lzzz');
    assert.ok(load.add(next));
    assert.equal(next.sequence, addU64(lastSequence, 3));
    assert.equal(load.add(puts('ma')), false);
    runSteps(load.finish());
    assert.equal(load.entries, 4);
    // What was not taken is written as ever.
    db.write(puts('ma', 'g'));
    const keys = entriesIn(db).map(([key]) => Buffer.from(key, 'hex').toString());
    assert.deepEqual(keys, ['c', 'e', 'ee', 'f', 'g', 'lzzz', 'm', 'ma', 'p']);
    for (const range of [
      ['a', 'b'],
      ['q', 'z'],
    ]) {
      const around = runSteps(db.bulkLoad());
      assert.ok(around.add(puts(...range)), range.join());
      runSteps(around.finish());
    }
    assert.equal(entriesIn(db).length, 13);
    db.close();
  }
});

test('nothing is seen of a load before its end, and nothing else is written meanwhile', () => {
  const env = new MemoryEnv();
  const db = Database.openNow(env, DIRECTORY, SMALL);
  db.put(text('a'), text('1'));
  const snapshot = db.snapshot();
  const iterator = db.iterator();
  const load = runSteps(db.bulkLoad());
  addAll(load, entriesOf(0, 20_000));
  assert.equal(db.get(text('user000000007')).found, false);
  assert.deepEqual(entriesIn(db), [['61', hashOf(text('1'))]]);
  const busy = /a bulk load is under way/;
  assert.throws(() => db.put(text('b'), text('2')), busy);
  assert.throws(() => runSteps(db.flush()), busy);
  assert.throws(() => runSteps(db.compactRange()), busy);
  assert.throws(() => runSteps(db.bulkLoad()), busy);
  runSteps(load.finish());
  assert.throws(() => load.add(new WriteBatch()), /has ended/);
  assert.throws(() => runSteps(load.finish()), /has ended/);
  load.abandon();
  assert.ok(db.get(text('user000000007')).found);
  assert.equal(db.get(text('user000000007'), { snapshot }).found, false);
  iterator.cursor.seekToFirst();
  iterator.cursor.next();
  assert.equal(iterator.cursor.valid, false);
  iterator.close();
  snapshot.release();

  const files = filesOf(env);
  const given = runSteps(db.bulkLoad());
  addAll(given, [[text('v'), bytesOf(3 << 20)]]);
  assert.notDeepEqual(filesOf(env), files);
  given.abandon();
  assert.deepEqual(filesOf(env), files);
  const closed = runSteps(db.bulkLoad());
  addAll(closed, [[text('v'), bytesOf(3 << 20)]]);
  db.close();
  assert.throws(() => closed.add(new WriteBatch()), /has ended/);
  assert.deepEqual(filesOf(env), files);
  requireVerified(env);
});

test('the level is one where no compaction is due by the load', () => {
  const limits = { maxFileBytes: 20_000, level1Bytes: 10_000 };
  const shapes: [maxFlushLevel: number, entries: number, level: number][] = [
    [2, 100, 2],
    [2, 2000, 3],
    [2, 20_000, 4],
    [0, 100, 0],
    [0, 2000, 3],
    [5, 100, 5],
    [6, 2000, 6],
  ];
  for (const [maxFlushLevel, count, level] of shapes) {
    const options: Options = {
      ...SMALL,
      compression: 'none',
      limits: { ...limits, maxFlushLevel },
      background: 'stepped',
    };
    const db = Database.openNow(new MemoryEnv(), DIRECTORY, options);
    loadAll(
      db,
      keysOf(0, count).map((key) => [key, new Uint8Array(100)]),
    );
    assert.deepEqual(
      db.version.levels.flatMap((files, at) => (files.length > 0 ? [at] : [])),
      [level],
    );
    assert.equal(db.hasWork, false);
    // A level that is full already is passed by.
    loadAll(
      db,
      keysOf(0, count).map((key) => [Buffer.concat([text('v'), key]), new Uint8Array(100)]),
    );
    assert.equal(db.hasWork, false);
    db.close();
  }
  // The last level takes any.
  const db = Database.openNow(new MemoryEnv(), DIRECTORY, { ...SMALL, limits: { level1Bytes: 0.001 } });
  loadAll(db, entriesOf(0, 1000));
  assert.ok(db.version.levels[6].length > 0);
  db.close();
});

test('random databases, with loads that fit and loads that do not, are what a map is', () => {
  let taken = 0;
  let refused = 0;
  for (let round = 0; round < 12; round++) {
    const env = new FaultEnv();
    const options: Options = {
      ...SMALL,
      comparator: round % 3 === 2 ? plainComparator : bytewiseComparator,
      writeBufferSize: 64 << 10,
      background: round % 2 === 0 ? 'now' : 'stepped',
      filterPolicy: bloomFilterPolicy(10),
      limits: { maxFileBytes: 16 << 10, level1Bytes: 60 << 10, maxFlushLevel: random(3) },
    };
    let db = Database.openNow(env, DIRECTORY, options);
    const model = new Map<string, string>();
    const key = (n: number) => `k${String(n).padStart(5, '0')}`;
    for (let step = 0; step < 60; step++) {
      const kind = random(12);
      if (kind < 5) {
        const batch = new WriteBatch();
        const base = random(20_000);
        for (let i = random(30); i > 0; i--) {
          const name = key(base + random(500));
          if (random(4) === 0) {
            batch.delete(text(name));
            model.delete(name);
          } else {
            const value = `${step} ${'x'.repeat(random(300))}`;
            batch.put(text(name), text(value));
            model.set(name, value);
          }
        }
        db.write(batch);
      } else if (kind < 10) {
        const first = random(20_500);
        const count = 1 + random(300);
        const entries: Entry[] = [];
        const load = runSteps(db.bulkLoad());
        for (let i = 0, n = first; i < count; i++, n += 1 + random(3))
          entries.push([text(key(n)), text(`${step} loaded ${'y'.repeat(random(300))}`)]);
        const inWay = db.version.levels.flat().filter(({ smallest, largest }) => {
          const [from, to] = [smallest, largest].map((bound) => bound.subarray(0, -8));
          return compareBytes(from, entries[count - 1][0]) <= 0 && compareBytes(to, entries[0][0]) >= 0;
        });
        const isTaken = load.add(batchOf(entries));
        assert.equal(isTaken, inWay.length === 0);
        runSteps(load.finish());
        if (isTaken) taken++;
        else refused++;
        if (!isTaken) db.write(batchOf(entries));
        const decoder = new TextDecoder();
        for (const [name, value] of entries) model.set(decoder.decode(name), decoder.decode(value));
      } else if (kind === 10) {
        if (random(3) === 0) runSteps(db.compactRange());
        else for (let i = random(200); i > 0; i--) db.step();
      } else {
        db.close();
        env.restartProcess();
        db = Database.openNow(env, DIRECTORY, options);
      }
    }
    const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
    const expectedEntries = expected.map(([name, value]) => [hexOf(text(name)), hashOf(text(value))]);
    const found = () => entriesIn(db);
    assert.deepEqual(found(), expectedEntries);
    for (const [name, value] of expected.slice(0, 100))
      assert.deepEqual(Buffer.from(db.get(text(name)).value!).toString(), value);
    db.close();
    requireVerified(env);
    db = Database.openNow(env, DIRECTORY, options);
    assert.deepEqual(found(), expectedEntries);
    runSteps(db.compactRange());
    assert.deepEqual(found(), expectedEntries);
    db.close();
    requireVerified(env);
  }
  assert.ok(taken > 30 && refused > 30, `${taken} taken, ${refused} refused`);
});

test('a load that fails before its edit leaves the database as it was, and writable', () => {
  const options: Options = { ...SMALL, limits: { maxFileBytes: 30_000 } };
  const entries = entriesOf(0, 4000);
  const messages = new Set<string>();
  for (let failing = 0; ; failing++) {
    const env = new FaultEnv();
    env.writesThrough = failing % 2 === 0;
    const db = Database.openNow(env, DIRECTORY, options);
    db.put(text('a'), text('1'), { sync: true });
    const load = runSteps(db.bulkLoad());
    const start = env.operations;
    let failed = '';
    env.plan = (operation, path, number) => {
      if (number - start !== failing * 11 || operation === 'remove') return undefined;
      failed = `${operation} of ${path}`;
      return operation === 'append' ? 'short write' : 'fail';
    };
    try {
      addAll(load, entries);
      runSteps(load.finish());
      if (!failed) break;
    } catch (error) {
      assert.match(String(error), /injected/);
      messages.add(failed.replace(/ .*/, ''));
    }
    env.plan = undefined;
    assert.throws(() => load.add(new WriteBatch()), /has ended/);
    if (/MANIFEST|\/db$/.test(failed)) {
      assert.throws(() => db.put(text('b'), text('2')), /injected/);
      db.close();
      continue;
    }
    assert.deepEqual(entriesIn(db), [['61', hashOf(text('1'))]], failed);
    db.put(text('b'), text('2'));
    loadAll(db, entries);
    assert.equal(entriesIn(db).length, entries.length + 2);
    db.close();
    requireVerified(env);
  }
  for (const operation of ['create', 'append', 'flush', 'sync', 'close'])
    assert.ok(messages.has(operation), `no failed ${operation}`);
});

test('LevelDB reads what was loaded, and goes on with it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lsm-bulk-load-'));
  const env = new NodeWritableEnv();
  const peer = await Peer.open(directory, { createIfMissing: true });
  try {
    await peer.fill({ seed: 3, operations: 5000, keys: 5000, order: 'random', valueBytes: 60 });
    await peer.closeDatabase();
    const db = Database.openNow(env, directory, { filterPolicy: bloomFilterPolicy(10) });
    const entries: Entry[] = Array.from({ length: 60_000 }, (_, i) => [
      text(`user${String(i).padStart(9, '0')}`),
      text(`value ${i} `.repeat(1 + (i % 20))),
    ]);
    loadAll(db, entries, 1000);
    assert.ok(db.version.levels.flat().length >= 2);
    db.close();
    requireVerified(env, directory);
    const inspection = Inspection.open(env, directory);
    const ours = digestScan(inspection.scan());
    inspection.close();
    await peer.openDatabase(directory);
    assert.deepEqual(await peer.digest(), ours);
    assert.equal((await peer.digest({ gte: text('user') })).entries, 60_000);
    await peer.write([[text('user000000005'), text('another')], [text('user000000006')]]);
    await peer.compactRange(text(''), text('z'));
    assert.equal((await peer.digest({ gte: text('user') })).entries, 59_999);
  } finally {
    await peer.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});
