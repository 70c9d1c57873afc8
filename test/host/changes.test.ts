// The commands that change a database, from the call to what C++ LevelDB reads afterwards.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { hashFolder } from '../helpers/hash-folder';
import { api, HostDatabases, root, run, test, until } from './changing';
import { readBy } from './leveldb';

const databases = new HostDatabases('changes');
const { scratch } = databases;
const open = databases.open.bind(databases);

function spillFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('lsm-dry-run-'));
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

interface Written {
  former: { found: boolean; valueBytes: number; value: Uint8Array | undefined };
}

test('put and delete are written at once; all else stays, and no backup is made', async () => {
  const database = await open('typed');
  const folder = database.uri.fsPath;
  const before = await readBy(folder);
  const put = { key: 'caf\\xc3\\xa9', value: 'one\\x00two', confirmed: true };
  assert.equal((await run<Written>('lsm.put', database, put)).former.found, false);
  assert.equal((await readBy(folder)).get('caf\u00c3\u00a9'), 'one\0two');
  const again = await run<Written>('lsm.put', database, { ...put, value: '' });
  assert.equal(Buffer.from(again.former.value!).toString(), 'one\0two');
  const deleted = await run<Written>('lsm.deleteKey', database, { key: put.key, confirmed: true });
  assert.deepEqual([deleted.former.found, deleted.former.valueBytes], [true, 0]);
  assert.deepEqual(await readBy(folder), before);
  const key = 'user0000000042';
  const gone = await run<Written>('lsm.deleteKey', database, { key, confirmed: true });
  assert.equal(Buffer.from(gone.former.value!).toString('latin1'), before.get(key));
  before.delete(key);
  assert.deepEqual(await readBy(folder), before);
  assert.equal(existsSync(`${folder}.lsm-backup`), false);
  // The views have seen it.
  assert.equal((await database.client.call('value', Buffer.from(key), undefined, 9)).found, false);
});

test('a put where opening would lose something is refused, and changes nothing', async () => {
  const database = await open('damaged');
  const folder = database.uri.fsPath;
  const logs = readdirSync(folder).filter((name) => name.endsWith('.log'));
  const log = logs.map((name) => join(folder, name)).find((path) => statSync(path).size > 40)!;
  const bytes = readFileSync(log);
  bytes[40] ^= 0xff;
  writeFileSync(log, bytes);
  const untouched = hashFolder(folder);
  assert.equal(await run('lsm.put', database, { key: 'a', value: 'b', confirmed: true }), undefined);
  assert.equal(hashFolder(folder), untouched);
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

test('tables of a compression that is not written: the panel lets choose one, and rewrites them so', async () => {
  const { dryRuns } = await api();
  const own = join(root, 'test', 'fixtures');
  const database = await open('compression', 'leveldb-zstd', own);
  await run('lsm.compact', database, {});
  const panel = dryRuns.last!;
  assert.equal(panel.state.phase, 'failed');
  assert.deepEqual(panel.state.failure!.compressions, ['snappy', 'none']);
  const summary = await panel.tryOut({ compression: 'snappy' });
  assert.equal(panel.state.phase, 'ready', JSON.stringify(panel.state.failure));
  assert.equal(summary!.chosen.compression, 'snappy');
  // The choice stays for another dry run.
  await panel.tryOut();
  assert.ok(await panel.apply());
  const truth = JSON.parse(readFileSync(join(own, 'truth.json'), 'utf8'));
  assert.equal((await readBy(database.uri.fsPath)).size, truth['leveldb-zstd'].entries);
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
  // Not even if it is asked for again: what is shown is not what would be done.
  assert.equal(await panel.apply(), undefined);
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
