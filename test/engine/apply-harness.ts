// A database that has everything an apply has to deal with, and what must hold of it before, after and in between.
import assert from 'node:assert/strict';
import { applyDryRun } from '../../src/engine/db/apply';
import { listBackups, verifyBackup } from '../../src/engine/db/backup-folder';
import type { ChangeAccount, ChangeOptions, ChangeProgress } from '../../src/engine/db/change';
import { Database } from '../../src/engine/db/database';
import { DryRun } from '../../src/engine/db/dry-run';
import { Inspection } from '../../src/engine/db/inspection';
import { restoreBackup } from '../../src/engine/db/restore';
import { type ReadableEnv, readFile, type WritableEnv } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { runSteps } from '../../src/engine/trace/events';
import { contentsOf, DIRECTORY, SMALL } from './crash-harness';

export { DIRECTORY };

export type Files = ReadonlyMap<string, Uint8Array>;

/** LevelDB's files of a folder, without LOCK. */
export function filesOf(env: ReadableEnv, directory = DIRECTORY): Map<string, Uint8Array> {
  const names = env.list(directory).filter(({ name, isDirectory }) => !isDirectory && name !== 'LOCK');
  const sorted = names.map(({ name }) => name).sort();
  return new Map(sorted.map((name) => [name, readFile(env, env.join(directory, name))]));
}

export function assertSameFiles(found: Files, expected: Files, what: string): void {
  assert.deepEqual([...found.keys()], [...expected.keys()], `${what}: names`);
  for (const [name, bytes] of expected) {
    assert.ok(Buffer.compare(found.get(name)!, bytes) === 0, `${what}: ${name} has other bytes`);
  }
}

function build(): MemoryEnv {
  const env = new MemoryEnv();
  const options = {
    ...SMALL,
    compression: 'none',
    limits: { maxFlushLevel: 0, maxFileBytes: 40 << 10, level1Bytes: 120 << 10 },
  } as const;
  const key = (i: number) => new TextEncoder().encode(`key${String(i % 37).padStart(3, '0')}`);
  for (let round = 0; round < 2; round++) {
    const database = Database.openNow(env, DIRECTORY, options);
    for (let i = 0; i < 120; i++) {
      if (i % 7 === 3) database.delete(key(i * 11 + round));
      else database.put(key(i * 5 + round), new Uint8Array(2000).fill(i));
    }
    if (round === 0) runSteps(database.compactRange(key(0), key(12)));
    database.close();
  }
  return env;
}

/** With tables in levels 0 and below, entries in a log, an orphan whose number comes again, one that is only deleted,
 *  an old log and a temporary file. */
export function richFiles(): Map<string, Uint8Array> {
  const env = build();
  const [table] = filesOf(env).keys();
  const junk = readFile(env, `${DIRECTORY}/${table}`).slice(0, 3000);
  const dryRun = new DryRun(env, DIRECTORY);
  compact(dryRun);
  const created = dryRun.changes().created.filter((name) => name.endsWith('.ldb'));
  dryRun.end();
  assert.ok(created.length > 0);
  env.setFile(`${DIRECTORY}/${created[0]}`, junk);
  env.setFile(`${DIRECTORY}/999999.ldb`, junk);
  env.setFile(`${DIRECTORY}/000001.log`, new Uint8Array(0));
  env.setFile(`${DIRECTORY}/000007.dbtmp`, junk);
  return filesOf(env);
}

export function compact(dryRun: DryRun): void {
  const database = Database.openNow(dryRun.env, dryRun.directory, dryRun.options());
  runSteps(database.compactRange());
  assert.equal(database.failure, undefined);
  database.close();
}

export function run(change: Generator<ChangeProgress, ChangeAccount>): ChangeAccount {
  for (;;) {
    const step = change.next();
    if (step.done) return step.value;
  }
}

let time = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** A clock on which each change is a second later. */
function now(): number {
  time += 1000;
  return time;
}

const defaults: ChangeOptions = { label: 'compact', now };

export function compactAndApply(
  env: WritableEnv,
  directory = DIRECTORY,
  options: Partial<ChangeOptions> = {},
) {
  const dryRun = new DryRun(env, directory);
  try {
    compact(dryRun);
    return run(applyDryRun(env, dryRun, { ...defaults, ...options }));
  } finally {
    dryRun.end();
  }
}

export function restoreNewest(env: WritableEnv, force = false): ChangeAccount {
  const found = listBackups(env, DIRECTORY).find(({ record }) => record !== undefined);
  assert.ok(found);
  return run(restoreBackup(env, DIRECTORY, found.folder, { force, now }));
}

/** Contents as this engine finds them, on a copy. */
export function digestOf(files: Files): string {
  const env = memoryOf(files);
  const database = Database.openNow(env, DIRECTORY, { ...SMALL, paranoidChecks: true });
  try {
    return contentsOf(database).digest;
  } finally {
    database.close();
  }
}

export function memoryOf(files: Files): MemoryEnv {
  const env = new MemoryEnv();
  env.makeDirectory(DIRECTORY);
  for (const [name, bytes] of files) env.setFile(`${DIRECTORY}/${name}`, bytes.slice());
  return env;
}

/** Each backup that says it is complete is: all its files are there, with their bytes. */
export function checkBackups(env: ReadableEnv, directory = DIRECTORY): number {
  let complete = 0;
  for (const { folder, record } of listBackups(env, directory)) {
    if (!record) continue;
    verifyBackup(env, folder, record);
    complete++;
  }
  return complete;
}

/** What an applied compaction must have come to. */
export function assertCompacted(env: ReadableEnv, directory = DIRECTORY): void {
  const db = Inspection.open(env, directory);
  const versions = new Map<string, number>();
  assert.equal(db.version.levels[0].length, 0, 'level 0 is empty');
  for (const scan = db.scanInternal(); scan.valid; scan.next()) {
    const { cursor } = scan;
    const key = Buffer.from(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd - 8)).toString('hex');
    versions.set(key, (versions.get(key) ?? 0) + 1);
  }
  assert.ok(versions.size > 0);
  assert.ok(
    [...versions.values()].every((count) => count === 1),
    'nothing shadowed is left',
  );
  assert.deepEqual(
    db.problems.filter(({ severity }) => severity === 'error'),
    [],
  );
  db.close();
}
