// Applying a dry run and restoring its backup: what is refused, and what is told.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { applyDryRun } from '../../src/engine/db/apply';
import { listBackups, readBackup } from '../../src/engine/db/backup-folder';
import { backupRecordText, parseBackupRecord } from '../../src/engine/db/backup-record';
import { Database } from '../../src/engine/db/database';
import { DryRun } from '../../src/engine/db/dry-run';
import { previewRestore, restoreBackup } from '../../src/engine/db/restore';
import { EnvError, readFile } from '../../src/engine/env/env';
import { FaultEnv } from '../../src/engine/env/fault';
import type { MemoryEnv } from '../../src/engine/env/memory';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { OverlayEnv } from '../../src/engine/env/overlay';
import { LsmError } from '../../src/engine/problem';
import { Peer } from '../helpers/leveldb';
import {
  assertCompacted,
  assertSameFiles,
  compact,
  compactAndApply,
  DIRECTORY,
  digestOf,
  filesOf,
  memoryOf,
  restoreNewest,
  richFiles,
  run,
} from './apply-harness';

const before = richFiles();
const contents = digestOf(before);
const isMovedOn = (error: unknown) => error instanceof LsmError && error.code === 'moved-on';
const path = (name: string) => `${DIRECTORY}/${name}`;

/** An apply of a dry run between whose making and whose applying something is done to the folder. */
function applyBehind(env: MemoryEnv, change: () => void): void {
  const dryRun = new DryRun(env, DIRECTORY);
  try {
    compact(dryRun);
    change();
    run(applyDryRun(env, dryRun, { label: 'compact' }));
  } finally {
    dryRun.end();
  }
}

const newest = (end: string) =>
  [...before.keys()].filter((name) => name.endsWith(end) && before.get(name)!.length > 0);

const moves: [name: string, change: (env: MemoryEnv) => void, message: RegExp][] = [
  [
    'CURRENT',
    (env) => env.setFile(path('CURRENT'), new TextEncoder().encode('MANIFEST-000001\n')),
    /CURRENT names/,
  ],
  ['a longer MANIFEST', (env) => grow(env, manifest()), /bytes, and had/],
  ['a MANIFEST of the same size', (env) => flip(env, manifest()), /contents/],
  ['a longer log', (env) => grow(env, newest('.log')[0]), /names or sizes/],
  ['a log of the same size', (env) => flip(env, newest('.log')[0]), /contents/],
  ['a new file', (env) => env.setFile(path('888888.ldb'), new Uint8Array(1)), /files, and were/],
  ['a file that is gone', (env) => env.removeFile(path('999999.ldb')), /files, and were/],
];

function manifest(): string {
  return Buffer.from(before.get('CURRENT')!).toString().trim();
}

function grow(env: MemoryEnv, name: string): void {
  env.append(path(name)).append(Uint8Array.of(0));
}

function flip(env: MemoryEnv, name: string): void {
  const bytes = readFile(env, path(name));
  bytes[bytes.length >>> 1] ^= 1;
  env.setFile(path(name), bytes);
}

for (const [name, change, message] of moves) {
  test(`a dry run is not applied to a database that has moved on: ${name}`, () => {
    const env = memoryOf(before);
    let moved = new Map<string, Uint8Array>();
    assert.throws(
      () =>
        applyBehind(env, () => {
          change(env);
          moved = filesOf(env);
        }),
      (error) =>
        isMovedOn(error) && message.test((error as Error).message) && /nothing was changed/.test(`${error}`),
    );
    assertSameFiles(filesOf(env), moved, name);
    assert.deepEqual(listBackups(env, DIRECTORY), []);
  });
}

test('what another process leaves in LOG and LOCK is no move', () => {
  const env = memoryOf(before);
  applyBehind(env, () => {
    env.setFile(path('LOG'), new Uint8Array(10));
    env.setFile(path('LOG.old'), new Uint8Array(10));
  });
  assertCompacted(env);
});

