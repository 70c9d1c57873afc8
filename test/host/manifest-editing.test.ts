// A MANIFEST in its editor, from the first edit to what C++ LevelDB reads after the save.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { ManifestFileDocument } from '../../src/extension/editors/manifest-document';
import type { ExtensionApi } from '../../src/extension/extension';
import { WorkerClient } from '../../src/worker/client';
import type { ManifestCalls, ManifestJobs } from '../../src/worker/manifest-api';
import type { OperationJson } from '../../src/worker/manifest-edit-api';
import { hashFolder } from '../helpers/hash-folder';
import { readBy } from './leveldb';
import { test as declare } from './runner';

const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
const fixtures = resolve(process.env.LSM_FIXTURES ?? join(root, '../shared/fixtures'));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-host-manifest-'));
const SQUASH = [{ op: 'squash' }];
/** Changes bytes of the file, and nothing that it says. */
const NOTHING_NEW = [{ op: 'set', edit: 0, field: 'prevLogNumber', value: 0 }];
const TOKEN = new vscode.CancellationTokenSource().token;
let copies = 0;

async function api(): Promise<ExtensionApi> {
  return vscode.extensions.getExtension<ExtensionApi>('lsm-inspector.lsm-inspector')!.activate();
}

/** A message that was shown. */
interface Shown {
  text: string;
  detail: string;
}

/** Answers that messages get, by their buttons; and what was shown. */
const window = {
  answers: [] as string[],
  shown: [] as Shown[],
};

/** Each message gets the first of the answers that it has a button for; the others go away unanswered. */
function answering(): () => void {
  const kinds = ['showInformationMessage', 'showWarningMessage', 'showErrorMessage'] as const;
  const originals = kinds.map((kind) => vscode.window[kind]);
  window.answers = [];
  window.shown = [];
  for (const kind of kinds) {
    (vscode.window as unknown as Record<string, unknown>)[kind] = async (
      text: string,
      ...rest: unknown[]
    ) => {
      const detail = (rest[0] as { detail?: string } | undefined)?.detail ?? '';
      window.shown.push({ text, detail });
      const buttons = rest.filter((item) => typeof item === 'string');
      const at = window.answers.findIndex((answer) => buttons.includes(answer));
      return at < 0 ? undefined : window.answers.splice(at, 1)[0];
    };
  }
  return () => {
    for (const [i, kind] of kinds.entries()) {
      (vscode.window as unknown as Record<string, unknown>)[kind] = originals[i];
    }
  };
}

/** A test after which no editor is open, whatever became of it. */
function test(name: string, run: () => Promise<void>): void {
  declare(
    name,
    async () => {
      const stop = answering();
      try {
        await run();
      } finally {
        const { registry, editors } = await api();
        await vscode.commands.executeCommand('workbench.action.closeAllEditors');
        await until(() => editors.openPages === 0, 'no page is open');
        for (const database of registry.all) registry.close(database);
        stop();
      }
    },
    180_000,
  );
}

async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`it did not come: ${what}; shown: ${JSON.stringify(window.shown)}`);
}

function copyOf(fixture: string): string {
  const directory = join(scratch, `${++copies}`, 'db');
  cpSync(join(fixtures, fixture), directory, { recursive: true });
  return directory;
}

function currentOf(directory: string): string {
  return readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
}

interface Opened {
  document: ManifestFileDocument;
  directory: string;
  path: string;
  uri: vscode.Uri;
}

async function openManifest(directory: string, name = currentOf(directory)): Promise<Opened> {
  const { editors } = await api();
  const path = join(directory, name);
  const uri = vscode.Uri.file(path);
  await editors.openAt(uri);
  const document = editors.manifests.find(uri);
  assert.ok(document);
  await document.summary().catch(() => {});
  return { document, directory, path, uri };
}

const opened = async (fixture = 's-over') => openManifest(copyOf(fixture));

function isDirty(): boolean {
  return vscode.window.tabGroups.activeTabGroup.activeTab?.isDirty ?? false;
}

const dirty = () => until(isDirty, 'a dirty tab');
const clean = () => until(() => !isDirty(), 'a clean tab');

