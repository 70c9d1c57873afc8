// Compactions over the kernel's merge against compactions over cursors: the same events in the same order and the same
// files, byte for byte.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { readFile } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { KernelCompaction } from '../../src/engine/iterator/kernel-compaction';
import { KernelMerge } from '../../src/engine/iterator/kernel-merge';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';
import { randomNumbers } from '../helpers/leveldb';

const DIRECTORY = '/db';
const { begin } = KernelMerge;
const { read } = KernelMerge.prototype;

let inKernel = 0;
let stopped = 0;
KernelMerge.prototype.read = function (sink) {
  const result = read.call(this, sink);
  inKernel += result.count;
  if (result.state === 'stopped') stopped++;
  return result;
};

const { goOn } = KernelCompaction.prototype;
KernelCompaction.prototype.goOn = function () {
  const stop = goOn.call(this);
  inKernel += this.count;
  if (stop === 'stopped') stopped++;
  return stop;
};

interface Outcome {
  events: TraceEvent[];
  files: Map<string, string>;
  failure: string | undefined;
}

/** The same writes for the same seed, with snapshots held and let go, and compactions of ranges in between. */
function work(seed: number, options: Options, damage?: (env: MemoryEnv) => void): Outcome {
  const random = randomNumbers(seed);
  const env = new MemoryEnv();
  const events: TraceEvent[] = [];
  const limits = { createIfMissing: true, writeBufferSize: 1 << 16, maxFileSize: 1 << 20 };
  const all = { ...limits, ...options, trace: (event: TraceEvent) => events.push(event), now: () => 0 };
  let failure: string | undefined;
  let db = Database.openNow(env, DIRECTORY, all);
  let snapshots = [];
  try {
    for (let step = 0; step < 12; step++) {
      for (let i = 0; i < 8; i++) {
        const batch = new WriteBatch();
        for (let j = 0; j < 100; j++) {
          const key = keyOf(random(800));
          if (random(5) === 0) batch.delete(key);
          else
            batch.put(
              key,
              new Uint8Array(random(random(50) === 0 ? 20_000 : 300)).fill(random(256), random(8)),
            );
        }
        db.write(batch);
      }
      if (random(3) === 0) snapshots.push(db.snapshot());
      if (random(4) === 0) snapshots.shift()?.release();
      if (damage && step === 7) {
        // Open tables would go on being read as they were.
        db.close();
        snapshots = [];
        damage(env);
        db = Database.openNow(env, DIRECTORY, all);
      }
      if (random(2) === 0) runSteps(db.compactRange());
    }
    runSteps(db.compactRange());
  } catch (error) {
    failure = String(error);
  }
  if (db.failure) failure ??= String(db.failure);
  db.close();
  const files = new Map<string, string>();
  for (const { name } of env.list(DIRECTORY)) {
    if (parseFileName(name)?.kind === 'info-log' || name.startsWith('LOG')) continue;
    files.set(name, Buffer.from(readFile(env, env.join(DIRECTORY, name))).toString('hex'));
  }
  return { events, files, failure };
}

const encoder = new TextEncoder();

function keyOf(number: number): Uint8Array {
  return encoder.encode(`key${String(number).padStart(6, '0')}${number % 7 === 0 ? 'x'.repeat(number) : ''}`);
}

function assertSame(seed: number, options: Options, damage?: (env: MemoryEnv) => void): Outcome {
  KernelMerge.begin = () => undefined;
  const expected = work(seed, options, damage);
  KernelMerge.begin = begin;
  const actual = work(seed, options, damage);
  assert.equal(actual.failure, expected.failure);
  for (const [i, event] of actual.events.entries()) assert.deepEqual(event, expected.events[i], `event ${i}`);
  assert.equal(actual.events.length, expected.events.length);
  assert.deepEqual([...actual.files.keys()], [...expected.files.keys()]);
  for (const [name, bytes] of actual.files) assert.ok(bytes === expected.files.get(name), name);
  return expected;
}

test('compactions with snapshots, deletions and large values', () => {
  inKernel = 0;
  stopped = 0;
  let outputs = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const options: Options = [
      {},
      { compression: 'none' },
      { blockSize: 1024, blockRestartInterval: 3 },
      { filterPolicy: bloomFilterPolicy(10) },
    ][seed % 4] as Options;
    const { events } = assertSame(seed, options);
    outputs += events.filter(({ type }) => type === 'output-end').length;
  }
  assert.ok(outputs > 50, `${outputs}`);
  assert.ok(inKernel > 50_000, `${inKernel}`);
  assert.equal(stopped, 0);
});

test('inputs that are damaged: the same failure behind the same events', () => {
  stopped = 0;
  let failures = 0;
  for (let seed = 20; seed < 44; seed++) {
    const { failure } = assertSame(seed, {}, (env) => {
      const tables = env.list(DIRECTORY).filter(({ name }) => parseFileName(name)?.kind === 'table');
      const random = randomNumbers(seed);
      const path = env.join(DIRECTORY, tables[random(tables.length)].name);
      const bytes = readFile(env, path);
      bytes[random(bytes.length)] ^= 1 << random(8);
      env.setFile(path, bytes);
    });
    if (failure) failures++;
  }
  assert.ok(failures > 5, `${failures}`);
  assert.ok(stopped > 5, `${stopped}`);
});
