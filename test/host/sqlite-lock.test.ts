// LevelDB's lock held by node:sqlite, which VS Code's Node has: beside C++ LevelDB in a process of its own.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvError } from '../../src/engine/env/env';
import { takeSystemLock } from '../../src/engine/env/node-lock';
import { lockByPerl, lockByPython } from '../../src/engine/env/node-lock-child';
import { lockHolders } from '../../src/engine/env/node-lock-holders';
import { lockBySqlite } from '../../src/engine/env/node-lock-sqlite';
import { api, HostDatabases, root, run, test } from './changing';
import { readBy } from './leveldb';

const databases = new HostDatabases('sqlite-lock');
const { scratch } = databases;
const isLinux = process.platform === 'linux';
const isLocked = (error: unknown) => error instanceof EnvError && error.code === 'locked';
const take = (path: string) => takeSystemLock(path, [lockBySqlite]);

/** Opens a database with C++ LevelDB, in another process: says `open` and holds it until its input ends, or why not. */
const LEVELDB = `const { ClassicLevel } = require(process.argv[1]);
const db = new ClassicLevel(process.argv[2]);
const say = (text) => process.stdout.write(text + "\\n");
db.open().then(() => { say("open"); process.stdin.resume().on("end", () => db.close()); }, (error) => say(String(error.cause ?? error)));`;

function node(...args: string[]): ChildProcess {
  // Desktop VS Code's program is Electron.
  const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
  return spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
}

async function levelDb(folder: string): Promise<{ said: string; child: ChildProcess }> {
  const child = node('-e', LEVELDB, join(root, 'node_modules', 'classic-level'), folder);
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { said: said.toString().trim(), child };
}

async function end(child: ChildProcess): Promise<void> {
  const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
  child.stdin?.end();
  await exit;
}