async function command(
  name: 'undo' | 'redo' | 'workbench.action.files.save' | 'workbench.action.files.revert',
) {
  await vscode.commands.executeCommand(name);
}

async function save(): Promise<void> {
  await command('workbench.action.files.save');
  await clean();
}

/** What the worker says of the operations in force. */
async function operationsOf(document: ManifestFileDocument): Promise<string[]> {
  return (await document.script()).map((operation) => (operation as { op: string }).op);
}

/** A worker for itself, with a MANIFEST open. */
async function beside<Result>(
  path: string,
  run: (client: WorkerClient<ManifestCalls, ManifestJobs>) => Promise<Result>,
): Promise<Result> {
  const client = new WorkerClient<ManifestCalls, ManifestJobs>(join(root, 'dist', 'worker.js'), 'manifest');
  try {
    await client.call('open', path);
    return await run(client);
  } finally {
    await client.dispose();
  }
}

/** What another program could write in its place: the same version in other bytes. */
function otherBytes(path: string, operations: OperationJson[] = SQUASH): Promise<Uint8Array> {
  return beside(path, async (client) => {
    await client.run('edit', [operations]);
    return client.call('bytes');
  });
}

/** The tables of the last version, with their user keys as Latin-1. */
function tablesOf(path: string) {
  return beside(path, async (client) => {
    const { levels, numbers, removed } = await client.call('lives');
    const lives = [...levels.keys()].filter((i) => removed[i] === 0xffff_ffff);
    return Promise.all(
      lives.map(async (i) => {
        const { smallest, largest } = await client.call('life', i);
        const [from, to] = [smallest, largest].map(({ userKey }) => Buffer.from(userKey).toString('latin1'));
        return { level: levels[i], number: numbers[i], from, to };
      }),
    );
  });
}

/** A table below level 0 whose range no other table reaches into. */
async function loneTable(path: string) {
  const tables = await tablesOf(path);
  const found = tables.find(
    (table) =>
      table.level > 0 &&
      tables.every((other) => other === table || other.to < table.from || other.from > table.to),
  );
  assert.ok(found, 'no table is alone in its range');
  return found;
}

/** In a browser VS Code saves by itself unless it is told not to. */
async function setAutoSave(value: 'off' | 'afterDelay' | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('files');
  await settings.update('autoSave', value, vscode.ConfigurationTarget.Global);
}

declare('only what is asked for is saved', () => setAutoSave('off'));

test('an edit makes the tab dirty, undo makes it clean; several operations are one step', async () => {
  const { document, path } = await opened();
  const before = readFileSync(path);
  await document.apply([...NOTHING_NEW, ...SQUASH]);
  await dirty();
  assert.equal(document.undoLabel, '2 operations');
  assert.deepEqual(await operationsOf(document), ['set', 'squash']);
  await document.apply([{ op: 'duplicate-edit', edit: 0 }]);
  await until(() => document.undoLabel === 'duplicate edit 0', 'a second step');
  await command('undo');
  await until(() => document.redoLabel === 'duplicate edit 0', 'undone');
  assert.equal(isDirty(), true);
  await command('undo');
  await clean();
  assert.deepEqual(await operationsOf(document), []);
  await command('redo');
  await dirty();
  assert.deepEqual(await operationsOf(document), ['set', 'squash']);
  assert.deepEqual(readFileSync(path), before);
});

test('where VS Code saves by itself a MANIFEST is not written unasked', async () => {
  const { document, directory, path } = await opened();
  const before = readFileSync(path);
  await setAutoSave('afterDelay');
  try {
    await document.apply(SQUASH);
    const message = /has edits that are not saved/;
    await until(() => window.shown.some(({ text }) => message.test(text)), 'VS Code tries to save');
    // As a person's own save, which it cannot be told from.
    await command('workbench.action.files.save');
    assert.deepEqual(readFileSync(path), before);
    assert.equal(isDirty(), true);
    assert.equal(existsSync(`${directory}.lsm-backup`), false);
    await vscode.commands.executeCommand('lsm.saveManifest');
    await clean();
    assert.notDeepEqual(readFileSync(path), before);
    window.answers.push('Save');
    await document.apply(NOTHING_NEW);
    await dirty();
    await clean();
    assert.equal(readdirSync(`${directory}.lsm-backup`).length, 2);
  } finally {
    await setAutoSave('off');
  }
});

