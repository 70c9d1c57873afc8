import * as vscode from 'vscode';
import type { AppliedChange, BackupEntry } from '../../worker/change-api';
import { WorkerClient } from '../../worker/client';
import { humanBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import { plural } from '../plural';
import { askOnTrouble } from './ask-on-trouble';
import type { ChangeClient } from './change';
import { failureOf } from './failure';
import { withProgress } from './progress';
import { backupParent, requireTrust } from './rules';
import { accountOf, lockNotes } from './titles';

const { t } = vscode.l10n;

/** A database that was changed, in the view or not. */
export type ChangedDatabase = Pick<Database, 'name' | 'uri' | 'refresh'>;

/** Says what was done, and offers to undo it. Resolves when the message is answered or goes away. */
export async function tellApplied(
  database: ChangedDatabase,
  title: string,
  account: AppliedChange,
  workers: string,
): Promise<void> {
  const restore = t('Restore…');
  const unfinished =
    account.unfinished.length > 0 ? [t('Not removed: {0}.', account.unfinished.join(', '))] : [];
  const chosen = await vscode.window.showInformationMessage(
    [
      t('{0}: {1}. {2}. The backup is in {3}.', database.name, title, accountOf(account), account.backup),
      ...unfinished,
      ...lockNotes(account),
    ].join(' '),
    restore,
  );
  if (chosen === restore) await restoreBackup(database, workers, account.backup);
}

/** Restores a backup of a database: one that is given, or one that is asked for. */
export async function restoreBackup(
  database: ChangedDatabase,
  workers: string,
  given?: string,
  isConfirmed = false,
): Promise<AppliedChange | undefined> {
  requireTrust();
  const client: ChangeClient = new WorkerClient(workers, 'change');
  const directory = database.uri.fsPath;
  try {
    const folder = given ?? (await pickBackup(database, client));
    if (folder === undefined) return undefined;
    if (!isConfirmed && !(await confirm(database, client, folder))) return undefined;
    const { lost } = await client.call('previewRestore', directory, folder);
    const force = lost !== undefined;
    const account = await askOnTrouble(database, (answers) =>
      withProgress(t('Restoring {0}', database.name), (options) =>
        client.run('restore', [directory, folder, { ...backupParent(), ...answers, force }], options),
      ),
    );
    if (account) {
      void vscode.window.showInformationMessage(
        [
          t(
            '{0} is as it was: {1}. What it was before is in {2}.',
            database.name,
            accountOf(account),
            account.backup,
          ),
          ...lockNotes(account),
        ].join(' '),
      );
    }
    return account;
  } catch (error) {
    const { message, advice } = failureOf(error);
    void vscode.window.showErrorMessage(
      t('{0} cannot be restored: {1}', database.name, `${message} ${advice}`.trim()),
    );
    return undefined;
  } finally {
    await client.dispose();
    await database.refresh();
  }
}

async function pickBackup(database: ChangedDatabase, client: ChangeClient): Promise<string | undefined> {
  const backups = await client.call('backups', database.uri.fsPath, backupParent().backupParent);
  if (backups.length === 0) {
    void vscode.window.showInformationMessage(t('There is no backup of {0}.', database.name));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(backups.map(itemOf), {
    title: t('Restore {0}', database.name),
    placeHolder: t('The state before this change'),
  });
  return picked?.folder;
}

function itemOf({ folder, name, time, label, files, bytes, problem }: BackupEntry) {
  const when = time === undefined ? name : new Date(time).toLocaleString(vscode.env.language);
  return {
    label: label ?? t('not complete'),
    description: when,
    detail: problem ?? `${plural(files, '1 file', '{0} files')}, ${humanBytes(bytes)}`,
    folder,
  };
}

async function confirm(database: ChangedDatabase, client: ChangeClient, folder: string): Promise<boolean> {
  const { created, replaced, deleted, lost } = await client.call(
    'previewRestore',
    database.uri.fsPath,
    folder,
  );
  const restore = t('Restore');
  const files = plural(
    created.length,
    '1 file comes back, {1} are replaced, {2} go away. A backup of the present state is made first.',
    '{0} files come back, {1} are replaced, {2} go away. A backup of the present state is made first.',
    replaced.length,
    deleted.length,
  );
  const warning = lost === undefined ? '' : `\n\n${t('The database has moved on since: {0}.', lost)}`;
  const chosen = await vscode.window.showWarningMessage(
    t('Restore {0} to what it was?', database.name),
    { modal: true, detail: `${files}${warning}` },
    restore,
  );
  return chosen === restore;
}
