// Compactions over the kernel's merge against compactions over cursors: the same events in the same order and the same
// files, byte for byte.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { readFile } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { KernelCompaction } from '../../src/engine/iterator/kernel-compaction';
import { KernelMerge } from '../../src/engine/iterator/kernel-merge';
import { reverseBytewiseComparator } from '../../src/engine/keys/comparator';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';
import { Peer, randomNumbers } from '../helpers/leveldb';

const DIRECTORY = '/db';
const { begin } = KernelMerge;
const { read } = KernelMerge.prototype;

let inKernel = 0;
let stopped = 0;
/** Blocks that the compaction under way took over as they were stored. */
let reused = 0;
const stops = new Map<string, number>();
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
  reused = this.reused;
  if (stop === 'stopped') stopped++;
  stops.set(stop, (stops.get(stop) ?? 0) + 1);
  return stop;
};

interface Outcome {
  events: TraceEvent[];
  files: Map<string, string>;
  failure: string | undefined;
}

/** The same writes for the same seed, with snapshots held and let go, and compactions of ranges in between. */
function work(seed: number, options: Options, damage?: (env: MemoryEnv) => void, isTold = true): Outcome {
  const random = randomNumbers(seed);
  const env = new MemoryEnv();
  const events: TraceEvent[] = [];
  const limits = { createIfMissing: true, writeBufferSize: 1 << 16, maxFileSize: 1 << 20 };
  const trace = isTold ? (event: TraceEvent) => events.push(event) : undefined;
  const all = { ...limits, ...options, trace, now: () => 0 };
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
  return { events, files: filesOf(env), failure };
}

function filesOf(env: MemoryEnv): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name } of env.list(DIRECTORY)) {
    if (parseFileName(name)?.kind === 'info-log' || name.startsWith('LOG')) continue;
    files.set(name, Buffer.from(readFile(env, env.join(DIRECTORY, name))).toString('hex'));
  }
  return files;
}

const encoder = new TextEncoder();

function keyOf(number: number): Uint8Array {
  return encoder.encode(`key${String(number).padStart(6, '0')}${number % 7 === 0 ? 'x'.repeat(number) : ''}`);
}

function assertSame(seed: number, options: Options, damage?: (env: MemoryEnv) => void): Outcome {
  const told = assertSameWork(() => work(seed, options, damage));
  const untold = work(seed, options, damage, false);
  assert.equal(untold.failure, told.failure);
  assertSameFiles(untold, told);
  return told;
}

function assertSameFiles(actual: Outcome, expected: Outcome): void {
  assert.deepEqual([...actual.files.keys()], [...expected.files.keys()]);
  for (const [name, bytes] of actual.files) assert.ok(bytes === expected.files.get(name), name);
}

