import * as vscode from 'vscode';
import type { KeyBiography } from '../../worker/api';
import { escapeBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import { BIOGRAPHY_SCHEME } from '../ids';
import { KeyDocuments, showKeyDocument } from './key-documents';

const { t } = vscode.l10n;

/** Opens the biography of a key: every version in every file, and the edits that carried them. */
export function showBiography(database: Database, key: Uint8Array): Promise<void> {
  return showKeyDocument(BIOGRAPHY_SCHEME, database, key);
}

/** Gives biographies. */
export class BiographyDocuments extends KeyDocuments {
  protected async textOf(database: Database, key: Uint8Array): Promise<string> {
    const biography = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Looking for "{0}" in every file', escapeBytes(key)),
        cancellable: true,
      },
      (progress, token) =>
        database.client.run('biography', [key], {
          onProgress: ({ detail, done, total }) =>
            progress.report({ message: `${detail} (${done}/${total})` }),
          onCancel: (cancel) => token.onCancellationRequested(cancel),
        }),
    );
    return biographyText(key, biography);
  }
}

function biographyText(key: Uint8Array, { versions, lines, problems }: KeyBiography): string {
  const text = [t('Key "{0}"', escapeBytes(key)), '', t('Versions in all files, the newest first'), ''];
  for (const { sequence, type, file, level, live, preview, valueBytes } of versions) {
    const place = live ? (level === undefined ? t('log') : t('level {0}', level)) : t('obsolete');
    const value = type === 'deletion' ? '' : escapeBytes(preview) + (valueBytes > preview.length ? '…' : '');
    text.push(`${sequence}\t${type}\t${file}\t${place}\t${value}`);
  }
  if (versions.length === 0) text.push(t('There is none.'));
  text.push(
    '',
    t('Edits of the MANIFESTs that brought, moved or removed tables whose range covers the key'),
    '',
  );
  text.push(...lines);
  if (problems.length > 0) text.push('', t('Problems'), '');
  for (const { file, offset, message } of problems) {
    text.push(offset === undefined ? `${file}: ${message}` : `${file} @ ${offset}: ${message}`);
  }
  return `${text.join('\n')}\n`;
}
