// The worker behind its client, as the extension uses them: the real bundle in a real thread.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv } from '../../src/engine/env/node';
import type { KeysRequest } from '../../src/worker/api';
import { DatabaseClient, type WorkerError } from '../../src/worker/client';
import { keyRowsOf } from '../../webview/protocol/key-rows';
import type { KeyRow } from '../../webview/protocol/keys';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer, workloadKey } from '../helpers/leveldb';

const script = resolve('dist/workers');
const folder = mkdtempSync(join(tmpdir(), 'lsm-worker-'));
const clients: DatabaseClient[] = [];

async function keysOf(client: DatabaseClient, request: KeysRequest) {
  const page = await client.call('keys', request);
  return { ...page, rows: keyRowsOf(page.rows) };
}

function newClient(onCrash?: (error: WorkerError) => void): DatabaseClient {
  const client = new DatabaseClient(script, onCrash);
  clients.push(client);
  return client;
}

/** A database by C++ LevelDB, with what it says is in it. */
const made = join(folder, 'made');
let expected: [string, number][];

before(async () => {
  const peer = await Peer.open(made, { writeBufferSize: 64 << 10 });
  await peer.fill({
    seed: 5,
    operations: 20_000,
    keys: 4000,
    order: 'random',
    valueBytes: 60,
    deletePercent: 20,
  });
  expected = (await peer.entries({})).map(([key, value]) => [textOf(key), value.length]);
  await peer.close();
});

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(folder, { recursive: true });
});

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function shown(rows: readonly KeyRow[]): [string, number][] {
  return rows.map(({ key, valueBytes }) => [textOf(key), valueBytes]);
}

test('keys: walked forward and backward in pages, they are what C++ LevelDB has', async () => {
  const client = newClient();
  await client.call('open', made);
  for (const direction of ['forward', 'backward'] as const) {
    const walked: [string, number][] = [];
    let anchor: KeysRequest['anchor'] = { at: direction === 'forward' ? 'first' : 'last' };
    for (;;) {
      const page = await keysOf(client, { anchor, direction, count: 301, versions: 'live' });
      const rows = shown(page.rows);
      if (direction === 'forward') walked.push(...rows);
      else walked.unshift(...rows);
      if (direction === 'forward' ? page.atEnd : page.atStart) break;
      const { key } = direction === 'forward' ? page.rows[page.rows.length - 1] : page.rows[0];
      anchor = { at: 'key', key, after: true };
    }
    assert.deepEqual(walked, expected);
  }
});

test('keys: by prefix, by range, from a key that is not there, by fraction', async () => {
  const client = newClient();
  await client.call('open', made);
  const forward = { direction: 'forward', count: 50, versions: 'live' } as const;
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'latin1'));

  const prefix = 'key0000123';
  const byPrefix = await keysOf(client, { ...forward, anchor: { at: 'first' }, prefix: bytes(prefix) });
  assert.deepEqual(
    shown(byPrefix.rows),
    expected.filter(([key]) => key.startsWith(prefix)),
  );
  assert.ok(byPrefix.atStart && byPrefix.atEnd);

  const [from, to] = [workloadKey(100), workloadKey(120)];
  const byRange = await keysOf(client, { ...forward, anchor: { at: 'last' }, from, to });
  assert.deepEqual(
    shown(byRange.rows),
    expected.filter(([key]) => key >= textOf(from) && key < textOf(to)),
  );

  const between = bytes('key00002000x');
  const next = await keysOf(client, { ...forward, anchor: { at: 'key', key: between }, count: 1 });
  assert.deepEqual(shown(next.rows), [expected.find(([key]) => key > textOf(between))]);
  assert.equal(next.atStart, false);

  let last = -1;
  for (const fraction of [0, 0.25, 0.5, 0.75, 1]) {
    const page = await keysOf(client, { ...forward, anchor: { at: 'fraction', fraction }, count: 1 });
    const index = expected.findIndex(([key]) => key === textOf(page.rows[0].key));
    assert.ok(index > last, `${fraction} leads to row ${index}`);
    assert.ok(Math.abs(index / expected.length - fraction) < 0.25, `${fraction} leads to row ${index}`);
    assert.ok(Math.abs(page.position - fraction) < 0.25, `${fraction} is told to be ${page.position}`);
    last = index;
  }
});

test('keys: all versions are those of the files, and only the newest of a key is not hidden', async () => {
  const client = newClient();
  await client.call('open', made);
  const db = Inspection.open(new NodeReadableEnv(), made);
  let count = 0;
  for (const scan = db.scanInternal(); scan.valid; scan.next()) count++;
  db.close();
  const rows: KeyRow[] = [];
  let anchor: KeysRequest['anchor'] = { at: 'first' };
  for (let atEnd = false; !atEnd; ) {
    const page = await keysOf(client, {
      anchor,
      direction: 'forward',
      count: 100,
      versions: 'all',
    });
    rows.push(...page.rows);
    atEnd = page.atEnd;
    if (!atEnd) anchor = { at: 'key', key: page.rows[page.rows.length - 1].key, after: true };
  }
  assert.equal(rows.length, count);
  const visible = rows.filter(({ hidden, type }) => !hidden && type === 'value');
  assert.deepEqual(shown(visible), expected);
  assert.ok(
    rows.some(({ type }) => type === 'deletion') && rows.every(({ file }) => /\.(ldb|log)$/.test(file ?? '')),
  );
});

