// A change whose lock is lost on the way: what held it was killed. It is taken back, whole.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { applyDryRun } from '../../src/engine/db/apply';
import { listBackups } from '../../src/engine/db/backup-folder';
import type { ChangeAccount, ChangeProgress } from '../../src/engine/db/change';
import { DryRun } from '../../src/engine/db/dry-run';
import { restoreBackup } from '../../src/engine/db/restore';
import { EnvError, type FileLock } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { takeSystemLock } from '../../src/engine/env/node-lock';
import { lockByPerl, lockByPython } from '../../src/engine/env/node-lock-child';
import { lockHolders } from '../../src/engine/env/node-lock-holders';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import {
  assertSameFiles,
  compact,
  compactAndApply,
  DIRECTORY,
  filesOf,
  richFiles,
  run,
} from './apply-harness';

const root = mkdtempSync(join(tmpdir(), 'lsm-lock-lost-'));
after(() => rmSync(root, { recursive: true }));
const before = richFiles();

// The pid of the holder is known from /proc/locks.
const skip = process.platform === 'linux' ? false : 'needs /proc';

function holderOf(lock: string): number {
  const [{ pid }] = lockHolders(lock);
  assert.notEqual(pid, process.pid);
  return pid;
}

for (const [name, way] of [
  ['perl', lockByPerl],
  ['python3', lockByPython],
] as const) {
  test(`${name}: that its process was killed is seen at once, without an event loop`, { skip }, () => {
    const path = join(root, name);
    const lock = takeSystemLock(path, [way]);
    for (let i = 0; i < 50; i++) assert.ok(lock.isHeld());
    process.kill(holderOf(path), 'SIGKILL');
    assert.equal(lock.isHeld(), false);
    assert.equal(lock.isHeld(), false);
    lock.release();
    assert.equal(lock.isHeld(), false);
    const next = takeSystemLock(path, [way]);
    // The name has come to stand for another file, which anybody can lock.
    rmSync(path);
    writeFileSync(path, '');
    assert.equal(next.isHeld(), false);
    next.release();
  });

  test(`${name}: and where the event loop has heard of it`, { skip }, async () => {
    const path = join(root, name);
    const lock = takeSystemLock(path, [way]);
    process.kill(holderOf(path), 'SIGKILL');
    while (lockHolders(path).length > 0) await new Promise((done) => setTimeout(done, 5));
    await new Promise((done) => setTimeout(done, 50));
    assert.equal(lock.isHeld(), false);
    lock.release();
  });
}

const isLost = (error: unknown) =>
  error instanceof EnvError &&
  error.code === 'lock-lost' &&
  /lock was lost.*nothing was changed/.test(error.message);

/** Takes some steps, kills the holder, and takes the rest. */
function killedAfter(steps: number, lock: string, change: Generator<ChangeProgress, ChangeAccount>): boolean {
  for (let i = 0; i < steps; i++) if (change.next().done) return false;
  process.kill(holderOf(lock), 'SIGKILL');
  assert.throws(() => run(change), isLost);
  return true;
}

test('the holder is killed between any two steps of an apply: nothing is changed', { skip }, () => {
  const env = new NodeWritableEnv();
  const directory = join(root, 'apply', 'db');
  mkdirSync(directory, { recursive: true });
  for (const [name, bytes] of before) writeFileSync(join(directory, name), bytes);
  let steps = 1;
  for (; ; steps++) {
    const dryRun = new DryRun(env, directory);
    compact(dryRun);
    const wasKilled = killedAfter(
      steps,
      join(directory, 'LOCK'),
      applyDryRun(env, dryRun, { label: 'compact' }),
    );
    dryRun.end();
    if (!wasKilled) break;
    assertSameFiles(filesOf(env, directory), before, `after ${steps} steps`);
    assert.deepEqual(listBackups(env, directory), []);
  }
  assert.ok(steps > 10);
});

test('the holder is killed between any two steps of a restore: nothing is changed', { skip }, () => {
  const env = new NodeWritableEnv();
  const directory = join(root, 'restore', 'db');
  mkdirSync(directory, { recursive: true });
  for (const [name, bytes] of before) writeFileSync(join(directory, name), bytes);
  const { backup } = compactAndApply(env, directory);
  const changed = filesOf(env, directory);
  let steps = 1;
  for (; killedAfter(steps, join(directory, 'LOCK'), restoreBackup(env, directory, backup)); steps++) {
    assertSameFiles(filesOf(env, directory), changed, `after ${steps} steps`);
    assert.equal(listBackups(env, directory).length, 1);
  }
  assert.ok(steps > 10);
  // The last one was done.
  assertSameFiles(filesOf(env, directory), before, 'restored');
});

/** Files in memory whose lock is lost when it is asked after for the nth time. */
class LosingEnv extends MemoryEnv {
  asked = 0;
  lostAt = 0;
  meanwhile = () => {};

  override lock(path: string): FileLock {
    const lock = super.lock(path);
    return {
      release: () => lock.release(),
      isHeld: () => {
        if (++this.asked === this.lostAt) this.meanwhile();
        return this.asked !== this.lostAt && lock.isHeld();
      },
    };
  }
}

function losing(): LosingEnv {
  const env = new LosingEnv();
  env.makeDirectory(DIRECTORY);
  for (const [name, bytes] of before) env.setFile(`${DIRECTORY}/${name}`, bytes.slice());
  return env;
}

test('lost between the renames of an apply or a restore: they are taken back', () => {
  for (const lostAt of [1, 2, 3]) {
    const env = losing();
    env.lostAt = lostAt;
    assert.throws(() => compactAndApply(env, DIRECTORY), isLost);
    assertSameFiles(filesOf(env), before, `apply, asked ${lostAt} times`);
    assert.deepEqual(listBackups(env, DIRECTORY), []);

    env.lostAt = 0;
    const { backup } = compactAndApply(env, DIRECTORY);
    const changed = filesOf(env);
    env.asked = 0;
    env.lostAt = lostAt;
    assert.throws(() => run(restoreBackup(env, DIRECTORY, backup)), isLost);
    assertSameFiles(filesOf(env), changed, `restore, asked ${lostAt} times`);
  }
  const env = losing();
  compactAndApply(env, DIRECTORY);
  assert.equal(env.asked, 3);
});

test('whoever came meanwhile removed what was set aside: the backup stays, and the error names it', () => {
  const env = losing();
  const { backup } = compactAndApply(env, DIRECTORY);
  // What is set aside is a log of the present state, with contents.
  const [log] = [...before].filter(([name, { length }]) => name.endsWith('.log') && length > 0);
  env.setFile(`${DIRECTORY}/888888.log`, log[1]);
  env.asked = 0;
  env.lostAt = 2;
  env.meanwhile = () => {
    for (const { name } of env.list(DIRECTORY)) {
      if (name.endsWith('.dbtmp')) env.remove(`${DIRECTORY}/${name}`);
    }
  };
  assert.throws(
    () => run(restoreBackup(env, DIRECTORY, backup, { force: true })),
    (error) => error instanceof EnvError && /lock was lost.*the backup is in/.test(error.message),
  );
  const [{ record }] = listBackups(env, DIRECTORY);
  assert.ok(record?.saved.some(({ name }) => name === '888888.log'));
});
