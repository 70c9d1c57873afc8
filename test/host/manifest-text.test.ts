// A MANIFEST as text: what the editor says of it and offers, and what C++ LevelDB reads once it is saved.

import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Node } from '../../src/extension/databases/nodes';
import type { ExtensionApi } from '../../src/extension/extension';
import { manifestSnapshotUri, manifestTextUri } from '../../src/extension/manifest-text/addresses';
import { hashFolder } from '../helpers/hash-folder';
import { makeLongManifest } from '../helpers/large-files';
import { readBy } from './leveldb';
import { test as declare } from './runner';

const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
const fixtures = resolve(process.env.LSM_FIXTURES ?? join(root, '../shared/fixtures'));
const scratch = mkdtempSync(join(tmpdir(), 'lsm-host-text-'));

async function api(): Promise<ExtensionApi> {
  return vscode.extensions.getExtension<ExtensionApi>('lsm-inspector.lsm-inspector')!.activate();
}

/** What stands in for something of VS Code's until the test ends. */
const stubs: (() => void)[] = [];

function stub<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  value: unknown,
): void {
  const before = Object.getOwnPropertyDescriptor(target, name)!;
  Object.defineProperty(target, name, { configurable: true, get: () => value });
  stubs.push(() => Object.defineProperty(target, name, before));
}

/** A test after which no text, editor or database is open and nothing is watched, whatever became of it. */
function test(name: string, run: () => Promise<void>): void {
  declare(
    name,
    async () => {
      const { editors, registry } = await api();
      const watched = watchedFolders();
      try {
        await run();
      } finally {
        for (const undo of stubs.splice(0).reverse()) undo();
        for (const database of registry.all) registry.close(database);
        for (const document of vscode.workspace.textDocuments) {
          if (!document.isDirty) continue;
          await vscode.commands.executeCommand('vscode.open', document.uri);
          await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
        }
        await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      }
      await until(
        () => editors.texts.openTexts === 0 && editors.openPages === 0 && watchedFolders() === watched,
        'nothing is left open',
      );
      assert.deepEqual(allDiagnostics(), []);
    },
    180_000,
  );
}

/** Folders that this process watches (Linux; elsewhere nothing can be told). */
function watchedFolders(): number {
  if (process.platform !== 'linux') return 0;
  const texts = readdirSync('/proc/self/fdinfo').map((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
    } catch {
      return '';
    }
  });
  return texts.reduce((sum, text) => sum + (text.match(/^inotify /gm) ?? []).length, 0);
}

function allDiagnostics(): vscode.Diagnostic[] {
  return vscode.languages
    .getDiagnostics()
    .flatMap(([uri, found]) => (uri.path.includes(scratch) ? found : []));
}

async function until(holds: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`it did not come: ${what}`);
}

/** A copy of a fixture: its folder and its MANIFEST. */
function copy(as: string, fixture = 's-over') {
  const folder = join(scratch, as, fixture);
  cpSync(join(fixtures, fixture), folder, { recursive: true });
  return {
    folder,
    manifest: vscode.Uri.file(join(folder, readFileSync(join(folder, 'CURRENT'), 'utf8').trim())),
  };
}

async function showText(manifest: vscode.Uri): Promise<vscode.TextDocument> {
  await vscode.commands.executeCommand('lsm.manifestAsText', manifest);
  const key = manifestTextUri(manifest).toString();
  const shown = () => vscode.window.activeTextEditor?.document;
  await until(() => shown()?.uri.toString() === key, 'the text is shown');
  return shown()!;
}

/** Replaces what a pattern finds first. */
async function replace(document: vscode.TextDocument, pattern: RegExp, by: string): Promise<void> {
  const match = pattern.exec(document.getText());
  assert.ok(match, `${pattern} is not in the text`);
  const start = document.positionAt(match.index);
  const end = document.positionAt(match.index + match[0].length);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, new vscode.Range(start, end), match[0].replace(pattern, by));
  assert.ok(await vscode.workspace.applyEdit(edit));
}

function save(document: vscode.TextDocument): Promise<boolean> {
  return Promise.resolve(document.save()).catch(() => false);
}

