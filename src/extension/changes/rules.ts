import * as vscode from 'vscode';
import { WorkerError } from '../../worker/client';
import { Setting } from '../ids';

const { t } = vscode.l10n;

/** Whether anything may be changed: in Restricted Mode the extension looks, and no more. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new WorkerError({
      code: 'restricted',
      message: t('In Restricted Mode databases can be looked at, but not changed.'),
    });
  }
}

/** Where backups go, if not beside the database. */
export function backupParent(): { backupParent?: string } {
  const folder = vscode.workspace
    .getConfiguration(Setting.section)
    .get<string>(Setting.backupFolder, '')
    .trim();
  return folder === '' ? {} : { backupParent: folder };
}
