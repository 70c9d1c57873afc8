// A database that has something at every level and in its log, all of its versions known; damage done to it; and what must
// be true of every repair.
import assert from 'node:assert/strict';
import { applyDryRun } from '../../src/engine/db/apply';
import { Database } from '../../src/engine/db/database';
import { DryRun } from '../../src/engine/db/dry-run';
import type { Options } from '../../src/engine/db/options';
import { readFile, type WritableEnv } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator } from '../../src/engine/keys/internal-key';
import type { RebuildInputs } from '../../src/engine/manifest/editing/operation';
import { logEntries } from '../../src/engine/recovery/log-entries';
import { type Repair, repairDatabase } from '../../src/engine/recovery/repair/repair';
import { bloomFilterPolicy } from '../../src/engine/table/filter';
import type { BlockHandle, Footer } from '../../src/engine/table/format';
import { Table } from '../../src/engine/table/table';
import { runSteps } from '../../src/engine/trace/events';
import type { ManyDatabases } from '../helpers/many-databases';
import { DIRECTORY, type Files, filesOf, memoryOf, run } from './apply-harness';
import { contentsOf } from './crash-harness';

export { DIRECTORY, filesOf, memoryOf };

const EMPTY = new Uint8Array(0);

const OPTIONS: Options = {
  comparator: bytewiseComparator,
  createIfMissing: true,
  writeBufferSize: 64 << 10,
  blockSize: 1024,
  filterPolicy: bloomFilterPolicy(10),
  infoLog: false,
};

export interface KnownVersion {
  sequence: number;
  /** Undefined for a deletion. */
  value: string | undefined;
}

export interface KnownDatabase {
  files: Map<string, Uint8Array>;
  /** By key, newest last. */
  versions: Map<string, KnownVersion[]>;
  /** The first sequence that is in the log alone. */
  firstInLog: number;
  /** Tables that compactions removed. */
  obsolete: Map<string, Uint8Array>;
}

/** Remembers the tables that are removed. */
class KeepingEnv extends MemoryEnv {
  readonly removed = new Map<string, Uint8Array>();

  override remove(path: string): void {
    if (path.endsWith('.ldb')) this.removed.set(this.split(path).name, readFile(this, path));
    super.remove(path);
  }
}

/** Levels 0 to 2 with overwritten and deleted keys on each, and a log with something of everything. */
export function knownDatabase(compression: 'none' | 'snappy' = 'none'): KnownDatabase {
  const env = new KeepingEnv();
  const versions = new Map<string, KnownVersion[]>();
  const limits = { maxFlushLevel: 0, maxFileBytes: 24 << 10, level1Bytes: 100 << 10 };
  const database = Database.openNow(env, DIRECTORY, { ...OPTIONS, compression, limits });
  let sequence = 0;
  let state = 7;
  const random = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % limit;
  };
  const encoder = new TextEncoder();
  const write = (count: number) => {
    for (let i = 0; i < count; i++) {
      const key = `key${String(random(700)).padStart(4, '0')}`;
      const isDeletion = random(5) === 0;
      const value = isDeletion ? undefined : `${key}/${++sequence}/${'v'.repeat(60 + random(200))}`;
      if (isDeletion) sequence++;
      if (value === undefined) database.delete(encoder.encode(key));
      else database.put(encoder.encode(key), encoder.encode(value));
      const list = versions.get(key) ?? [];
      list.push({ sequence, value });
      versions.set(key, list);
    }
  };
  write(1800);
  runSteps(database.compactRange());
  write(300);
  runSteps(database.compactRange(encoder.encode('key0100'), encoder.encode('key0400')));
  write(900);
  database.close();
  // What is in the log stays there.
  const files = filesOf(env);
  const [first] = logEntries(env.open(`${DIRECTORY}/${logOf(files)}`));
  assert.equal(first.kind, 'batch');
  const firstInLog = first.kind === 'batch' ? Number(first.batch.sequence) : 0;
  return { files, versions, firstInLog, obsolete: env.removed };
}

export interface TableShape {
  name: string;
  footer: Footer;
  blocks: { handle: BlockHandle; entries: number }[];
  entries: number;
}

export function shapeOf(files: Files, name: string): TableShape {
  const env = memoryOf(files);
  const comparator = new InternalKeyComparator(bytewiseComparator);
  const table = Table.open(env.open(`${DIRECTORY}/${name}`), { name, comparator });
  const index = table.indexCursor();
  const blocks: TableShape['blocks'] = [];
  for (index.seekToFirst(); index.valid; index.next()) {
    blocks.push({ handle: table.indexedHandle(index), entries: 0 });
  }
  const cursor = table.cursor();
  let entries = 0;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    entries++;
    const key = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
    const at = table.approximateOffsetOf(key);
    blocks.find(({ handle }) => handle.offset === at)!.entries++;
  }
  return { name, footer: table.footer, blocks, entries };
}

export function tablesOf(files: Files): string[] {
  return [...files.keys()].filter((name) => name.endsWith('.ldb'));
}

