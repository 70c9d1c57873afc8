import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { AppliedChange, ChangeRequest, ChosenWays, RebuildInputs } from '../../worker/change-api';
import { WorkerClient, WorkerError } from '../../worker/client';
import { humanBytes } from '../../worker/format';
import { Change, type ChangeClient } from '../changes/change';
import { failureOf } from '../changes/failure';
import type { DryRunPanels } from '../changes/panel';
import { withProgress } from '../changes/progress';
import { restoreBackup } from '../changes/restore';
import type { Database } from '../databases/database';
import type { Node } from '../databases/nodes';
import { plural } from '../plural';
import { askForInputs, askForKey, bytesOf } from './ask';

const { t } = vscode.l10n;

/** What the commands that change databases need. */
export interface ChangeRooms {
  panels: DryRunPanels;
  workers: string;
}

/** What may be given to a command in place of what it would ask: by tests, and by keybindings. Keys are escaped. */
export interface ChangeArguments {
  from?: string;
  to?: string;
  level?: number;
  key?: string;
  value?: string;
  /** A file to import or export, a folder to back up to, a backup to restore. */
  path?: string;
  compression?: 'none' | 'snappy';
  /** Of a repair: what to do with tables that seem to be inputs of a compaction. */
  inputs?: RebuildInputs;
  /** Nothing is asked before it is done. */
  confirmed?: boolean;
  /** Apply at once what the dry run shows. */
  apply?: boolean;
}

/** Shows a dry run. With `apply` it is done at once, and undefined means that it was refused. */
async function show(
  { panels, workers }: ChangeRooms,
  database: Database,
  request: ChangeRequest,
  { apply, compression }: ChangeArguments,
): Promise<AppliedChange | undefined> {
  const chosen: ChosenWays = compression ? { compression } : {};
  const panel = panels.show(new Change(database, request, workers, chosen));
  await panel.tryOut();
  return apply ? panel.apply() : undefined;
}

export function compact(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  return show(rooms, database, { kind: 'compact' }, args);
}

export function compactAuto(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  return show(rooms, database, { kind: 'compact-auto' }, args);
}

export function flush(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  return show(rooms, database, { kind: 'flush' }, args);
}

export function recover(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  return show(rooms, database, { kind: 'recover' }, args);
}

/** Asks where a MANIFEST that is rebuilt hangs on what a compaction seems to have written anew. */
export async function repair(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  const { panels, workers } = rooms;
  const { apply, compression, inputs } = args;
  const chosen: ChosenWays = compression ? { compression } : {};
  const request = (given: RebuildInputs | undefined): ChangeRequest =>
    given === undefined ? { kind: 'repair' } : { kind: 'repair', inputs: given };
  let panel = panels.show(new Change(database, request(inputs), workers, chosen));
  await panel.tryOut();
  if (panel.needsChoice) {
    const picked = await askForInputs(panel.state.failure?.message ?? '');
    if (!picked) return undefined;
    panel.dispose();
    panel = panels.show(new Change(database, request(picked), workers, chosen));
    await panel.tryOut();
  }
  return apply ? panel.apply() : undefined;
}

export async function compactLevel(
  rooms: ChangeRooms,
  database: Database,
  args: ChangeArguments,
  node: Node | undefined,
) {
  const title = t('Compact a level of {0} into the next one', database.name);
  const level = await levelFor(database, args, node, title);
  return level === undefined ? undefined : show(rooms, database, { kind: 'compact-level', level }, args);
}

/** The level that is given, or the node's, or one that is asked for. The last level has none below it. */
export async function levelFor(
  database: Database,
  given: { level?: number },
  node: Node | undefined,
  title: string,
): Promise<number | undefined> {
  if (given.level !== undefined) return given.level;
  if (node?.kind === 'level') return node.level.level;
  await database.open();
  const levels = (database.summary?.levels ?? []).slice(0, -1).filter(({ files }) => files > 0);
  const picked = await vscode.window.showQuickPick(
    levels.map(({ level, files, bytes, score }) => ({
      label: t('Level {0}', level),
      description: `${plural(files, '1 table', '{0} tables')}, ${humanBytes(bytes)}`,
      ...(score !== undefined && score >= 1 ? { detail: t('due: LevelDB would compact this level') } : {}),
      level,
    })),
    { title },
  );
  return picked?.level;
}

/** Of a table's node: its range. */
export async function compactRange(
  rooms: ChangeRooms,
  database: Database,
  args: ChangeArguments,
  node: Node | undefined,
) {
  const range = await rangeFor(args, node, t('Compact a Range of {0}', database.name));
  return range && show(rooms, database, { kind: 'compact', ...range }, args);
}