/** The problems of a text, once there is one with a code. */
async function problem(document: vscode.TextDocument, code: string): Promise<vscode.Diagnostic> {
  const found = () => vscode.languages.getDiagnostics(document.uri).find((each) => each.code === code);
  await until(() => found() !== undefined, code);
  return found()!;
}

async function actionsAt(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.CodeAction[]> {
  return vscode.commands.executeCommand(
    'vscode.executeCodeActionProvider',
    document.uri,
    range,
    vscode.CodeActionKind.QuickFix.value,
    20,
  );
}

function lastLine(lines: readonly string[], beginning: string): number {
  return lines.reduce((last, line, i) => (line.startsWith(beginning) ? i : last), -1);
}

function backups(folder: string): string[] {
  const parent = `${folder}.lsm-backup`;
  return existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : [];
}

/** Answers the next modal questions. */
function answer(button: string | undefined): { question: string; detail: string; buttons: string[] }[] {
  const asked: { question: string; detail: string; buttons: string[] }[] = [];
  stub(
    vscode.window,
    'showWarningMessage',
    async (question: string, { detail = '' }: vscode.MessageOptions, ...buttons: string[]) => {
      asked.push({ question, detail, buttons });
      return button;
    },
  );
  return asked;
}

test('a MANIFEST is a text in its language, with an outline; one that is sound has no problem', async () => {
  const { editors } = await api();
  const { folder, manifest } = copy('sound');
  const before = hashFolder(folder);
  const document = await showText(manifest);
  assert.equal(document.languageId, 'lsm-manifest');
  assert.match(document.getText(), /^edit 0 @ 0\ncomparator "leveldb.BytewiseComparator"\n\nedit 1 @ 35\n/);
  assert.equal(editors.texts.openTexts, 1);
  const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
    'vscode.executeDocumentSymbolProvider',
    document.uri,
  );
  assert.equal(symbols.length, document.getText().match(/^edit /gm)?.length);
  assert.equal(symbols[1].name, 'edit 1');
  assert.ok(symbols.some(({ detail }) => detail === '5 deleted, 1 added'));
  await replace(document, /^edit 1 /m, 'edit 1  ');
  await replace(document, /^edit 1 {2}/m, 'edit 1 ');
  await new Promise((done) => setTimeout(done, 1000));
  assert.deepEqual(vscode.languages.getDiagnostics(document.uri), []);
  assert.equal(hashFolder(folder), before);
});

test('what is not of the form is told where it stands, and not saved', async () => {
  const { folder, manifest } = copy('syntax');
  const before = hashFolder(folder);
  const document = await showText(manifest);
  await replace(document, /^log-number \d+$/m, 'log-number many');
  const wrong = await problem(document, 'bad-version-edit');
  assert.equal(document.getText(wrong.range), 'many');
  assert.equal(document.lineAt(wrong.range.start.line).text, 'log-number many');
  assert.equal(wrong.severity, vscode.DiagnosticSeverity.Error);
  const content = new TextEncoder().encode(document.getText());
  await assert.rejects(
    Promise.resolve(vscode.workspace.fs.writeFile(document.uri, content)),
    new RegExp(`line ${wrong.range.start.line + 1}, column 12: expected an unsigned integer`),
  );
  assert.equal(await save(document), false);
  assert.equal(document.isDirty, true);
  assert.equal(hashFolder(folder), before);
});

