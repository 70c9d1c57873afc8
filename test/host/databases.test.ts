// The Databases view inside a real extension host: what the tree gives, what is left after closing.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Database } from '../../src/extension/databases/database';
import { FolderDrop } from '../../src/extension/databases/drop';
import type { Node } from '../../src/extension/databases/nodes';
import type { ExtensionApi } from '../../src/extension/extension';
import { hashFolder } from '../helpers/hash-folder';
import { test } from './runner';

const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
const fixtures = resolve(process.env.LSM_FIXTURES ?? join(root, '../shared/fixtures'));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-host-'));

async function api(): Promise<ExtensionApi> {
  const extension = vscode.extensions.getExtension<ExtensionApi>('lsm-inspector.lsm-inspector');
  assert.ok(extension);
  return extension.activate();
}

/** A copy of a fixture, opened in the view. */
async function open(name: string, as = name): Promise<Database> {
  const folder = join(scratch, as);
  cpSync(join(fixtures, name), folder, { recursive: true });
  const { registry } = await api();
  const database = registry.add(vscode.Uri.file(folder));
  await database.open();
  return database;
}

/** The children of a node that have a kind. */
async function children(node: Node | undefined, kind: Node['kind']): Promise<Node[]> {
  const { tree } = await api();
  return (await tree.getChildren(node)).filter((child) => child.kind === kind);
}

async function labels(nodes: Node[]): Promise<string[]> {
  const { tree } = await api();
  return nodes.map((node) => String(tree.getTreeItem(node).label));
}

