// What a get sees: the cases of LevelDB's db/db_test.cc about reading memtables, levels and snapshots.

import assert from 'node:assert/strict';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { type DbTest, key, scenario, scenarioOverOptions } from './db-harness';

scenarioOverOptions('db_test: Empty', (t) => {
  assert.equal(t.get('foo'), 'NOT_FOUND');
});

scenarioOverOptions('db_test: EmptyKey', (t) => {
  t.put('', 'v1');
  assert.equal(t.get(''), 'v1');
  t.put('', 'v2');
  assert.equal(t.get(''), 'v2');
});

scenarioOverOptions('db_test: EmptyValue', (t) => {
  for (const value of ['v1', '', 'v2']) {
    t.put('key', value);
    assert.equal(t.get('key'), value);
  }
});

scenarioOverOptions('db_test: ReadWrite', (t) => {
  t.put('foo', 'v1');
  assert.equal(t.get('foo'), 'v1');
  t.put('bar', 'v2');
  t.put('foo', 'v3');
  assert.equal(t.get('foo'), 'v3');
  assert.equal(t.get('bar'), 'v2');
});

scenarioOverOptions('db_test: PutDeleteGet', (t) => {
  t.put('foo', 'v1');
  assert.equal(t.get('foo'), 'v1');
  t.put('foo', 'v2');
  assert.equal(t.get('foo'), 'v2');
  t.delete('foo');
  assert.equal(t.get('foo'), 'NOT_FOUND');
});

scenarioOverOptions('db_test: GetFromImmutableLayer', (t) => {
  t.reopen({ ...t.options, writeBufferSize: 100000, background: 'stepped' });
  t.put('foo', 'v1');
  assert.equal(t.get('foo'), 'v1');

  t.put('k1', 'x'.repeat(100000)); // Fills the memtable.
  t.put('k2', 'y'.repeat(100000)); // Makes its flush due, which nobody does.
  assert.ok(t.db.hasWork);
  assert.equal(t.filesPerLevel(), '');
  assert.equal(t.get('foo'), 'v1');
});

scenarioOverOptions('db_test: GetFromVersions', (t) => {
  t.put('foo', 'v1');
  t.compactMemTable();
  assert.equal(t.get('foo'), 'v1');
});

scenarioOverOptions('db_test: GetMemUsage', (t) => {
  t.put('foo', 'v1');
  const usage = Number(t.db.property('leveldb.approximate-memory-usage'));
  assert.ok(usage > 0);
  assert.ok(usage < 5 * 1024 * 1024);
});

/** A short key and a long one. */
const SHORT_AND_LONG = ['foo', 'x'.repeat(200)];

scenarioOverOptions('db_test: GetSnapshot', (t) => {
  for (const key of SHORT_AND_LONG) {
    t.put(key, 'v1');
    const s1 = t.db.snapshot();
    t.put(key, 'v2');
    assert.equal(t.get(key), 'v2');
    assert.equal(t.get(key, s1), 'v1');
    t.compactMemTable();
    assert.equal(t.get(key), 'v2');
    assert.equal(t.get(key, s1), 'v1');
    s1.release();
  }
});

scenarioOverOptions('db_test: GetIdenticalSnapshots', (t) => {
  for (const key of SHORT_AND_LONG) {
    t.put(key, 'v1');
    const [s1, s2, s3] = [t.db.snapshot(), t.db.snapshot(), t.db.snapshot()];
    t.put(key, 'v2');
    assert.equal(t.get(key), 'v2');
    for (const snapshot of [s1, s2, s3]) assert.equal(t.get(key, snapshot), 'v1');
    s1.release();
    t.compactMemTable();
    assert.equal(t.get(key), 'v2');
    assert.equal(t.get(key, s2), 'v1');
    s2.release();
    assert.equal(t.get(key, s3), 'v1');
    s3.release();
  }
});

scenarioOverOptions('db_test: IterateOverEmptySnapshot', (t) => {
  const snapshot = t.db.snapshot();
  t.put('foo', 'v1');
  t.put('foo', 'v2');
  const assertEmpty = () =>
    t.withIterator((cursor) => {
      cursor.seekToFirst();
      assert.equal(cursor.valid, false);
    }, snapshot);
  assertEmpty();
  t.compactMemTable();
  assertEmpty();
  snapshot.release();
});

