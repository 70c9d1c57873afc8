import * as vscode from 'vscode';
import type { Problem, TableRow } from '../../worker/api';
import { Owner } from '../lifecycle';
import type { Database } from './database';
import { type Node, nodeId } from './nodes';
import type { DatabaseRegistry } from './registry';
import { treeItem } from './tree-items';

/** Children of a level or a MANIFEST that are shown at first, and more of them each time. */
const PAGE = 200;

/** The Databases view. A database is opened when its node is opened; tables come in pages. */
export class DatabaseTree extends Owner implements vscode.TreeDataProvider<Node> {
  private readonly registry: DatabaseRegistry;
  private readonly changed = this.own(new vscode.EventEmitter<Node | undefined>());
  readonly onDidChangeTreeData = this.changed.event;
  /** How many are shown under a node, where that is more than a page. */
  private readonly shown = new Map<string, number>();
  private readonly databaseNodes = new Map<Database, Node>();

  constructor(registry: DatabaseRegistry) {
    super();
    this.registry = registry;
    this.own(registry.onDidChangeList(() => this.changed.fire(undefined)));
    this.own(registry.onDidChangeDatabase((database) => this.changed.fire(this.nodeOf(database))));
    this.own(registry.onDidClose((database) => this.databaseNodes.delete(database)));
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return treeItem(node);
  }

  /** The node object of a database: the tree knows nodes by identity when it redraws them. */
  nodeOf(database: Database): Node {
    let node = this.databaseNodes.get(database);
    if (!node) {
      node = { kind: 'database', database };
      this.databaseNodes.set(database, node);
    }
    return node;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (!node) return this.registry.all.map((database) => this.nodeOf(database));
    const { database } = node;
    try {
      switch (node.kind) {
        case 'database':
          return await this.databaseChildren(database);
        case 'levels':
          return (database.summary?.levels ?? []).map((level) => ({ kind: 'level', database, level }));
        case 'level':
          return await this.tables(node);
        case 'logs':
          return ((await database.listed())?.logs ?? []).map((log) => ({ kind: 'log', database, log }));
        case 'manifests':
          return ((await database.listed())?.manifests ?? []).map((manifest) => ({
            kind: 'manifest',
            database,
            manifest,
          }));
        case 'manifest':
          return await this.checks(node);
        case 'memtable':
          return await this.memtable(database);
        case 'others':
          return ((await database.listed())?.others ?? []).map((file) => ({ kind: 'other', database, file }));
        case 'problems':
          return node.problems.map((problem) => ({ kind: 'problem', database, problem }));
        default:
          return [];
      }
    } catch (error) {
      return [message(database, error instanceof Error ? error.message : String(error))];
    }
  }

  getParent(node: Node): Node | undefined {
    const { database } = node;
    switch (node.kind) {
      case 'database':
        return undefined;
      case 'level':
        return { kind: 'levels', database };
      case 'table': {
        const level = database.summary?.levels[node.table.level];
        return level && { kind: 'level', database, level };
      }
      case 'more':
        return node.under;
      case 'log':
        return { kind: 'logs', database };
      case 'manifest':
        return { kind: 'manifests', database };
      case 'memtableLog':
        return { kind: 'memtable', database };
      case 'other':
        return { kind: 'others', database };
      default:
        return this.nodeOf(database);
    }
  }

  /** Shows another page under a node. */
  loadMore(under: Node): void {
    this.shown.set(nodeId(under), this.shownOf(under) + PAGE);
    this.changed.fire(this.nodeOf(under.database));
  }

  /** The node of a table, after making sure that its level shows it. */
  async tableNode(database: Database, table: TableRow): Promise<Node> {
    for (let start = 0; ; start += PAGE) {
      const { rows, total } = await database.client.call('tables', table.level, {
        start,
        end: start + PAGE,
        filter: database.tableFilter,
      });
      if (rows.some(({ number }) => number === table.number)) {
        const level = database.summary?.levels[table.level];
        const under = level && ({ kind: 'level', database, level } as const);
        if (under && start + PAGE > this.shownOf(under)) {
          this.shown.set(nodeId(under), start + PAGE);
          this.changed.fire(this.nodeOf(database));
        }
        break;
      }
      if (start + PAGE >= total) break;
    }
    return { kind: 'table', database, table };
  }

  private async databaseChildren(database: Database): Promise<Node[]> {
    // What failed is tried again when somebody asks for it, not whenever the tree is drawn.
    if (database.state.kind !== 'failed') await database.open();
    const { state } = database;
    if (state.kind === 'failed') return [message(database, state.error.message, state.error.file)];
    if (state.kind !== 'open') return [];
    const problems = problemsOf(database);
    return [
      ...(problems.length > 0 ? [{ kind: 'problems' as const, database, problems }] : []),
      { kind: 'levels', database },
      { kind: 'logs', database },
      { kind: 'manifests', database },
      { kind: 'memtable', database },
      { kind: 'others', database },
    ];
  }

  private async tables(under: Extract<Node, { kind: 'level' }>): Promise<Node[]> {
    const { database, level } = under;
    const shown = this.shownOf(under);
    const { rows, total } = await database.client.call('tables', level.level, {
      start: 0,
      end: shown,
      filter: database.tableFilter,
    });
    const nodes: Node[] = rows.map((table) => ({ kind: 'table', database, table }));
    if (total > rows.length) nodes.push({ kind: 'more', database, under, shown: rows.length, total });
    if (total === 0) nodes.push(message(database, vscode.l10n.t('No table matches the filter.')));
    return nodes;
  }

  private async memtable(database: Database): Promise<Node[]> {
    const { logs } = await database.client.call('memtable');
    if (logs.length === 0) return [message(database, vscode.l10n.t('There is no live log.'))];
    return logs.map(({ name, entries, bytes }) => ({ kind: 'memtableLog', database, name, entries, bytes }));
  }

  /** What the checks find in a MANIFEST. */
  private async checks(under: Extract<Node, { kind: 'manifest' }>): Promise<Node[]> {
    const { database, manifest } = under;
    const problems = await database.checkManifest(manifest.name);
    if (problems.length === 0) return [message(database, vscode.l10n.t('The checks find nothing.'))];
    const shown = problems.slice(0, this.shownOf(under));
    const nodes: Node[] = shown.map((problem) => ({
      kind: 'problem',
      database,
      problem,
      fixes: problem.fixes,
    }));
    const total = problems.length;
    if (total > shown.length) nodes.push({ kind: 'more', database, under, shown: shown.length, total });
    return nodes;
  }

  private shownOf(under: Node): number {
    return this.shown.get(nodeId(under)) ?? PAGE;
  }
}

/** What opening found, or a verification if there was one since. */
function problemsOf(database: Database): readonly Problem[] {
  return database.verified?.problems ?? database.folder?.problems ?? [];
}

function message(database: Database, text: string, tooltip?: string): Node {
  return { kind: 'message', database, text, ...(tooltip === undefined ? {} : { tooltip }) };
}
