// What stands in the way of a change, and what is asked then: no lock, no place for the backup, no room on the disk.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Database } from '../../src/extension/databases/database';
import { answering, api, HostDatabases, run, test } from './changing';
import { readBy } from './leveldb';

const databases = new HostDatabases('trouble');
const { scratch } = databases;

interface Account {
  backup: string;
  keptOut: string;
}

/** Every file's bytes, LOCK's too. */
function filesOf({ uri }: Database): Record<string, string> {
  const names = readdirSync(uri.fsPath).sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(uri.fsPath, name), 'base64')]));
}

async function dryRun(database: Database) {
  await run('lsm.compact', database, {});
  const panel = (await api()).dryRuns.last!;
  assert.equal(panel.state.phase, 'ready', JSON.stringify(panel.state.failure));
  return panel;
}

/** Runs something where nothing can hold a database's lock: no program, and SQLite lets a LOCK be that is not empty. */
async function withoutLock(database: Database, body: () => Promise<void>): Promise<void> {
  writeFileSync(join(database.uri.fsPath, 'LOCK'), 'kept');
  const { PATH } = process.env;
  process.env.PATH = join(scratch, 'no-programs');
  mkdirSync(process.env.PATH, { recursive: true });
  try {
    await body();
  } finally {
    process.env.PATH = PATH;
  }
}

test('where no lock can be held it is asked, in Apply and in Restore; only a yes goes on', async () => {
  const database = await databases.open('no-lock');
  const contents = await readBy(database.uri.fsPath);
  const questions: string[] = [];
  let says = false;
  const answer = (message: unknown, options: unknown, ...buttons: unknown[]) => {
    const { modal, detail } = options as vscode.MessageOptions;
    assert.deepEqual([modal, buttons], [true, ['Apply without a Lock']]);
    questions.push(`${message} ${detail}`);
    return says ? buttons[0] : undefined;
  };
  await withoutLock(database, () =>
    answering('showWarningMessage', answer, async () => {
      const panel = await dryRun(database);
      const before = filesOf(database);
      assert.equal(await panel.apply(), undefined);
      assert.match(panel.state.failure!.message, /no lock can be held here/);
      assert.match(questions[0], /hold the lock of s-over.*python3 or perl.*another program opens/);
      assert.deepEqual(filesOf(database), before);
      assert.equal(existsSync(`${database.uri.fsPath}.lsm-backup`), false);

      says = true;
      const account = await panel.apply();
      assert.equal(account?.keptOut, 'nobody', JSON.stringify(panel.state.failure));
      assert.equal(panel.state.phase, 'applied');
      assert.deepEqual(await readBy(database.uri.fsPath), contents);

      const compacted = filesOf(database);
      const restore = { path: account.backup, confirmed: true };
      says = false;
      assert.equal(await run('lsm.restore', database, restore), undefined);
      assert.deepEqual(filesOf(database), compacted);
      says = true;
      assert.equal((await run<Account>('lsm.restore', database, restore)).keptOut, 'nobody');
      assert.deepEqual(filesOf(database), before);
      assert.equal(questions.length, 4);
    }),
  );
});

