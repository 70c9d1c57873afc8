import * as vscode from 'vscode';
import { WorkerError } from '../../worker/client';

const { t } = vscode.l10n;

/** What is wrong, and what can be done. */
export function failureOf(error: unknown): { message: string; advice: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof WorkerError ? error.code : '';
  const place = error instanceof WorkerError && error.file !== undefined ? `${error.file}: ` : '';
  return { message: place + message, advice: adviceFor(code, message) };
}

function adviceFor(code: string, message: string): string {
  switch (code) {
    case 'locked':
      return t(
        'Another process has the database open. Close it there, then apply again: the dry run is kept.',
      );
    case 'moved-on':
      return t(
        'The database was changed since the dry run. Do the dry run again to see what would be done now.',
      );
    case 'unsupported':
      return t('The database’s lock cannot be held here, so nothing is written.');
    case 'lock-lost':
      return t('See to it that no other program opens the database, then apply again.');
    case 'no-backup-folder':
      return t('The setting "lsm.backupFolder" can name another place for backups.');
    case 'unknown-comparator':
      return t('The order of its keys is not known: the database can be looked at, but not rewritten.');
    case 'unknown-compression':
      return t(
        'Its tables are stored in a way that is not written here: they can be looked at, but not rewritten.',
      );
    case 'unwritten-compression':
      return t(
        'Another compression has to be chosen: tables that are rewritten are stored with it, the others stay as they are.',
      );
    case 'permission':
      return t('This user may not write there.');
    case 'restricted':
      return t('Trust the workspace to change databases.');
    default:
      return /no space|ENOSPC|quota/i.test(message)
        ? t('The disk is full. Nothing was changed: make room, then apply again.')
        : '';
  }
}
