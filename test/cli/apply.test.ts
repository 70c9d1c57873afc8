// --apply, restore and the writes of the command line on real files: what they come to in C++ LevelDB, what stands in
// their way, and what is left when they are killed.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listBackups } from '../../src/engine/db/backup-folder';
import { restoreBackup } from '../../src/engine/db/restore';
import { EnvError } from '../../src/engine/env/env';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import {
  assertCompacted,
  checkBackups,
  compactAndApply,
  digestOf,
  filesOf,
  richFiles,
  run,
} from '../engine/apply-harness';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer, type PeerDigest } from '../helpers/leveldb';
import { ManyDatabases } from '../helpers/many-databases';
import { copyWritable } from './copy';
import { cliPath, lsm, lsmWithInput } from './run';

const root = mkdtempSync(join(tmpdir(), 'lsm-apply-'));
after(() => rmSync(root, { recursive: true, force: true }));
let copies = 0;

const posix = process.platform === 'win32' ? 'needs POSIX' : false;
const env = new NodeReadableEnv();

interface Account {
  backup: string;
  undo: string;
  created: { name: string; size: number }[];
  unfinished: string[];
}

function copyOf(fixture: string): string {
  const copy = join(root, `folder${++copies}`, 'db');
  copyWritable(join(sharedFixtures, fixture), copy);
  return copy;
}

function digest(directory: string): PeerDigest {
  const { stdout, stderr, status } = lsm('scan', directory, '--count', '--json');
  assert.deepEqual([stderr, status], ['', 0]);
  return JSON.parse(stdout) as PeerDigest;
}

async function peerDigest(directory: string): Promise<PeerDigest> {
  const copy = join(root, `peer${++copies}`);
  copyWritable(directory, copy);
  const peer = await Peer.open(copy);
  try {
    return await peer.digest();
  } finally {
    await peer.kill();
  }
}

/** Of all files but LOG and LOCK. */
function bytesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !/^(LOCK|LOG|LOG\.old)$/.test(name));
  return Object.fromEntries(
    names.sort().map((name) => [name, readFileSync(join(directory, name), 'latin1')]),
  );
}

function applied(...args: string[]): Account {
  const { stdout, stderr, status } = lsm(...args, '--apply', '--json');
  assert.deepEqual([stderr, status], ['', 0], args.join(' '));
  return (JSON.parse(stdout) as { applied: Account }).applied;
}

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

/** The child that holds a lock for a dead process takes a moment to see that. */
async function unlocked<Result>(attempt: () => Result): Promise<Result> {
  for (let tries = 0; ; tries++) {
    try {
      return attempt();
    } catch (error) {
      const isLocked =
        error instanceof EnvError ? error.code === 'locked' : error instanceof assert.AssertionError;
      if (!isLocked || tries === 200) throw error;
      await new Promise((done) => setTimeout(done, 10));
    }
  }
}

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

/** How far an apply has come, as its files show. */
const moments: ((directory: string, before: ReadonlyMap<string, Uint8Array>) => boolean)[] = [
  (directory) => existsSync(`${directory}.lsm-backup`),
  (directory) => checkIfThere(() => listBackups(env, directory).some(({ record }) => record)),
  (directory) => readdirSync(directory).some((name) => name.endsWith('.dbtmp') && name !== '000007.dbtmp'),
  (directory, before) =>
    checkIfThere(
      () => Buffer.compare(readFileSync(join(directory, 'CURRENT')), before.get('CURRENT')!) !== 0,
    ),
  (directory, before) => readdirSync(directory).length < before.size,
];

/** False while files come and go. */
function checkIfThere(look: () => boolean): boolean {
  try {
    return look();
  } catch {
    return false;
  }
}

test('a compaction that is killed at any moment leaves the database before or after', {
  skip: posix,
}, async (t) => {
  const peer = new ManyDatabases();
  const files = new NodeWritableEnv();
  const before = richFiles();
  const contents = digestOf(before);
  const ends = { before: 0, after: 0, done: 0 };
  try {
    for (let round = 0; round < 30; round++) {
      const directory = join(root, `killed${round}`, 'db');
      mkdirSync(directory, { recursive: true });
      for (const [name, bytes] of before) writeFileSync(join(directory, name), bytes);
      const child = spawn(process.execPath, [cliPath, 'compact', directory, '--apply'], { stdio: 'ignore' });
      const exit = once(child, 'exit');
      // Somewhat behind each of these moments, a little later each time.
      const hasCome = moments[round % moments.length];
      const later = BigInt(Math.floor(round / moments.length) * 700_000);
      while (child.exitCode === null && !hasCome(directory, before)) {
        await new Promise((done) => setImmediate(done));
      }
      const end = process.hrtime.bigint() + later;
      while (process.hrtime.bigint() < end) await new Promise((done) => setImmediate(done));
      child.kill('SIGKILL');
      const [code] = await exit;
      const current = readFileSync(join(directory, 'CURRENT'), 'latin1');
      const isSwitched = current !== Buffer.from(before.get('CURRENT')!).toString('latin1');
      ends[code === 0 ? 'done' : isSwitched ? 'after' : 'before']++;
      const what = `round ${round}: ${code === 0 ? 'done' : isSwitched ? 'after' : 'before'}`;
      const complete = checkBackups(env, directory);
      if (isSwitched) assert.equal(complete, 1, what);
      peer.add(env, directory, ({ first, again, error }) => {
        assert.equal(error, undefined, what);
        assert.equal(first, contents, what);
        assert.equal(again, contents, what);
      });
      if (isSwitched) {
        const [{ folder }] = listBackups(env, directory).filter(({ record }) => record);
        await unlocked(() => run(restoreBackup(files, directory, folder)));
        const restored = filesOf(env, directory);
        for (const [name, bytes] of before) {
          assert.ok(Buffer.compare(restored.get(name) ?? new Uint8Array(0), bytes) === 0, `${what}: ${name}`);
        }
      } else {
        await unlocked(() => compactAndApply(files, directory, { now: undefined }));
        assertCompacted(env, directory);
      }
      peer.add(env, directory, ({ first, error }) => {
        assert.equal(error, undefined, `${what}, then`);
        assert.equal(first, contents, `${what}, then`);
      });
    }
    await peer.finish();
  } finally {
    await peer.close();
  }
  t.diagnostic(JSON.stringify(ends));
  assert.ok(ends.before > 5 && ends.after > 2, JSON.stringify(ends));
});

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