export function flip(files: Map<string, Uint8Array>, name: string, at: number, mask = 0x5a): void {
  const bytes = files.get(name)!.slice();
  bytes[at] ^= mask;
  files.set(name, bytes);
}

export function cut(files: Map<string, Uint8Array>, name: string, length: number): void {
  files.set(name, files.get(name)!.slice(0, length));
}

export function manifestOf(files: Files): string {
  return [...files.keys()].find((name) => name.startsWith('MANIFEST-'))!;
}

export function logOf(files: Files): string {
  return [...files.keys()].filter((name) => name.endsWith('.log')).at(-1)!;
}

export function finish<Result>(steps: Generator<unknown, Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Repairs the folder of an environment, and applies what LevelDB would open. */
export function repairAndApply(
  env: WritableEnv,
  inputs?: RebuildInputs,
  now?: () => number,
  options: Partial<Options> = {},
): Repair {
  const dryRun = new DryRun(env, DIRECTORY, { comparator: bytewiseComparator });
  try {
    const repair = finish(repairDatabase(dryRun, { ...dryRun.options(), ...options }, { inputs }));
    if (repair.isNeeded && repair.result?.ok) run(applyDryRun(env, dryRun, { label: 'repair', now }));
    return repair;
  } finally {
    dryRun.end();
  }
}

export interface Checked {
  repair: Repair;
  env: MemoryEnv;
  /** Keys that read differently from what was written last. */
  different: string[];
}

/**
 * Repairs a damaged copy of a known database and holds the result against what was written: every key that reads
 * differently lies in what is told as lost, and reads as it once did.
 */
export function checkRepair(
  known: KnownDatabase,
  files: Files,
  what: string,
  peers?: ManyDatabases,
  inputs?: RebuildInputs,
): Checked {
  const env = memoryOf(files);
  const repair = repairAndApply(env, inputs);
  const { result } = repair;
  assert.equal(repair.refusal, undefined, `${what}: ${repair.refusal?.reason}`);
  assert.ok(result, what);
  assert.equal(result.error, undefined, what);
  const errors = result.problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(errors, [], what);
  const found = contentsIn(memoryOf(filesOf(env)), [...known.versions.keys()], what);
  assert.equal(found.entries.size, result.digest?.entries, `${what}: entries`);
  const different: string[] = [];
  const keys = new Set([...known.versions.keys(), ...found.entries.keys()]);
  for (const key of keys) {
    const versions = known.versions.get(key) ?? [];
    const expected = versions.at(-1);
    const bytes = found.entries.get(key);
    const value = bytes && new TextDecoder().decode(bytes);
    if (value === expected?.value) continue;
    different.push(key);
    assert.ok(isToldAsLost(repair, key, expected!), `${what}: ${key} is ${value}, and nothing tells of it`);
    if (value !== undefined) {
      assert.ok(
        versions.some((version) => version.value === value),
        `${what}: ${key} never was ${value}`,
      );
    }
  }
  peers?.add(memoryOf(filesOf(env)), DIRECTORY, ({ first, again, error }) => {
    assert.equal(error, undefined, `${what}: LevelDB: ${error}`);
    assert.equal(first, found.digest, `${what}: LevelDB reads something else`);
    assert.equal(again, found.digest, `${what}: LevelDB reads something else the second time`);
  });
  return { repair, env, different };
}

/** As an iterator shows them, and no get of these keys says anything else: level 0 is asked by file numbers. */
export function contentsIn(env: MemoryEnv, keys: readonly string[] = [], what = '') {
  const database = Database.openNow(env, DIRECTORY, {
    ...OPTIONS,
    createIfMissing: false,
    paranoidChecks: true,
    // A compaction would put level 0 in order.
    background: 'stepped',
  });
  try {
    const contents = contentsOf(database);
    for (const key of keys) {
      const { value } = database.get(new TextEncoder().encode(key));
      const isSame = Buffer.compare(value ?? EMPTY, contents.entries.get(key) ?? EMPTY) === 0;
      assert.ok(isSame, `${what}: a get of ${key} says something else`);
    }
    return contents;
  } finally {
    database.close();
  }
}

export function isToldAsLost(repair: Repair, key: string, { sequence }: KnownVersion): boolean {
  const bytes = Buffer.from(key);
  for (const { lost } of repair.tables) {
    for (const { after, before } of lost) {
      const isBehind = !after || Buffer.compare(bytes, after.subarray(0, after.length - 8)) >= 0;
      const isInFront = !before || Buffer.compare(bytes, before.subarray(0, before.length - 8)) <= 0;
      if (isBehind && isInFront) return true;
    }
  }
  return repair.logs.some(
    ({ missing, lostAtStart, firstSequence, lostAtEnd, lastSequence }) =>
      missing.some(({ from, to }) => sequence >= from && sequence <= to) ||
      (lostAtStart && sequence < (firstSequence ?? Number.POSITIVE_INFINITY)) ||
      (lostAtEnd && sequence > (lastSequence ?? 0)),
  );
}
