// DBTest of LevelDB's db/db_test.cc: one database, in memory, and short words for what the scenarios do to it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlappingFiles, totalBytes, userKeyOf } from '../../src/engine/compaction/overlap';
import { Database, type Snapshot } from '../../src/engine/db/database';
import type { DatabaseIterator } from '../../src/engine/db/database-iterator';
import { destroyDatabase } from '../../src/engine/db/destroy';
import type { Options } from '../../src/engine/db/options';
import { MemoryEnv } from '../../src/engine/env/memory';
import type { Cursor } from '../../src/engine/iterator/cursor';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import {
  encodeInternalKey,
  MAX_SEQUENCE,
  parseInternalKey,
  TYPE_FOR_SEEK,
} from '../../src/engine/keys/internal-key';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { LEVELS } from '../../src/engine/manifest/version-edit';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { runSteps } from '../../src/engine/trace/events';
import { SpecialEnv } from './special-env';
import { bytes, keyText, type Random, text, valueText } from './table-harness';

/** The option sets that most scenarios run over (DBTest::OptionConfig). */
const CONFIGS: Readonly<Record<string, Options>> = {
  default: {},
  reuse_logs: { reuseLogs: true },
  filter: { filterPolicy: bloomFilterPolicy(10) },
  uncompressed: { compression: 'none' },
};

/** A scenario that LevelDB runs with the default options. */
export function scenario(name: string, body: (t: DbTest) => void): void {
  test(name, () => runWith(CONFIGS.default, body));
}

/** A scenario that LevelDB runs over all option sets (DBTest::ChangeOptions), each on a database of its own. */
export function scenarioOverOptions(name: string, body: (t: DbTest) => void): void {
  test(name, async (context) => {
    for (const [config, options] of Object.entries(CONFIGS)) {
      await context.test(config, () => runWith(options, body));
    }
  });
}

function runWith(options: Options, body: (t: DbTest) => void): void {
  const t = new DbTest(options);
  body(t);
  t.close();
}

/** How db_test.cc names its keys. */
export function key(i: number): string {
  return `key${String(i).padStart(6, '0')}`;
}

/** RandomKey of db_test.cc: short keys often, so that they collide. */
export function randomKey(random: Random): string {
  const length =
    random.uniform(3) === 0 ? 1 : random.uniform(100) === 0 ? random.skewed(10) : random.uniform(10);
  return random.key(length);
}

export function assertBetween(value: number, low: number, high: number): void {
  assert.ok(value >= low && value <= high, `${value} is not in [${low}, ${high}]`);
}

export class DbTest {
  readonly env = new SpecialEnv(new MemoryEnv());
  readonly directory = '/db_test';
  /** The option set that the scenario runs with (CurrentOptions). */
  readonly options: Options;
  lastOptions: Options = {};
  private opened: Database | undefined;

  constructor(options: Options = {}) {
    this.options = options;
    this.reopen();
  }

  get db(): Database {
    assert.ok(this.opened, 'the database is closed');
    return this.opened;
  }

  close(): void {
    this.opened?.close();
    this.opened = undefined;
  }

  /** Without options with those of the scenario. Throws what the open throws, and the database is closed then. */
  reopen(options: Options = { ...this.options, createIfMissing: true }): void {
    this.close();
    this.lastOptions = options;
    this.opened = Database.openNow(this.env, this.directory, options);
  }

  destroyAndReopen(options?: Options): void {
    this.close();
    destroyDatabase(this.env, this.directory);
    this.reopen(options);
  }

  put(key: string, value: string, options?: { sync?: boolean }): void {
    this.db.put(bytes(key), bytes(value), options);
  }

  delete(key: string): void {
    this.db.delete(bytes(key));
  }

  /** The value, or NOT_FOUND. */
  get(key: string, snapshot?: Snapshot): string {
    const { value } = this.db.get(bytes(key), { snapshot });
    return value ? text(value) : 'NOT_FOUND';
  }

