// Recovery with a background thread: the same files as with one thread alone, whatever the thread does and when; and what a
// crash or a failure at each operation on files leaves.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { EnvError, readFile } from '../../src/engine/env/env';
import { type Fault, FaultEnv } from '../../src/engine/env/fault';
import { MemoryEnv } from '../../src/engine/env/memory';
import { reverseBytewiseComparator } from '../../src/engine/keys/comparator';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { randomNumbers } from '../helpers/leveldb';
import { ManyDatabases } from '../helpers/many-databases';
import { DIRECTORY, Script, SMALL } from './crash-harness';
import { CrashImages } from './crash-images';
import { HeldThread } from './held-thread';

const peer = new ManyDatabases();
after(() => peer.close());

/** Logs that recover to a dozen of memtables: two that were left full, and one that was being written. */
function writeLogs(script: Script): void {
  script.open({ background: 'stepped', writeBufferSize: 256 << 10, maxWriteBufferNumber: 4 });
  for (let i = 0; i < 60; i++)
    script.write([[`k${i % 17}`, 10000], [`k${(i + 3) % 17}`], [`n${i % 29}`, 20]], i % 9 === 4);
  script.die();
}

/** The database of `writeLogs` after a crash of its process. */
function withLogs(): MemoryEnv {
  const env = new FaultEnv();
  writeLogs(new Script(env));
  return env.afterProcessCrash();
}

function filesOf(env: MemoryEnv): Map<string, string> {
  const names = env.list(DIRECTORY).map(({ name }) => name);
  const text = (name: string) => Buffer.from(readFile(env, env.join(DIRECTORY, name))).toString('latin1');
  return new Map(names.sort().map((name) => [name, text(name)]));
}

function copyOf(env: MemoryEnv): MemoryEnv {
  const copy = new MemoryEnv();
  copy.makeDirectory(DIRECTORY);
  for (const { name } of env.list(DIRECTORY)) {
    const path = env.join(DIRECTORY, name);
    copy.setFile(path, readFile(env, path).slice());
  }
  return copy;
}

function recoverIn(env: MemoryEnv, options: Options): Map<string, string> {
  Database.openNow(env, DIRECTORY, { ...SMALL, background: 'stepped', ...options }).close();
  return filesOf(env);
}

test('whatever the thread does and when, recovery leaves the files that one thread leaves, byte for byte', () => {
  const logs = withLogs();
  const shapes: Options[] = [
    {},
    { compression: 'none', filterPolicy: bloomFilterPolicy(10) },
    { blockSize: 1024, blockRestartInterval: 3 },
    { reuseLogs: true },
    { writeBufferSize: 100 << 10 },
  ];
  const seen = { elsewhere: 0, here: 0, takenBack: 0, dead: 0 };
  for (const [i, shape] of shapes.entries()) {
    const expected = recoverIn(copyOf(logs), shape);
    const tables = [...expected.keys()].filter((name) => name.endsWith('.ldb')).length;
    assert.ok(tables > 4, `${tables} tables`);
    for (let seed = 0; seed < 30; seed++) {
      const random = randomNumbers(100 * i + seed);
      const env = copyOf(logs);
      const thread = new HeldThread(env);
      thread.isUp = () => random(8) > 0;
      thread.isPrompt = seed % 2 === 0;
      thread.polled = (work) => {
        if (random(3) === 0) work.begin();
        if (random(3) === 0) work.isDone = true;
      };
      const diesAt = random(3) === 0 ? random(6) : -1;
      thread.dies = () => thread.flushes.length === diesAt;
      assert.deepEqual(recoverIn(env, { ...shape, thread }), expected, `shape ${i}, seed ${seed}`);
      assert.ok(thread.isEnded);
      seen.elsewhere += thread.flushes.length;
      seen.here += tables - thread.flushes.length;
      seen.takenBack += thread.flushes.filter(({ isTakenBack }) => isTakenBack).length;
      if (diesAt >= 0 && diesAt < thread.flushes.length) seen.dead++;
    }
  }
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 10, `${what}: ${count}`);
});