test('values: found, cut, and gone', async () => {
  const client = newClient();
  await client.call('open', made);
  const [key, length] = expected[7];
  const bytes = new Uint8Array(Buffer.from(key, 'latin1'));
  const whole = await client.call('value', bytes, undefined, 1 << 20);
  assert.deepEqual([whole.found, whole.value.length, whole.valueBytes], [true, length, length]);
  const cut = await client.call('value', bytes, undefined, 3);
  assert.deepEqual([cut.value.length, cut.valueBytes], [Math.min(3, length), length]);
  const none = await client.call('value', new Uint8Array([1]), undefined, 10);
  assert.deepEqual([none.found, none.sequence], [false, undefined]);
});

test('a call goes before a job that runs, and a job is cancelled while it is busy', async () => {
  const client = newClient();
  await client.call('open', join(sharedFixtures, 's-rand'));
  const finished: string[] = [];
  const job = client.run('verify', [{ checksumsOnly: false }]).then(() => finished.push('verify'));
  await client.call('tables', 0, { start: 0, end: 10 }).then(() => finished.push('tables'));
  await job;
  assert.deepEqual(finished, ['tables', 'verify']);
  const cancelled = client.run('verify', [{ checksumsOnly: false }], { onCancel: (cancel) => cancel() });
  await assert.rejects(cancelled, { code: 'cancelled' });
});

test('failures say what, where and why', async () => {
  const client = newClient();
  await assert.rejects(client.call('open', join(folder, 'nowhere')), {
    code: 'not-found',
    name: 'WorkerError',
  });
  await assert.rejects(client.call('open', folder), { code: 'not-a-database' });
  await assert.rejects(client.call('tables', 0, { start: 0, end: 1 }), /no database is open/);
});

test('a worker that dies fails what was asked, tells it once, and is followed by another', async () => {
  const crashes: WorkerError[] = [];
  const dying = join(folder, 'dying');
  mkdirSync(dying);
  writeFileSync(
    join(dying, 'database.js'),
    `require('node:worker_threads').parentPort.on('message', ({ method }) => {
       if (method === 'hasChanged') throw new Error('hostile file');
     });`,
  );
  const client = new DatabaseClient(dying, (error) => crashes.push(error));
  clients.push(client);
  const open = client.call('open', made);
  await assert.rejects(client.call('hasChanged'), { code: 'crashed', message: 'hostile file' });
  await assert.rejects(open, { code: 'crashed' });
  assert.equal(crashes.length, 1);
  assert.equal(client.isRunning, false);
  await assert.rejects(client.call('hasChanged'), { code: 'crashed' });
  assert.equal(crashes.length, 2);
});

test('the levels come before the folder is listed, which is told when it is asked for', async () => {
  const moving = join(folder, 'listed');
  cpSync(join(sharedFixtures, 's-compact'), moving, { recursive: true });
  writeFileSync(join(moving, '000900.ldb'), 'an orphan');
  const client = newClient();
  const first = await client.call('open', moving);
  assert.equal(first.folder, undefined);
  const db = Inspection.open(new NodeReadableEnv(), moving);
  assert.deepEqual(
    first.levels.map(({ files }) => files),
    db.version.levels.map(({ length }) => length),
  );
  const level = first.levels.findIndex(({ files }) => files > 0);
  const { rows } = await client.call('tables', level, { start: 0, end: 5 });
  assert.deepEqual(
    rows.map(({ name }) => name),
    db.version.levels[level].slice(0, 5).map(({ number }) => db.tables.nameOf(number)),
  );
  assert.equal(await client.call('hasChanged'), false);
  const listed = await client.call('list');
  assert.deepEqual({ ...listed, folder: undefined }, first);
  const { logs, manifests, others, problems } = listed.folder!;
  assert.deepEqual(
    logs.map(({ name }) => name),
    db.listing.logs.map(({ name }) => name),
  );
  assert.deepEqual(
    manifests.map(({ name }) => name),
    db.listing.manifests.map(({ name }) => name),
  );
  assert.deepEqual(
    others.filter(({ kind }) => kind === 'orphan').map(({ name }) => name),
    ['000900.ldb'],
  );
  assert.deepEqual(problems, db.problems);
  db.close();
  // From the listing on what comes and goes is a change.
  assert.equal(await client.call('hasChanged'), false);
  rmSync(join(moving, '000900.ldb'));
  assert.equal(await client.call('hasChanged'), true);
  assert.ok((await client.call('refresh')).folder);
  assert.equal(await client.call('hasChanged'), false);
});

test('a database that moves on is told so, and is refreshed', async () => {
  const moving = join(folder, 'moving');
  cpSync(made, moving, { recursive: true });
  const client = newClient();
  const first = await client.call('open', moving);
  assert.equal(await client.call('hasChanged'), false);
  const peer = await Peer.open(moving, {});
  await peer.fill({ seed: 6, operations: 500, keys: 9000, order: 'random', valueBytes: 10 });
  await peer.compactRange(workloadKey(0), workloadKey(9999));
  await peer.close();
  assert.equal(await client.call('hasChanged'), true);
  const second = await client.call('refresh');
  assert.notEqual(second.manifest, first.manifest);
  assert.ok(second.generation > first.generation);
  assert.equal(await client.call('hasChanged'), false);
});
