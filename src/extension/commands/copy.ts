import * as vscode from 'vscode';
import { escapeBytes } from '../../worker/format';
import type { Node } from '../databases/nodes';

/** Copies the smallest key of a table, as `lsm` takes it. */
export async function copyKey(node: Node): Promise<void> {
  if (node.kind === 'table') await vscode.env.clipboard.writeText(escapeBytes(node.table.smallest.userKey));
}

/** Copies a table's range as options of `lsm scan`. */
export async function copyRange(node: Node): Promise<void> {
  if (node.kind !== 'table') return;
  const quoted = (key: Uint8Array) => `'${escapeBytes(key).replaceAll("'", '\\x27')}'`;
  const { smallest, largest } = node.table;
  await vscode.env.clipboard.writeText(`--from ${quoted(smallest.userKey)} --to ${quoted(largest.userKey)}`);
}
