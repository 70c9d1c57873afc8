import { NumberSet } from '../bytes/number-set';
import type { U64 } from '../bytes/u64';
import { isFile, type ReadableEnv } from '../env/env';
import { oldTableFileName, tableFileName } from '../manifest/file-names';
import type { ListedFile } from './listing';

/** The name of a table's file, looked for as LevelDB does (db/table_cache.cc): for one whose folder was not listed. */
export function findTableName(env: ReadableEnv, directory: string, number: U64): string {
  const names = [tableFileName(number), oldTableFileName(number)];
  return names.find((name) => isFile(env, env.join(directory, name))) ?? names[0];
}

/**
 * The tables of a folder: number to file name; `.ldb` wins over `.sst`, as LevelDB tries it first. Of tens of thousands
 * with the names that LevelDB gives, only the numbers are kept.
 */
export class TableNames {
  readonly size: number;
  /** Of tables named as LevelDB names them. */
  private readonly usual: NumberSet;
  /** The others, where their name is the one that counts. */
  private readonly unusual = new Map<U64, string>();

  /** `unusual` is sorted by number, then name. */
  constructor(usual: readonly U64[], unusual: readonly ListedFile[]) {
    this.usual = new NumberSet(usual);
    let { length } = usual;
    for (const { number, name } of unusual) {
      const isThere = this.usual.has(number);
      if (name.endsWith('.sst') && (isThere || this.unusual.has(number))) continue;
      if (!isThere && !this.unusual.has(number)) length++;
      this.unusual.set(number, name);
    }
    this.size = length;
  }

  get(number: U64): string | undefined {
    return this.unusual.get(number) ?? (this.usual.has(number) ? tableFileName(number) : undefined);
  }

  has(number: U64): boolean {
    return this.usual.has(number) || this.unusual.has(number);
  }

  /** Ascending. */
  *keys(): Generator<U64> {
    const rest = [...this.unusual.keys()];
    let at = 0;
    for (const number of this.usual.small) {
      for (; at < rest.length && rest[at] < number; at++) yield rest[at];
      if (rest[at] === number) at++;
      yield number;
    }
    yield* rest.slice(at);
  }

  *[Symbol.iterator](): Generator<[number: U64, name: string]> {
    for (const number of this.keys()) yield [number, this.get(number) as string];
  }

  /** Numbers of tables with usual names that are not in a set. */
  usualBut(others: NumberSet): U64[] {
    return this.usual.without(others);
  }

  /** Numbers of a set that no table has. */
  missing(numbers: NumberSet): U64[] {
    return numbers.without(this.usual).filter((number) => !this.unusual.has(number));
  }
}
