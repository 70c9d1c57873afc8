// --apply where the file system refuses: no room, files that may not grow, missing rights.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertCompacted } from '../engine/apply-harness';
import { sharedFixtures } from '../helpers/fixtures';
import { bytesOf, copyOf, env, posix, root } from './change-harness';
import { copyWritable } from './copy';
import { cliPath, lsm } from './run';

test('a full disk: a file system without room, and nothing is changed', { skip: posix }, (t) => {
  const mount = join(root, 'small');
  mkdirSync(mount);
  const { status: mounted } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', mount]);
  // The next test, which limits files, needs no right to mount.
  if (mounted !== 0) return t.diagnostic('no file system can be mounted here');
  try {
    const directory = join(mount, 'db');
    copyWritable(join(sharedFixtures, 's-over'), directory);
    const before = bytesOf(directory);
    for (const room of [100, 700]) {
      const filler = join(mount, 'filler');
      spawnSync('sh', ['-c', 'cat /dev/zero > "$0"', filler]);
      truncateSync(filler, statSync(filler).size - room * 1024);
      const { status, stderr, stdout } = lsm('compact', directory, '--apply');
      assert.equal(status, 1, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^lsm: .*No space left on device.*; nothing was changed\n$/);
      assert.deepEqual(bytesOf(directory), before);
      assert.deepEqual(readdirSync(mount).sort(), ['db', 'filler']);
      rmSync(filler);
    }
    assert.equal(lsm('compact', directory, '--apply').status, 0);
    assertCompacted(env, directory);
  } finally {
    spawnSync('umount', [mount]);
  }
});

test('a full disk: files that may not grow, and nothing is changed', { skip: posix }, () => {
  // In KiB: too little for the backup's copies, and for the tables.
  for (const limit of [30, 500]) {
    const directory = copyOf('s-over');
    const before = bytesOf(directory);
    const command = `ulimit -f ${limit}; exec "$@"`;
    const args = ['-c', command, 'bash', process.execPath, cliPath, 'compact', directory, '--apply'];
    const { status, stderr, stdout } = spawnSync('bash', args, { encoding: 'utf8' });
    assert.equal(status, 1, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, /^lsm: .*; nothing was changed\n$/);
    assert.deepEqual(bytesOf(directory), before);
    assert.ok(!existsSync(`${directory}.lsm-backup`));
    assert.equal(lsm('compact', directory, '--apply').status, 0);
  }
});

const NOBODY = 65534;

test('a folder that may not be written to, and one whose parent may not', { skip: posix }, () => {
  const folder = join(root, 'rights');
  const directory = join(folder, 'db');
  copyWritable(join(sharedFixtures, 's-compact'), directory);
  const scratch = join(root, 'scratch');
  mkdirSync(scratch);
  const program = join(scratch, 'cli.js');
  copyFileSync(cliPath, program);
  const isRoot = process.getuid?.() === 0;
  const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};
  const asNobody = (...args: string[]) =>
    spawnSync(process.execPath, [program, ...args], { ...identity, cwd: scratch, encoding: 'utf8' });
  if (isRoot) {
    for (const path of [scratch, directory]) chownSync(path, NOBODY, NOBODY);
    for (const name of readdirSync(directory)) chownSync(join(directory, name), NOBODY, NOBODY);
  }
  chmodSync(root, 0o755);
  const before = bytesOf(directory);
  chmodSync(directory, 0o555);
  chmodSync(folder, 0o555);
  try {
    const elsewhere = asNobody('compact', directory, '--apply', '--backup-to', scratch);
    assert.equal(elsewhere.status, 2, elsewhere.stderr);
    assert.match(elsewhere.stderr, /Permission denied/);
    chmodSync(directory, 0o755);
    const parent = asNobody('compact', directory, '--apply');
    assert.equal(parent.status, 2, parent.stderr);
    assert.match(parent.stderr, /Permission denied; no backup can be made there.*nothing was changed/);
    assert.deepEqual(bytesOf(directory), before);
    const done = asNobody('compact', directory, '--apply', '--backup-to', scratch);
    assert.deepEqual([done.stderr, done.status], ['', 0]);
    assertCompacted(env, directory);
  } finally {
    for (const path of [folder, directory]) chmodSync(path, 0o755);
  }
});
