// What a save of a MANIFEST asks and writes, down to what C++ LevelDB reads afterwards.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
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
  loneTable,
  NOTHING_NEW,
  opened,
  openManifest,
  operationsOf,
  otherBytes,
  SQUASH,
  save,
  scratch,
  setAutoSave,
  TOKEN,
  tablesOf,
  test,
  until,
  window,
} from './manifest-documents';

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

test('a step that cannot be undone, since the file was written anew behind its save, leaves a clean tab', async () => {
  const { document, path } = await opened();
  await document.apply(NOTHING_NEW);
  await dirty();
  await save();
  const other = await otherBytes(path);
  writeFileSync(path, other);
  await until(async () => (await document.summary()).edits === 1, 'it is read anew');
  assert.equal(document.undoLabel, undefined);
  await command('undo').catch(() => {});
  await until(() => !isDirty(), 'a clean tab');
  await new Promise((done) => setTimeout(done, 1000));
  assert.equal(isDirty(), false);
  assert.deepEqual(readFileSync(path), Buffer.from(other));
  await document.apply([{ op: 'duplicate-edit', edit: 0 }]);
  await dirty();
  await command('undo');
  await clean();
  assert.deepEqual(Buffer.from(await document.bytes()), Buffer.from(other));
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
  const folder = mkdtempSync(join(scratch, 'alone-'));
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

test('after all that nothing is left', async () => {
  await setAutoSave(undefined);
  rmSync(scratch, { recursive: true });
  assert.equal((await api()).editors.openPages, 0);
});
