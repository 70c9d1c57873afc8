// The cases of db/recovery_test.cc, and what the engine does more in recovery.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { EnvError } from '../../src/engine/env/env';
import { LogWriter } from '../../src/engine/log/writer';
import { logFileName } from '../../src/engine/manifest/file-names';
import { TestDatabase } from './test-database';

function recoveryTest(): TestDatabase {
  const database = new TestDatabase({ reuseLogs: true, createIfMissing: true });
  open(database);
  return database;
}

function open(database: TestDatabase): void {
  database.reopen();
  assert.equal(database.numbers('log').length, 1);
}

/** Makes a log that sets one key. */
function makeLogFile(
  database: TestDatabase,
  number: number,
  sequence: number,
  key: string,
  value: string,
): void {
  const file = database.env.create(database.path(logFileName(number)));
  const batch = new WriteBatch();
  batch.put(new TextEncoder().encode(key), new TextEncoder().encode(value));
  batch.sequence = sequence;
  new LogWriter((bytes) => file.append(bytes)).addRecord(batch.contents());
  file.close();
}

test('recovery_test: ManifestReused', () => {
  const database = recoveryTest();
  database.put('foo', 'bar');
  database.close();
  const old = database.manifest;
  for (let i = 0; i < 2; i++) {
    open(database);
    assert.equal(database.manifest, old);
    assert.equal(database.get('foo'), 'bar');
  }
});

test('recovery_test: LargeManifestCompacted', () => {
  const database = recoveryTest();
  database.put('foo', 'bar');
  database.close();
  const old = database.manifest;
  const file = database.env.append(database.path(old));
  file.append(new Uint8Array(3 * 1048576 - database.size(old)));
  file.close();
  open(database);
  const fresh = database.manifest;
  assert.notEqual(fresh, old);
  assert.ok(database.size(fresh) < 10000);
  assert.equal(database.get('foo'), 'bar');
  open(database);
  assert.equal(database.manifest, fresh);
  assert.equal(database.get('foo'), 'bar');
});

test('recovery_test: NoLogFiles', () => {
  const database = recoveryTest();
  database.put('foo', 'bar');
  database.close();
  const logs = database.numbers('log');
  assert.equal(logs.length, 1);
  for (const number of logs) database.env.remove(database.path(logFileName(number)));
  open(database);
  assert.equal(database.get('foo'), 'NOT_FOUND');
  open(database);
  assert.equal(database.get('foo'), 'NOT_FOUND');
});

test('recovery_test: LogFileReuse', () => {
  const database = recoveryTest();
  for (let i = 0; i < 2; i++) {
    database.put('foo', 'bar');
    // So that the log is empty.
    if (i === 0) database.compactMemTable();
    database.close();
    const logs = database.numbers('log');
    assert.equal(logs.length, 1);
    const size = database.size(logFileName(logs[0]));
    if (i === 0) assert.equal(size, 0);
    else assert.ok(size > 0);
    for (let again = 0; again < 2; again++) {
      open(database);
      assert.deepEqual(database.numbers('log'), logs, 'the log is the same');
      assert.equal(database.get('foo'), 'bar');
    }
  }
});

test('recovery_test: MultipleMemTables', () => {
  const database = recoveryTest();
  const count = 1000;
  const keys = Array.from({ length: count }, (_, i) => String(i).padStart(50, '0'));
  for (const key of keys) database.put(key, key);
  assert.equal(database.numbers('table').length, 0);
  database.close();
  assert.equal(database.numbers('table').length, 0);
  const [oldLog, ...others] = database.numbers('log');
  assert.deepEqual(others, []);
  database.options = { reuseLogs: true, writeBufferSize: (count * 100) / 2 };
  open(database);
  assert.ok(database.numbers('table').length >= 2);
  assert.notEqual(database.numbers('log')[0], oldLog);
  for (const key of keys) assert.equal(database.get(key), key);
});

test('recovery_test: MultipleLogFiles', () => {
  const database = recoveryTest();
  database.put('foo', 'bar');
  database.close();
  const [oldLog, ...others] = database.numbers('log');
  assert.deepEqual(others, []);
  makeLogFile(database, oldLog + 1, 1000, 'hello', 'world');
  makeLogFile(database, oldLog + 2, 1001, 'hi', 'there');
  makeLogFile(database, oldLog + 3, 1002, 'foo', 'bar2');
  const check = () => {
    assert.ok(database.numbers('table').length >= 1);
    assert.equal(database.get('foo'), 'bar2');
    assert.equal(database.get('hello'), 'world');
    assert.equal(database.get('hi'), 'there');
  };

  open(database);
  const [newLog] = database.numbers('log');
  assert.ok(newLog >= oldLog + 3);
  check();

  // What recovery made can be recovered.
  open(database);
  assert.equal(database.numbers('log')[0], newLog);
  check();

  // An older log is not read again.
  database.close();
  makeLogFile(database, oldLog + 1, 2000, 'hello', 'stale write');
  open(database);
  assert.equal(database.numbers('log')[0], newLog);
  check();
});

test('recovery_test: ManifestMissing', () => {
  const database = recoveryTest();
  database.put('foo', 'bar');
  database.close();
  database.env.remove(database.path(database.manifest));
  assert.throws(() => database.reopen(), { status: 'Corruption' });
});

test('a log that cannot be read is kept, and so is what was synced', () => {
  for (const operation of ['open', 'read'] as const) {
    const database = new TestDatabase({ createIfMissing: true });
    database.reopen();
    database.put('foo', 'bar', true);
    database.close();
    database.env.countsReads = true;
    database.env.plan = (op, path) => (op === operation && path.endsWith('.log') ? 'fail' : undefined);
    assert.throws(() => database.reopen(), /injected/);
    database.env.plan = undefined;
    database.reopen();
    assert.equal(database.get('foo'), 'bar', operation);
  }
});

test('a log that ends in the midst of a record is not written on', () => {
  const database = recoveryTest();
  database.put('a', 'kept');
  database.put('b', 'cut off');
  const [number] = database.numbers('log');
  const size = database.size(logFileName(number));
  database.abandon();
  let isCut = false;
  // Of the one file that was not synced all but its last three bytes.
  database.env.powerCut({
    names: (limit) => limit - 1,
    bytes: (limit) => {
      isCut ||= limit === size + 1;
      return limit > 3 ? limit - 4 : 0;
    },
  });
  assert.ok(isCut);
  open(database);
  assert.notEqual(database.numbers('log')[0], number);
  database.put('c', 'behind it', true);
  database.options = { reuseLogs: true, paranoidChecks: true };
  open(database);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => database.get(key)),
    ['kept', 'NOT_FOUND', 'behind it'],
  );
});

test('a failure to look for CURRENT is no reason to begin a new database', () => {
  const database = recoveryTest();
  database.put('foo', 'bar', true);
  database.close();
  const { env } = database;
  const stat = env.stat.bind(env);
  env.stat = (path) => {
    if (path.endsWith('CURRENT')) throw new EnvError('io', path, 'Input/output error');
    return stat(path);
  };
  assert.throws(() => database.reopen(), /Input\/output error/);
  env.stat = stat;
  open(database);
  assert.equal(database.get('foo'), 'bar');
});
