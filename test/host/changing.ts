// What tests of the commands that change a database share.

import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as vscode from 'vscode';
import type { Database } from '../../src/extension/databases/database';
import type { ExtensionApi } from '../../src/extension/extension';
import { test as declare } from './runner';

export const root = vscode.extensions.getExtension('lsm-inspector.lsm-inspector')?.extensionPath ?? '.';
const fixtures = resolve(process.env.LSM_FIXTURES ?? join(root, '../shared/fixtures'));

export async function api(): Promise<ExtensionApi> {
  return vscode.extensions.getExtension<ExtensionApi>('lsm-inspector.lsm-inspector')!.activate();
}

export function run<Result>(
  command: string,
  database: Database,
  args: object,
  node: object = { kind: 'database' },
) {
  return vscode.commands.executeCommand<Result>(command, { ...node, database }, args);
}

/** A test after which no database and no panel of it is open, whatever became of it. */
export function test(name: string, body: () => void | Promise<void>): void {
  declare(name, async () => {
    try {
      await body();
    } finally {
      const { registry, dryRuns, traces, playgrounds } = await api();
      while (dryRuns.last) dryRuns.last.dispose();
      while (traces.last) traces.last.dispose();
      while (playgrounds.last) playgrounds.last.dispose();
      for (const database of registry.all) registry.close(database);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
}

/** Answers the workbench's questions, which nobody sees here, in a test's place. */
export async function answering(
  name: 'showErrorMessage' | 'showOpenDialog' | 'showSaveDialog' | 'showWarningMessage',
  answer: (...asked: unknown[]) => unknown,
  body: () => Promise<void>,
): Promise<void> {
  const window = vscode.window as unknown as Record<string, unknown>;
  const original = window[name];
  window[name] = (...asked: unknown[]) => Promise.resolve(answer(...asked));
  try {
    await body();
  } finally {
    window[name] = original;
  }
}

export async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if (holds()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('it did not come');
}

/** Copies of fixtures, in a folder that the last test of a file removes. */
export class HostDatabases {
  readonly scratch: string;

  constructor(name: string) {
    this.scratch = mkdtempSync(join(tmpdir(), `lsm-host-${name}-`));
  }

  /** A copy of a fixture in a folder of its own, where its backups are too. */
  open(as: string, name?: string, from?: string): Promise<Database> {
    return this.openIn(join(this.scratch, as), name, from);
  }

  /** A copy of a fixture in a folder. */
  async openIn(parent: string, name = 's-over', from = fixtures): Promise<Database> {
    const folder = join(parent, name);
    cpSync(join(from, name), folder, { recursive: true });
    const { registry } = await api();
    const database = registry.add(vscode.Uri.file(folder));
    await database.open();
    return database;
  }
}
