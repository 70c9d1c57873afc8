import * as vscode from 'vscode';
import type { KeyBiography } from '../../worker/api';
import { escapeBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import type { DatabaseRegistry } from '../databases/registry';
import { BIOGRAPHY_SCHEME } from '../ids';

const { t } = vscode.l10n;
const NAME_KEY = 40;

/** Opens the biography of a key: every version in every file, and the edits that carried them. */
export async function showBiography(database: Database, key: Uint8Array): Promise<void> {
  const name = escapeBytes(key, 0, Math.min(key.length, NAME_KEY)).replace(/[/\\]/g, '_');
  const query = { database: database.uri.toString(), key: Buffer.from(key).toString('hex') };
  const uri = vscode.Uri.from({
    scheme: BIOGRAPHY_SCHEME,
    path: `/${name}.txt`,
    query: JSON.stringify(query),
  });
  await vscode.window.showTextDocument(uri, { preview: true });
}

/** Gives biographies as read-only text documents. */
export class BiographyDocuments implements vscode.TextDocumentContentProvider {
  private readonly registry: DatabaseRegistry;

  constructor(registry: DatabaseRegistry) {
    this.registry = registry;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { database: address, key: hex } = JSON.parse(uri.query) as { database: string; key: string };
    const database = this.registry.find(vscode.Uri.parse(address));
    if (!database) return t('The database is not open any more.');
    await database.open();
    const key = new Uint8Array(Buffer.from(hex, 'hex'));
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
