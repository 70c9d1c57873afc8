import * as vscode from 'vscode';
import type { RebuildInputs } from '../../worker/change-api';
import { unescapeBytes } from '../../worker/format';

const { t } = vscode.l10n;

/** Asks for bytes, as the command line takes them. */
export async function askForKey(title: string, what = ''): Promise<Uint8Array | undefined> {
  const hint = t('Bytes that are not printable are written \\xNN, the backslash \\x5c.');
  const text = await vscode.window.showInputBox({
    title,
    prompt: what === '' ? hint : `${what} ${hint}`,
    validateInput: (value) =>
      bytesOf(value)
        ? undefined
        : t('After a backslash come x and two hex digits, as in \\xff; the backslash itself is \\x5c.'),
  });
  return text === undefined ? undefined : bytesOf(text);
}

/** Undefined where a backslash does not begin \xNN. */
export function bytesOf(text: string): Uint8Array | undefined {
  try {
    return unescapeBytes(text);
  } catch {
    return undefined;
  }
}

/** What becomes of tables that seem to be inputs of a compaction, where a MANIFEST is rebuilt. `reason` names them. */
export async function askForInputs(reason: string): Promise<RebuildInputs | undefined> {
  const choices: { title: string; inputs: RebuildInputs }[] = [
    { title: t('Rebuild and Leave Them Out'), inputs: 'leave-out' },
    { title: t('Rebuild and Keep Them'), inputs: 'keep' },
  ];
  const question = t('It hangs on tables that a compaction seems to have written anew: {0}', reason);
  return (await vscode.window.showWarningMessage(question, ...choices))?.inputs;
}
