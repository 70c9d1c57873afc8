import type {
  LevelSummary,
  LogSummary,
  ManifestSummary,
  OtherFile,
  Problem,
  TableRow,
} from '../../worker/api';
import type { Database } from './database';

/** What stands in the Databases view. `kind` is also the context value that menus go by. */
export type Node =
  | { kind: 'database'; database: Database }
  | { kind: 'message'; database: Database; text: string; tooltip?: string }
  | { kind: 'levels'; database: Database }
  | { kind: 'level'; database: Database; level: LevelSummary }
  | { kind: 'table'; database: Database; table: TableRow }
  | { kind: 'logs'; database: Database }
  | { kind: 'log'; database: Database; log: LogSummary }
  | { kind: 'manifests'; database: Database }
  | { kind: 'manifest'; database: Database; manifest: ManifestSummary }
  | { kind: 'memtable'; database: Database }
  | { kind: 'memtableLog'; database: Database; name: string; entries: number; bytes: number }
  | { kind: 'others'; database: Database }
  | { kind: 'other'; database: Database; file: OtherFile }
  | { kind: 'problems'; database: Database; problems: readonly Problem[] }
  | { kind: 'problem'; database: Database; problem: Problem }
  | { kind: 'more'; database: Database; level: LevelSummary; shown: number; total: number };

/** A name that stays the same over refreshes, so that the tree keeps what is open and selected. */
export function nodeId(node: Node): string {
  const base = `${node.database.uri.toString()}#${node.kind}`;
  switch (node.kind) {
    case 'level':
    case 'more':
      return `${base}/${node.level.level}`;
    case 'table':
      return `${base}/${node.table.level}/${node.table.number}`;
    case 'log':
      return `${base}/${node.log.name}`;
    case 'manifest':
      return `${base}/${node.manifest.name}`;
    case 'memtableLog':
      return `${base}/${node.name}`;
    case 'other':
      return `${base}/${node.file.name}`;
    case 'problem': {
      const { file, offset, code, message } = node.problem;
      return `${base}/${file}/${offset}/${code}/${message}`;
    }
    default:
      return base;
  }
}

/** The name of the file that a node stands for. */
export function fileOf(node: Node): string | undefined {
  switch (node.kind) {
    case 'table':
      return node.table.name;
    case 'log':
      return node.log.name;
    case 'manifest':
      return node.manifest.name;
    case 'memtableLog':
      return node.name;
    case 'other':
      return node.file.name;
    case 'problem':
      return node.problem.file;
    default:
      return undefined;
  }
}
