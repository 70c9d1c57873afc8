// Who holds a database: C++ LevelDB, another of us, nobody where nothing can hold it.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listBackups } from '../../src/engine/db/backup-folder';
import { Peer } from '../helpers/leveldb';
import { bytesOf, copyOf, digest, env, peerDigest, posix, root, unlocked } from './change-harness';
import { cliPath, lsm, lsmWithInput } from './run';

test('while C++ LevelDB holds the database: dry runs work, what writes is told by whom it is held', {
  skip: posix,
}, async () => {
  const directory = copyOf('s-compact');
  const peer = await Peer.open(directory);
  try {
    const before = bytesOf(directory);
    for (const args of [
      ['compact', directory, '--apply'],
      ['recover', directory, '--apply'],
      ['put', directory, 'k', 'v'],
      ['delete', directory, 'k'],
    ]) {
      const { status, stderr, stdout } = lsm(...args, '--json');
      assert.equal(status, 3, args.join(' '));
      assert.equal(JSON.parse(stdout).error.code, 'locked');
      if (process.platform === 'linux') assert.ok(stderr.includes(`held by process ${peer.pid}`), stderr);
    }
    assert.equal(lsmWithInput('{"key":"k","value":"v"}\n', 'load', directory).status, 3);
    assert.equal(lsm('compact', directory).status, 0);
    assert.equal(lsm('recover', directory).status, 0);
    assert.deepEqual(bytesOf(directory), before);
  } finally {
    await peer.close();
  }
  assert.equal(lsm('put', directory, 'k', 'v').status, 0);
});

/** Runs `lsm` where there is neither perl nor python3. */
function lsmAlone(...args: string[]) {
  const PATH = join(root, 'no programs');
  mkdirSync(PATH, { recursive: true });
  return spawnSync(process.execPath, [cliPath, ...args], {
    env: { ...process.env, PATH },
    input: '{"key":"loaded","value":"v"}\n',
    encoding: 'utf8',
  });
}

test('where nothing can hold the lock: told, and only --without-lock goes on; a holder is respected', {
  skip: posix,
}, async () => {
  const directory = copyOf('s-compact');
  // Not empty, so that node:sqlite, where it is there, takes no lock on it either.
  writeFileSync(join(directory, 'LOCK'), 'kept');
  const before = bytesOf(directory);
  const writes = [
    ['put', directory, 'alone', 'v'],
    ['delete', directory, 'loaded'],
    ['load', directory],
    ['compact', directory, '--apply'],
    ['recover', directory, '--apply'],
  ];
  for (const args of writes) {
    const { status, stderr, stdout } = lsmAlone(...args, '--json');
    assert.equal(status, 2, stderr);
    assert.equal(JSON.parse(stdout).error.code, 'unsupported');
    assert.match(stderr, /^lsm: lock .*LOCK: no lock can be held here.*python3.*--without-lock[^\n]*\n$/);
    assert.deepEqual(bytesOf(directory), before);
  }
  assert.equal(lsmAlone('compact', directory).status, 0);
  if (process.platform === 'linux') {
    // Elsewhere nobody tells of a holder.
    const peer = await Peer.open(directory);
    const beside = bytesOf(directory);
    for (const args of writes) {
      const { status, stderr } = lsmAlone(...args, '--without-lock');
      assert.equal(status, 3, stderr);
      assert.match(stderr, new RegExp(`held by process ${peer.pid}`));
    }
    assert.deepEqual(bytesOf(directory), beside);
    await peer.close();
  }
  const contents = digest(directory);
  for (const args of writes) {
    const { status, stderr } = lsmAlone(...args, '--without-lock', '--json');
    assert.equal(status, 0, stderr);
    assert.match(stderr, /^lsm: .*LOCK: written without a lock[^\n]*\n$/);
  }
  assert.equal(digest(directory).entries, contents.entries + 2);
  assert.deepEqual(await peerDigest(directory), digest(directory));
  assert.equal(readFileSync(join(directory, 'LOCK'), 'utf8'), 'kept');
  // And back, which is a change like the others.
  const [{ name }] = listBackups(env, directory);
  assert.equal(lsmAlone('restore', directory, name, '--apply').status, 2);
  assert.equal(lsmAlone('restore', directory, name, '--apply', '--without-lock').status, 0);
  const made = join(root, 'made alone');
  const create = ['create', made, '--workload', 'random', '--num', '10', '--without-lock'];
  assert.equal(lsmAlone(...create).status, 0);
  assert.equal(lsm('verify', made).status, 0);
});

test('--without-lock changes nothing where the lock can be held', { skip: posix }, async () => {
  const directory = copyOf('s-compact');
  const peer = await Peer.open(directory);
  assert.equal(lsm('put', directory, 'k', 'v', '--without-lock').status, 3);
  await peer.close();
  const { status, stderr } = lsm('put', directory, 'k', 'v', '--without-lock');
  assert.deepEqual([status, stderr], [0, '']);
});

test('--without-lock without --apply is a mistake: a dry run takes no lock', () => {
  const { status, stderr } = lsm('compact', copyOf('s-compact'), '--without-lock');
  assert.equal(status, 2);
  assert.match(stderr, /--without-lock is for --apply/);
});

/** `lsm load` that has the lock and waits for more. */
async function holdingChild(directory: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [cliPath, 'load', directory], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const lines = Array.from({ length: 1000 }, (_, i) => `{"key":"held${i}","value":"v"}\n`).join('');
  child.stdin?.write(lines);
  // One batch is full, so that it is written: by then it has the lock.
  for (;;) {
    await new Promise((done) => setTimeout(done, 20));
    assert.equal(child.exitCode, null);
    if (lsm('get', directory, 'held999').status === 0) return child;
  }
}

test('while we hold the database: neither C++ LevelDB nor another of us gets in; a dead holder is none', {
  skip: posix,
}, async () => {
  const directory = copyOf('s-compact');
  const child = await holdingChild(directory);
  await assert.rejects(Peer.open(directory), /lock/i);
  assert.equal(lsm('put', directory, 'k', 'v').status, 3);
  assert.equal(lsm('compact', directory, '--apply').status, 3);
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  await unlocked(() => assert.equal(lsm('put', directory, 'k', 'v').status, 0));
  // What was acknowledged is there, and LOCK is a file that nobody holds.
  const peer = await Peer.open(directory);
  const [held] = await peer.getMany([Buffer.from('held999')]);
  assert.equal(Buffer.from(held ?? []).toString(), 'v');
  await peer.kill();
  assert.ok(existsSync(join(directory, 'LOCK')));
  assert.equal(lsm('compact', directory, '--apply').status, 0);
});

test('two creates in one folder: one database is made, and the other one takes nothing away', {
  skip: posix,
}, async () => {
  const directory = join(root, 'both');
  const start = () => {
    const args = [cliPath, 'create', directory, '--workload', 'random', '--num', '3000'];
    return once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit');
  };
  const statuses = (await Promise.all([start(), start()])).map(([code]) => code);
  assert.equal(statuses.filter((status) => status === 0).length, 1, `${statuses}`);
  assert.ok(
    statuses.every((status) => [0, 2, 3].includes(status as number)),
    `${statuses}`,
  );
  assert.equal(lsm('verify', directory).status, 0);
});
