// What tests of MANIFESTs in their editors share.

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { ManifestFileDocument } from '../../src/extension/editors/manifest-document';
import type { ExtensionApi } from '../../src/extension/extension';
import { WorkerClient } from '../../src/worker/client';
import type { ManifestCalls, ManifestJobs } from '../../src/worker/manifest-api';
import type { OperationJson } from '../../src/worker/manifest-edit-api';
import { test as declare } from './runner';

export const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
export const fixtures = resolve(process.env.LSM_FIXTURES ?? join(root, '../shared/fixtures'));
export const scratch = mkdtempSync(join(tmpdir(), 'lsm-host-manifest-'));
export const SQUASH = [{ op: 'squash' }];
/** Changes bytes of the file, and nothing that it says. */
export const NOTHING_NEW = [{ op: 'set', edit: 0, field: 'prevLogNumber', value: 0 }];
export const TOKEN = new vscode.CancellationTokenSource().token;
let copies = 0;

export async function api(): Promise<ExtensionApi> {
  return vscode.extensions.getExtension<ExtensionApi>('lsm-inspector.lsm-inspector')!.activate();
}

/** A message that was shown. */
interface Shown {
  text: string;
  detail: string;
}

/** Answers that messages get, by their buttons; and what was shown. */
export const window = {
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
export function test(name: string, run: () => Promise<void>): void {
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

export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let i = 0; i < 600; i++) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`it did not come: ${what}; shown: ${JSON.stringify(window.shown)}`);
}

export function copyOf(fixture: string): string {
  const directory = join(scratch, `${++copies}`, 'db');
  cpSync(join(fixtures, fixture), directory, { recursive: true });
  return directory;
}

export function currentOf(directory: string): string {
  return readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
}

export interface Opened {
  document: ManifestFileDocument;
  directory: string;
  path: string;
  uri: vscode.Uri;
}

export async function openManifest(directory: string, name = currentOf(directory)): Promise<Opened> {
  const { editors } = await api();
  const path = join(directory, name);
  const uri = vscode.Uri.file(path);
  await editors.openAt(uri);
  const document = editors.manifests.find(uri);
  assert.ok(document);
  await document.summary().catch(() => {});
  return { document, directory, path, uri };
}

export const opened = async (fixture = 's-over') => openManifest(copyOf(fixture));

export function isDirty(): boolean {
  return vscode.window.tabGroups.activeTabGroup.activeTab?.isDirty ?? false;
}

export const dirty = () => until(isDirty, 'a dirty tab');
export const clean = () => until(() => !isDirty(), 'a clean tab');

export async function command(
  name: 'undo' | 'redo' | 'workbench.action.files.save' | 'workbench.action.files.revert',
) {
  await vscode.commands.executeCommand(name);
}

export async function save(): Promise<void> {
  await command('workbench.action.files.save');
  await clean();
}

/** What the worker says of the operations in force. */
export async function operationsOf(document: ManifestFileDocument): Promise<string[]> {
  return (await document.script()).map((operation) => (operation as { op: string }).op);
}

/** A worker for itself, with a MANIFEST open. */
export async function beside<Result>(
  path: string,
  run: (client: WorkerClient<ManifestCalls, ManifestJobs>) => Promise<Result>,
): Promise<Result> {
  const client = new WorkerClient<ManifestCalls, ManifestJobs>(join(root, 'dist', 'workers'), 'manifest');
  try {
    await client.call('open', path);
    return await run(client);
  } finally {
    await client.dispose();
  }
}

/** What another program could write in its place: the same version in other bytes. */
export function otherBytes(path: string, operations: OperationJson[] = SQUASH): Promise<Uint8Array> {
  return beside(path, async (client) => {
    await client.run('edit', [operations]);
    return client.call('bytes');
  });
}

/** The tables of the last version, with their user keys as Latin-1. */
export function tablesOf(path: string) {
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
export async function loneTable(path: string) {
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
export async function setAutoSave(value: 'off' | 'afterDelay' | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration('files');
  await settings.update('autoSave', value, vscode.ConfigurationTarget.Global);
}
