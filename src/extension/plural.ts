import * as vscode from 'vscode';

/** `one` for a single one, else `many`, in which {0} is the number; `more` is {1} and so on in both. */
export function plural(value: number, one: string, many: string, ...more: (string | number)[]): string {
  return vscode.l10n.t(value === 1 ? one : many, value, ...more);
}
