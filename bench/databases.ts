// The databases that rows run on, each made when the first row asks for it.

import { cpSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HugeDatabase } from '../test/helpers/huge-database';
import { programOfCpp } from './cpp';
import type { FillRequest } from './fill.child';
import { makeManyTables } from './many-tables';
import { callChild, outputOf } from './sides';
import { HUGE_TABLES } from './views';

export type DatabaseName =
  | 'small'
  | 'small log'
  | 'json'
  | 'layered'
  | 'log of puts'
  | 'log of batches'
  | 'many tables'
  | 'some tables'
  | 'to compact'
  | 'large'
  | 'huge'
  | 'empty';

/** Sizes of the databases. */
export interface Sizes {
  /** Small entries. */
  entries: number;
  /** Entries with JSON of about 240 bytes. */
  json: number;
  /** Tables of the synthetic MANIFEST; a fifth of them for the extension's. */
  tables: number;
  logMB: number;
  /** Bytes of keys and values written to what is compacted. */
  compactMB: number;
  /** Bytes of the database of 1 KB values; 0 leaves its rows out. */
  largeGB: number;
  gets: number;
}

/** About what one entry takes in a log: its key, its value and what stands around them. */
const SMALL_BYTES = 120;
const JSON_BYTES = 265;
/** 1.7 MB of log. */
const SMALL_LOG = 14_000;

export class Databases {
  private readonly scratch: string;
  private readonly sizes: Sizes;
  private readonly made = new Set<DatabaseName>();

  constructor(scratch: string, sizes: Sizes) {
    this.scratch = scratch;
    this.sizes = sizes;
  }

  /** Keys that are written to a database, 0 to this. */
  entriesOf(name: DatabaseName): number {
    const { entries, json, logMB, compactMB, largeGB } = this.sizes;
    switch (name) {
      case 'json':
        return json;
      case 'layered':
        return Math.ceil(entries / 5);
      case 'log of puts':
      case 'log of batches':
        return Math.ceil((logMB * 1e6) / SMALL_BYTES);
      case 'to compact':
        return Math.ceil((compactMB * 1e6) / JSON_BYTES / 2);
      case 'large':
        return Math.ceil((largeGB * 1e9) / 1014);
      case 'empty':
        return Math.ceil(entries / 5);
      default:
        return entries;
    }
  }

  /** The folder of a database, which nobody changes. */
  async get(name: DatabaseName): Promise<string> {
    const directory = join(this.scratch, name.replaceAll(' ', '-'));
    if (this.made.has(name)) return directory;
    this.made.add(name);
    await this.make(name, directory);
    const count = readdirSync(directory).length;
    console.log(`(${name}: ${count} files, ${(bytesOf(directory, /./) / 2 ** 20).toFixed(0)} MB)`);
    return directory;
  }

  /** A copy that a side may change. */
  async copy(name: DatabaseName): Promise<string> {
    const source = await this.get(name);
    const directory = join(this.scratch, 'copy');
    rmSync(directory, { recursive: true, force: true });
    copyFolder(source, directory);
    return directory;
  }

  private async make(name: DatabaseName, directory: string): Promise<void> {
    const entries = this.entriesOf(name);
    const fill = (shape: FillRequest['shape'], count = entries) =>
      callChild<FillRequest, object>('fill', { directory, shape, entries: count });
    switch (name) {
      case 'small':
        return void (await fill('small'));
      case 'small log':
        copyFolder(await this.get('small'), directory);
        return void (await fill('more', Math.min(SMALL_LOG, entries)));
      case 'json':
      case 'layered':
      case 'log of puts':
      case 'log of batches':
      case 'to compact':
        return void (await fill(name));
      case 'many tables':
        return makeManyTables(directory, this.sizes.tables);
      case 'some tables':
        return makeManyTables(directory, Math.ceil(this.sizes.tables / 5));
      case 'large':
        outputOf(programOfCpp() as string, ['fill-large', directory, String(entries), '0', '0']);
        return;
      case 'huge': {
        const { pattern, manifest } = new HugeDatabase(HUGE_TABLES).files;
        mkdirSync(directory);
        writeFileSync(join(directory, 'pattern'), pattern);
        writeFileSync(join(directory, 'manifest'), manifest);
        return;
      }
      case 'empty':
        return void (await fill('empty'));
    }
  }
}

/** Tables are never changed: a link does. */
function copyFolder(source: string, directory: string): void {
  mkdirSync(directory);
  for (const name of readdirSync(source)) {
    const [from, to] = [join(source, name), join(directory, name)];
    if (/\.(ldb|sst)$/.test(name)) linkSync(from, to);
    else cpSync(from, to, { recursive: true });
  }
}

export function bytesOf(folder: string, names: RegExp): number {
  return readdirSync(folder)
    .filter((name) => names.test(name))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
