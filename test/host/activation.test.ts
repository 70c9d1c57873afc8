import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { test } from './runner';

const ID = 'lsm-inspector.lsm-inspector';

interface Manifest {
  contributes: { commands: { command: string }[] };
}

test('the extension is there and activates', async () => {
  const extension = vscode.extensions.getExtension(ID);
  assert.ok(extension, `${ID} is not among the extensions`);
  await extension.activate();
  assert.equal(extension.isActive, true);
});

test('every declared command is registered', async () => {
  const extension = vscode.extensions.getExtension(ID)!;
  const { contributes } = extension.packageJSON as Manifest;
  const registered = new Set(await vscode.commands.getCommands(true));
  assert.deepEqual(
    contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command)),
    [],
  );
});

test('the sample folder is open', () => {
  assert.equal(vscode.workspace.workspaceFolders?.length, 1);
});