test('operations that cannot be done leave nothing behind', async () => {
  const { document } = await opened();
  await assert.rejects(document.apply([...SQUASH, { op: 'delete-edit', edit: 7 }]), /there is no edit 7/);
  assert.equal(document.isDirty, false);
  assert.equal(isDirty(), false);
});

test('two views of a document stay in step, and the document ends with the last one', async () => {
  const { editors } = await api();
  const { document } = await opened();
  await vscode.commands.executeCommand('workbench.action.splitEditor');
  await until(() => editors.openPages === 2, 'a second page');
  let changes = 0;
  document.onDidChange(() => changes++);
  await document.apply(SQUASH);
  assert.equal(changes, 1);
  await until(
    () => vscode.window.tabGroups.all.every(({ activeTab }) => activeTab?.isDirty ?? false),
    'both tabs are dirty',
  );
  await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
  await until(() => editors.openPages === 1, 'one page');
  assert.equal(document.isDisposed, false);
  await command('undo');
  await clean();
});

test('what changes nothing for readers is saved without a question; undo goes past the save', async () => {
  const { registry } = await api();
  const { document, directory, path } = await opened();
  const database = registry.add(vscode.Uri.file(directory));
  await database.open();
  const [before, contents] = [readFileSync(path), await readBy(directory)];
  await document.apply(SQUASH);
  await dirty();
  await save();
  assert.notDeepEqual(readFileSync(path), before);
  assert.deepEqual(await readBy(directory), contents);
  await until(() => window.shown.length > 0, 'an account');
  assert.match(window.shown[0].text, /The backup is in/);
  await until(() => database.summary?.edits === 1, 'the view of the database follows');
  await command('undo');
  await dirty();
  await save();
  assert.deepEqual(readFileSync(path), before);
  // Nothing was asked, and our own saves are no changes on the disk.
  assert.deepEqual(
    window.shown.filter(({ text }) => !/The backup is in/.test(text)),
    [],
  );
});

test('what loses keys is asked about; cancelled, nothing is written and the tab stays dirty', async () => {
  const { document, directory, path } = await opened('s-seq');
  const table = await loneTable(path);
  const [before, untouched] = [await readBy(directory), hashFolder(directory)];
  await document.apply([{ op: 'remove-file', level: table.level, number: table.number }]);
  await dirty();
  await command('workbench.action.files.save');
  const [question] = window.shown;
  assert.match(question.text, /The database reads differently then/);
  const lost = [...before.keys()].filter((key) => key >= table.from && key <= table.to);
  assert.match(
    question.detail,
    new RegExp(`^${lost.length} keys are lost, 0 read differently, 0 come\\.$`, 'm'),
  );
  assert.match(question.detail, /LevelDB would delete/);
  assert.equal(isDirty(), true);
  assert.equal(hashFolder(directory), untouched);
  await assert.rejects(
    (await api()).editors.manifests.saveCustomDocument(document, TOKEN),
    vscode.CancellationError,
  );
  window.answers = ['Save'];
  await save();
  for (const key of lost) before.delete(key);
  assert.deepEqual(await readBy(directory), before);
});

test('checks that fail are named as LevelDB would meet them, and it can be saved all the same', async () => {
  const { document, directory, path } = await opened();
  await document.apply([{ op: 'set', edit: 0, field: 'comparator', value: 'nobody.knows' }]);
  await dirty();
  window.answers = ['Save Although Checks Fail'];
  await save();
  assert.match(window.shown[0].text, /although it is not sound/);
  assert.match(window.shown[0].detail, /^Opening would fail: .*comparator/m);
  await assert.rejects(readBy(directory), (error: Error) =>
    /nobody\.knows|comparator/.test(String((error as { cause?: unknown }).cause ?? error)),
  );
  assert.deepEqual(Buffer.from(await document.bytes()), readFileSync(path));
});