/** Files that this process has open below the scratch folder (Linux; elsewhere nothing can be told). */
function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  const { readlinkSync } = require('node:fs') as typeof import('node:fs');
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${descriptor}`);
      return target.startsWith(scratch) ? [target] : [];
    } catch {
      return [];
    }
  });
}

/** Waits for something that comes by itself. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('it did not come');
}

/** Folders that this process watches (Linux; elsewhere nothing can be told). */
function watchedFolders(): number {
  if (process.platform !== 'linux') return 0;
  return readdirSync('/proc/self/fdinfo')
    .map((descriptor) => readIfThere(`/proc/self/fdinfo/${descriptor}`))
    .reduce((sum, text) => sum + (text.match(/^inotify /gm) ?? []).length, 0);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Counts who listens to a database. */
function countListeners(database: Database): () => number {
  let listeners = 0;
  const { onDidChange } = database;
  Object.assign(database, {
    onDidChange: (...args: Parameters<typeof onDidChange>) => {
      const subscription = onDidChange(...args);
      listeners++;
      return new vscode.Disposable(() => {
        listeners--;
        subscription.dispose();
      });
    },
  });
  return () => listeners;
}

test('a database is walked from its node to its tables, logs and MANIFESTs', async () => {
  const { tree, registry } = await api();
  const database = await open('s-over');
  const node = tree.nodeOf(database);
  const [levels] = await children(node, 'levels');
  const byLevel = await children(levels, 'level');
  assert.equal(byLevel.length, 7);
  const tables = await children(byLevel[0], 'table');
  assert.equal(tables.length, 9);
  assert.ok((await labels(tables)).includes('000328.ldb'));
  const [logs] = await children(node, 'logs');
  assert.deepEqual(await labels(await children(logs, 'log')), ['000327.log', '000329.log']);
  const [manifests] = await children(node, 'manifests');
  assert.deepEqual(await labels(await children(manifests, 'manifest')), ['MANIFEST-000002']);
  const [memtable] = await children(node, 'memtable');
  const [newest, older] = await children(memtable, 'memtableLog');
  assert.deepEqual(
    [newest, older].map((each) => each.kind === 'memtableLog' && each.entries),
    [0, 457],
  );
  const parent = tree.getParent(tables[0]);
  assert.equal(parent?.kind, 'level');
  registry.close(database);
});

test('a folder that is empty fails with words, and opens when it has become a database', async () => {
  const { registry, tree } = await api();
  const folder = join(scratch, 'late');
  mkdirSync(folder);
  const database = registry.add(vscode.Uri.file(folder));
  await database.open();
  assert.equal(database.state.kind, 'failed');
  const [text] = await children(tree.nodeOf(database), 'message');
  assert.match(text.kind === 'message' ? text.text : '', /not a LevelDB database/);
  cpSync(join(fixtures, 's-compact'), folder, { recursive: true });
  await vscode.commands.executeCommand('lsm.reopen', tree.nodeOf(database));
  assert.equal(database.state.kind, 'open');
  registry.close(database);
});

test('a damaged database opens, and verifying puts file and offset into the Problems panel', async () => {
  const { registry } = await api();
  const database = await open('s-rand', 'broken');
  const log = vscode.Uri.joinPath(database.uri, '000017.log');
  registry.close(database);
  const bytes = Buffer.from(await vscode.workspace.fs.readFile(log));
  bytes[100] ^= 0xff;
  writeFileSync(log.fsPath, bytes);
  const again = registry.add(database.uri);
  const result = await again.verify(false, {});
  assert.equal(result.ok, false);
  const diagnostics = vscode.languages.getDiagnostics(log);
  assert.ok(
    diagnostics.some(
      ({ severity, message, code }) =>
        severity === vscode.DiagnosticSeverity.Error &&
        code === 'checksum-mismatch' &&
        /at byte 0/.test(message),
    ),
    JSON.stringify(diagnostics),
  );
  registry.close(again);
  assert.deepEqual(vscode.languages.getDiagnostics(log), []);
});

test('tables are filtered, and a table is found by its number', async () => {
  const { registry, tree } = await api();
  const database = await open('s-seq');
  const [levels] = await children(tree.nodeOf(database), 'levels');
  const second = (await children(levels, 'level'))[2];
  assert.equal((await children(second, 'table')).length, 39);
  database.setTableFilter('00007');
  assert.deepEqual(await labels(await children(second, 'table')), [
    '000007.ldb',
    '000071.ldb',
    '000073.ldb',
    '000075.ldb',
    '000077.ldb',
    '000079.ldb',
  ]);
  database.setTableFilter('');
  const table = await database.client.call('findTable', 31);
  assert.equal(table?.name, '000031.ldb');
  registry.close(database);
});

test('ten thousand tables in a level come in pages', async () => {
  const { registry, tree } = await api();
  const database = await open('s-seq', 'paged');
  const [levels] = await children(tree.nodeOf(database), 'levels');
  const level = (await children(levels, 'level'))[2];
  assert.ok(level.kind === 'level');
  // The worker's answer, made longer: what the tree does with it is what is tested.
  const { client } = database;
  const [row] = (await client.call('tables', 2, { start: 0, end: 1 })).rows;
  const real = client.call.bind(client);
  client.call = (async (method: string, ...params: never[]) => {
    if (method !== 'tables') return real(method as 'refresh', ...(params as []));
    const { start, end } = params[1] as { start: number; end: number };
    const rows = Array.from({ length: Math.min(end, 10_000) - start }, (_, i) => ({
      ...row,
      number: start + i,
    }));
    return { total: 10_000, rows };
  }) as unknown as typeof client.call;
  assert.equal((await children(level, 'table')).length, 200);
  const [more] = await children(level, 'more');
  await vscode.commands.executeCommand('lsm.loadMore', more);
  assert.equal((await children(level, 'table')).length, 400);
  registry.close(database);
});

test('what another process writes appears by itself', async () => {
  const { registry, tree } = await api();
  const database = await open('s-rand', 'watched');
  const [others] = await children(tree.nodeOf(database), 'others');
  const before = await labels(await children(others, 'other'));
  writeFileSync(join(database.uri.fsPath, '000900.ldb'), 'an orphan');
  await until(async () => (await labels(await children(others, 'other'))).includes('000900.ldb'));
  rmSync(join(database.uri.fsPath, '000900.ldb'));
  await until(async () => !(await labels(await children(others, 'other'))).includes('000900.ldb'));
  assert.deepEqual(await labels(await children(others, 'other')), before);
  // A write appends to the log and touches no other file.
  const log = join(database.uri.fsPath, '000017.log');
  const bytes = statSync(log).size;
  appendFileSync(log, new Uint8Array(7));
  await until(() => database.folder?.logs.some((each) => each.bytes === bytes + 7) === true);
  registry.close(database);
});

test('folders that are dropped on the view are opened', async () => {
  const { registry } = await api();
  const names = ['s-rand', 's-compact'];
  for (const name of names)
    cpSync(join(fixtures, name), join(scratch, `dropped-${name}`), { recursive: true });
  const uris = names.map((name) => vscode.Uri.file(join(scratch, `dropped-${name}`)));
  const opened: vscode.Uri[] = [];
  const data = new vscode.DataTransfer();
  data.set('text/uri-list', new vscode.DataTransferItem(`${uris.join('\r\n')}\r\n`));
  await new FolderDrop((uri) => opened.push(uri)).handleDrop(undefined, data);
  assert.deepEqual(opened.map(String), uris.map(String));
  for (const uri of opened) await vscode.commands.executeCommand('lsm.openFolder', uri);
  assert.deepEqual(
    registry.all.map(({ name, state }) => [name, state.kind]),
    names.map((name) => [`dropped-${name}`, 'open']),
  );
  for (const database of registry.all) registry.close(database);
});

test('each kind of file opens in its editor, and closing leaves no page, no file and no watch', async () => {
  const { editors } = await api();
  const folder = join(scratch, 'edited');
  cpSync(join(fixtures, 's-over'), folder, { recursive: true });
  const before = hashFolder(folder);
  const watched = watchedFolders();
  const places = [
    ['000311.ldb', { at: 'key', key: new TextEncoder().encode('user0000000042') }],
    ['000327.log', { at: 'offset', offset: 0 }],
    ['MANIFEST-000002', { at: 'edit', edit: 100 }],
  ] as const;
  for (const [name, place] of places) await editors.openAt(vscode.Uri.file(join(folder, name)), place);
  await until(() => editors.openPages === 3);
  const inputs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ input }) => input));
  assert.deepEqual(
    inputs.map((input) => input instanceof vscode.TabInputCustom && input.viewType),
    ['lsm.table', 'lsm.log', 'lsm.manifest'],
  );
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => editors.openPages === 0 && openFiles().length === 0 && watchedFolders() === watched);
  assert.equal(hashFolder(folder), before);
});

test('what is opened without a word about how: logs are text, tables and MANIFESTs have their editors', async () => {
  const { editors } = await api();
  const folder = join(scratch, 'by-default');
  cpSync(join(fixtures, 's-over'), folder, { recursive: true });
  const shown: unknown[] = [];
  for (const name of ['000327.log', '000311.ldb', 'MANIFEST-000002']) {
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(join(folder, name)), {
      preview: false,
    });
    const isThere = () => vscode.window.tabGroups.activeTabGroup.activeTab?.label === name;
    await until(isThere);
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    shown.push(
      input instanceof vscode.TabInputCustom
        ? input.viewType
        : input instanceof vscode.TabInputText && 'text',
    );
  }
  assert.deepEqual(shown, ['text', 'lsm.table', 'lsm.manifest']);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => editors.openPages === 0 && openFiles().length === 0);
});

test('MANIFESTs are texts that can be compared, and a broken one is told in the Problems panel', async () => {
  const { editors } = await api();
  const folder = join(scratch, 'texts');
  cpSync(join(fixtures, 's-over'), folder, { recursive: true });
  const uri = vscode.Uri.file(join(folder, 'MANIFEST-000002'));
  await vscode.commands.executeCommand('lsm.manifestAsText', uri);
  const document = vscode.window.activeTextEditor?.document;
  assert.match(
    document?.getText() ?? '',
    /^edit 0 @ 0\ncomparator "leveldb.BytewiseComparator"\n\nedit 1 @ 35\n/,
  );
  rmSync(join(folder, '000311.ldb'));
  await editors.openAt(uri);
  await until(() => vscode.languages.getDiagnostics(uri).some(({ code }) => code === 'missing-file'));
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => vscode.languages.getDiagnostics(uri).length === 0);
});

test('after closing nothing is left: no listener, no worker, no open file, no watch, and nothing was changed', async () => {
  const { registry } = await api();
  const watched = watchedFolders();
  const database = await open('s-stale', 'untouched');
  if (process.platform === 'linux') assert.equal(watchedFolders(), watched + 1);
  const listeners = countListeners(database);
  const folder = database.uri.fsPath;
  const before = hashFolder(folder);
  await vscode.commands.executeCommand('lsm.browseKeys', { kind: 'database', database });
  assert.equal(listeners(), 1);
  await database.verify(false, {});
  await database.client.call('keys', {
    anchor: { at: 'first' },
    direction: 'forward',
    count: 100,
    versions: 'all',
  });
  await database.refresh();
  await vscode.commands.executeCommand('lsm.close', { kind: 'database', database });
  assert.equal(registry.find(database.uri), undefined);
  assert.equal(database.client.isRunning, false);
  assert.equal(listeners(), 0);
  await until(() => openFiles().length === 0 && watchedFolders() === watched);
  await until(() => vscode.window.tabGroups.all.every(({ tabs }) => tabs.length === 0));
  assert.deepEqual(
    vscode.languages.getDiagnostics().flatMap(([uri]) => (uri.fsPath.includes(scratch) ? [uri] : [])),
    [],
  );
  assert.equal(hashFolder(folder), before);
  assert.deepEqual(registry.all, []);
  rmSync(scratch, { recursive: true });
});

test('a whole session changes nothing in the workspace', async () => {
  const { registry, tree } = await api();
  const [workspace] = vscode.workspace.workspaceFolders!;
  const before = hashFolder(workspace.uri.fsPath);
  const names = (await vscode.workspace.fs.readDirectory(workspace.uri))
    .filter(([, type]) => type === vscode.FileType.Directory)
    .map(([name]) => name);
  assert.deepEqual(names.sort(), ['crashed', 'damaged', 'overwritten', 'three-levels']);
  for (const name of names) {
    await vscode.commands.executeCommand('lsm.openFolder', vscode.Uri.joinPath(workspace.uri, name));
    const database = registry.find(vscode.Uri.joinPath(workspace.uri, name))!;
    assert.equal(database.state.kind, 'open', name);
    const all: Node[] = [tree.nodeOf(database)];
    for (const node of all) all.push(...(await tree.getChildren(node)));
    assert.ok(all.some(({ kind }) => kind === 'memtableLog'));
    await vscode.commands.executeCommand('lsm.browseKeys', tree.nodeOf(database));
    await database.verify(false, {});
    await database.refresh();
  }
  for (const database of registry.all) registry.close(database);
  assert.equal(hashFolder(workspace.uri.fsPath), before);
});
