import * as vscode from 'vscode';
import type { KeyRef, Problem, Severity, TableRow } from '../../worker/api';
import { escapeBytes, humanBytes } from '../../worker/format';
import { editorFor } from '../editors/editors';
import { Command } from '../ids';
import { plural } from '../plural';
import type { Database } from './database';
import { fileOf, isManifestProblem, type Node, nodeId } from './nodes';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;
const { t } = vscode.l10n;
/** Keys in labels are cut; tooltips have more of them. */
const LABEL_KEY = 24;
const TOOLTIP_KEY = 200;

/** How a node looks in the tree. */
export function treeItem(node: Node): vscode.TreeItem {
  const item = describe(node);
  item.id = nodeId(node);
  item.contextValue = contextOf(node);
  if (opensAFile(node)) {
    item.command = { command: Command.openFile, title: t('Open in LSM Inspector'), arguments: [node] };
  }
  return item;
}

/** Whether a click on the node opens the editor of its file. */
function opensAFile(node: Node): boolean {
  const file = fileOf(node);
  return file !== undefined && editorFor(vscode.Uri.joinPath(node.database.uri, file)) !== undefined;
}

function contextOf(node: Node): string {
  if (node.kind === 'database') return `database-${node.database.state.kind}`;
  return isManifestProblem(node) ? 'manifestProblem' : node.kind;
}

function describe(node: Node): vscode.TreeItem {
  switch (node.kind) {
    case 'database':
      return databaseItem(node.database);
    case 'message':
      return make(node.text, None, 'info', undefined, node.tooltip ?? node.text);
    case 'levels':
      return levelsItem(node.database);
    case 'level': {
      const { level, files, bytes, score } = node.level;
      const parts = [plural(files, '1 table', '{0} tables'), humanBytes(bytes)];
      if (score !== undefined && files > 0) parts.push(t('score {0}', score.toFixed(2)));
      const due = score !== undefined && score >= 1;
      const item = make(
        t('Level {0}', level),
        files > 0 ? Collapsed : None,
        due ? 'flame' : 'layers',
        parts.join(', '),
      );
      item.tooltip = tooltip(t('Level {0}', level), [
        [t('Tables'), `${files}`],
        [t('Bytes'), `${bytes}`],
        [t('Score'), score === undefined ? t('none: the last level is never compacted') : score.toFixed(3)],
        ...(due ? [[t('Compaction'), t('due: LevelDB would compact this level')] as const] : []),
      ]);
      return item;
    }
    case 'table':
      return tableItem(node.table);
    case 'logs':
      return make(t('Write-ahead logs'), Collapsed, 'output', count(node.database.folder?.logs.length));
    case 'log': {
      const { name, bytes, live, number } = node.log;
      const state = live ? t('live') : t('stale');
      const item = make(name, None, live ? 'output' : 'history', `${humanBytes(bytes)}, ${state}`);
      item.tooltip = tooltip(name, [
        [t('Number'), `${number}`],
        [t('Bytes'), `${bytes}`],
        [t('State'), live ? t('live: recovery replays it') : t('stale: its contents are in tables')],
      ]);
      return item;
    }
    case 'manifests':
      return make('MANIFESTs', Collapsed, 'list-ordered', count(node.database.folder?.manifests.length));
    case 'manifest': {
      const { name, bytes, current } = node.manifest;
      const state = current ? t('current') : t('stale');
      const item = make(
        name,
        current ? Collapsed : None,
        current ? 'list-ordered' : 'history',
        `${humanBytes(bytes)}, ${state}`,
      );
      item.tooltip = tooltip(name, [
        [t('Bytes'), `${bytes}`],
        [t('State'), current ? t('CURRENT points to it') : t('CURRENT does not point to it')],
      ]);
      return item;
    }
    case 'memtable':
      return make(
        t('Memtable'),
        Collapsed,
        'server-process',
        undefined,
        t('What the live logs hold and no table has yet. Read when it is opened.'),
      );
    case 'memtableLog':
      return make(
        t('from {0}', node.name),
        None,
        'output',
        `${plural(node.entries, '1 entry', '{0} entries')}, ${humanBytes(node.bytes)}`,
      );
    case 'others':
      return make(t('Other files'), Collapsed, 'files', count(node.database.folder?.others.length));
    case 'other': {
      const { name, bytes, kind, isDirectory } = node.file;
      const meaning = OTHER_MEANINGS[kind]();
      const item = make(
        name,
        None,
        isDirectory ? 'folder' : kind === 'orphan' ? 'question' : 'file',
        isDirectory ? meaning : [humanBytes(bytes), meaning].filter(Boolean).join(', '),
      );
      item.tooltip = tooltip(name, [[t('Bytes'), `${bytes}`]]);
      return item;
    }
    case 'problems': {
      const severe = node.problems.some(({ severity }) => severity !== 'note');
      return make(
        severe ? t('Problems') : t('Notes'),
        Collapsed,
        severe ? 'warning' : 'info',
        count(node.problems.length),
      );
    }
    case 'problem':
      return problemItem(node.problem);
    case 'more': {
      const item = make(t('Load more…'), None, 'ellipsis', t('{0} of {1} shown', node.shown, node.total));
      item.command = { command: 'lsm.loadMore', title: t('Load more…'), arguments: [node] };
      return item;
    }
  }
}

