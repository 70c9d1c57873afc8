import * as vscode from 'vscode';

/** Texts in the display language, by their English ones; empty where that is English. */
export function texts(): Record<string, string> {
  return vscode.l10n.bundle ?? {};
}