test('what cannot be written says why and what to do, and stays', async () => {
  const directory = copyOf('s-over');
  const path = join(directory, currentOf(directory));
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] ^= 0xff;
  writeFileSync(path, bytes);
  const { document } = await openManifest(directory);
  await document.apply(NOTHING_NEW);
  await dirty();
  await assert.rejects(
    (await api()).editors.manifests.saveCustomDocument(document, TOKEN),
    /damage stands behind what was changed.*drop it first/,
  );
  assert.equal(isDirty(), true);
  assert.deepEqual(readFileSync(path), bytes);
});

test('saved as new: CURRENT names it, its editor opens, the old one is as it was', async () => {
  const { document, directory, path, uri } = await opened();
  const [old, contents] = [readFileSync(path), await readBy(directory)];
  await document.apply(SQUASH);
  await dirty();
  assert.equal(await vscode.commands.executeCommand('lsm.saveAsNewManifest'), true);
  const name = currentOf(directory);
  assert.notEqual(join(directory, name), path);
  assert.deepEqual(readFileSync(path), old);
  assert.deepEqual(await readBy(directory), contents);
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input as vscode.TabInputCustom;
  assert.equal(input.uri.fsPath, join(directory, name));
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  assert.deepEqual(
    tabs.filter((tab) => tab.isDirty),
    [],
  );
  await until(() => !document.isDirty, 'the old one is reverted');
  assert.equal((await api()).editors.manifests.find(uri), document);
});

test('revert drops the edits since the last save', async () => {
  const { document, path } = await opened();
  await document.apply(SQUASH);
  await dirty();
  await save();
  const saved = readFileSync(path);
  await document.apply([{ op: 'duplicate-edit', edit: 0 }]);
  await dirty();
  await command('workbench.action.files.revert');
  await clean();
  await until(() => !document.isDirty, 'reverted');
  assert.deepEqual(Buffer.from(await document.bytes()), saved);
  await document.apply(NOTHING_NEW);
  await dirty();
  await command('undo');
  await clean();
  assert.deepEqual(await operationsOf(document), []);
});

test('save as writes a copy out of the folder; into a database it is refused', async () => {
  const { editors } = await api();
  const { document, directory } = await opened();
  await document.apply(SQUASH);
  await assert.rejects(
    editors.manifests.saveCustomDocumentAs(document, vscode.Uri.file(join(directory, 'MANIFEST-000999'))),
    /Save as New MANIFEST/,
  );
  assert.equal(existsSync(join(directory, 'MANIFEST-000999')), false);
  const folder = join(scratch, `${++copies}`);
  mkdirSync(folder);
  const copy = join(folder, 'MANIFEST-000001');
  await editors.manifests.saveCustomDocumentAs(document, vscode.Uri.file(copy));
  assert.deepEqual(readFileSync(copy), Buffer.from(await document.bytes()));
  // A MANIFEST for itself is just written.
  const { document: alone } = await openManifest(folder, 'MANIFEST-000001');
  await alone.apply(NOTHING_NEW);
  await dirty();
  await save();
  assert.deepEqual(readdirSync(folder), ['MANIFEST-000001']);
  assert.deepEqual(readFileSync(copy), Buffer.from(await alone.bytes()));
});

test('a hot exit keeps the edits; where they cannot be done again it is read-only and says why', async () => {
  const { editors } = await api();
  const { document, path, uri } = await opened();
  await document.apply(SQUASH);
  const destination = vscode.Uri.file(join(scratch, 'backups', 'kept'));
  const backup = await editors.manifests.backupCustomDocument(document, { destination });
  const bytes = await document.bytes();
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => editors.openPages === 0, 'closed');
  const context = { backupId: backup.id, untitledDocumentData: undefined };

  const again = await editors.manifests.openCustomDocument(uri, context);
  assert.equal((await again.summary()).editing.isDirty, true);
  assert.deepEqual(await again.bytes(), bytes);
  again.dispose();

  writeFileSync(path, await otherBytes(path, NOTHING_NEW));
  window.answers = ['Show Kept Edits'];
  const locked = await editors.manifests.openCustomDocument(uri, context);
  await locked.summary();
  assert.match(locked.readOnlyReason ?? '', /the file has changed since these edits were made/);
  await assert.rejects(locked.apply(SQUASH), /the file has changed since/);
  await assert.rejects(editors.manifests.saveCustomDocument(locked, TOKEN), /the file has changed since/);
  assert.equal(locked.isDirty, true);
  await until(() => vscode.window.activeTextEditor !== undefined, 'the kept edits');
  assert.deepEqual(JSON.parse(vscode.window.activeTextEditor!.document.getText()), SQUASH);
  await locked.revert();
  await locked.summary();
  assert.equal(locked.readOnlyReason, undefined);
  locked.dispose();

  writeFileSync(destination.fsPath, 'not JSON');
  const unreadable = await editors.manifests.openCustomDocument(uri, context);
  assert.match(unreadable.readOnlyReason ?? '', /cannot be read/);
  unreadable.dispose();
  backup.delete();
  await until(() => !existsSync(destination.fsPath), 'the backup goes');
});