const OTHER_MEANINGS = {
  orphan: () => t('orphan: no version names it'),
  temporary: () => t('temporary'),
  'info-log': () => t('the engine’s own log'),
  lock: () => t('lock file'),
  current: () => t('names the MANIFEST'),
  other: () => '',
} as const;

function databaseItem(database: Database): vscode.TreeItem {
  const { state } = database;
  const description = {
    closed: '',
    opening: t('opening…'),
    open: '',
    failed:
      state.kind === 'failed' && state.error.code === 'crashed'
        ? t('the engine stopped')
        : t('cannot be opened'),
  }[state.kind];
  const icon = state.kind === 'failed' ? 'error' : state.kind === 'opening' ? 'loading~spin' : 'database';
  const item = make(database.name, Collapsed, icon, description);
  if (state.kind === 'open') {
    const { summary } = state;
    const problems = summary.folder?.problems ?? [];
    const errors = problems.filter(({ severity }) => severity === 'error').length;
    const tables = summary.levels.reduce((sum, { files }) => sum + files, 0);
    const bytes = summary.levels.reduce((sum, level) => sum + level.bytes, 0);
    item.description = [
      plural(tables, '1 table', '{0} tables'),
      humanBytes(bytes),
      ...(errors > 0 ? [plural(errors, '1 error', '{0} errors')] : []),
      ...(database.tableFilter ? [t('filter "{0}"', database.tableFilter)] : []),
    ].join(', ');
    if (errors > 0)
      item.iconPath = new vscode.ThemeIcon('database', new vscode.ThemeColor('list.errorForeground'));
    item.tooltip = tooltip(database.uri.fsPath, [
      [t('Comparator'), summary.comparator + (summary.comparatorKnown ? '' : ` (${t('not known')})`)],
      ['MANIFEST', summary.manifest ?? t('none')],
      [t('Edits'), `${summary.edits}`],
      [t('Next file number'), `${summary.nextFileNumber}`],
      [t('Last sequence'), `${summary.lastSequence}`],
      [t('Log number'), `${summary.logNumber}`],
    ]);
  } else if (state.kind === 'failed') item.tooltip = state.error.message;
  else item.tooltip = database.uri.fsPath;
  return item;
}

function levelsItem(database: Database): vscode.TreeItem {
  const levels = database.summary?.levels ?? [];
  const used = levels.filter(({ files }) => files > 0).length;
  return make(t('Levels'), Expanded, 'layers', used === 1 ? t('1 with tables') : t('{0} with tables', used));
}

function tableItem({ name, bytes, smallest, largest, number, level }: TableRow): vscode.TreeItem {
  const range = `${shortKey(smallest)} … ${shortKey(largest)}`;
  const item = make(name, None, 'table', `${humanBytes(bytes)}  ${range}`);
  item.tooltip = tooltip(name, [
    [t('Number'), `${number}`],
    [t('Level'), `${level}`],
    [t('Bytes'), `${bytes}`],
    [t('Smallest key'), longKey(smallest)],
    [t('Largest key'), longKey(largest)],
  ]);
  return item;
}

const PROBLEM_ICONS: Record<Severity, string> = { error: 'error', warning: 'warning', note: 'info' };

function problemItem({ severity, file, offset, message }: Problem): vscode.TreeItem {
  const place = offset === undefined ? file : `${file} @ ${offset}`;
  return make(message, None, PROBLEM_ICONS[severity], place, `${place}: ${message}`);
}

function make(
  label: string,
  collapsible: vscode.TreeItemCollapsibleState,
  icon: string,
  description?: string,
  text?: string,
): vscode.TreeItem {
  const item = new vscode.TreeItem(label, collapsible);
  item.iconPath = new vscode.ThemeIcon(icon);
  if (description !== undefined) item.description = description;
  if (text !== undefined) item.tooltip = text;
  return item;
}

/** A table of properties. Text from files is shown as code: it must not become Markdown. */
function tooltip(title: string, rows: readonly (readonly [string, string])[]): vscode.MarkdownString {
  const markdown = new vscode.MarkdownString();
  markdown.appendText(title);
  markdown.appendMarkdown('\n\n| | |\n|---|---|\n');
  for (const [label, value] of rows) {
    markdown
      .appendMarkdown('| ')
      .appendText(label)
      .appendMarkdown(` | ${asCode(value)} |\n`);
  }
  return markdown;
}

function asCode(text: string): string {
  return `\`${text.replace(/[`|\n\r]/g, (character) => (character === '|' ? '\\|' : ' '))}\``;
}

function shortKey({ userKey }: KeyRef): string {
  const text = escapeBytes(userKey, 0, Math.min(userKey.length, LABEL_KEY));
  return userKey.length > LABEL_KEY ? `${text}…` : text;
}

function longKey({ userKey, sequence, type }: KeyRef): string {
  const text = escapeBytes(userKey, 0, Math.min(userKey.length, TOOLTIP_KEY));
  const cut = userKey.length > TOOLTIP_KEY ? '…' : '';
  return `${text}${cut} @ ${sequence}${type === 'deletion' ? ` (${t('deletion')})` : ''}`;
}

function count(number: number | undefined): string {
  return number === undefined ? '' : `${number}`;
}
