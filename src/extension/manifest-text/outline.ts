import * as vscode from 'vscode';
import { firstWord } from './line-shape';

const { t } = vscode.l10n;

/** An outline of more is of no use, and takes seconds. */
const MAX_SYMBOLS = 10_000;

/** The edits of a text. */
export class ManifestOutline implements vscode.DocumentSymbolProvider {
  provideDocumentSymbols(document: vscode.TextDocument): vscode.DocumentSymbol[] {
    const symbols: vscode.DocumentSymbol[] = [];
    for (let line = 0; line < document.lineCount && symbols.length < MAX_SYMBOLS; line++) {
      const first = document.lineAt(line);
      const word = firstWord(first.text);
      if (word === undefined) continue;
      let [added, deleted] = [0, 0];
      while (line + 1 < document.lineCount) {
        const next = firstWord(document.lineAt(line + 1).text);
        if (next === undefined || next === 'edit') break;
        if (next === 'add') added++;
        if (next === 'delete') deleted++;
        line++;
      }
      const name = word === 'edit' ? `edit ${symbols.length}` : word;
      const detail = [
        ...(deleted > 0 ? [t('{0} deleted', deleted)] : []),
        ...(added > 0 ? [t('{0} added', added)] : []),
      ].join(', ');
      const kind = word === 'edit' ? vscode.SymbolKind.Event : vscode.SymbolKind.Null;
      const range = new vscode.Range(first.range.start, document.lineAt(line).range.end);
      symbols.push(new vscode.DocumentSymbol(name, detail, kind, range, first.range));
    }
    return symbols;
  }
}
