import * as vscode from 'vscode';
import type { WriteOptions } from '../../worker/change-api';
import { WorkerError } from '../../worker/client';
import type { Database } from '../databases/database';

const { t } = vscode.l10n;

/** Runs a change. Where no backup can be made, asks for another folder, for this time only, and runs it again with that. */
export async function askForBackupPlace<Result>(
  { uri }: Pick<Database, 'uri'>,
  run: (answers: WriteOptions) => Promise<Result>,
): Promise<Result> {
  for (let answers: WriteOptions = {}; ; ) {
    try {
      return await run(answers);
    } catch (error) {
      if (!(error instanceof WorkerError) || error.code !== 'no-backup-folder') throw error;
      const title =
        answers.backupParent === undefined
          ? t('The folder beside the database cannot be written. Where may the backup go?')
          : t('{0} cannot be written. Where may the backup go?', answers.backupParent);
      const [folder] =
        (await vscode.window.showOpenDialog({
          canSelectFiles: false,
          canSelectFolders: true,
          title,
          openLabel: t('Back up here'),
          defaultUri: vscode.Uri.joinPath(uri, '..', '..'),
        })) ?? [];
      if (!folder) throw error;
      answers = { backupParent: folder.fsPath };
    }
  }
}
