// A MANIFEST in its editor, from the first edit to the last view that is closed.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ManifestFileDocument } from '../../src/extension/editors/manifest-document';
import { hashFolder } from '../helpers/hash-folder';
import { readBy } from './leveldb';
import {
  api,
  clean,
  command,
  copyOf,
  currentOf,
  dirty,
  isDirty,
  NOTHING_NEW,
  opened,
  operationsOf,
  otherBytes,
  SQUASH,
  save,
  scratch,
  setAutoSave,
  TOKEN,
  test,
  until,
  window,
} from './manifest-documents';
import { test as declare } from './runner';

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
  const copy = join(scratch, 'elsewhere-MANIFEST-000001');
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
