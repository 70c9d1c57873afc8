import * as vscode from 'vscode';
import { escapeBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import type { DatabaseRegistry } from '../databases/registry';

const { t } = vscode.l10n;
const NAME_KEY = 40;

/**
 * Opens a read-only text about a key of a database, as it is now: VS Code asks but once for a document's text, so each is
 * another one.
 */
export async function showKeyDocument(scheme: string, database: Database, key: Uint8Array): Promise<void> {
  const name = escapeBytes(key, 0, Math.min(key.length, NAME_KEY)).replace(/[/\\]/g, '_');
  const query = {
    database: database.uri.toString(),
    key: Buffer.from(key).toString('hex'),
    asked: Date.now(),
  };
  const uri = vscode.Uri.from({ scheme, path: `/${name}.txt`, query: JSON.stringify(query) });
  await vscode.window.showTextDocument(uri, { preview: true });
}

/** Gives texts about keys as read-only documents. */
export abstract class KeyDocuments implements vscode.TextDocumentContentProvider {
  private readonly registry: DatabaseRegistry;

  constructor(registry: DatabaseRegistry) {
    this.registry = registry;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { database: address, key: hex } = JSON.parse(uri.query) as { database: string; key: string };
    const database = this.registry.find(vscode.Uri.parse(address));
    if (!database) return t('The database is not open any more.');
    await database.open();
    return this.textOf(database, new Uint8Array(Buffer.from(hex, 'hex')));
  }

  protected abstract textOf(database: Database, key: Uint8Array): Promise<string>;
}