test('a file that changed on the disk is read again when there are no edits', async () => {
  const { document, path } = await opened();
  const bytes = await otherBytes(path);
  writeFileSync(path, bytes);
  await until(async () => (await document.summary()).edits === 1, 'the new file');
  assert.deepEqual(await document.bytes(), bytes);
  assert.deepEqual(window.shown, []);
});

const CHANGED = 'has changed on the disk';

test('a file that changed on the disk under edits: redone on the new file, and saved', async () => {
  const { document, path, directory } = await opened();
  const contents = await readBy(directory);
  const bytes = await otherBytes(path);
  await document.apply(NOTHING_NEW);
  await dirty();
  window.answers = ['Redo My Edits on the New File'];
  writeFileSync(path, bytes);
  await until(() => window.shown.some(({ text }) => text.includes(CHANGED)), 'a question');
  await until(async () => (await document.summary()).edits === 1, 'redone');
  assert.equal(isDirty(), true);
  assert.deepEqual(await operationsOf(document), ['set']);
  await save();
  assert.deepEqual(await readBy(directory), contents);
});

test('a file that changed on the disk under edits: what cannot be redone is kept', async () => {
  const { document, path } = await opened();
  const bytes = await otherBytes(path);
  await document.apply([{ op: 'delete-edit', edit: 3 }]);
  const edited = await document.bytes();
  window.answers = ['Redo My Edits on the New File'];
  writeFileSync(path, bytes);
  await until(
    () => window.shown.some(({ text }) => /cannot be done again on the new.*there is no edit 3/.test(text)),
    'why not',
  );
  assert.deepEqual(await document.bytes(), edited);
  assert.equal(document.isDirty, true);
});

test('a file that changed on the disk under edits: dropped', async () => {
  const { document, path } = await opened();
  const bytes = await otherBytes(path);
  await document.apply(NOTHING_NEW);
  await dirty();
  window.answers = ['Drop My Edits'];
  writeFileSync(path, bytes);
  await clean();
  await until(async () => !document.isDirty && (await document.summary()).edits === 1, 'the new file');
  assert.deepEqual(await document.bytes(), bytes);
});

test('a file that changed on the disk under edits: kept, and a save refuses to write over it', async () => {
  const { document, path } = await opened();
  const bytes = await otherBytes(path);
  await document.apply(NOTHING_NEW);
  await dirty();
  window.answers = ['Keep'];
  writeFileSync(path, bytes);
  await until(() => window.shown.some(({ text }) => text.includes(CHANGED)), 'a question');
  await assert.rejects(
    (await api()).editors.manifests.saveCustomDocument(document, TOKEN),
    /has changed on the disk since it was read.*Redo My Edits/,
  );
  assert.equal(isDirty(), true);
  assert.deepEqual(Buffer.from(readFileSync(path)), Buffer.from(bytes));
  // The way out is offered once more.
  await until(() => window.shown.filter(({ text }) => text.includes(CHANGED)).length === 2, 'asked again');
});

test('a folder that changed around a MANIFEST with edits: they stay, nothing is asked, and it can be saved', async () => {
  const { document, directory, path } = await opened();
  await document.apply(SQUASH);
  await dirty();
  let changes = 0;
  document.onDidChange(() => changes++);
  writeFileSync(join(directory, '000999.dbtmp'), '');
  await until(() => changes > 0, 'the folder is looked at again');
  assert.deepEqual(await operationsOf(document), ['squash']);
  assert.deepEqual(window.shown, []);
  await save();
  assert.deepEqual(readFileSync(path), Buffer.from(await document.bytes()));
});