test('what a check finds is mended by its quick fix, and by those that read the folder', async () => {
  const { manifest } = copy('checks');
  const document = await showText(manifest);
  const sound = document.getText();
  await replace(document, /^(add level \d file \d+ size )\d+( .*\n)(?![\s\S]*^add )/m, '$15$2');
  const size = await problem(document, 'bad-size');
  assert.match(document.lineAt(size.range.start.line).text, /^add level \d file \d+ size 5 /);
  const measure = (await actionsAt(document, size.range)).find(({ title }) =>
    /take size and range/.test(title),
  );
  assert.ok(measure?.edit);
  const [[, [{ range }]]] = measure.edit.entries();
  assert.ok(range.isSingleLine, 'only what differs is replaced');
  assert.ok(await vscode.workspace.applyEdit(measure.edit));
  assert.equal(document.getText(), sound);
  await until(() => vscode.languages.getDiagnostics(document.uri).length === 0, 'the problem is gone');

  await replace(document, /^last-sequence \d+$/m, 'last-sequence 1');
  await replace(document, /^last-sequence \d+(?![\s\S]*^last-sequence)/m, 'last-sequence 1');
  const low = await problem(document, 'counter-too-low');
  const titles = (await actionsAt(document, low.range)).map(({ title }) => title);
  assert.ok(
    titles.some((title) => /last sequence \d+/.test(title)),
    titles.join(),
  );
  const rebuild = (await actionsAt(document, low.range)).find(({ title }) => /rebuild/.test(title));
  assert.ok(rebuild?.edit);
  assert.ok(await vscode.workspace.applyEdit(rebuild.edit));
  await until(() => vscode.languages.getDiagnostics(document.uri).length === 0, 'nothing is wrong any more');
});

test('completion goes by the grammar and knows the tables; hovers say what words and numbers mean', async () => {
  const { folder, manifest } = copy('offers');
  const document = await showText(manifest);
  const lines = document.getText().split('\n');
  const labelsAt = async (line: number, character: number) => {
    const list = await vscode.commands.executeCommand<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      document.uri,
      new vscode.Position(line, character),
    );
    return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
  };
  const hoverAt = async (line: number, text: string) => {
    const at = new vscode.Position(line, lines[line].indexOf(text) + 1);
    const [hover] = await vscode.commands.executeCommand<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      document.uri,
      at,
    );
    return hover.contents.map((part) => (typeof part === 'string' ? part : part.value)).join();
  };
  const addAt = lastLine(lines, 'add ');
  const [add] = [lines[addAt]];
  const number = /file (\d+)/.exec(add)![1];
  const bytes = /size (\d+)/.exec(add)![1];
  assert.match(await hoverAt(addAt, 'add'), /Puts a table into a level/);
  assert.match(await hoverAt(addAt, 'largest'), /last internal key/);
  assert.match(
    await hoverAt(addAt, ` ${number}`),
    new RegExp(`${number}\\.ldb is in the folder: ${bytes} bytes\\. .* level \\d`),
  );

  // Behind the last line of the last paragraph, and then along what is typed.
  const type = async (text: string) => {
    const edit = new vscode.WorkspaceEdit();
    const line = document.lineAt(addAt + 1);
    edit.replace(document.uri, line.range, text);
    await vscode.workspace.applyEdit(edit);
    return labelsAt(addAt + 1, text.length);
  };
  assert.deepEqual(await type(''), ['add']);
  assert.deepEqual(await type('add '), ['level']);
  assert.deepEqual(await type('add level '), ['0', '1', '2', '3', '4', '5', '6']);
  assert.deepEqual(await type('add level 1 '), ['file']);
  const there = readdirSync(folder).flatMap((name) => /^0*(\d+)\.ldb$/.exec(name)?.[1] ?? []);
  assert.deepEqual((await type('add level 1 file ')).sort(), there.sort());
  assert.deepEqual(await type(`add level 1 file ${number} size `), [bytes]);
  assert.deepEqual(await type(`add level 1 file ${number} size ${bytes} `), ['smallest']);
  assert.deepEqual(await type(`add level 1 file ${number} size ${bytes} smallest "a" `), ['@']);
  assert.deepEqual(await type(`add level 1 file ${number} size ${bytes} smallest "a" @ 1 `), [
    'deletion',
    'value',
  ]);
  const deletable = await type('delete level 1 file ');
  assert.ok(deletable.includes(number) && deletable.length < there.length);
  assert.deepEqual(await labelsAt(0, 0), ['edit']);
  const counters = lines.findIndex((line) => line.startsWith('log-number'));
  // Between `edit` and `prev-log-number`.
  assert.deepEqual(await labelsAt(counters, 3), ['comparator', 'log-number']);
});

