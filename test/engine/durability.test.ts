// What a power cut or a failing file must not take, where LevelDB lets it: found by the model test, kept apart.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { readFile, type WritableEnv } from '../../src/engine/env/env';
import { FaultEnv } from '../../src/engine/env/fault';
import { runSteps } from '../../src/engine/trace/events';

const OPTIONS: Options = { createIfMissing: true, reuseLogs: true, infoLog: false, background: 'stepped' };

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

function newEnv(): FaultEnv {
  const env = new FaultEnv();
  env.createDirectory('db');
  return env;
}

function open(env: WritableEnv, options: Options = {}): Database {
  return Database.openNow(env, 'db', { ...OPTIONS, ...options });
}

function keysIn(env: WritableEnv): string {
  const database = open(env);
  const { cursor } = database.iterator();
  const keys: string[] = [];
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    keys.push(new TextDecoder().decode(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)));
  }
  database.close();
  return keys.join(' ');
}

/** Tears the last three bytes off the one file whose name fits, as a power cut can. */
function tear(env: FaultEnv, name: RegExp): FaultEnv {
  const torn = newEnv();
  for (const file of env.list('db')) {
    const contents = readFile(env, `db/${file.name}`);
    torn.addFile(`db/${file.name}`, name.test(file.name) ? contents.slice(0, -3) : contents);
  }
  return torn;
}

test('a synced write makes those before it durable, in whatever log they are', () => {
  const env = newEnv();
  const database = open(env);
  database.put(text('a'), text('1'));
  // Only begun: the memtable waits, and the next write goes to another log.
  database.flush().next();
  database.put(text('b'), text('2'), { sync: true });
  assert.equal(keysIn(env.afterPowerCut()), 'a b');
});

test('what is left of unsynced writes has no holes, though they are in two logs', () => {
  const env = newEnv();
  const database = open(env);
  database.put(text('a'), text('1'));
  database.flush().next();
  database.put(text('b'), text('2'));
  let files = 0;
  // Of the later files all is there, of the earlier ones nothing that was not synced.
  const image = env.afterPowerCut({
    names: (limit) => limit - 1,
    bytes: (limit) => (files++ < 4 ? 0 : limit - 1),
  });
  assert.match(keysIn(image), /^(a( b)?)?$/);
});

test('the name of a log that is continued becomes durable with the first synced write', () => {
  const env = newEnv();
  const before = open(env);
  // An empty memtable is switched: its log is empty, and the directory is not synced for the next.
  before.flush().next();
  before.put(text('a'), text('1'));
  env.restartProcess();
  open(env).put(text('b'), text('2'), { sync: true });
  assert.equal(keysIn(env.afterPowerCut()), 'a b');
});

test('what a MANIFEST that is continued says lasts from the opening on', () => {
  const env = newEnv();
  const first = open(env);
  for (const value of ['1', '2']) {
    first.put(text('a'), text(value));
    runSteps(first.flush());
  }
  // The process ends after the edit of a compaction was written, before it was synced.
  env.plan = (operation, path) => (operation === 'sync' && path.includes('MANIFEST') ? 'fail' : undefined);
  runSteps(first.compactLevel(1));
  assert.match(String(first.failure), /injected: sync/);
  env.plan = undefined;
  first.close();
  // The tables that were compacted go here, since the edit says so.
  env.restartProcess();
  const tables = open(env).version.levels.flat().length;
  const cut = env.afterPowerCut({ names: (limit) => limit - 1, bytes: () => 0 });
  assert.equal(keysIn(cut), 'a');
  assert.equal(tables, 1);
});

test('a log with a torn end is not continued', () => {
  const env = newEnv();
  const first = open(env);
  first.put(text('a'), text('1'));
  first.put(text('b'), text('2'));
  first.close();
  const torn = tear(env, /\.log$/);
  const second = open(torn);
  second.put(text('c'), text('3'), { sync: true });
  second.close();
  assert.equal(keysIn(torn), 'a c');
});

test('a MANIFEST with a torn end is not continued', () => {
  const env = newEnv();
  const first = open(env);
  first.put(text('a'), text('1'));
  runSteps(first.flush());
  const names = env.list('db').map(({ name }) => name);
  assert.ok(names.some((name) => name.endsWith('.ldb')));
  // The edit that names the table is what is torn; the table goes with it.
  first.close();
  const torn = tear(env, /^MANIFEST/);
  for (const key of ['b', 'c']) {
    const again = open(torn);
    again.put(text(key), text('2'));
    runSteps(again.flush());
    again.close();
  }
  assert.equal(keysIn(torn), 'b c');
});

test('a log that cannot be closed ends all writing, and the next log keeps its number', () => {
  const env = newEnv();
  const database = open(env);
  database.put(text('a'), text('1'));
  env.plan = (operation, path) => (operation === 'close' && path.endsWith('.log') ? 'fail' : undefined);
  assert.throws(() => runSteps(database.flush()), /injected: close/);
  env.plan = undefined;
  assert.throws(() => database.put(text('b'), text('2')), /injected: close/);
  database.close();
  assert.equal(keysIn(env), 'a');
});

test("compactions that nobody steps any more stand in nobody's way", () => {
  const env = newEnv();
  const database = open(env);
  for (const key of ['a', 'b', 'c']) {
    database.put(text(key), text('1'));
    runSteps(database.flush());
  }
  const first = database.compactLevel(0);
  first.next();
  // A second one waits for the first, which goes on without being stepped.
  runSteps(database.compactLevel(1));
  first.return();
  const last = database.compactRange();
  last.next();
  database.close();
  assert.throws(() => runSteps(last), /closed/);
});