test('a file that was deleted under edits: they are kept, and can be saved elsewhere', async () => {
  const { editors } = await api();
  const { document, path } = await opened();
  await document.apply(SQUASH);
  const bytes = Buffer.from(await document.bytes());
  rmSync(path);
  await until(() => window.shown.some(({ text }) => /was deleted on the disk/.test(text)), 'it is said');
  assert.equal(document.isDirty, true);
  const copy = join(scratch, `${++copies}-MANIFEST-000001`);
  await editors.manifests.saveCustomDocumentAs(document, vscode.Uri.file(copy));
  assert.deepEqual(readFileSync(copy), bytes);
  await assert.rejects(editors.manifests.saveCustomDocument(document, TOKEN), /has changed on the disk/);
  assert.equal(existsSync(path), false);
});

/** Ends the worker as a crash would. */
async function crash(document: ManifestFileDocument): Promise<void> {
  const client = Reflect.get(document, 'client') as { worker?: { terminate(): Promise<number> } };
  const { worker } = client;
  await worker!.terminate();
  await until(() => client.worker !== worker, 'the worker is gone');
}

test('a worker that dies takes no edit along', async () => {
  const { document, directory, path } = await opened();
  const contents = await readBy(directory);
  await document.apply(SQUASH);
  await dirty();
  await save();
  await document.apply(NOTHING_NEW);
  await document.apply([{ op: 'duplicate-edit', edit: 0 }]);
  const bytes = await document.bytes();
  await crash(document);
  assert.deepEqual(await document.bytes(), bytes);
  await command('undo');
  await until(() => document.redoLabel === 'duplicate edit 0', 'undone in the new worker');
  assert.deepEqual(await operationsOf(document), ['set']);
  await crash(document);
  await command('redo');
  await until(() => document.redoLabel === undefined, 'done again in a third one');
  assert.deepEqual(await document.bytes(), bytes);
  await command('undo');
  await until(() => document.redoLabel !== undefined, 'undone again');
  await dirty();
  await save();
  assert.deepEqual(readFileSync(path), Buffer.from(await document.bytes()));
  assert.deepEqual(await readBy(directory), contents);
});

test('the script of what was edited is on the clipboard', async () => {
  const { document } = await opened();
  await document.apply(NOTHING_NEW);
  await vscode.commands.executeCommand('lsm.copyManifestScript');
  assert.deepEqual(JSON.parse(await vscode.env.clipboard.readText()), NOTHING_NEW);
});

test('the checks of what was edited are in the Problems panel, while the editor is open', async () => {
  const { editors } = await api();
  const { document, uri } = await opened();
  const problems = () => vscode.languages.getDiagnostics(uri).map(({ code }) => code);
  await document.apply([{ op: 'set', edit: 0, field: 'comparator', value: 'nobody.knows' }]);
  await until(() => problems().length > 0, 'a problem');
  await command('undo');
  await until(() => problems().length === 0, 'none');
  await document.apply([{ op: 'set', edit: 0, field: 'comparator', value: 'nobody.knows' }]);
  await until(() => problems().length > 0, 'a problem again');
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => editors.openPages === 0 && problems().length === 0, 'none after closing');
});

test('a file that is dropped, and rolled back again', async () => {
  const { document, directory, path } = await opened('s-seq');
  const contents = await readBy(directory);
  const { edits } = await document.summary();
  const { level, number } = await loneTable(path);
  await document.apply([{ op: 'remove-file', level, number }]);
  await dirty();
  window.answers = ['Save'];
  await save();
  assert.ok((await readBy(directory)).size < contents.size);
  await document.apply([{ op: 'roll-back', edit: edits - 1 }]);
  await dirty();
  window.answers = ['Save'];
  await save();
  assert.equal((await document.summary()).edits, edits);
  assert.deepEqual(await readBy(directory), contents);
});

test('a file that is moved to another level', async () => {
  const { document, directory, path } = await opened('s-seq');
  const contents = await readBy(directory);
  const { level, number } = await loneTable(path);
  await document.apply([{ op: 'move-file', number, from: level, to: level + 1 }]);
  await dirty();
  await save();
  assert.ok((await tablesOf(path)).some((table) => table.number === number && table.level === level + 1));
  assert.deepEqual(await readBy(directory), contents);
});

