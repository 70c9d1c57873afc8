// --apply and restore on real files: what they come to in C++ LevelDB, and what restore refuses.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertCompacted, checkBackups } from '../engine/apply-harness';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer } from '../helpers/leveldb';
import { applied, bytesOf, copyOf, digest, env, peerDigest, posix, root } from './change-harness';
import { copyWritable } from './copy';
import { cliPath, lsm } from './run';

for (const fixture of ['s-over', 's-stale', 'chrome-local-storage']) {
  test(`${fixture}: compact --apply and restore, held against C++ LevelDB`, async () => {
    const directory = copyOf(fixture);
    const before = bytesOf(directory);
    const contents = digest(directory);
    const account = applied('compact', directory);
    assertCompacted(env, directory);
    assert.deepEqual(digest(directory), contents);
    assert.deepEqual(await peerDigest(directory), contents);
    assert.deepEqual(account.unfinished, []);
    const compacted = bytesOf(directory);
    assert.equal(lsm('verify', directory).status, 0);
    // A dry run first, then back, and back again.
    const preview = lsm('restore', directory, account.backup);
    assert.match(preview.stdout, /nothing was changed/);
    assert.deepEqual(bytesOf(directory), compacted);
    const undo = applied('restore', directory, account.backup);
    assert.deepEqual(bytesOf(directory), before);
    assert.deepEqual(await peerDigest(directory), contents);
    applied('restore', directory, undo.backup);
    assert.deepEqual(bytesOf(directory), compacted);
    assert.equal(checkBackups(env, directory), 3);
  });
}

test('recover --apply: the logs are in tables, and C++ LevelDB has the same contents', async () => {
  const directory = copyOf('s-over');
  const contents = digest(directory);
  const { undo, backup } = applied('recover', directory);
  assert.equal(undo, `lsm restore ${directory} ${backup} --apply`);
  assert.deepEqual(digest(directory), contents);
  assert.deepEqual(await peerDigest(directory), contents);
});

test('recover --apply changes nothing if recovery fails', () => {
  const directory = copyOf('s-over');
  rmSync(join(directory, '000311.ldb'));
  const before = bytesOf(directory);
  const { status, stdout } = lsm('recover', directory, '--apply', '--json');
  assert.equal(status, 1);
  assert.equal(JSON.parse(stdout).applied, null);
  assert.deepEqual(bytesOf(directory), before);
  assert.ok(!existsSync(`${directory}.lsm-backup`));
});

test('the command that undoes is one that a shell takes', { skip: posix }, () => {
  const folder = join(root, "a folder with a ' in it");
  copyWritable(join(sharedFixtures, 's-compact'), folder);
  const before = bytesOf(folder);
  const { undo } = applied('compact', folder);
  const { status } = spawnSync('sh', ['-c', `lsm() { "${process.execPath}" "${cliPath}" "$@"; }; ${undo}`]);
  assert.equal(status, 0);
  assert.deepEqual(bytesOf(folder), before);
});

test('--backup-to makes the backup elsewhere, and restore looks for it there', () => {
  const directory = copyOf('s-compact');
  const before = bytesOf(directory);
  const elsewhere = join(root, 'elsewhere');
  mkdirSync(elsewhere);
  const { backup } = applied('compact', directory, '--backup-to', elsewhere);
  assert.ok(backup.startsWith(join(elsewhere, 'db.lsm-backup')));
  assert.ok(!existsSync(`${directory}.lsm-backup`));
  const [name] = readdirSync(join(elsewhere, 'db.lsm-backup'));
  applied('restore', directory, name, '--backup-to', elsewhere);
  assert.deepEqual(bytesOf(directory), before);
  assert.equal(lsm('compact', directory, '--apply', '--backup-to', directory).status, 2);
});

test('restore refuses a database that has moved on, and says what would be lost; --force is undone like all else', async () => {
  const directory = copyOf('s-over');
  const before = bytesOf(directory);
  const { backup } = applied('compact', directory);
  const peer = await Peer.open(directory);
  await peer.put(Buffer.from('new'), Buffer.from('value'));
  await peer.del(Buffer.from('user0000000001'));
  await peer.close();
  const contents = digest(directory);
  for (const options of [[], ['--apply']]) {
    const refused = lsm('restore', directory, backup, ...options);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /^lsm: .*moved on since.*2 writes since would be lost; --force/);
  }
  const { backup: undo } = applied('restore', directory, backup, '--force');
  assert.deepEqual(bytesOf(directory), before);
  assert.deepEqual(await peerDigest(directory), digest(directory));
  applied('restore', directory, undo);
  assert.deepEqual(digest(directory), contents);
  assert.deepEqual(await peerDigest(directory), contents);
});

test('restore refuses a backup that is not complete, damaged or of another database', () => {
  const directory = copyOf('s-over');
  const { backup } = applied('compact', directory);
  const stranger = copyOf('s-rand');
  const other = lsm('restore', stranger, backup, '--apply');
  assert.equal(other.status, 2);
  assert.match(other.stderr, /this is a backup of/);
  const log = join(backup, '000327.log');
  const bytes = readFileSync(log);
  const refusals: [change: () => void, message: RegExp][] = [
    [() => writeFileSync(log, Buffer.from(bytes).fill(1, 100, 101)), /differs from what was saved/],
    [() => writeFileSync(log, bytes.subarray(1)), /bytes instead of/],
    [() => rmSync(log), /the file is missing/],
    [() => writeFileSync(join(backup, 'backup.json'), '{}'), /not a record of a backup/],
    [() => writeFileSync(join(backup, 'backup.json'), '{"for'), /not JSON/],
    [() => rmSync(join(backup, 'backup.json')), /not finished/],
  ];
  const before = bytesOf(directory);
  for (const [change, message] of refusals) {
    change();
    const { status, stderr } = lsm('restore', directory, backup, '--apply');
    assert.equal(status, 1, stderr);
    assert.match(stderr, message);
    assert.deepEqual(bytesOf(directory), before);
  }
  assert.equal(lsm('restore', directory, join(root, 'no such backup')).status, 2);
});