test('a sound change is saved at once, with a backup; what was numbered anew is read again', async () => {
  const { folder, manifest } = copy('saved');
  const contents = await readBy(folder);
  const first = readFileSync(manifest.fsPath);
  const document = await showText(manifest);
  const asked = answer(undefined);
  await replace(document, /^edit 1 @ 35\n/m, 'edit\nlog-number 1\n');
  await replace(document, /^edit\nlog-number 1\n(?:log-number.*\n)?/m, 'edit\nlog-number 3\n');
  await replace(document, /^next-file-number \d+(?![\s\S]*^next-file-number)/m, 'next-file-number 5000');
  const written = document.getText();
  assert.equal(await save(document), true);
  assert.deepEqual(asked, []);
  assert.equal(document.isDirty, false);
  const [backup] = backups(folder);
  assert.deepEqual(readFileSync(join(backup, 'MANIFEST-000002')), first);
  assert.deepEqual(await readBy(folder), contents);
  await until(() => document.getText().includes('edit 1 @ 35\n'), 'the text as the MANIFEST has it');
  assert.equal(document.getText(), written.replace('edit\n', 'edit 1 @ 35\n'));
  assert.equal(document.isDirty, false);
  // Once more, on what was saved.
  await replace(document, /^next-file-number 5000$/m, 'next-file-number 6000');
  assert.equal(await save(document), true);
  assert.deepEqual(await readBy(folder), contents);
  assert.equal(backups(folder).length, 2);
});

test('keys that would be lost are asked about: cancelled, and then saved', async () => {
  const { folder, manifest } = copy('lost', 's-seq');
  const before = hashFolder(folder);
  const contents = await readBy(folder);
  const document = await showText(manifest);
  const text = document.getText();
  const lines = text.split('\n');
  const at = lastLine(lines, 'add level 2 ');
  const [, level, number] = /^add level (\d) file (\d+)/.exec(lines[at])!;
  const edit = new vscode.WorkspaceEdit();
  edit.insert(document.uri, document.positionAt(text.length), `edit\ndelete level ${level} file ${number}\n`);
  await vscode.workspace.applyEdit(edit);
  const cancelled = answer(undefined);
  assert.equal(await save(document), false);
  assert.equal(hashFolder(folder), before);
  assert.equal(document.isDirty, true);
  assert.deepEqual(cancelled[0].buttons, ['Save']);
  const lost = Number(/(\d+) keys are lost/.exec(cancelled[0].detail)?.[1]);
  assert.ok(lost > 0, cancelled[0].detail);
  answer('Save');
  assert.equal(await save(document), true);
  const after = await readBy(folder);
  assert.equal(contents.size - after.size, lost);
  for (const [key, value] of after) assert.equal(contents.get(key), value);
});

test('what is not sound is saved only although the checks fail', async () => {
  const { folder, manifest } = copy('unsound');
  const before = readFileSync(manifest.fsPath);
  const document = await showText(manifest);
  await replace(document, /^last-sequence \d+(?![\s\S]*^last-sequence)/m, 'last-sequence 1');
  const cancelled = answer(undefined);
  assert.equal(await save(document), false);
  assert.match(cancelled[0].detail, /holds sequence \d+, above the last one, 1/);
  assert.deepEqual(cancelled[0].buttons, ['Save Although Checks Fail']);
  assert.deepEqual(readFileSync(manifest.fsPath), before);
  answer('Save Although Checks Fail');
  assert.equal(await save(document), true);
  assert.notDeepEqual(readFileSync(manifest.fsPath), before);
  assert.equal(backups(folder).length, 1);
});

test('a save is refused while the MANIFEST’s own editor has unsaved changes', async () => {
  const { folder, manifest } = copy('dirty');
  const before = hashFolder(folder);
  const document = await showText(manifest);
  await replace(document, /^next-file-number \d+(?![\s\S]*^next-file-number)/m, 'next-file-number 5000');
  const tab = { isDirty: true, input: new vscode.TabInputCustom(manifest, 'lsm.manifest') };
  stub(vscode.window, 'tabGroups', { all: [{ tabs: [tab] }] });
  const content = new TextEncoder().encode(document.getText());
  await assert.rejects(
    Promise.resolve(vscode.workspace.fs.writeFile(document.uri, content)),
    /has changes that are not saved/,
  );
  assert.equal(await save(document), false);
  assert.equal(hashFolder(folder), before);
});

