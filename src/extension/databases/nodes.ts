import type {
  LevelSummary,
  LogSummary,
  ManifestSummary,
  OtherFile,
  Problem,
  TableRow,
} from '../../worker/api';
import type { FixJson } from '../../worker/manifest-edit-api';
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
  /** One of a MANIFEST's checks has its fixes; for others they are looked for when they are asked for. */
  | { kind: 'problem'; database: Database; problem: Problem; fixes?: readonly FixJson[] }
  /** There is more under a level or a MANIFEST. */
  | { kind: 'more'; database: Database; under: Node; shown: number; total: number };

/** A name that stays the same over refreshes, so that the tree keeps what is open and selected. */
export function nodeId(node: Node): string {
  const base = `${node.database.uri.toString()}#${node.kind}`;
  switch (node.kind) {
    case 'level':
      return `${base}/${node.level.level}`;
    case 'more':
      return `${base}/${nodeId(node.under)}`;
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
      const list = node.fixes ? 'checks/' : '';
      return `${base}/${list}${file}/${offset}/${code}/${message}`;
    }
    default:
      return base;
  }
}

/** Whether a node is a problem of a MANIFEST. */
export function isManifestProblem(node: Node): boolean {
  return node.kind === 'problem' && /^MANIFEST-\d+$/.test(node.problem.file);
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