test('C++ LevelDB writes between dry run and apply: refused, and its writes are there', async () => {
  const root = mkdtempSync(join(tmpdir(), 'lsm-moved-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const directory = join(root, 'db');
  const env = new NodeWritableEnv();
  const peer = await Peer.open(directory);
  await peer.fill({ seed: 1, operations: 500, keys: 200, order: 'random', valueBytes: 100 });
  const dryRun = new DryRun(env, directory);
  compact(dryRun);
  const isLocked = (error: unknown) => error instanceof EnvError && error.code === 'locked';
  assert.throws(() => run(applyDryRun(env, dryRun, { label: 'compact' })), isLocked);
  await peer.put(Buffer.from('between'), Buffer.from('value'));
  const written = await peer.digest();
  await peer.close();
  assert.throws(() => run(applyDryRun(env, dryRun, { label: 'compact' })), isMovedOn);
  dryRun.end();
  compactAndApply(env, directory);
  const again = await Peer.open(directory);
  assert.deepEqual(await again.digest(), written);
  await again.close();
});

test('the lock is let go, whatever comes of an apply', () => {
  const env = memoryOf(before);
  assert.throws(() => applyBehind(env, () => env.setFile(path('888888.ldb'), new Uint8Array(1))), isMovedOn);
  env.lock(path('LOCK')).release();
  const dryRun = new DryRun(env, DIRECTORY);
  compact(dryRun);
  const started = applyDryRun(env, dryRun, { label: 'compact' });
  started.next();
  assert.throws(() => env.lock(path('LOCK')), EnvError);
  started.return(undefined as never);
  env.lock(path('LOCK')).release();
});

test('an apply that is ended early takes back what it did, after each of its steps', () => {
  for (let steps = 1; ; steps++) {
    const env = memoryOf(before);
    const dryRun = new DryRun(env, DIRECTORY);
    compact(dryRun);
    const started = applyDryRun(env, dryRun, { label: 'compact' });
    let isDone = false;
    for (let i = 0; i < steps; i++) isDone = started.next().done === true;
    if (isDone) {
      assert.ok(steps > 10);
      return;
    }
    started.return(undefined as never);
    dryRun.end();
    assertSameFiles(filesOf(env), before, `after ${steps} steps`);
    assert.deepEqual(listBackups(env, DIRECTORY), []);
  }
});

test('the account is what was done, and what was announced', () => {
  const env = memoryOf(before);
  const dryRun = new DryRun(env, DIRECTORY);
  compact(dryRun);
  const { created, replaced, deleted } = dryRun.changes();
  const account = run(applyDryRun(env, dryRun, { label: 'compact', now: () => 0 }));
  dryRun.end();
  const names = (files: { name: string }[]) => files.map(({ name }) => name);
  assert.deepEqual(
    [names(account.created), names(account.replaced), names(account.deleted)],
    [created, replaced, deleted],
  );
  assert.ok(replaced.length > 1, 'the number of an orphan came again');
  assert.equal(account.backup, `${DIRECTORY}.lsm-backup/1970-01-01T00-00-00.000Z`);
  const now = filesOf(env);
  for (const { name, size } of [...account.created, ...account.replaced])
    assert.equal(now.get(name)?.length, size);
  for (const { name, size } of account.deleted) {
    assert.ok(!now.has(name));
    assert.equal(before.get(name)?.length, size);
  }
  assert.equal(digestOf(now), contents);
});

test('backups are told newest first, never written over, and an unfinished one says so', () => {
  const env = memoryOf(before);
  compactAndApply(env, DIRECTORY, { now: () => 0, label: 'first' });
  compactAndApply(env, DIRECTORY, { now: () => 0, label: 'second' });
  compactAndApply(env, DIRECTORY, { now: () => 60_000, label: 'third' });
  env.setFile(`${DIRECTORY}.lsm-backup/1980-01-01T00-00-00.000Z/CURRENT`, new Uint8Array(0));
  const found = listBackups(env, DIRECTORY);
  assert.deepEqual(
    found.map(({ record, problem }) => record?.label ?? problem?.replace(/.*: /, '')),
    ['this is no backup, or one that was not finished', 'third', 'second', 'first'],
  );
});

test('restores undo applies one after the other', () => {
  const env = memoryOf(before);
  compactAndApply(env, DIRECTORY, { now: () => 0, label: 'first' });
  const first = filesOf(env);
  compactAndApply(env, DIRECTORY, { now: () => 1000, label: 'second' });
  const [second, oldest] = listBackups(env, DIRECTORY);
  // The older one is of a state that is past.
  assert.throws(() => run(restoreBackup(env, DIRECTORY, oldest.folder)), isMovedOn);
  assert.match(previewRestore(env, DIRECTORY, oldest.folder).lost ?? '', /nothing was written since/);
  run(restoreBackup(env, DIRECTORY, second.folder));
  assertSameFiles(filesOf(env), first, 'the second undone');
  run(restoreBackup(env, DIRECTORY, oldest.folder));
  assertSameFiles(filesOf(env), before, 'the first undone');
});

test('what was written since is counted, and lost only by force', () => {
  const env = memoryOf(before);
  compactAndApply(env);
  const database = Database.openNow(env, DIRECTORY, { infoLog: false });
  for (let i = 0; i < 3; i++) database.put(Uint8Array.of(i), Uint8Array.of(i));
  database.close();
  const written = digestOf(filesOf(env));
  const [{ folder }] = listBackups(env, DIRECTORY);
  assert.match(previewRestore(env, DIRECTORY, folder).lost ?? '', /3 writes since would be lost/);
  assert.throws(() => run(restoreBackup(env, DIRECTORY, folder)), isMovedOn);
  run(restoreBackup(env, DIRECTORY, folder, { force: true }));
  assertSameFiles(filesOf(env), before, 'restored');
  restoreNewest(env);
  assert.equal(digestOf(filesOf(env)), written);
});

test('what was written to a dry run must be in a table', () => {
  const env = memoryOf(before);
  const dryRun = new DryRun(env, DIRECTORY);
  const database = Database.openNow(dryRun.env, DIRECTORY, dryRun.options());
  database.put(Uint8Array.of(1), Uint8Array.of(2));
  database.close();
  assert.throws(() => run(applyDryRun(env, dryRun, { label: 'put' })), /flush it before it is applied/);
  dryRun.end();
  assertSameFiles(filesOf(env), before, 'refused');
});

test('backup.json: what is written is read, and nothing else is taken', () => {
  const env = memoryOf(before);
  const { backup } = compactAndApply(env);
  const record = readBackup(env, backup);
  const text = backupRecordText(record);
  assert.deepEqual(parseBackupRecord(text, 'x'), record);
  const other = (change: (json: Record<string, unknown>) => unknown) => {
    const json = JSON.parse(text);
    change(json);
    return JSON.stringify(json);
  };
  for (const bad of [
    other((json) => Object.assign(json, { version: 2 })),
    other((json) => Object.assign(json, { format: 'zip' })),
    other((json) => delete json.files),
    other((json) => Object.assign(json, { saved: [{ name: '../x', size: 1, crc: null }] })),
    other((json) => Object.assign(json, { files: [{ name: '..', size: 1, modified: 0 }] })),
    '[]',
    '',
  ]) {
    assert.throws(
      () => parseBackupRecord(bad, 'x'),
      (error) => error instanceof LsmError && error.code === 'bad-backup' && error.file === 'x',
    );
  }
});

test('a link stands for the same bytes, in every environment', () => {
  const root = mkdtempSync(join(tmpdir(), 'lsm-link-'));
  after(() => rmSync(root, { recursive: true, force: true }));
  const fault = new FaultEnv();
  fault.addFile('/d/a', Uint8Array.of(1, 2));
  const memory = memoryOf(new Map([['a', Uint8Array.of(1, 2)]]));
  const node = new NodeWritableEnv();
  const file = node.create(join(root, 'a'));
  file.append(Uint8Array.of(1, 2));
  file.close();
  for (const [env, directory] of [
    [fault, '/d'],
    [memory, DIRECTORY],
    [node, root],
    [new OverlayEnv(memoryOf(new Map([['a', Uint8Array.of(1, 2)]]))), DIRECTORY],
  ] as const) {
    const [a, b] = ['a', 'b'].map((name) => env.join(directory, name));
    env.link(a, b);
    assert.throws(() => env.link(a, b), EnvError);
    assert.throws(() => env.link(env.join(directory, 'no'), env.join(directory, 'c')), EnvError);
    env.remove(a);
    assert.deepEqual([...readFile(env, b)], [1, 2]);
  }
});