function assertSameWork(doWork: () => Outcome): Outcome {
  KernelMerge.begin = () => undefined;
  const expected = doWork();
  KernelMerge.begin = begin;
  const actual = doWork();
  assert.equal(actual.failure, expected.failure);
  for (const [i, event] of actual.events.entries()) assert.deepEqual(event, expected.events[i], `event ${i}`);
  assert.equal(actual.events.length, expected.events.length);
  assertSameFiles(actual, expected);
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

/** Ascending keys, compacted, and then changes to a few that are neighbours; `again` opens the database anew in between. */
function cluster(options: Options, again = false): Outcome & { reused: number } {
  const env = new MemoryEnv();
  const events: TraceEvent[] = [];
  const all = {
    createIfMissing: true,
    ...options,
    trace: (event: TraceEvent) => events.push(event),
    now: () => 0,
  };
  let db = Database.openNow(env, DIRECTORY, all);
  const put = (from: number, to: number, fill: number) => {
    const batch = new WriteBatch();
    for (let i = from; i < to; i++) batch.put(keyOf(i * 7 + 1), new Uint8Array(90).fill(fill, i % 50));
    db.write(batch);
  };
  put(0, 4000, 1);
  runSteps(db.compactRange());
  if (again) {
    db.close();
    db = Database.openNow(env, DIRECTORY, all);
  }
  reused = 0;
  put(3000, 3100, 2);
  runSteps(db.compactRange());
  db.close();
  return { events, files: filesOf(env), failure: undefined, reused };
}

test('blocks that come unchanged are taken over from tables that were written here, and are the same', () => {
  for (const [options, again, least] of [
    [{}, false, 50],
    [{}, true, 0],
    [{ compression: 'none' }, false, 50],
    [{ compression: 'none' }, true, 50],
    [{ blockSize: 500, blockRestartInterval: 2, filterPolicy: bloomFilterPolicy(10) }, false, 300],
  ] as const) {
    let taken = 0;
    assertSameWork(() => {
      const outcome = cluster(options, again);
      taken = outcome.reused;
      return outcome;
    });
    const text = `${JSON.stringify(options)} ${again}: ${taken}`;
    // Another may have compressed what was there: only what was just written is known.
    if (least === 0) assert.ok(taken < 5, text);
    else assert.ok(taken >= least, text);
  }
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

/**
 * Writes in parts of the key space, and compactions of single levels in others, so that levels overlap: tables are small,
 * and outputs end at grandparents too. A few steps of a compaction are left for after the next writes.
 */
function layers(seed: number, options: Options): Outcome {
  const random = randomNumbers(seed);
  const env = new MemoryEnv();
  const events: TraceEvent[] = [];
  const limits = { maxFileBytes: 1000 + random(9000), level1Bytes: 40_000, ...options.limits };
  const db = Database.openNow(env, DIRECTORY, {
    ...{
      createIfMissing: true,
      writeBufferSize: 1 << 16,
      background: 'stepped',
      now: () => 0,
      ...options,
      limits,
    },
    trace: (event: TraceEvent) => events.push(event),
  });
  const snapshots = [db.snapshot()];
  for (let step = 0; step < 30; step++) {
    const first = random(600);
    const batch = new WriteBatch();
    for (let i = random(300); i > 0; i--) {
      const key = layeredKey(first + random(200));
      if (random(3) === 0) batch.delete(key);
      else batch.put(key, layeredValue(random));
    }
    db.write(batch);
    if (random(2) === 0) runSteps(db.flush());
    if (random(4) === 0) snapshots.push(db.snapshot());
    if (random(3) === 0) snapshots.shift()?.release();
    for (let i = random(60); i > 0; i--) db.step();
    if (random(3) > 0) continue;
    const begin = random(800);
    runSteps(db.compactLevel(random(4), layeredKey(begin), layeredKey(begin + random(300))));
  }
  runSteps(db.compactRange());
  db.close();
  return { events, files: filesOf(env), failure: undefined };
}

/** Some are prefixes of others, some differ in the bytes 0 and 0xff, a few are long. */
function layeredKey(number: number): Uint8Array {
  const key = encoder.encode(`k${String(number >> 2).padStart(4, '0')}`);
  const tail = [[], [0], [0xff, number % 256], [0xff, 0xff, 0xff]][number % 4] as number[];
  const long = number % 97 === 0 ? new Array(number * 30).fill(0xfe) : [];
  return Uint8Array.from([...key, ...tail, ...long]);
}

function layeredValue(random: (limit: number) => number): Uint8Array {
  const kind = random(40);
  if (kind === 0) return new Uint8Array(random(2000)).map(() => random(256));
  // Larger than what is built in one call.
  if (kind === 1 && random(20) === 0) return new Uint8Array(600_000 + random(300_000)).fill(7, 100);
  return new Uint8Array(random(120)).fill(random(256), random(20));
}

const SHAPES: readonly Options[] = [
  {},
  { compression: 'none', filterPolicy: bloomFilterPolicy(10) },
  { blockSize: 1024, blockRestartInterval: 1, filterPolicy: bloomFilterPolicy(5) },
  { compression: 'none', blockSize: 16 << 10 },
  { blockRestartInterval: 100, limits: { maxFileBytes: 300 } },
];

test('small tables in several levels: outputs end at grandparents, deletions hide something below', () => {
  inKernel = 0;
  stopped = 0;
  stops.clear();
  const ends = new Map<string, number>();
  for (let seed = 100; seed < 112; seed++) {
    const { events } = assertSameWork(() => layers(seed, SHAPES[seed % SHAPES.length]));
    for (const event of events)
      if (event.type === 'output-end') ends.set(event.why, (ends.get(event.why) ?? 0) + 1);
  }
  assert.equal(stopped, 0);
  assert.ok(inKernel > 50_000, `${inKernel}`);
  for (const stop of ['full', 'boundary', 'deletion', 'end']) assert.ok((stops.get(stop) ?? 0) > 50, stop);
  for (const end of ['grandparent overlap', 'file size']) assert.ok((ends.get(end) ?? 0) > 20, end);
});

test('a kernel that stops anywhere: the output and what was judged go on the plain way', () => {
  let underWay = 0;
  for (let seed = 200; seed < 209; seed++) {
    // So many calls of each kernel are left before it gives up.
    const calls = seed % 4;
    const counted = new WeakMap<KernelCompaction, number>();
    const { setAnswer, setBoundary } = KernelCompaction.prototype;
    const isOver = (kernel: KernelCompaction) => {
      const count = (counted.get(kernel) ?? 0) + 1;
      counted.set(kernel, count);
      if (count > calls && kernel.blockUnderWay) underWay++;
      return count > calls;
    };
    KernelCompaction.prototype.setAnswer = function (span) {
      return setAnswer.call(this, span) && !isOver(this);
    };
    KernelCompaction.prototype.setBoundary = function (key) {
      return setBoundary.call(this, key) && !isOver(this);
    };
    try {
      assertSameWork(() => layers(seed, SHAPES[seed % SHAPES.length]));
    } finally {
      KernelCompaction.prototype.setAnswer = setAnswer;
      KernelCompaction.prototype.setBoundary = setBoundary;
    }
  }
  assert.ok(underWay > 20, `${underWay}`);
});

test('what only the plain way does', () => {
  const named = { ...bloomFilterPolicy(10), createFilterOfHashes: undefined };
  const options: Options[] = [
    { traceGrain: 'entries' },
    { comparator: reverseBytewiseComparator },
    { filterPolicy: named },
    { compression: { type: 9, encode: (raw) => raw.slice() } },
  ];
  for (const option of options) {
    stops.clear();
    assertSameWork(() => layers(300, option));
    assert.equal(stops.size, 0);
  }
});

test('C++ LevelDB finds in what the kernel compacted what was written', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lsm-kernel-compaction-'));
  try {
    const random = randomNumbers(7);
    const expected = new Map<string, Uint8Array>();
    const options: Options = {
      createIfMissing: true,
      writeBufferSize: 1 << 16,
      limits: { maxFileBytes: 20_000 },
    };
    const db = Database.openNow(new NodeWritableEnv(), directory, options);
    inKernel = 0;
    for (let step = 0; step < 40; step++) {
      const batch = new WriteBatch();
      for (let i = 0; i < 400; i++) {
        const key = layeredKey(random(900));
        const name = Buffer.from(key).toString('hex');
        const value = random(3) === 0 ? undefined : layeredValue(random);
        if (value) batch.put(key, value);
        else batch.delete(key);
        if (value) expected.set(name, value);
        else expected.delete(name);
      }
      db.write(batch);
      if (step % 13 === 0) runSteps(db.compactRange());
    }
    runSteps(db.compactRange());
    db.close();
    assert.ok(inKernel > 10_000, `${inKernel}`);
    const peer = await Peer.open(directory);
    try {
      const entries = await peer.entries();
      assert.deepEqual(
        entries.map(([key]) => Buffer.from(key).toString('hex')),
        [...expected.keys()].sort(),
      );
      for (const [key, value] of entries)
        assert.ok(Buffer.from(value).equals(expected.get(Buffer.from(key).toString('hex'))!));
    } finally {
      await peer.close();
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