test('a torn tail is dropped', async () => {
  const directory = copyOf('s-over');
  const path = join(directory, currentOf(directory));
  const [whole, contents] = [readFileSync(path), await readBy(directory)];
  appendFileSync(path, Buffer.from([1, 2, 3]));
  const { document } = await openManifest(directory);
  await document.apply([{ op: 'drop-tail' }]);
  await dirty();
  await save();
  assert.deepEqual(readFileSync(path), whole);
  assert.deepEqual(await readBy(directory), contents);
});

test('a CURRENT that names nothing is repaired', async () => {
  const directory = copyOf('s-over');
  const name = currentOf(directory);
  const contents = await readBy(directory);
  writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-999999\n');
  await assert.rejects(readBy(directory));
  const { document } = await openManifest(directory, name);
  await document.apply([{ op: 'fix-current' }]);
  await dirty();
  window.answers = ['Save'];
  await save();
  assert.match(window.shown[0].detail, new RegExp(`cannot be opened now, would have ${contents.size} keys`));
  assert.equal(currentOf(directory), name);
  assert.deepEqual(await readBy(directory), contents);
});

test('a MANIFEST that was deleted is rebuilt from its database in the view, and the view opens then', async () => {
  const { registry, editors } = await api();
  const directory = copyOf('s-over');
  const name = currentOf(directory);
  const contents = await readBy(directory);
  rmSync(join(directory, name));
  const database = registry.add(vscode.Uri.file(directory));
  await database.open();
  assert.equal(database.summary?.edits, 0);
  await vscode.commands.executeCommand('lsm.rebuildManifest', { kind: 'database', database });
  await dirty();
  assert.equal(existsSync(join(directory, name)), false);
  const document = editors.manifests.find(vscode.Uri.file(join(directory, name)));
  assert.ok(document);
  window.answers = ['Save'];
  await save();
  assert.deepEqual(await readBy(directory), contents);
  await until(() => database.summary?.edits === 1, 'the view has the new MANIFEST');
  await command('undo');
  await dirty();
});

test('the MANIFEST of a database opens from its node, and closing leaves no page and no worker', async () => {
  const { registry, editors } = await api();
  const directory = copyOf('s-over');
  const database = registry.add(vscode.Uri.file(directory));
  await database.open();
  await vscode.commands.executeCommand('lsm.editManifest', { kind: 'database', database });
  const document = editors.manifests.find(vscode.Uri.file(join(directory, currentOf(directory))));
  assert.ok(document);
  await document.apply(SQUASH);
  await dirty();
  const untouched = hashFolder(directory);
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  await until(() => editors.openPages === 0, 'no page');
  await until(() => document.isDisposed, 'no document');
  const client = Reflect.get(document, 'client') as { isRunning: boolean };
  assert.equal(client.isRunning, false);
  assert.equal(hashFolder(directory), untouched);
});

test('in Restricted Mode a MANIFEST is read-only: nothing is done, nothing is saved', async () => {
  const { document, path } = await opened();
  const before = readFileSync(path);
  await document.apply(SQUASH);
  await dirty();
  const descriptor = Object.getOwnPropertyDescriptor(vscode.workspace, 'isTrusted')!;
  Object.defineProperty(vscode.workspace, 'isTrusted', { value: false, configurable: true });
  try {
    assert.match(document.readOnlyReason ?? '', /Restricted Mode/);
    await assert.rejects(document.apply(NOTHING_NEW), /Restricted Mode/);
    const { editors } = await api();
    await assert.rejects(editors.manifests.saveCustomDocument(document, TOKEN), /Restricted Mode/);
  } finally {
    Object.defineProperty(vscode.workspace, 'isTrusted', descriptor);
  }
  assert.equal(document.readOnlyReason, undefined);
  assert.deepEqual(readFileSync(path), before);
});

test('after all that nothing is left', async () => {
  await setAutoSave(undefined);
  rmSync(scratch, { recursive: true });
  assert.equal((await api()).editors.openPages, 0);
});
