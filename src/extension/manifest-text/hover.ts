import * as vscode from 'vscode';
import type { TableNote } from '../../worker/manifest-edit-api';
import { type Token, tokensOf } from './line-shape';
import { meaningOf } from './meanings';
import type { OpenText } from './open-text';

const { t } = vscode.l10n;

/** Says what words mean, and what is known of a table. */
export class ManifestHover implements vscode.HoverProvider {
  private readonly find: (document: vscode.TextDocument) => OpenText | undefined;

  constructor(find: (document: vscode.TextDocument) => OpenText | undefined) {
    this.find = find;
  }

  async provideHover(
    document: vscode.TextDocument,
    { line, character }: vscode.Position,
  ): Promise<vscode.Hover | undefined> {
    const tokens = tokensOf(document.lineAt(line).text);
    const token = tokens.find(({ start, end }) => start <= character && character <= end);
    if (!token) return undefined;
    const text = (await this.table(document, token)) ?? meaningOf(wordFor(token, tokens[0].text));
    if (text === undefined) return undefined;
    return new vscode.Hover(
      new vscode.MarkdownString(text),
      new vscode.Range(line, token.start, line, token.end),
    );
  }

  private async table(document: vscode.TextDocument, { element, text }: Token): Promise<string | undefined> {
    const open = this.find(document);
    if (!open || element !== '<file>' || !/^\d+$/.test(text)) return undefined;
    return tableText(await (await open.ready()).call('tableNote', text));
  }
}

/** The word whose meaning tells what a part of a line is. */
function wordFor({ element, text }: Token, field: string): string {
  switch (element) {
    case '<field>':
    case '<type>':
      return text;
    case '<level>':
    case '<file>':
    case '<size>':
    case '<sequence>':
      return element.slice(1, -1);
    case '<number>':
    case '<offset>':
    case '<name>':
      return field;
    default:
      return element ?? '';
  }
}

function tableText({ name, bytes, levels }: TableNote): string {
  const there =
    name === undefined ? t('Not in the folder.') : t('{0} is in the folder: {1} bytes.', name, bytes ?? 0);
  const lives =
    levels.length === 0
      ? t('The version at the end does not name it.')
      : t('The version at the end has it in level {0}.', levels.join(', '));
  return `${there} ${lives}`;
}