if (process.platform === 'linux') {
  test('without a lock, a program that holds it is respected all the same', async () => {
    const database = await databases.open('held');
    const lock = join(database.uri.fsPath, 'LOCK');
    const script =
      'use Fcntl qw(:flock); open(F, "+<", $ARGV[0]); flock(F, LOCK_EX); syswrite(STDOUT, "held"); <STDIN>';
    const holder = spawn('perl', ['-e', script, lock], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    await withoutLock(database, () =>
      answering(
        'showWarningMessage',
        (...asked) => asked[2],
        async () => {
          const panel = await dryRun(database);
          const before = filesOf(database);
          assert.equal(await panel.apply(), undefined);
          assert.match(panel.state.failure!.message, new RegExp(`held by process ${holder.pid} \\(perl\\)`));
          assert.deepEqual(filesOf(database), before);
          const exit = once(holder, 'exit');
          holder.stdin.end();
          await exit;
          assert.ok(await panel.apply(), JSON.stringify(panel.state.failure));
        },
      ),
    );
  });
}

test('where no backup can be made beside the database a folder is asked for, in Apply and in Restore', async () => {
  const database = await databases.open('no-parent');
  // A file where the folder of backups would be stands in the way of root, too.
  const container = `${database.uri.fsPath}.lsm-backup`;
  writeFileSync(container, 'in the way');
  const before = filesOf(database);
  const elsewhere = join(scratch, 'elsewhere');
  mkdirSync(elsewhere);
  const nowhere = join(scratch, 'gone');
  const asked: (string | undefined)[] = [];
  let answers: (string | undefined)[] = [];
  const answer = (options: unknown) => {
    const { title, canSelectFolders } = options as vscode.OpenDialogOptions;
    assert.equal(canSelectFolders, true);
    asked.push(title);
    const folder = answers.shift();
    return folder === undefined ? undefined : [vscode.Uri.file(folder)];
  };
  await answering('showOpenDialog', answer, async () => {
    const panel = await dryRun(database);
    assert.equal(await panel.apply(), undefined);
    assert.match(panel.state.failure!.message, /no backup can be made there/);
    assert.match(panel.state.failure!.advice, /lsm\.backupFolder/);
    // In the database itself it is refused.
    answers = [database.uri.fsPath];
    assert.equal(await panel.apply(), undefined);
    assert.match(panel.state.failure!.message, /own folder/);
    assert.deepEqual(filesOf(database), before);
    // One that does no better is asked about again.
    answers = [nowhere, elsewhere];
    const account = await panel.apply();
    assert.ok(account, JSON.stringify(panel.state.failure));
    assert.ok(account.backup.startsWith(join(elsewhere, 's-over.lsm-backup')));
    assert.ok(existsSync(join(account.backup, 'backup.json')));

    const restore = { path: account.backup, confirmed: true };
    const compacted = filesOf(database);
    assert.equal(await run('lsm.restore', database, restore), undefined);
    assert.deepEqual(filesOf(database), compacted);
    answers = [elsewhere];
    const restored = await run<Account>('lsm.restore', database, restore);
    assert.ok(restored.backup.startsWith(elsewhere));
  });
  const beside = 'The folder beside the database cannot be written. Where may the backup go?';
  const again = `${nowhere} cannot be written. Where may the backup go?`;
  assert.deepEqual(asked, [beside, beside, beside, again, beside, beside]);
  assert.deepEqual(filesOf(database), before);
  assert.equal(readFileSync(container, 'utf8'), 'in the way');
  assert.equal(vscode.workspace.getConfiguration('lsm').get('backupFolder'), '');
});

/** A disk that can be full. */
interface SmallDisk {
  folder: string;
  /** Leaves so many bytes, or files of so many. */
  fill(bytes: number): void;
  makeRoom(): void;
  remove(): void;
  /** What the system says then, and what is advised. */
  message: RegExp;
  advice: RegExp;
}

/** A file system in memory; undefined where this user may mount none. */
function mountedDisk(): SmallDisk | undefined {
  const folder = join(scratch, 'small');
  mkdirSync(folder);
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).status !== 0) return undefined;
  const filler = join(folder, 'filler');
  return {
    folder,
    fill(bytes) {
      spawnSync('sh', ['-c', 'cat /dev/zero > "$0"', filler]);
      truncateSync(filler, statSync(filler).size - bytes);
    },
    makeRoom: () => rmSync(filler),
    // Something may look at it still.
    remove: () => void spawnSync('umount', ['-l', folder]),
    message: /No space left on device/,
    advice: /make room, then apply again/,
  };
}

/** Files that may not grow beyond a size, as this whole process is told for a while; undefined without `prlimit`. */
function limitedDisk(): SmallDisk | undefined {
  const limit = (size: string) =>
    spawnSync('prlimit', ['--pid', `${process.pid}`, `--fsize=${size}:`]).status === 0;
  if (!limit('unlimited')) return undefined;
  const folder = join(scratch, 'limited');
  mkdirSync(folder);
  return {
    folder,
    fill: (bytes) => assert.ok(limit(`${bytes}`)),
    makeRoom: () => assert.ok(limit('unlimited')),
    remove: () => assert.ok(limit('unlimited')),
    message: /File too large/,
    advice: /^$/,
  };
}

if (process.platform === 'linux') {
  test('Apply on a full disk: told, nothing is changed, and applied once there is room', async () => {
    const disks = [mountedDisk(), limitedDisk()].filter((disk) => disk !== undefined);
    assert.ok(disks.length > 0, 'there must be a way to be without room');
    try {
      for (const disk of disks) {
        const database = await databases.openIn(disk.folder);
        const contents = await readBy(database.uri.fsPath);
        const before = filesOf(database);
        const panel = await dryRun(database);
        // Too little for the backup, and for the tables.
        for (const bytes of [30 << 10, 500 << 10]) {
          disk.fill(bytes);
          try {
            assert.equal(await panel.apply(), undefined);
          } finally {
            disk.makeRoom();
          }
          const { phase, failure } = panel.state;
          assert.equal(phase, 'failed');
          assert.match(failure!.message, disk.message);
          assert.match(failure!.message, /nothing was changed/);
          assert.match(failure!.advice, disk.advice);
          assert.deepEqual(filesOf(database), before);
          assert.deepEqual(readdirSync(disk.folder), ['s-over']);
        }
        assert.ok(await panel.apply(), JSON.stringify(panel.state.failure));
        assert.equal(panel.state.phase, 'applied');
        assert.deepEqual(await readBy(database.uri.fsPath), contents);
        (await api()).registry.close(database);
      }
    } finally {
      for (const disk of disks) disk.remove();
    }
  });
}

test('nothing is left of the trouble', () => {
  rmSync(scratch, { recursive: true });
});
