import * as vscode from 'vscode';
import { humanBytes } from '../../worker/format';
import type { TableChoice } from '../../worker/manifest-edit-api';
import { fieldsBetween, firstWord, type Token, typedAt } from './line-shape';
import { meaningOf } from './meanings';
import type { OpenText } from './open-text';

const { t } = vscode.l10n;

const COMPARATORS = ['leveldb.BytewiseComparator', 'leveldb.ReverseBytewiseComparator', 'idb_cmp1'];
const LEVELS = ['0', '1', '2', '3', '4', '5', '6'];

/** Begun again once something was taken: what comes next is known. */
const NEXT: vscode.Command = { command: 'editor.action.triggerSuggest', title: '' };

/** Offers what the grammar lets stand at a place, and tables by their numbers. */
export class ManifestCompletion implements vscode.CompletionItemProvider {
  private readonly find: (document: vscode.TextDocument) => OpenText | undefined;

  constructor(find: (document: vscode.TextDocument) => OpenText | undefined) {
    this.find = find;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
  ): Promise<vscode.CompletionList> {
    const line = document.lineAt(position.line);
    const { before, typed } = typedAt(line.text.slice(0, position.character));
    const range = new vscode.Range(position.line, typed.start, position.line, position.character);
    const { items, isWhole } = await this.itemsFor(document, position, before, typed);
    for (const item of items) item.range = range;
    return new vscode.CompletionList(items, !isWhole);
  }

  private async itemsFor(
    document: vscode.TextDocument,
    { line }: vscode.Position,
    before: readonly Token[],
    { element, text }: Token,
  ): Promise<{ items: vscode.CompletionItem[]; isWhole: boolean }> {
    const all = (items: vscode.CompletionItem[]) => ({ items, isWhole: true });
    switch (element) {
      case undefined:
        return all([]);
      case '<field>':
        return all(fieldsAt(document, line).map(wordItem));
      case '<name>':
        return all(COMPARATORS.map((name) => item(`"${name}"`, vscode.CompletionItemKind.Constant)));
      case '<level>':
        return all(LEVELS.map((level) => item(level, vscode.CompletionItemKind.Value)));
      case '<type>':
        return all(['value', 'deletion'].map(typeItem));
      case '<file>':
        return this.tables(document, before, text);
      case '<size>':
        return all(await this.size(document, before));
      default:
        return all(element.startsWith('<') ? [] : [wordItem(element)]);
    }
  }

  /** Tables of the version at the end to delete, those in the folder to add. */
  private async tables(document: vscode.TextDocument, before: readonly Token[], digits: string) {
    const open = this.find(document);
    if (!open || !/^\d*$/.test(digits)) return { items: [], isWhole: true };
    const isAdded = before[0].text === 'add';
    const level = Number(before[2]?.text);
    const client = await open.ready();
    const { rows, total } = await client.call('tableChoices', isAdded ? 'folder' : 'version', digits);
    const items = rows.map((row, i) => tableItem(row, isAdded, isAdded || row.levels.includes(level), i));
    return { items, isWhole: rows.length === total };
  }

  private async size(document: vscode.TextDocument, before: readonly Token[]) {
    const number = before.find(({ element }) => element === '<file>')?.text ?? '';
    const open = this.find(document);
    if (!open || !/^\d+$/.test(number)) return [];
    const { bytes, name } = await (await open.ready()).call('tableNote', number);
    if (bytes === undefined) return [];
    const size = item(`${bytes}`, vscode.CompletionItemKind.Value, t('the size of {0}', name ?? ''));
    return [followed(size, `${bytes} `)];
  }
}

function fieldsAt(document: vscode.TextDocument, line: number): string[] {
  const wordAt = (at: number) =>
    at >= 0 && at < document.lineCount ? firstWord(document.lineAt(at).text) : undefined;
  return fieldsBetween(wordAt(line - 1), wordAt(line + 1));
}

function item(label: string, kind: vscode.CompletionItemKind, detail?: string): vscode.CompletionItem {
  const made = new vscode.CompletionItem(label, kind);
  if (detail !== undefined) made.detail = detail;
  return made;
}

/** A word, and the space behind it. */
function wordItem(word: string): vscode.CompletionItem {
  const made = followed(item(word, vscode.CompletionItemKind.Keyword), `${word} `);
  const meaning = meaningOf(word);
  if (meaning !== undefined) made.documentation = meaning;
  return made;
}

function typeItem(type: string): vscode.CompletionItem {
  const made = item(type, vscode.CompletionItemKind.EnumMember);
  const meaning = meaningOf(type);
  if (meaning !== undefined) made.documentation = meaning;
  return made;
}

function tableItem(
  { number, bytes, levels }: TableChoice,
  isAdded: boolean,
  isMeant: boolean,
  order: number,
) {
  const size = humanBytes(Number(bytes));
  const place = levels.length > 0 ? t('level {0}', levels.join(', ')) : t('in no level');
  const made = item(`${number}`, vscode.CompletionItemKind.File, `${place}, ${size}`);
  made.sortText = `${isMeant ? 0 : 1}${String(order).padStart(4, '0')}`;
  return isAdded ? followed(made, `${number} size ${bytes} `) : made;
}

function followed(made: vscode.CompletionItem, insertText: string): vscode.CompletionItem {
  made.insertText = insertText;
  made.command = NEXT;
  return made;
}