test('the file changes on the disk: a clean text follows, one with changes is not written over it', async () => {
  const { manifest } = copy('disk');
  const document = await showText(manifest);
  const record = readFileSync(manifest.fsPath);
  const other = readFileSync(join(fixtures, 's-seq', 'MANIFEST-000002'));
  const { writeFile } = vscode.workspace.fs;
  await writeFile(manifest, other);
  await until(() => document.getText().includes('level 2 file 31 '), 'the other text');
  await replace(document, /^next-file-number \d+(?![\s\S]*^next-file-number)/m, 'next-file-number 5000');
  await writeFile(manifest, record);
  assert.equal(await save(document), false);
  assert.deepEqual(readFileSync(manifest.fsPath), record);
  assert.match(document.getText(), /^next-file-number 5000$/m);
});

test('what is only looked at: comparisons, Restricted Mode, a text that is too long', async () => {
  const { manifest } = copy('read-only');
  assert.equal(vscode.workspace.fs.isWritableFileSystem(manifestTextUri(manifest).scheme), true);
  assert.notEqual(vscode.workspace.fs.isWritableFileSystem(manifestSnapshotUri(manifest).scheme), true);
  const { stat } = vscode.workspace.fs;
  assert.equal((await stat(manifestTextUri(manifest))).permissions, undefined);
  stub(vscode.workspace, 'isTrusted', false);
  assert.equal((await stat(manifestTextUri(manifest))).permissions, vscode.FilePermission.Readonly);
  for (const undo of stubs.splice(0).reverse()) undo();
  mkdirSync(join(scratch, 'long'));
  const long = vscode.Uri.file(join(scratch, 'long', 'MANIFEST-000009'));
  makeLongManifest(long.fsPath, 20 << 20);
  assert.equal((await stat(manifestTextUri(long))).permissions, vscode.FilePermission.Readonly);
});

test('a fix that is chosen in the tree is done in the MANIFEST’s editor', async () => {
  const { registry, tree, editors } = await api();
  const { folder, manifest } = copy('tree');
  rmSync(join(folder, '000311.ldb'));
  const before = hashFolder(folder);
  const database = registry.add(vscode.Uri.file(folder));
  await database.open();
  const childrenOf = async (node: Node, kind: Node['kind']) =>
    (await tree.getChildren(node)).filter((child) => child.kind === kind);
  const [manifests] = await childrenOf(tree.nodeOf(database), 'manifests');
  const [current] = await childrenOf(manifests, 'manifest');
  const problems = await childrenOf(current, 'problem');
  const missing = problems.find((node) => node.kind === 'problem' && node.problem.code === 'missing-file');
  assert.ok(missing);
  assert.equal(tree.getTreeItem(missing).contextValue, 'manifestProblem');
  let offered: readonly { label: string; detail: string }[] = [];
  stub(vscode.window, 'showQuickPick', async (items: readonly { label: string; detail: string }[]) => {
    offered = items;
    return items.find(({ label }) => /^remove table 311/.test(label));
  });
  await vscode.commands.executeCommand('lsm.fixManifest', missing);
  assert.ok(offered.some(({ label }) => /^rebuild/.test(label)));
  assert.ok(offered.every(({ detail }) => detail.length > 10));
  assert.equal(editors.openPages, 1);
  const document = editors.manifests.find(manifest);
  assert.ok(document);
  const { problems: left, editing } = await document.summary();
  assert.equal(editing.isDirty, true);
  assert.match(editing.undoLabel ?? '', /remove table 311/);
  assert.equal(
    left.some(({ code }) => code === 'missing-file'),
    false,
  );
  assert.equal(hashFolder(folder), before);
});

test('nothing is left of all that', async () => {
  rmSync(scratch, { recursive: true });
});