scenarioOverOptions('db_test: GetLevel0Ordering', (t) => {
  // Of two files in level 0 the older one stands first in the list, because its smallest key is smaller.
  t.put('bar', 'b');
  t.put('foo', 'v1');
  t.compactMemTable();
  t.put('foo', 'v2');
  t.compactMemTable();
  assert.equal(t.get('foo'), 'v2');
});

scenarioOverOptions('db_test: GetOrderedByLevels', (t) => {
  t.put('foo', 'v1');
  t.compact('a', 'z');
  assert.equal(t.get('foo'), 'v1');
  t.put('foo', 'v2');
  assert.equal(t.get('foo'), 'v2');
  t.compactMemTable();
  assert.equal(t.get('foo'), 'v2');
});

scenarioOverOptions('db_test: GetPicksCorrectFile', (t) => {
  // Several files in a level below 0.
  t.put('a', 'va');
  t.compact('a', 'b');
  t.put('x', 'vx');
  t.compact('x', 'y');
  t.put('f', 'vf');
  t.compact('f', 'g');
  assert.equal(t.get('a'), 'va');
  assert.equal(t.get('f'), 'vf');
  assert.equal(t.get('x'), 'vx');
});

scenarioOverOptions('db_test: GetEncountersEmptyLevel', (t) => {
  // A table in level 0, none in level 1, one in level 2. Gets make a compaction of the first one due: a bug once took
  // it for one of level 1.
  let flushes = 0;
  while (t.filesAtLevel(0) === 0 || t.filesAtLevel(2) === 0) {
    assert.ok(flushes <= 100, 'levels 0 and 2 could not be filled');
    flushes++;
    t.makeTables(1, 'a', 'z');
  }
  t.compactLevel(1);
  assert.equal(t.filesPerLevel(), '1,0,1');

  for (let i = 0; i < 1000; i++) assert.equal(t.get('missing'), 'NOT_FOUND');
  t.settle();
  assert.equal(t.filesAtLevel(0), 0);
});

scenarioOverOptions('db_test: Snapshot', (t) => {
  t.put('foo', 'v1');
  const s1 = t.db.snapshot();
  t.put('foo', 'v2');
  const s2 = t.db.snapshot();
  t.put('foo', 'v3');
  const s3 = t.db.snapshot();
  t.put('foo', 'v4');
  assert.equal(t.get('foo', s1), 'v1');
  assert.equal(t.get('foo', s2), 'v2');
  assert.equal(t.get('foo', s3), 'v3');
  assert.equal(t.get('foo'), 'v4');

  s3.release();
  assert.equal(t.get('foo', s1), 'v1');
  assert.equal(t.get('foo', s2), 'v2');
  assert.equal(t.get('foo'), 'v4');

  s1.release();
  assert.equal(t.get('foo', s2), 'v2');
  assert.equal(t.get('foo'), 'v4');

  s2.release();
  assert.equal(t.get('foo'), 'v4');
});

scenario('db_test: BloomFilter', (t) => {
  t.env.countRandomReads = true;
  // No block is found in the cache, and no compaction that seeks make due is done.
  t.reopen({
    ...t.options,
    blockCacheBytes: 0,
    filterPolicy: bloomFilterPolicy(10),
    background: 'stepped',
  });
  const N = 10000;
  for (let i = 0; i < N; i++) t.put(key(i), key(i));
  t.compact('a', 'z');
  for (let i = 0; i < N; i += 100) t.put(key(i), key(i));
  t.compactMemTable();

  // Keys that are there: the small table is read for few of the others.
  const present = readsOf(t, () => {
    for (let i = 0; i < N; i++) assert.equal(t.get(key(i)), key(i));
  });
  assert.ok(present >= N, `${present} reads`);
  assert.ok(present <= N + (2 * N) / 100, `${present} reads`);

  // Keys that are not: either table is read for few of them.
  const missing = readsOf(t, () => {
    for (let i = 0; i < N; i++) assert.equal(t.get(`${key(i)}.missing`), 'NOT_FOUND');
  });
  assert.ok(missing <= (3 * N) / 100, `${missing} reads`);
});

function readsOf(t: DbTest, operation: () => void): number {
  t.env.randomReads = 0;
  operation();
  return t.env.randomReads;
}
