import * as vscode from 'vscode';
import type { CommonCalls } from '../../../webview/protocol/common';
import type { KeysCalls } from '../../../webview/protocol/keys';
import type { PackedKeysPage as WorkerPage } from '../../worker/api';
import { escapeBytes } from '../../worker/format';
import type { Database } from '../databases/database';
import { Command } from '../ids';
import type { Answers } from '../webviews/host';
import { showBiography } from './biography-documents';
import { showExplanation } from './explain-documents';
import { valueUri } from './value-documents';

/** Values are cut at this many bytes in the view; the document has more. */
const VALUE_BYTES = 1 << 20;

/** What a Keys view may ask of its database. */
export function keysCalls(database: Database): Answers<Omit<KeysCalls, keyof CommonCalls>> {
  return {
    async page(query, anchor, direction, count) {
      await database.open();
      const request = { ...query, anchor, direction, count: Math.min(1000, Math.max(1, count)) };
      return pageFor(await database.client.call('keys', request));
    },
    async value(key, sequence) {
      const result = await database.client.call('value', key, sequenceOf(sequence), VALUE_BYTES);
      return { ...result, sequence: result.sequence?.toString() };
    },
    async biography(key) {
      await showBiography(database, key);
    },
    async explain(key) {
      await showExplanation(database, key);
    },
    mayChange: () => vscode.workspace.isTrusted,
    async deleteKey(key) {
      await vscode.commands.executeCommand(
        Command.deleteKey,
        { kind: 'database', database },
        { key: escapeBytes(key) },
      );
    },
    async openValue(key, sequence, decoder) {
      const document = await vscode.workspace.openTextDocument(valueUri(database, key, sequence, decoder));
      await vscode.window.showTextDocument(document, vscode.ViewColumn.Beside, true);
    },
  };
}

function pageFor({ problems, ...page }: WorkerPage) {
  return {
    ...page,
    problems: problems.map(({ file, offset, message }) =>
      offset === undefined ? `${file}: ${message}` : `${file} @ ${offset}: ${message}`,
    ),
  };
}

/**
 * The sequence as the engine has it: a number up to 2^53 - 1, a bigint above. A parameter that a webview leaves out
 * arrives as null.
 */
export function sequenceOf(text: string | null | undefined): number | bigint | undefined {
  if (text === undefined || text === null) return undefined;
  const value = BigInt(text);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
