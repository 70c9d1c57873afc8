// The cases of db/corruption_test.cc.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Options } from '../../src/engine/db/options';
import {
  type FileKind,
  logFileName,
  manifestFileName,
  tableFileName,
} from '../../src/engine/manifest/file-names';
import { isNumberedValue, numberedKey, numberedValue, TestDatabase, VALUE_BYTES } from './test-database';

/** LevelDB verifies checksums, in compactions too, only if it is asked to be paranoid; the cache holds nothing. */
function corruptionTest(options: Options = {}): TestDatabase {
  const defaults = { blockCacheBytes: 100, verifyChecksums: options.paranoidChecks ?? false };
  const database = new TestDatabase({ ...defaults, ...options, createIfMissing: true });
  database.reopen();
  database.options = { ...defaults, ...options };
  return database;
}

function build(database: TestDatabase, count: number): void {
  for (let i = 0; i < count; i++) database.put(numberedKey(i), numberedValue(i), i === count - 1);
}

/** How many entries are as they were written. */
function check(database: TestDatabase, least: number, most: number): void {
  let correct = 0;
  let next = 0;
  for (const [key, value] of database.entries()) {
    const number = Number(key);
    if (!/^\d+$/.test(key) || number < next) continue;
    next = number + 1;
    if (isNumberedValue(value, number)) correct++;
  }
  assert.ok(correct >= least && correct <= most, `${correct} are sound, not ${least} to ${most}`);
}

/** Damages the newest file of a kind; a negative offset counts from its end. */
function corrupt(database: TestDatabase, kind: FileKind, offset: number, bytes: number): void {
  const number = database.numbers(kind).at(-1);
  assert.ok(number !== undefined, `there is no ${kind}`);
  const name =
    kind === 'log'
      ? logFileName(number)
      : kind === 'table'
        ? tableFileName(number)
        : manifestFileName(number);
  database.env.damage(database.path(name), (contents) => {
    const start = offset < 0 ? Math.max(0, contents.length + offset) : Math.min(offset, contents.length);
    const end = Math.min(contents.length, start + bytes);
    for (let i = start; i < end; i++) contents[i] ^= 0x80;
  });
}

test('corruption_test: Recovery', () => {
  const database = corruptionTest();
  build(database, 100);
  check(database, 100, 100);
  corrupt(database, 'log', 19, 1); // the tag of the first batch
  corrupt(database, 'log', 32768 + 1000, 1); // somewhere in the second block
  database.reopen();
  // The 64 records of the first two blocks are lost.
  check(database, 36, 36);
});

test('corruption_test: RecoverWriteError', () => {
  const database = corruptionTest();
  database.env.plan = (operation) => (operation === 'create' ? 'fail' : undefined);
  assert.throws(() => database.reopen());
});

test('corruption_test: NewFileErrorDuringWrite', () => {
  const database = corruptionTest();
  let failures = 0;
  database.env.plan = (operation) => {
    if (operation !== 'create') return undefined;
    failures++;
    return 'fail';
  };
  const count = 3 + Math.floor((4 << 20) / VALUE_BYTES);
  const value = numberedValue(100);
  assert.throws(() => {
    for (let i = 0; i < count; i++) database.put('a', value);
  });
  assert.ok(failures >= 1);
  database.env.plan = undefined;
  database.reopen();
});

test('corruption_test: TableFile', () => {
  const database = corruptionTest();
  build(database, 100);
  database.compactMemTable();
  database.compactLevel(0);
  database.compactLevel(1);
  corrupt(database, 'table', 100, 1);
  check(database, 90, 99);
});

test('corruption_test: TableFileRepair', () => {
  const database = corruptionTest({ blockSize: 2 * VALUE_BYTES, paranoidChecks: true });
  build(database, 100);
  database.compactMemTable();
  database.compactLevel(0);
  database.compactLevel(1);
  corrupt(database, 'table', 100, 1);
  database.reopen();
  check(database, 95, 99);
});

test('corruption_test: TableFileIndexData', () => {
  const database = corruptionTest();
  build(database, 10000);
  database.compactMemTable();
  corrupt(database, 'table', -2000, 500);
  database.reopen();
  check(database, 5000, 9999);
});

test('corruption_test: MissingDescriptor', () => {
  const database = corruptionTest();
  build(database, 1000);
  database.reopen();
  check(database, 1000, 1000);
});

test('corruption_test: SequenceNumberRecovery', () => {
  const database = corruptionTest();
  for (const value of ['v1', 'v2', 'v3', 'v4', 'v5']) database.put('foo', value);
  database.reopen();
  assert.equal(database.get('foo'), 'v5');
  // An earlier write would hide it if the sequence had not been recovered.
  database.put('foo', 'v6');
  assert.equal(database.get('foo'), 'v6');
  database.reopen();
  assert.equal(database.get('foo'), 'v6');
});

test('corruption_test: CorruptedDescriptor', () => {
  const database = corruptionTest();
  database.put('foo', 'hello');
  database.compactMemTable();
  database.compactLevel(0);
  corrupt(database, 'manifest', 0, 1000);
  assert.throws(() => database.reopen(), { status: 'Corruption' });
});

test('corruption_test: CompactionInputError', () => {
  const database = corruptionTest();
  build(database, 10);
  database.compactMemTable();
  assert.equal(database.db.property('leveldb.num-files-at-level2'), '1');
  corrupt(database, 'table', 100, 1);
  check(database, 5, 9);
  // So many values that there are compactions.
  build(database, 10000);
  check(database, 10000, 10000);
});

test('corruption_test: CompactionInputErrorParanoid', () => {
  const database = corruptionTest({ paranoidChecks: true, writeBufferSize: 512 << 10 });
  for (let i = 0; i < 2; i++) {
    build(database, 10);
    database.compactMemTable();
    corrupt(database, 'table', 100, 1);
  }
  database.compactRange();
  assert.throws(() => database.put(numberedKey(5), numberedValue(5)));
});

test('corruption_test: UnrelatedKeys', () => {
  const database = corruptionTest();
  build(database, 10);
  database.compactMemTable();
  corrupt(database, 'table', 100, 1);
  const value = new TextDecoder().decode(numberedValue(1000));
  database.put(numberedKey(1000), numberedValue(1000));
  assert.equal(database.get(numberedKey(1000)), value);
  database.compactMemTable();
  assert.equal(database.get(numberedKey(1000)), value);
});
