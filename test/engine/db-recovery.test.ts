// Opening again: the cases of LevelDB's db/db_test.cc about recovery, options of the open, locks and removal.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { destroyDatabase } from '../../src/engine/db/destroy';
import type { Options } from '../../src/engine/db/options';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator, type Comparator } from '../../src/engine/keys/comparator';
import { scenario, scenarioOverOptions } from './db-harness';
import { text } from './table-harness';

scenarioOverOptions('db_test: Recover', (t) => {
  t.put('foo', 'v1');
  t.put('baz', 'v5');

  t.reopen();
  assert.equal(t.get('foo'), 'v1');
  assert.equal(t.get('baz'), 'v5');
  t.put('bar', 'v2');
  t.put('foo', 'v3');

  t.reopen();
  assert.equal(t.get('foo'), 'v3');
  t.put('foo', 'v4');
  assert.equal(t.get('foo'), 'v4');
  assert.equal(t.get('bar'), 'v2');
  assert.equal(t.get('baz'), 'v5');
});

scenarioOverOptions('db_test: RecoveryWithEmptyLog', (t) => {
  t.put('foo', 'v1');
  t.put('foo', 'v2');
  t.reopen();
  t.reopen();
  t.put('foo', 'v3');
  t.reopen();
  assert.equal(t.get('foo'), 'v3');
});

// Writes during a flush are recovered if the database is closed in the middle of it.
scenarioOverOptions('db_test: RecoverDuringMemtableCompaction', (t) => {
  const options: Options = { ...t.options, writeBufferSize: 1000000, background: 'stepped' };
  t.reopen(options);
  t.put('foo', 'v1'); // Goes to the first log.
  t.put('big1', 'x'.repeat(10000000)); // Fills the memtable.
  t.put('big2', 'y'.repeat(1000)); // Makes its flush due.
  assert.equal(t.db.step()?.type, 'flush-begin');
  t.put('bar', 'v2'); // Goes to the new log.
  assert.ok(t.db.hasWork);

  t.reopen(options);
  assert.equal(t.get('foo'), 'v1');
  assert.equal(t.get('bar'), 'v2');
  assert.ok(t.get('big1') === 'x'.repeat(10000000));
  assert.equal(t.get('big2'), 'y'.repeat(1000));
});

scenario('db_test: RecoverWithLargeLog', (t) => {
  t.reopen(t.options);
  const entries = {
    big1: '1'.repeat(200000),
    big2: '2'.repeat(200000),
    small3: '3333333333',
    small4: '4444444444',
  };
  for (const [key, value] of Object.entries(entries)) t.put(key, value);
  assert.equal(t.filesAtLevel(0), 0);

  // With a small write buffer tables are flushed in the middle of the log.
  t.reopen({ ...t.options, writeBufferSize: 100000 });
  assert.equal(t.filesAtLevel(0), 3);
  for (const [key, value] of Object.entries(entries)) assert.ok(t.get(key) === value, key);
  assert.ok(t.filesAtLevel(0) > 1);
});

scenario('db_test: L0_CompactionBug_Issue44_a', (t) => {
  t.reopen();
  t.put('b', 'v');
  t.reopen();
  t.delete('b');
  t.delete('a');
  t.reopen();
  t.delete('a');
  t.reopen();
  t.put('a', 'v');
  t.reopen();
  t.reopen();
  assert.equal(t.contents(), '(a->v)');
  t.settle();
  assert.equal(t.contents(), '(a->v)');
});

scenario('db_test: L0_CompactionBug_Issue44_b', (t) => {
  t.reopen();
  t.put('', '');
  t.reopen();
  t.delete('e');
  t.put('', '');
  t.reopen();
  t.put('c', 'cv');
  t.reopen();
  t.put('', '');
  t.reopen();
  t.put('', '');
  t.settle();
  t.reopen();
  t.put('d', 'dv');
  t.reopen();
  t.put('', '');
  t.reopen();
  t.delete('d');
  t.delete('b');
  t.reopen();
  assert.equal(t.contents(), '(->)(c->cv)');
  t.settle();
  assert.equal(t.contents(), '(->)(c->cv)');
});

scenario('db_test: ComparatorCheck', (t) => {
  const comparator = { ...bytewiseComparator, name: 'leveldb.NewComparator' };
  assert.throws(() => t.reopen({ ...t.options, comparator }), {
    status: 'Invalid argument',
    message: 'leveldb.BytewiseComparator does not match existing comparator : leveldb.NewComparator',
  });
});