function newFolder(name: string): string {
  const folder = join(scratch, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

test('node:sqlite: C++ LevelDB cannot open what we hold, and can when it is let go; LOCK is not touched', async () => {
  const folder = newFolder('ours');
  await end((await levelDb(folder)).child);
  const path = join(folder, 'LOCK');
  const names = readdirSync(folder);
  const { size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  assert.equal(size, 0n);
  const lock = take(path);
  assert.equal(lock.keepsOut, 'leveldb');
  assert.ok(lock.isHeld());
  assert.deepEqual(readdirSync(folder), names, 'nothing comes to stand beside it');
  const refused = await levelDb(folder);
  assert.match(refused.said, /lock .*LOCK|LEVEL_LOCKED/);
  await end(refused.child);
  assert.ok(lock.isHeld());
  assert.throws(() => take(path), isLocked);
  assert.throws(() => takeSystemLock(path, [lockByPerl, lockByPython]), isLocked);
  assert.ok(lock.isHeld(), 'a second attempt takes nothing from the first');
  lock.release();
  lock.release();
  assert.equal(lock.isHeld(), false);
  assert.deepEqual(lockHolders(path), []);
  const after = statSync(path, { bigint: true });
  assert.deepEqual([after.size, after.mtimeNs, after.ctimeNs], [size, mtimeNs, ctimeNs]);
  const opened = await levelDb(folder);
  assert.equal(opened.said, 'open');
  await end(opened.child);
});

test('node:sqlite: we cannot open what C++ LevelDB holds, are told by whom, and can when it is let go', async () => {
  const folder = newFolder('theirs');
  const { said, child } = await levelDb(folder);
  assert.equal(said, 'open');
  const path = join(folder, 'LOCK');
  for (let tries = 0; tries < 2; tries++) {
    assert.throws(
      () => take(path),
      (error) => isLocked(error) && (!isLinux || `${error}`.includes(`held by process ${child.pid}`)),
    );
  }
  const refused = await levelDb(folder);
  assert.notEqual(refused.said, 'open', 'having been refused takes nothing from the holder');
  await end(refused.child);
  await end(child);
  take(path).release();
  assert.equal(statSync(path).size, 0);
});

test('node:sqlite: the lock of a process that was killed is free', async () => {
  const folder = newFolder('killed');
  await end((await levelDb(folder)).child);
  const path = join(folder, 'LOCK');
  const script = `const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
const db = new DatabaseSync(process.argv[1]); db.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
process.stdout.write("held"); process.stdin.resume();`;
  const child = node('-e', script, path);
  await once(child.stdout!, 'data');
  assert.throws(() => take(path), isLocked);
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  const lock = take(path);
  assert.ok(lock.isHeld());
  lock.release();
  assert.equal(statSync(path).size, 0);
});

test('node:sqlite: a LOCK that is not empty or has a journal is let be; one that is not there is made', () => {
  const folder = newFolder('odd');
  const path = join(folder, 'LOCK');
  writeFileSync(path, 'x');
  assert.equal(lockBySqlite(path), undefined);
  assert.equal(readFileSync(path, 'latin1'), 'x');
  writeFileSync(path, '');
  writeFileSync(`${path}-journal`, 'hot');
  assert.equal(lockBySqlite(path), undefined);
  assert.deepEqual(readdirSync(folder), ['LOCK', 'LOCK-journal']);
  rmSync(folder, { recursive: true });
  assert.throws(
    () => take(path),
    (error) => error instanceof EnvError && error.code === 'not-found' && error.path === path,
  );
  mkdirSync(folder);
  const lock = take(path);
  assert.deepEqual(readdirSync(folder), ['LOCK']);
  if (isLinux) {
    // Any descriptor of it that is closed in this process drops the lock, which is seen.
    readFileSync(path);
    assert.equal(lock.isHeld(), false);
  }
  lock.release();
});

if (isLinux) {
  test('node:sqlite: a lock of the other kind, as goleveldb takes it, keeps us out where the system tells', async () => {
    const path = join(newFolder('flock'), 'LOCK');
    writeFileSync(path, '');
    const script =
      'use Fcntl qw(:flock); open(F, "+<", $ARGV[0]); flock(F, LOCK_EX); syswrite(STDOUT, "held"); <STDIN>';
    const holder = spawn('perl', ['-e', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    assert.throws(
      () => take(path),
      (error) => isLocked(error) && `${error}`.includes(`held by process ${holder.pid} (perl)`),
    );
    await end(holder);
    take(path).release();
  });
}

/** Runs something where there is neither perl nor python3. */
async function withoutPrograms<Result>(body: () => Promise<Result>): Promise<Result> {
  const { PATH } = process.env;
  process.env.PATH = newFolder('no-programs');
  try {
    return await body();
  } finally {
    process.env.PATH = PATH;
  }
}

test("node:sqlite: a dry run is applied and restored with it in the worker's thread, and so does lsm write", async () => {
  const { dryRuns } = await api();
  const database = await databases.open('worker');
  const folder = database.uri.fsPath;
  const before = await readBy(folder);
  await withoutPrograms(async () => {
    await run('lsm.compact', database, {});
    const panel = dryRuns.last!;
    const other = await levelDb(folder);
    assert.equal(other.said, 'open');
    assert.equal(await panel.apply(), undefined);
    assert.match(panel.state.failure!.message, /held by/);
    await end(other.child);
    await panel.tryOut();
    const account = await panel.apply();
    assert.ok(account, JSON.stringify(panel.state.failure));
    assert.equal(account.keptOut, 'leveldb');
    assert.ok(await run('lsm.restore', database, { path: account.backup, confirmed: true }));
    const args = [join(root, 'dist', 'cli.js'), 'put', folder, 'by', 'lsm'];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /written as sequence/);
    // Nothing else, such as that SQLite is an experiment.
    assert.match(stderr, /^lsm: .*LOCK: the lock keeps out LevelDB, but not goleveldb[^\n]*\n$/);
  });
  assert.equal(statSync(join(folder, 'LOCK')).size, 0);
  assert.deepEqual(await readBy(folder), new Map([...before, ['by', 'lsm']].sort() as [string, string][]));
});

test('nothing is left of the locks', () => {
  rmSync(scratch, { recursive: true });
});