  /** All entries as `(k1->v1)(k2->v2)`, walked forward, and backward to the same. */
  contents(): string {
    const iterator = this.db.iterator();
    const { cursor } = iterator;
    const forward: string[] = [];
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) forward.push(iterStatus(cursor));
    const backward: string[] = [];
    for (cursor.seekToLast(); cursor.valid; cursor.prev()) backward.push(iterStatus(cursor));
    iterator.close();
    assert.deepEqual(backward.reverse(), forward);
    return forward.map((entry) => `(${entry})`).join('');
  }

  /** Every version of a user key that is still there, newest first: `[ v2, DEL, v1 ]`. */
  allEntriesFor(userKey: string): string {
    const user = this.lastOptions.comparator ?? bytewiseComparator;
    const wanted = bytes(userKey);
    const target = encodeInternalKey(wanted, MAX_SEQUENCE, TYPE_FOR_SEEK);
    const iterator = this.db.iterator();
    const { internal } = iterator;
    const entries: string[] = [];
    for (internal.seek(target, 0, target.length); internal.valid; internal.next()) {
      const { keyBuffer, keyStart, keyEnd } = internal;
      const parsed = parseInternalKey(keyBuffer.subarray(keyStart, keyEnd));
      if (!parsed) entries.push('CORRUPTED');
      else {
        const found = parsed.userKey;
        if (user.compare(found, 0, found.length, wanted, 0, wanted.length) !== 0) break;
        entries.push(parsed.type === 'deletion' ? 'DEL' : valueText(internal));
      }
    }
    assert.equal(internal.error, undefined);
    iterator.close();
    return entries.length > 0 ? `[ ${entries.join(', ')} ]` : '[ ]';
  }

  /** Runs `use` with an iterator that is closed afterwards. */
  withIterator(use: (cursor: Cursor, iterator: DatabaseIterator) => void, snapshot?: Snapshot): void {
    const iterator = this.db.iterator({ snapshot });
    use(iterator.cursor, iterator);
    assert.equal(iterator.error, undefined);
    iterator.close();
  }

  filesAtLevel(level: number): number {
    return Number(this.db.property(`leveldb.num-files-at-level${level}`));
  }

  totalTables(): number {
    return this.levelCounts().reduce((sum, count) => sum + count, 0);
  }

  /** `2,1,1`: without the empty levels at the end. */
  filesPerLevel(): string {
    return this.levelCounts()
      .join(',')
      .replace(/(^|,)(0,)*0$/, '');
  }

  countFiles(): number {
    return this.env.list(this.directory).length;
  }

  size(from: string, to: string): number {
    return this.db.approximateSize(bytes(from), bytes(to));
  }

  /** Waits for what the background has to do (DelayMilliseconds in the original). */
  settle(): void {
    runSteps(this.db.settleSteps());
  }

  compact(begin?: string, end?: string): void {
    runSteps(this.db.compactRange(optional(begin), optional(end)));
  }

  /** TEST_CompactRange: one level, both ends included. */
  compactLevel(level: number, begin?: string, end?: string): void {
    runSteps(this.db.compactLevel(level, optional(begin), optional(end)));
  }

  /** TEST_CompactMemTable. */
  compactMemTable(): void {
    runSteps(this.db.flush());
  }

  /** Flushes n tables that cover [small, large]. */
  makeTables(n: number, small: string, large: string): void {
    for (let i = 0; i < n; i++) {
      this.put(small, 'begin');
      this.put(large, 'end');
      this.compactMemTable();
    }
  }

  /** Tables over a range at all levels: nothing is pushed deeper on its flush then. */
  fillLevels(smallest: string, largest: string): void {
    this.makeTables(LEVELS, smallest, largest);
  }

  /** VersionSet::MaxNextLevelOverlappingBytes. */
  maxNextLevelOverlappingBytes(): number {
    const { version } = this.db;
    let most = 0;
    for (const { level, file } of version.files()) {
      if (level === 0 || level === LEVELS - 1) continue;
      const below = overlappingFiles(version, level + 1, userKeyOf(file.smallest), userKeyOf(file.largest));
      most = Math.max(most, totalBytes(below));
    }
    return most;
  }

  /** False if there is none. */
  deleteTable(): boolean {
    const [path] = this.tablePaths();
    if (path === undefined) return false;
    this.env.remove(path);
    return true;
  }

  /** Gives the tables the names that they had before LevelDB 1.14; returns how many there were. */
  renameTablesToSst(): number {
    const paths = this.tablePaths();
    for (const path of paths) this.env.rename(path, path.replace(/ldb$/, 'sst'));
    return paths.length;
  }

  private tablePaths(): string[] {
    return this.env
      .list(this.directory)
      .filter(({ name }) => parseFileName(name)?.kind === 'table')
      .map(({ name }) => this.env.join(this.directory, name));
  }

  private levelCounts(): number[] {
    return Array.from({ length: LEVELS }, (_, level) => this.filesAtLevel(level));
  }
}

/** `key->value`, or `(invalid)`. */
export function iterStatus(cursor: Cursor): string {
  return cursor.valid ? `${keyText(cursor)}->${valueText(cursor)}` : '(invalid)';
}

export function seek(cursor: Cursor, key: string): void {
  const target = bytes(key);
  cursor.seek(target, 0, target.length);
}

function optional(key: string | undefined): Uint8Array | undefined {
  return key === undefined ? undefined : bytes(key);
}