scenario('db_test: CustomComparator', (t) => {
  t.destroyAndReopen({
    createIfMissing: true,
    comparator: numberComparator,
    writeBufferSize: 1000, // Flushes more often.
  });
  t.put('[10]', 'ten');
  t.put('[0x14]', 'twenty');
  for (let i = 0; i < 2; i++) {
    assert.equal(t.get('[10]'), 'ten');
    assert.equal(t.get('[0xa]'), 'ten');
    assert.equal(t.get('[20]'), 'twenty');
    assert.equal(t.get('[0x14]'), 'twenty');
    assert.equal(t.get('[15]'), 'NOT_FOUND');
    assert.equal(t.get('[0xf]'), 'NOT_FOUND');
    t.compact('[0]', '[9999]');
  }
  for (let run = 0; run < 2; run++) {
    for (let i = 0; i < 1000; i++) t.put(`[${i * 10}]`, `[${i * 10}]`);
    t.compact('[0]', '[1000000]');
  }
});

/** Keys are numbers in brackets, decimal or hexadecimal. */
const numberComparator: Comparator = {
  name: 'test.NumberComparator',
  compare: (a, aStart, aEnd, b, bStart, bEnd) => toNumber(a, aStart, aEnd) - toNumber(b, bStart, bEnd),
  shortestSeparator(start, limit) {
    toNumber(start);
    toNumber(limit);
    return start;
  },
  shortSuccessor(key) {
    toNumber(key);
    return key;
  },
};

/** It asks for the whole form: keys must come to a comparator as they were written. */
function toNumber(key: Uint8Array, start = 0, end = key.length): number {
  const number = /^\[(\d+|0x[\da-f]+)\]$/.exec(text(key, start, end));
  assert.ok(number, text(key, start, end));
  return Number(number[1]);
}

test('db_test: DBOpen_Options', () => {
  const env = new MemoryEnv();
  const open = (options: Options) => Database.openNow(env, '/db_options_test', options);
  assert.throws(() => open({ createIfMissing: false }), {
    status: 'Invalid argument',
    message: '/db_options_test: does not exist (create_if_missing is false)',
  });
  open({ createIfMissing: true }).close();
  assert.throws(() => open({ createIfMissing: false, errorIfExists: true }), {
    status: 'Invalid argument',
    message: '/db_options_test: exists (error_if_exists is true)',
  });
  open({ createIfMissing: true, errorIfExists: false }).close();
});

test('db_test: DestroyEmptyDir', () => {
  const env = new MemoryEnv();
  env.createDirectory('/db_empty_dir');
  assert.equal(env.stat('/db_empty_dir').isDirectory, true);
  assert.deepEqual(env.list('/db_empty_dir'), []);
  destroyDatabase(env, '/db_empty_dir');
  assert.throws(() => env.stat('/db_empty_dir'), { code: 'not-found' });
  // Not there at all: nothing to do.
  destroyDatabase(env, '/db_empty_dir');
});

test('db_test: DestroyOpenDB', () => {
  const env = new MemoryEnv();
  const db = Database.openNow(env, '/open_db_dir', { createIfMissing: true });
  assert.throws(() => destroyDatabase(env, '/open_db_dir'), { code: 'locked' });
  assert.equal(env.stat('/open_db_dir').isDirectory, true);
  assert.ok(env.list('/open_db_dir').some(({ name }) => name === 'CURRENT'));
  db.close();
  destroyDatabase(env, '/open_db_dir');
  assert.throws(() => env.stat('/open_db_dir'), { code: 'not-found' });
});

test('destroying a database leaves what is not its own', () => {
  const env = new MemoryEnv();
  Database.openNow(env, '/db', { createIfMissing: true }).close();
  env.setFile('/db/notes.txt', new Uint8Array(1));
  destroyDatabase(env, '/db');
  assert.deepEqual(env.list('/db'), [{ name: 'notes.txt', isDirectory: false }]);
});

scenario('db_test: Locking', (t) => {
  assert.throws(() => Database.openNow(t.env, t.directory, t.options), {
    code: 'locked',
    message: 'lock /db_test/LOCK: already held by process',
  });
});

scenario('db_test: MissingSSTFile', (t) => {
  t.put('foo', 'bar');
  assert.equal(t.get('foo'), 'bar');
  t.compactMemTable();
  assert.equal(t.get('foo'), 'bar');
  t.close();
  assert.ok(t.deleteTable());
  assert.throws(() => t.reopen({ ...t.options, paranoidChecks: true }), {
    status: 'Corruption',
    message: '1 missing files; e.g.: /db_test/000005.ldb',
  });
});

scenario('db_test: StillReadSST', (t) => {
  t.put('foo', 'bar');
  assert.equal(t.get('foo'), 'bar');
  t.compactMemTable();
  assert.equal(t.get('foo'), 'bar');
  t.close();
  assert.ok(t.renameTablesToSst() > 0);
  t.reopen({ ...t.options, paranoidChecks: true });
  assert.equal(t.get('foo'), 'bar');
});
