import * as vscode from 'vscode';

/** The Keys view's texts in the display language, by their English ones. Filled by the view's list of words. */
export function texts(): Record<string, string> {
  const words = ['Key', 'Value', 'Size', 'Sequence', 'Type', 'File', 'Loading…'];
  return Object.fromEntries(words.map((word) => [word, vscode.l10n.t(word)]));
}
