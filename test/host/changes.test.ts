// The commands that change a database, from the call to what C++ LevelDB reads afterwards.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Database } from '../../src/extension/databases/database';
import type { ExtensionApi } from '../../src/extension/extension';
import { hashFolder } from '../helpers/hash-folder';
import { readByLevelDb } from './leveldb';
import { test as declare } from './runner';

const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
const fixtures = resolve(process.env.LSM_FIXTURES ?? join(root, '../shared/fixtures'));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-host-changes-'));

async function api(): Promise<ExtensionApi> {
  return vscode.extensions.getExtension<ExtensionApi>('lsm-inspector.lsm-inspector')!.activate();
}

/** A copy of a fixture in a folder of its own, where its backups are too. */
async function open(as: string, name = 's-over'): Promise<Database> {
  const folder = join(scratch, as, name);
  cpSync(join(fixtures, name), folder, { recursive: true });
  const { registry } = await api();
  const database = registry.add(vscode.Uri.file(folder));
  await database.open();
  return database;
}

function run<Result>(command: string, database: Database, args: object, node: object = { kind: 'database' }) {
  return vscode.commands.executeCommand<Result>(command, { ...node, database }, args);
}

/** A test after which no database and no panel of it is open, whatever became of it. */
function test(name: string, run: () => void | Promise<void>): void {
  declare(name, async () => {
    try {
      await run();
    } finally {
      const { registry, dryRuns } = await api();
      while (dryRuns.last) dryRuns.last.dispose();
      for (const database of registry.all) registry.close(database);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
}

function readBy(folder: string): Promise<Map<string, string>> {
  return readByLevelDb(folder, root, scratch);
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('it did not come');
}

function spillFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('lsm-dry-run-'));
}

interface Account {
  backup: string;
}

for (const [command, args, node] of [
  ['lsm.compact', {}, undefined],
  ['lsm.compactLevel', {}, { kind: 'level', level: { level: 0 } }],
  ['lsm.compactRange', { from: 'user0000001000', to: 'user0000002000' }, undefined],
  ['lsm.compactAuto', {}, undefined],
  ['lsm.flush', {}, { kind: 'logs' }],
  ['lsm.recover', {}, undefined],
] as const) {
  test(`${command}: a dry run that changes nothing, then applied: the contents are the same`, async () => {
    const { dryRuns } = await api();
    const database = await open(command);
    const folder = database.uri.fsPath;
    const before = await readBy(folder);
    const untouched = hashFolder(folder);
    await run(command, database, args, node);
    const panel = dryRuns.last!;
    assert.equal(panel.state.phase, 'ready', JSON.stringify(panel.state.failure));
    assert.equal(hashFolder(folder), untouched);
    const account = await panel.apply();
    assert.ok(account, JSON.stringify(panel.state.failure));
    assert.equal(panel.state.phase, 'applied');
    assert.ok(existsSync(join(account.backup, 'backup.json')));
    const { files } = panel.state.summary!;
    for (const { name, fate } of files)
      assert.equal(existsSync(join(folder, name)), fate !== 'deleted', name);
    await until(() => database.summary?.manifest === readFileSync(join(folder, 'CURRENT'), 'utf8').trim());
    assert.deepEqual(await readBy(folder), before);
  });
}

test('put and delete are asked once and written at once; every step can be restored', async () => {
  const database = await open('typed');
  const folder = database.uri.fsPath;
  const before = await readBy(folder);
  const put = await run<Account>('lsm.put', database, {
    key: 'caf\\xc3\\xa9',
    value: 'one\\x00two',
    confirmed: true,
  });
  assert.ok(put);
  assert.equal((await readBy(folder)).get('caf\u00c3\u00a9'), 'one\0two');
  const deleted = await run<Account>('lsm.deleteKey', database, { key: 'user0000000042', confirmed: true });
  assert.ok(deleted);
  assert.equal((await readBy(folder)).has('user0000000042'), false);
  assert.ok(await run('lsm.restore', database, { path: deleted.backup, confirmed: true }));
  assert.equal((await readBy(folder)).has('user0000000042'), before.has('user0000000042'));
  assert.ok(await run('lsm.restore', database, { path: put.backup, confirmed: true }));
  assert.deepEqual(await readBy(folder), before);
});

test('entries are exported, changed, and imported', async () => {
  const database = await open('lines');
  const folder = database.uri.fsPath;
  const before = await readBy(folder);
  const path = join(scratch, 'lines.jsonl');
  assert.ok(await run('lsm.exportLines', database, { path }));
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  assert.equal(lines.length, before.size);
  const { key } = JSON.parse(lines[0]) as { key: string };
  writeFileSync(path, `${JSON.stringify({ key, value: null })}\n{"key": "zz", "value": "last"}\n`);
  assert.ok(await run('lsm.importLines', database, { path, apply: true }));
  const after = await readBy(folder);
  assert.equal(after.has(key), false);
  assert.equal(after.get('zz'), 'last');
  assert.equal(after.size, before.size);
});

test('a backup has the same contents', async () => {
  const database = await open('backed-up');
  const path = join(scratch, 'a-backup');
  assert.ok(await run('lsm.backUp', database, { path }));
  assert.deepEqual(await readBy(path), await readBy(database.uri.fsPath));
});

test('closing the panel drops the dry run, and leaves nothing behind', async () => {
  const { dryRuns } = await api();
  const database = await open('dropped');
  const untouched = hashFolder(join(scratch, 'dropped'));
  await run('lsm.compact', database, {});
  const panel = dryRuns.last!;
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  await until(() => panel.isDisposed);
  await until(() => spillFolders().length === 0 && !panel.change.client.isRunning);
  assert.equal(hashFolder(join(scratch, 'dropped')), untouched);
});

test('what moved on is refused in the panel, and a new dry run can be applied', async () => {
  const { dryRuns } = await api();
  const database = await open('moved-on');
  const folder = database.uri.fsPath;
  await run('lsm.compact', database, {});
  const panel = dryRuns.last!;
  // Another put, by ourselves.
  assert.ok(await run('lsm.put', database, { key: 'meanwhile', value: 'written', confirmed: true }));
  const untouched = hashFolder(folder);
  assert.equal(await panel.apply(), undefined);
  assert.equal(panel.state.phase, 'failed');
  assert.match(panel.state.failure!.message, /moved on/);
  assert.equal(hashFolder(folder), untouched);
  await panel.tryOut();
  assert.ok(await panel.apply());
  assert.equal((await readBy(folder)).get('meanwhile'), 'written');
});

test('an editor of a table that a compaction took away says so', async () => {
  const { editors } = await api();
  const database = await open('editors');
  await editors.openAt(vscode.Uri.joinPath(database.uri, '000328.ldb'));
  await until(() => editors.openPages === 1);
  assert.ok(await run('lsm.compact', database, { apply: true }));
  assert.equal(existsSync(join(database.uri.fsPath, '000328.ldb')), false);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => editors.openPages === 0);
});

test('nothing is left of all that', async () => {
  await until(() => spillFolders().length === 0);
  rmSync(scratch, { recursive: true });
});
