import * as vscode from 'vscode';
import type { ExplainedGet } from '../../worker/api';
import { escapeBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import { EXPLAIN_SCHEME } from '../ids';
import { plural } from '../plural';
import { KeyDocuments, showKeyDocument } from './key-documents';

const { t } = vscode.l10n;

/** Opens what a get of a key does: each memtable and table that it asks, and what each says. */
export function showExplanation(database: Database, key: Uint8Array): Promise<void> {
  return showKeyDocument(EXPLAIN_SCHEME, database, key);
}

/** Gives explanations of gets. */
export class ExplainDocuments extends KeyDocuments {
  protected async textOf(database: Database, key: Uint8Array): Promise<string> {
    return explanationText(key, await database.client.call('explainGet', key));
  }
}

function explanationText(key: Uint8Array, explained: ExplainedGet): string {
  const text = [
    t('Key "{0}"', escapeBytes(key)),
    '',
    t('Where LevelDB looks for it, in this order, in a database that was just opened'),
    '',
    ...explained.lines,
    '',
    answerOf(explained),
  ];
  return `${text.join('\n')}\n`;
}

function answerOf({ found, valueBytes, sequence, source, failure }: ExplainedGet): string {
  if (failure) {
    const { message, file, offset } = failure;
    const place = [file, offset].filter((part) => part !== undefined).join(' @ ');
    return t('It ends at damage: {0}', place === '' ? message : `${place}: ${message}`);
  }
  if (source === undefined) return t('The key is not there.');
  if (!found) return t('It was deleted at sequence {0} ({1}).', `${sequence}`, source);
  return plural(
    valueBytes,
    'It has a value of 1 byte, at sequence {1} ({2}).',
    'It has a value of {0} bytes, at sequence {1} ({2}).',
    `${sequence}`,
    source,
  );
}
