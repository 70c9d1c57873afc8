import * as vscode from 'vscode';
import type { DecoderName } from '../../../webview/protocol/keys';
import { escapeBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import type { DatabaseRegistry } from '../databases/registry';
import { VALUE_SCHEME } from '../ids';
import { sequenceOf } from './calls';

/** VS Code shows documents up to 50 MB; a value of this size is already hard to read. */
const DOCUMENT_BYTES = 16 << 20;
const NAME_KEY = 40;

interface Address {
  database: string;
  /** Hex. */
  key: string;
  sequence?: string;
}

/** The address of a value as a read-only document. */
export function valueUri(
  database: Database,
  key: Uint8Array,
  sequence: string | undefined,
  decoder: DecoderName,
): vscode.Uri {
  const address: Address = {
    database: database.uri.toString(),
    key: Buffer.from(key).toString('hex'),
    // Left out by a webview, it arrives as null.
    ...(sequence ? { sequence } : {}),
  };
  const name = escapeBytes(key, 0, Math.min(key.length, NAME_KEY)).replace(/[/\\]/g, '_');
  const ending = decoder === 'json' || decoder === 'messagepack' ? '.json' : '.txt';
  return vscode.Uri.from({ scheme: VALUE_SCHEME, path: `/${name}${ending}`, query: JSON.stringify(address) });
}

/** Gives values as text documents. What is no UTF-8 is shown escaped. */
export class ValueDocuments implements vscode.TextDocumentContentProvider {
  private readonly registry: DatabaseRegistry;

  constructor(registry: DatabaseRegistry) {
    this.registry = registry;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const address: Address = JSON.parse(uri.query);
    const database = this.registry.find(vscode.Uri.parse(address.database));
    if (!database) return vscode.l10n.t('The database is not open any more.');
    await database.open();
    const key = new Uint8Array(Buffer.from(address.key, 'hex'));
    const { found, value, valueBytes } = await database.client.call(
      'value',
      key,
      sequenceOf(address.sequence),
      DOCUMENT_BYTES,
    );
    if (!found) return vscode.l10n.t('The key is not there any more.');
    const text = textOf(value, uri.path.endsWith('.json'));
    const cut =
      valueBytes > value.length ? vscode.l10n.t('… cut at {0} of {1} bytes', value.length, valueBytes) : '';
    return cut === '' ? text : `${text}\n${cut}\n`;
  }
}

function textOf(value: Uint8Array, json: boolean): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(value);
    return json ? JSON.stringify(JSON.parse(text), undefined, 2) : text;
  } catch {
    return escapeBytes(value);
  }
}
