// LevelDB's lock held from Node, beside C++ LevelDB in a process of its own and beside flock.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { EnvError } from '../../src/engine/env/env';
import { takeSystemLock, takeSystemLockIfPossible } from '../../src/engine/env/node-lock';
import { lockByPerl, lockByPython } from '../../src/engine/env/node-lock-child';
import { lockHolders } from '../../src/engine/env/node-lock-holders';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { Peer } from '../helpers/leveldb';

const folder = mkdtempSync(join(tmpdir(), 'lsm-lock-'));
after(() => rmSync(folder, { recursive: true }));

const skip = process.platform === 'win32' ? 'another lock there' : false;
const isLocked = (error: unknown) => error instanceof EnvError && error.code === 'locked';

test('C++ LevelDB cannot open a database that we hold, and can when it is let go', { skip }, async () => {
  const path = join(folder, 'ours');
  const database = Database.openNow(new NodeWritableEnv(), path, { createIfMissing: true });
  database.put(Uint8Array.of(1), Uint8Array.of(2));
  await assert.rejects(Peer.open(path), /lock|LOCK/);
  database.close();
  const peer = await Peer.open(path);
  assert.equal((await peer.entries({})).length, 1);
  await peer.close();
});

test('we cannot open a database that C++ LevelDB holds, are told by whom, and can when it is let go', {
  skip,
}, async () => {
  const path = join(folder, 'theirs');
  const peer = await Peer.open(path);
  const lock = join(path, 'LOCK');
  const holders = lockHolders(lock);
  assert.throws(
    () => Database.openNow(new NodeWritableEnv(), path),
    (error) => {
      assert.ok(isLocked(error));
      // Where the system shows who holds locks, the pid is told.
      const who = holders.length > 0 ? `process ${holders[0].pid}` : 'another process';
      assert.ok((error as EnvError).message.includes(`held by ${who}`), (error as EnvError).message);
      return true;
    },
  );
  // Having been refused takes nothing from the holder.
  assert.throws(() => takeSystemLock(lock), isLocked);
  await peer.close();
  Database.openNow(new NodeWritableEnv(), path).close();
});

test('a lock of the other kind, as goleveldb takes it, keeps us out too', { skip }, async () => {
  const lock = join(folder, 'FLOCK');
  writeFileSync(lock, '');
  const script =
    'use Fcntl qw(:flock); open(F, "+<", $ARGV[0]); flock(F, LOCK_EX); syswrite(STDOUT, "held"); <STDIN>';
  const holder = spawn('perl', ['-e', script, lock], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  assert.throws(() => takeSystemLock(lock), isLocked);
  holder.stdin.end();
  await once(holder, 'exit');
  takeSystemLock(lock).release();
});

test('of two of our own processes one gets the lock; the lock of a dead one is free', { skip }, async () => {
  const lock = join(folder, 'TWICE');
  const first = takeSystemLock(lock);
  assert.throws(() => takeSystemLock(lock), isLocked);
  first.release();
  first.release();
  const second = takeSystemLock(lock);
  second.release();
  // A LOCK file that nobody holds is only a file.
  assert.equal(statSync(lock).size, 0);
  takeSystemLock(lock).release();
});

test('what cannot be locked: a folder that is not there', { skip }, () => {
  assert.throws(
    () => takeSystemLock(join(folder, 'no', 'LOCK')),
    (error) =>
      error instanceof EnvError && error.code === 'not-found' && /LOCK: No such file/.test(error.message),
  );
});

test('the ways are tried in their order; where none is there, that is said', { skip }, () => {
  const lock = join(folder, 'WAYS');
  const asked: string[] = [];
  const none = (name: string) => () => {
    asked.push(name);
    return undefined;
  };
  takeSystemLock(lock, [none('first'), lockByPerl, none('never')]).release();
  assert.deepEqual(asked, ['first']);
  const isUnsupported = (error: unknown) =>
    error instanceof EnvError && error.code === 'unsupported' && /python3/.test(error.message);
  assert.throws(() => takeSystemLock(lock, []), isUnsupported);
  // Programs that are not there, and one that ends without a word.
  const { PATH } = process.env;
  process.env.PATH = join(folder, 'programs');
  try {
    mkdirSync(process.env.PATH);
    assert.throws(() => takeSystemLock(lock, [lockByPerl, lockByPython]), isUnsupported);
    writeFileSync(join(process.env.PATH, 'python3'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
    assert.throws(() => takeSystemLock(lock, [lockByPerl, lockByPython]), isUnsupported);
  } finally {
    process.env.PATH = PATH;
  }
});

test('without a lock, where none can be held: whoever holds one is found out, at first and later', {
  skip: process.platform === 'linux' ? false : 'needs /proc',
}, () => {
  const path = join(folder, 'WITHOUT');
  const lock = takeSystemLockIfPossible(path, []);
  assert.equal(lock.keepsOut, 'nobody');
  assert.equal(existsSync(path), false);
  assert.equal(lock.isHeld(), true);
  const holder = takeSystemLock(path);
  assert.equal(lock.isHeld(), false);
  assert.throws(() => takeSystemLockIfPossible(path, []), isLocked);
  assert.throws(() => takeSystemLockIfPossible(path), isLocked);
  holder.release();
  assert.equal(lock.isHeld(), true);
  const held = takeSystemLockIfPossible(path);
  assert.equal(held.keepsOut, 'all');
  held.release();
});
