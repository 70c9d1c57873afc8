import * as vscode from 'vscode';
import { requireTrust } from '../changes/rules';

const { t } = vscode.l10n;

/** In Restricted Mode commands that write are hidden, and refused where something calls them all the same. */
export function whereTrusted<Args extends unknown[]>(run: (...args: Args) => unknown) {
  return async (...args: Args): Promise<unknown> => ((await isTrusted()) ? run(...args) : undefined);
}

async function isTrusted(): Promise<boolean> {
  try {
    requireTrust();
    return true;
  } catch (error) {
    const manage = t('Manage Workspace Trust');
    const chosen = await vscode.window.showErrorMessage((error as Error).message, manage);
    if (chosen === manage) await vscode.commands.executeCommand('workbench.trust.manage');
    return false;
  }
}