test('steps that are watched, and what only this thread can do, stay with it', () => {
  const logs = withLogs();
  const others: Options[] = [
    { trace: () => {} },
    { filterPolicy: { ...bloomFilterPolicy(10), bitsPerKey: undefined } },
    { compression: { type: 9, encode: (raw) => raw.slice() } },
  ];
  for (const options of others) {
    const env = copyOf(logs);
    const thread = new HeldThread(env);
    recoverIn(env, { ...options, thread });
    assert.equal(thread.flushes.length, 0);
  }
  const env = copyOf(logs);
  const thread = new HeldThread(env);
  const steps = Database.open(env, DIRECTORY, { ...SMALL, thread });
  while (!steps.next().done) {}
  assert.equal(thread.flushes.length, 0);

  const reversed = new MemoryEnv();
  reversed.makeDirectory(DIRECTORY);
  const comparator = reverseBytewiseComparator;
  const db = Database.openNow(reversed, DIRECTORY, { ...SMALL, comparator, writeBufferSize: 1 << 20 });
  for (let i = 0; i < 40; i++) db.put(new TextEncoder().encode(`k${i}`), new Uint8Array(10000));
  db.close();
  const other = new HeldThread(reversed);
  recoverIn(reversed, { comparator, thread: other });
  assert.equal(other.flushes.length, 0);
});

/** Recovers with a thread that is not always there in time, and goes on. */
function recoverAndWrite(script: Script, isPrompt: boolean): HeldThread {
  const thread = new HeldThread(script.env);
  let asked = 0;
  thread.isPrompt = isPrompt;
  // One of those that wait is taken back at the end.
  thread.polled = (work) => {
    if (asked++ % 2 === 1) work.isDone = true;
  };
  thread.isUp = () => asked % 7 !== 2;
  script.open({ thread });
  script.put('k1', 7000, true);
  script.close();
  return thread;
}

for (const isPrompt of [true, false]) {
  const when = isPrompt ? 'at once' : 'late';
  test(`a crash at every operation of a recovery whose thread works ${when}`, async () => {
    for (const writesThrough of [true, false]) {
      const env = new FaultEnv();
      env.writesThrough = writesThrough;
      const script = new Script(env);
      const images = new CrashImages(peer, `recovery, thread ${when}`);
      writeLogs(script);
      const before = env.operations;
      env.plan = (operation, path, number) => {
        images.take(env, script.demand(), `operation ${number}, ${operation} of ${path}`);
        return undefined;
      };
      const thread = recoverAndWrite(script, isPrompt);
      env.plan = undefined;
      images.take(env, script.demand(), 'after the last operation');
      assert.ok(thread.flushes.length > 4, `${thread.flushes.length} flushes`);
      assert.ok(env.operations - before > 60, `only ${env.operations - before} operations`);
      await peer.finish();
    }
  });

  test(`a failure at every operation of a recovery whose thread works ${when}`, async () => {
    const sound = new FaultEnv();
    const example = new Script(sound);
    writeLogs(example);
    const before = sound.operations;
    recoverAndWrite(example, isPrompt);
    const images = new CrashImages(peer, `recovery fails, thread ${when}`);
    for (let n = before; n < sound.operations; n++) {
      const env = new FaultEnv();
      const script = new Script(env, { keepsErrors: true });
      writeLogs(script);
      let failed = '';
      const fault: Fault = n % 3 === 0 ? 'short write' : 'fail';
      env.plan = (operation, path, number) => {
        if (number !== n) return undefined;
        // What only tidies up may fail: the file of a table that was taken back is closed empty, and removed.
        const tidies =
          script.isClosing || operation === 'remove' || (operation === 'close' && env.stat(path).size === 0);
        failed = tidies ? '' : `${operation} of ${path}`;
        return fault;
      };
      const thread = recoverAndWrite(script, isPrompt);
      env.plan = undefined;
      const what = `operation ${n}, ${failed || 'tidying up'}`;
      for (const error of script.errors)
        assert.ok(error instanceof EnvError || /no database/.test(String(error)), `${what}: ${error}`);
      assert.ok(!thread.flushes.some(({ isLeft }) => isLeft), `${what}: the thread is left at work`);
      if (failed) assert.ok(script.errors.length + script.failures > 0, `${what}: nobody was told`);
      images.take(env, script.demand(), what);
    }
    await peer.finish();
  });
}
