import type { U64 } from '../bytes/u64';
import type { ReadableEnv } from '../env/env';
import { type FileKind, parseFileName } from '../manifest/file-names';

/** A file of the database by its name. */
export interface ListedFile {
  name: string;
  kind: FileKind;
  number: U64;
}

/** The files of a database folder, told apart by their names. */
export interface Listing {
  /** What LevelDB owns by its name. */
  files: ListedFile[];
  /** Names that it does not own, and folders. */
  others: string[];
  /** Table number to file name; `.ldb` wins over `.sst`, as LevelDB tries it first. */
  tables: Map<U64, string>;
  /** In ascending order of their numbers. */
  logs: ListedFile[];
  manifests: ListedFile[];
  hasCurrent: boolean;
}

export function listDatabase(env: ReadableEnv, directory: string): Listing {
  const files: ListedFile[] = [];
  const others: string[] = [];
  for (const entry of env.list(directory)) {
    const named = parseFileName(entry.name);
    // A folder in the place of a log or table is one that cannot be read: without it, nothing would tell of a log.
    const isData = named?.kind === 'log' || named?.kind === 'table';
    const parsed = entry.isDirectory && !isData ? undefined : named;
    if (parsed) files.push({ name: entry.name, ...parsed });
    else others.push(entry.name);
  }
  files.sort((a, b) => (a.number < b.number ? -1 : a.number > b.number ? 1 : a.name < b.name ? -1 : 1));
  const tables = new Map<U64, string>();
  for (const { kind, number, name } of files) {
    if (kind === 'table' && !(tables.has(number) && name.endsWith('.sst'))) tables.set(number, name);
  }
  return {
    files,
    others: others.sort(),
    tables,
    logs: files.filter((file) => file.kind === 'log'),
    manifests: files.filter((file) => file.kind === 'manifest'),
    hasCurrent: files.some((file) => file.kind === 'current'),
  };
}
