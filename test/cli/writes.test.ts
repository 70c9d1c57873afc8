// put, delete and load on real files: what C++ LevelDB then reads, and what they refuse.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database } from '../../src/engine/db/database';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer } from '../helpers/leveldb';
import { bytesOf, copyOf, digest, peerDigest, root } from './change-harness';
import { cliPath, lsm, lsmWithInput } from './run';

test('put and delete are what C++ LevelDB then reads', async () => {
  const directory = copyOf('s-over');
  assert.equal(lsm('put', directory, 'a\\x00key', '\\xffvalue').status, 0);
  assert.equal(lsm('put', directory, '6b', '76', '--hex').status, 0);
  assert.equal(lsm('delete', directory, 'user0000000001').status, 0);
  const peer = await Peer.open(directory);
  try {
    const keys = ['a\x00key', 'k', 'user0000000001'].map((text) => Buffer.from(text, 'latin1'));
    const values = await peer.getMany(keys);
    assert.deepEqual(
      values.map((value) => value && Buffer.from(value).toString('latin1')),
      ['\xffvalue', 'v', undefined],
    );
  } finally {
    await peer.close();
  }
  assert.equal(lsm('get', directory, 'user0000000001').status, 4);
});

test('put into a database with a large log: everything is in tables of level 0, and C++ LevelDB reads it', async () => {
  const directory = join(root, 'large-log');
  const options = { createIfMissing: true, writeBufferSize: 1 << 30, infoLog: false };
  const database = Database.openNow(new NodeWritableEnv({ withoutLock: true }), directory, options);
  const noise = Uint8Array.from({ length: 3000 }, (_, i) => (i * i) >> 3);
  for (let i = 0; i < 600; i++) {
    const batch = new WriteBatch();
    for (let n = 0; n < 100; n++) {
      const key = Buffer.from(`key${String((i * 7919 + n * 104729) % 50_000).padStart(6, '0')}`);
      batch.put(key, noise.subarray((i + n) % 2000, ((i + n) % 2000) + 1000));
    }
    database.write(batch);
  }
  database.close();
  const before = digest(directory);
  assert.ok(readdirSync(directory).some((name) => statSync(join(directory, name)).size > 50 << 20));
  // Behind all others.
  assert.deepEqual(lsm('put', directory, 'l', 'v').stderr, '');
  const { levels } = JSON.parse(lsm('info', directory, '--json').stdout);
  // What is due then is not done: it was not asked for.
  assert.ok(levels[0].files.length > 8, `${levels[0].files.length} tables in level 0`);
  assert.equal(lsm('delete', directory, 'l').status, 0);
  assert.deepEqual(digest(directory), before);
  assert.deepEqual(await peerDigest(directory), before);
});

test('what writes refuses an unknown comparator and a folder that is no database', () => {
  const directory = copyOf('s-over');
  const before = bytesOf(directory);
  for (const [args, status] of [
    [['put', directory, 'k', 'v', '--comparator', 'idb_cmp1'], 2],
    [['put', join(root, 'nothing'), 'k', 'v'], 2],
    [['delete', root, 'k'], 2],
  ] as const) {
    assert.equal(lsm(...args).status, status, args.join(' '));
  }
  assert.deepEqual(bytesOf(directory), before);
});

for (const fixture of ['s-over', 'chrome-local-storage']) {
  test(`load of a dump of ${fixture} has the same contents, in C++ LevelDB too`, async () => {
    const source = join(sharedFixtures, fixture);
    const target = join(root, `loaded-${fixture}`);
    const { stdout } = lsm('dump', source);
    const loaded = lsmWithInput(stdout, 'load', target, '--json', '--write-buffer-size', '65536');
    assert.deepEqual([loaded.stderr, loaded.status], ['', 0]);
    const contents = digest(source);
    assert.equal(JSON.parse(loaded.stdout).entries, contents.entries);
    assert.deepEqual(digest(target), contents);
    assert.deepEqual(await peerDigest(target), contents);
    // In hex, and into a database that is there.
    const again = lsmWithInput(lsm('dump', source, '--hex').stdout, 'load', target, '--hex');
    assert.equal(again.status, 0);
    assert.deepEqual(digest(target), contents);
  });
}

/** About 1 KB for each key and value. */
function longLines(from: number, to: number): string {
  const line = (i: number) => `{"key":"k${String(i).padStart(7, '0')}","value":"${`${i} `.repeat(150)}"}\n`;
  return Array.from({ length: to - from }, (_, i) => line(from + i)).join('');
}

test('a long load in order, and a second one behind it, are in C++ LevelDB too', async () => {
  const target = join(root, 'long');
  for (const [from, to] of [
    [0, 12_000],
    [22_000, 30_000],
    [10_000, 25_000],
  ]) {
    const { status, stderr, stdout } = lsmWithInput(longLines(from, to), 'load', target);
    assert.deepEqual([status, stderr], [0, '']);
    const count = to - from;
    assert.equal(stdout, `${count} entries written in ${count / 1000} batches\n`);
    assert.equal(lsm('verify', target).status, 0);
    assert.deepEqual(JSON.parse(lsm('verify', target, '--json').stdout).problems, []);
  }
  const contents = digest(target);
  assert.equal(contents.entries, 30_000);
  assert.deepEqual(await peerDigest(target), contents);
});

test('a long load that is killed has written a beginning of its lines', async () => {
  const target = join(root, 'killed');
  const child = spawn(process.execPath, [cliPath, 'load', target], { stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = once(child, 'exit');
  child.stdin.on('error', () => {});
  for (let i = 0; i < 45_000; i += 5000) {
    if (!child.stdin.write(longLines(i, i + 5000))) await once(child.stdin, 'drain');
  }
  child.kill('SIGKILL');
  await ended;
  const { entries } = digest(target);
  assert.ok(entries >= 5000 && entries <= 45_000, `${entries}`);
  const last = JSON.parse(lsm('scan', target, '--reverse', '--limit', '1', '--json').stdout);
  assert.equal(Number(last.key.slice(1)), entries - 1);
  // The tables of what was under way go when it is opened again.
  assert.equal(lsm('put', target, 'z', '1').status, 0);
  assert.deepEqual(JSON.parse(lsm('verify', target, '--json').stdout).problems, []);
  assert.equal((await peerDigest(target)).entries, entries + 1);
});

test('load ends at the first line that is no entry; what stands before it is written', () => {
  const line = (i: number) => `{"key":"k${String(i).padStart(5, '0')}","value":"v"}\n`;
  const bad: [text: string, message: RegExp][] = [
    ['{"key":"k"', /not JSON/],
    ['[]', /must be strings/],
    ['7', /not an object/],
    ['{"key":"k"}', /must be strings/],
    ['{"key":"\\\\y","value":""}', /backslash/],
  ];
  for (const [i, [text, message]] of bad.entries()) {
    const target = join(root, `bad${i}`);
    const lines = Array.from({ length: 2500 }, (_, i) => line(i)).join('');
    const { status, stderr } = lsmWithInput(`${lines}\n${text}\n${line(9999)}`, 'load', target);
    assert.equal(status, 2);
    assert.match(stderr, /^lsm: standard input: line 2502: .*; what was written before: 2500 entries\n$/);
    assert.match(stderr, message);
    assert.equal(digest(target).entries, 2500);
  }
});
