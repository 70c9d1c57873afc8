import { NumberSet } from '../bytes/number-set';
import type { U64 } from '../bytes/u64';
import type { ReadableEnv } from '../env/env';
import { type FileKind, isTableFileName, parseFileName, tableFileName } from '../manifest/file-names';
import type { Version } from '../manifest/version';
import { TableNames } from './table-names';

/** A file of the database by its name. */
export interface ListedFile {
  name: string;
  kind: FileKind;
  number: U64;
}

/** The files of a database folder, told apart by their names. */
export class Listing {
  /** Names that LevelDB does not own, and folders. */
  readonly others: readonly string[];
  readonly tables: TableNames;
  /** What LevelDB owns by its name, but for tables with the names that it gives now; in ascending order. */
  readonly rest: readonly ListedFile[];
  private allFiles: readonly ListedFile[] | undefined;

  /** `tables`: numbers of the tables that are not in `rest`. */
  constructor(tables: readonly U64[], rest: ListedFile[], others: string[]) {
    this.others = others.sort();
    this.rest = rest.sort(compareFiles);
    const unusual = rest.filter(({ kind }) => kind === 'table');
    this.tables = new TableNames(tables, unusual);
  }

  /** What LevelDB owns by its name, in ascending order of numbers. */
  get files(): readonly ListedFile[] {
    this.allFiles ??= this.withTables(new NumberSet([]));
    return this.allFiles;
  }

  /** In ascending order of their numbers. */
  get logs(): ListedFile[] {
    return this.rest.filter(({ kind }) => kind === 'log');
  }

  get manifests(): ListedFile[] {
    return this.rest.filter(({ kind }) => kind === 'manifest');
  }

  get hasCurrent(): boolean {
    return this.rest.some(({ kind }) => kind === 'current');
  }

  /** `files` without the tables of a version. */
  besides(version: Version): readonly ListedFile[] {
    return this.withTables(version.numbers);
  }

  private withTables(live: NumberSet): ListedFile[] {
    const rest = this.rest.filter(({ kind, number }) => kind !== 'table' || !live.has(number));
    const tables = this.tables.usualBut(live);
    if (tables.length === 0) return rest;
    const listed = tables.map(
      (number): ListedFile => ({ name: tableFileName(number), kind: 'table', number }),
    );
    return [...rest, ...listed].sort(compareFiles);
  }
}

export function listDatabase(env: ReadableEnv, directory: string): Listing {
  const tables: U64[] = [];
  const rest: ListedFile[] = [];
  const others: string[] = [];
  for (const { name, isDirectory } of env.list(directory)) {
    const parsed = parseFileName(name);
    // A folder in the place of a log or table is one that cannot be read: without it, nothing would tell of a log.
    const isData = parsed?.kind === 'log' || parsed?.kind === 'table';
    if (!parsed || (isDirectory && !isData)) others.push(name);
    else if (isTableFileName(name, parsed)) tables.push(parsed.number);
    else rest.push({ name, ...parsed });
  }
  return new Listing(tables, rest, others);
}

function compareFiles(a: ListedFile, b: ListedFile): number {
  if (a.number !== b.number) return a.number < b.number ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