/** The range that is given, or of the node's table, or one that is asked for. An end that is left out is open. */
export async function rangeFor(
  given: { from?: string; to?: string },
  node: Node | undefined,
  title: string,
): Promise<{ from?: Uint8Array; to?: Uint8Array } | undefined> {
  if (given.from !== undefined || given.to !== undefined) return rangeOf(end(given.from), end(given.to));
  if (node?.kind === 'table') return rangeOf(node.table.smallest.userKey, node.table.largest.userKey);
  const from = await askForKey(title, t('First key of the range; empty for the beginning.'));
  if (!from) return undefined;
  const to = await askForKey(title, t('Last key of the range; empty for the end.'));
  return to && rangeOf(from.length > 0 ? from : undefined, to.length > 0 ? to : undefined);
}

function rangeOf(from: Uint8Array | undefined, to: Uint8Array | undefined) {
  return { ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

function end(text: string | undefined): Uint8Array | undefined {
  return text === undefined || text === '' ? undefined : bytesOf(text);
}

export async function importLines(rooms: ChangeRooms, database: Database, args: ChangeArguments) {
  const [uri] =
    args.path === undefined
      ? ((await vscode.window.showOpenDialog({
          title: t('Import into {0}', database.name),
          openLabel: t('Import'),
          filters: { 'JSON lines': ['jsonl', 'json', 'ndjson'] },
        })) ?? [])
      : [vscode.Uri.file(args.path)];
  return uri && show(rooms, database, { kind: 'import', path: uri.fsPath }, args);
}

/** A copy of the entries for people and other programs. It writes, so not in Restricted Mode. */
export async function exportLines({ workers }: ChangeRooms, database: Database, args: ChangeArguments) {
  const target =
    args.path === undefined
      ? await vscode.window.showSaveDialog({
          title: t('Export {0}', database.name),
          defaultUri: vscode.Uri.joinPath(database.uri, '..', `${database.name}.jsonl`),
          filters: { 'JSON lines': ['jsonl', 'json'] },
        })
      : vscode.Uri.file(args.path);
  if (!target) return undefined;
  return withClient(workers, database, t('Export {0}', database.name), async (client) => {
    const result = await withProgress(t('Exporting {0}', database.name), (options) =>
      client.run('exportLines', [database.uri.fsPath, target.fsPath], options),
    );
    if (!result) return undefined;
    tellCopied(
      plural(result.lines, '1 line was written to {1}.', '{0} lines were written to {1}.', target.fsPath),
      result.problems,
    );
    return result;
  });
}

export async function backUp({ workers }: ChangeRooms, database: Database, args: ChangeArguments) {
  const target = args.path ?? (await askForBackupFolder(database));
  if (target === undefined) return undefined;
  return withClient(workers, database, t('Back up {0}', database.name), async (client) => {
    const result = await withProgress(t('Backing up {0}', database.name), (options) =>
      client.run('backUp', [database.uri.fsPath, target], options),
    );
    if (!result) return undefined;
    tellCopied(
      plural(
        result.files,
        '1 file, {1}, was copied to {2}.',
        '{0} files, {1}, were copied to {2}.',
        humanBytes(result.bytes),
        target,
      ),
      result.problems,
    );
    return result;
  });
}

/** A new folder in one that is asked for: named by the database and the time. */
async function askForBackupFolder(database: Database): Promise<string | undefined> {
  const [parent] =
    (await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      title: t('Where to put the backup of {0}', database.name),
      openLabel: t('Back up here'),
      defaultUri: vscode.Uri.joinPath(database.uri, '..'),
    })) ?? [];
  if (!parent) return undefined;
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  const nameOf = (n: number) => `${database.name}-${stamp}${n > 0 ? `-${n}` : ''}`;
  for (let n = 0; ; n++) {
    const { fsPath } = vscode.Uri.joinPath(parent, nameOf(n));
    if (!existsSync(fsPath)) return fsPath;
  }
}

export async function restore({ workers }: ChangeRooms, database: Database, args: ChangeArguments) {
  return restoreBackup(database, workers, args.path, args.confirmed);
}

async function withClient<Result>(
  workers: string,
  database: Database,
  title: string,
  run: (client: ChangeClient) => Promise<Result>,
): Promise<Result | undefined> {
  const client: ChangeClient = new WorkerClient(workers, 'change');
  try {
    return await run(client);
  } catch (error) {
    tellRefused(database, title, error);
    return undefined;
  } finally {
    await client.dispose();
  }
}

function tellCopied(message: string, problems: readonly string[]): void {
  if (problems.length === 0) void vscode.window.showInformationMessage(message);
  else
    void vscode.window.showWarningMessage(
      `${message} ${t('Not everything could be read: {0}', problems[0])}`,
    );
}

function tellRefused(database: Database, title: string, error: unknown): void {
  if (error instanceof WorkerError && error.code === 'cancelled') return;
  const { message, advice } = failureOf(error);
  void vscode.window.showErrorMessage(`${title} (${database.name}): ${message} ${advice}`.trim());
}
