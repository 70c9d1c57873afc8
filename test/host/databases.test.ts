// The Databases view inside a real extension host: what the tree gives, what is left after closing.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Database } from '../../src/extension/databases/database';
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

test('after closing nothing is left: no database, no worker, no open file, and nothing was changed', async () => {
  const { registry } = await api();
  const database = await open('s-stale', 'untouched');
  const folder = database.uri.fsPath;
  const before = hashFolder(folder);
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
  await assert.rejects(
    database.client.call('hasChanged').then(() => database.client.dispose()),
    /no database is open/,
  );
  await database.client.dispose();
  for (let i = 0; i < 50 && openFiles().length > 0; i++) await new Promise((done) => setTimeout(done, 100));
  assert.deepEqual(openFiles(), []);
  assert.equal(hashFolder(folder), before);
  assert.deepEqual(registry.all, []);
  rmSync(scratch, { recursive: true });
});
