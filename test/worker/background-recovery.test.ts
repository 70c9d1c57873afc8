// Recovery with another thread over the real file system: the same files and entries as with one, also when it is killed,
// or when the thread dies on the way.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { EnvError } from '../../src/engine/env/env';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { bloomFilterPolicy } from '../../src/engine/table/filter';
import { BackgroundWorker } from '../../src/worker/background-worker';
import { forkTestChild, killChild, Peer, type PeerDigest, randomNumbers } from '../helpers/leveldb';
import { batchOf, contentsAfter, SMALL } from './background-workload';
import { ReadyThread } from './ready-thread';

const script = resolve('dist/helper.js');
const folder = mkdtempSync(join(tmpdir(), 'lsm-background-recovery-'));
const env = new NodeWritableEnv({ withoutLock: true });
const BATCHES = 900;
let directories = 0;

after(() => rmSync(folder, { recursive: true }));

function newDirectory(): string {
  return join(folder, `${++directories}`);
}

/** A database with everything in two logs. */
const made = newDirectory();
{
  const options = {
    ...SMALL,
    writeBufferSize: 4 << 20,
    createIfMissing: true,
    background: 'stepped',
  } as const;
  const db = Database.openNow(env, made, options);
  for (let batch = 1; batch <= BATCHES; batch++) db.write(batchOf(batch));
  db.close();
  assert.equal(logsIn(made).length, 2);
}

function logsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) => name.endsWith('.log'));
}

function copyOfMade(): string {
  const copy = newDirectory();
  cpSync(made, copy, { recursive: true });
  return copy;
}

function filesOf(directory: string): Map<string, string> {
  const names = readdirSync(directory).filter((name) => name !== 'LOCK');
  return new Map(names.sort().map((name) => [name, readFileSync(join(directory, name)).toString('latin1')]));
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

function recoverIn(directory: string, options: Options): Map<string, string> {
  Database.openNow(env, directory, { ...SMALL, background: 'stepped', ...options }).close();
  return filesOf(directory);
}

test('another thread makes the same files, byte for byte, which C++ LevelDB reads', async () => {
  const shapes: Options[] = [
    {},
    { compression: 'none', filterPolicy: bloomFilterPolicy(10) },
    { blockSize: 1024, blockRestartInterval: 3, filterPolicy: bloomFilterPolicy(7) },
    { writeBufferSize: 300 << 10 },
  ];
  for (const shape of shapes) {
    const alone = copyOfMade();
    const expected = recoverIn(alone, shape);
    const together = copyOfMade();
    const thread = new ReadyThread(script, env);
    assert.deepEqual(recoverIn(together, { ...shape, thread }), expected);
    const tables = [...expected.keys()].filter((name) => name.endsWith('.ldb')).length;
    assert.ok(tables > 15 && thread.finished > 3, `${thread.finished} of ${tables} tables`);
    assert.ok(thread.finished < tables, 'this thread built some, too');
    const digest = await digestOf(together);
    assert.deepEqual(digest, await digestOf(alone));
    assert.equal(digest.entries, contentsAfter(BATCHES).size);
  }
});

/** A helper that does so many jobs, and then this. */
function scriptThat(fails: string, after: number): string {
  const path = join(folder, `fails-${++directories}.js`);
  writeFileSync(
    path,
    `const { background } = require('node:worker_threads').workerData.job;
    const on = background.on.bind(background);
    let jobs = 0;
    background.on = (event, serve) => on(event, (job) => {
      if (jobs++ >= ${after}) { ${fails} }
      serve(job);
    });
    require(${JSON.stringify(script)});`,
  );
  return path;
}

test('a thread that dies on the way, or says nothing more, costs nothing but time', () => {
  const expected = recoverIn(copyOfMade(), {});
  for (const after of [0, 1, 4]) {
    for (const fails of ['process.exit(1);', 'throw new Error("no");', 'for (;;) {}', 'return;']) {
      const directory = copyOfMade();
      const thread = new ReadyThread(scriptThat(fails, after), env, 200);
      assert.deepEqual(recoverIn(directory, { thread }), expected, fails);
      assert.ok(thread.finished <= after);
      assert.ok(thread.flushes > after, `${thread.flushes}`);
    }
  }
  for (const broken of ['throw new Error("no")', '', 'setInterval(() => {}, 1000)']) {
    const path = join(folder, 'broken.js');
    writeFileSync(path, broken);
    const thread = new BackgroundWorker(path, env, 200);
    thread.isWorthIt = () => true;
    assert.deepEqual(recoverIn(copyOfMade(), { thread }), expected);
  }
});

test('a table that the thread cannot write is the failure that it is', () => {
  const directory = copyOfMade();
  const thread = new ReadyThread(scriptThat('job.job.flush.directory += "/none";', 1), env);
  assert.throws(
    () => recoverIn(directory, { thread }),
    (error) => error instanceof EnvError && error.code === 'not-found' && /none/.test(error.path),
  );
  assert.equal(thread.finished, 1);
  // What was written before is removed, and all is still there.
  assert.deepEqual(tablesNamed(recoverIn(directory, {})), tablesNamed(recoverIn(copyOfMade(), {})));
});

function tablesNamed(files: Map<string, string>): string[] {
  return [...files].filter(([name]) => name.endsWith('.ldb')).map(([, bytes]) => bytes);
}

test('small logs are recovered without a thread', () => {
  const thread = new BackgroundWorker(script, env);
  let prepared = 0;
  thread.prepare = () => {
    prepared++;
    return false;
  };
  recoverIn(copyOfMade(), { thread });
  assert.equal(prepared, 0);
});

test('killed at any moment of it, the database opens with everything', async () => {
  const expected = await digestOf(copyOfMade());
  const random = randomNumbers(3);
  let interrupted = 0;
  for (let round = 0; round < 12; round++) {
    const directory = copyOfMade();
    const child = forkTestChild('worker/background-recovery.child.mjs', [directory, script]);
    await once(child, 'message');
    await Promise.race([once(child, 'message'), setTimeout(random(60))]);
    await killChild(child);
    const left = readdirSync(directory);
    if (logsIn(directory).length === 2 && left.some((name) => name.endsWith('.ldb'))) interrupted++;
    const copy = newDirectory();
    cpSync(directory, copy, { recursive: true });
    recoverIn(copy, {});
    assert.deepEqual(await digestOf(directory), expected, `round ${round}`);
    assert.deepEqual(await digestOf(copy), expected, `round ${round}, recovered here first`);
  }
  assert.ok(interrupted > 2, `${interrupted} rounds on the way`);
});
