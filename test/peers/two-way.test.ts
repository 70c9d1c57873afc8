// C++ LevelDB and the engine in turn on one directory: each finds exactly what stands in the model, that is what the
// other left.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import type { Options } from '../../src/engine/db/options';
import { verifyDatabase } from '../../src/engine/recovery/verify';
import { bloomFilterPolicy } from '../../src/engine/table/filter';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';
import {
  Peer,
  type PeerEntry,
  type PeerOperation,
  type PeerOptions,
  randomNumbers,
} from '../helpers/leveldb';
import { PrivateEnv } from '../helpers/private-env';

interface Course {
  name: string;
  seed: number;
  /** Openings, half of them ours. */
  turns: number;
  /** Batches of a turn are at most so many, and their operations. */
  batches: number;
  perBatch: number;
  /** How many keys there are. */
  keys: number;
  /** Values are mostly up to this long, some of them much longer. */
  valueBytes: number;
  /** CompactRange after one batch in so many; 0: never. */
  compactEvery: number;
  /** Kinds of compactions that the engine has to come by. */
  kinds: readonly CompactionKind[];
}

type CompactionKind = 'size of level 0' | 'size of a deeper level' | 'seek' | 'manual' | 'move';

/** `LSM_SEED` runs the courses on another path. */
const SEED = Number(process.env.LSM_SEED ?? 1);

const courses: Course[] = [
  {
    name: 'many small values',
    seed: SEED,
    turns: 120,
    batches: 40,
    perBatch: 60,
    keys: 5000,
    valueBytes: 100,
    compactEvery: 50,
    kinds: ['size of level 0', 'seek', 'manual', 'move'],
  },
  {
    name: 'few keys, written over and over',
    seed: SEED + 1000,
    turns: 100,
    batches: 120,
    perBatch: 8,
    keys: 60,
    valueBytes: 3000,
    compactEvery: 50,
    kinds: ['size of level 0', 'manual'],
  },
  {
    name: 'more than level 1 holds',
    seed: SEED + 2000,
    turns: 14,
    batches: 60,
    perBatch: 50,
    keys: 5000,
    valueBytes: 16000,
    compactEvery: 0,
    kinds: ['size of level 0', 'size of a deeper level'],
  },
];

const noise = randomNumbers(SEED);
const NOISE = Uint8Array.from({ length: 1 << 18 }, () => noise(256));

const env = new PrivateEnv();
const peer = Peer.start();
after(() => peer.kill());

for (const course of courses) {
  test(`C++ LevelDB and the engine in turn: ${course.name}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lsm-two-way-'));
    const run = new Run(course, directory);
    try {
      await run.run();
    } catch (error) {
      throw new Error(`seed ${course.seed}, turn ${run.turn}: ${(error as Error).message}`, { cause: error });
    } finally {
      await run.end();
      rmSync(directory, { recursive: true });
    }
  });
}

/** What both sides can do with an open database. */
interface Side {
  readonly name: string;
  entries(reverse: boolean): Promise<PeerEntry[]>;
  gets(keys: Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  write(operations: PeerOperation[]): Promise<unknown>;
  compactRange(from: Uint8Array, to: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

class Run {
  turn = 0;
  private readonly course: Course;
  private readonly directory: string;
  private readonly random: (limit: number) => number;
  private readonly model = new Map<string, Uint8Array>();
  private readonly seen = new Set<CompactionKind>();
  private side: Side | undefined;
  /** Keys in a row: tables of them do not overlap and can be moved. */
  private nextInRow = 0;

  constructor(course: Course, directory: string) {
    this.course = course;
    this.directory = directory;
    this.random = randomNumbers(course.seed);
  }

  async run(): Promise<void> {
    const { course } = this;
    // Which compactions are whose depends on how far C++ LevelDB's thread came, so that some runs need a little longer.
    const goesOn = () => this.turn < course.turns || (!this.sawAll && this.turn < 3 * course.turns);
    for (; goesOn(); this.turn++) {
      const side = this.turn % 2 === 0 ? await this.openPeer() : this.openEngine();
      this.side = side;
      await this.check(side);
      await this.write(side);
      if (this.random(3) === 0) await this.check(side);
      await side.close();
      this.side = undefined;
      if (this.turn % 20 === 0) this.verify();
    }
    this.verify();
    assert.ok(this.sawAll, `kinds of compactions: ${[...this.seen].join(', ')}`);
  }

  private get sawAll(): boolean {
    return this.course.kinds.every((kind) => this.seen.has(kind));
  }

  async end(): Promise<void> {
    await this.side?.close();
  }

  private async openPeer(): Promise<Side> {
    await peer.openDatabase(this.directory, this.options());
    return {
      name: 'C++ LevelDB',
      entries: (reverse) => peer.entries({ reverse }),
      gets: (keys) => peer.getMany(keys),
      write: (operations) => peer.write(operations),
      compactRange: (from, to) => peer.compactRange(from, to),
      close: () => peer.closeDatabase(),
    };
  }

  private openEngine(): Side {
    const { compression, ...options } = this.options();
    const database = Database.openNow(env, this.directory, {
      ...options,
      compression: compression ? 'snappy' : 'none',
      reuseLogs: this.random(4) === 0,
      filterPolicy: this.random(4) > 0 ? bloomFilterPolicy(10) : undefined,
      trace: this.watch,
    } satisfies Options);
    return {
      name: 'the engine',
      entries: async (reverse) => entriesOf(database, reverse),
      gets: async (keys) => keys.map((key) => database.get(key).value),
      write: async (operations) => database.write(batchOf(operations)),
      compactRange: async (from, to) => runSteps(database.compactRange(from, to)),
      close: async () => {
        const { failure, problems } = database;
        database.close();
        assert.equal(failure, undefined);
        assert.deepEqual(problems, []);
      },
    };
  }

  /** Others at each opening: nothing of them may show. */
  private options(): PeerOptions & { compression: boolean } {
    const { random } = this;
    return {
      createIfMissing: true,
      writeBufferSize: 65536 << random(3),
      maxFileSize: 1 << 20,
      blockSize: 1024 << random(4),
      blockRestartInterval: [1, 2, 16, 16][random(4)],
      compression: random(2) === 0,
    };
  }

  private readonly watch = (event: TraceEvent): void => {
    if (event.type === 'move') this.seen.add('move');
    if (event.type !== 'pick') return;
    const { reason, level } = event;
    if (reason === 'size') this.seen.add(level === 0 ? 'size of level 0' : 'size of a deeper level');
    else this.seen.add(reason);
  };

  private async check(side: Side): Promise<void> {
    const expected = [...this.model].sort(([a], [b]) => (a < b ? -1 : 1));
    const reverse = this.random(2) === 0;
    if (reverse) expected.reverse();
    const found = await side.entries(reverse);
    const where = `in ${side.name}${reverse ? ', backwards' : ''}`;
    assert.equal(found.length, expected.length, `entries ${where}`);
    for (const [i, [key, value]] of expected.entries()) {
      assert.equal(hex(found[i][0]), hex(bytes(key)), `key ${i} ${where}`);
      if (Buffer.compare(found[i][1], value) !== 0) assert.fail(`the value of ${hex(bytes(key))} ${where}`);
    }
    const keys = Array.from({ length: 100 }, () => this.key()).filter((key) => key.length > 0);
    const values = await side.gets(keys);
    for (const [i, key] of keys.entries()) {
      const value = this.model.get(text(key));
      assert.equal(values[i] === undefined, value === undefined, `${hex(key)} ${where}`);
      if (value && Buffer.compare(values[i]!, value) !== 0) assert.fail(`got ${hex(key)} ${where}`);
    }
  }

  private async write(side: Side): Promise<void> {
    const { random, course } = this;
    // Runs of a few batches and long ones; some turns only open and close.
    const batches = random(10) === 0 ? 0 : 1 + random(random(2) === 0 ? 4 : course.batches);
    const inRow = random(3) === 0;
    for (let i = 0; i < batches; i++) {
      const operations: PeerOperation[] = [];
      for (let left = 1 + random(course.perBatch); left > 0; left--) {
        const key = inRow ? keyOf(this.nextInRow++ % course.keys) : this.key();
        if (random(5) === 0) operations.push([key]);
        else operations.push([key, this.value()]);
      }
      await side.write(operations);
      for (const [key, value] of operations) {
        if (value) this.model.set(text(key), value);
        else this.model.delete(text(key));
      }
      if (course.compactEvery > 0 && random(course.compactEvery) === 0) await this.compactRange(side);
    }
  }

  private async compactRange(side: Side): Promise<void> {
    // The binding takes no empty key as an end. Half of these ranges end before they begin.
    if (this.random(5) > 0) await side.compactRange(this.rowKey(), this.rowKey());
    else await side.compactRange(Uint8Array.of(0), new Uint8Array(9).fill(0xff));
  }

  private rowKey(): Uint8Array {
    return keyOf(this.random(this.course.keys));
  }

  private key(): Uint8Array {
    const { random } = this;
    const way = random(100);
    if (way === 0) return new Uint8Array(0);
    if (way === 1) return Uint8Array.from({ length: 1 + random(3) }, () => 0xfe + random(2));
    return this.rowKey();
  }

  private value(): Uint8Array {
    const { random } = this;
    const way = random(400);
    const { valueBytes } = this.course;
    // A record of more than 32 KiB is more than one block of the log.
    const length = way === 0 ? 32768 + random(70000) : way < 30 ? 0 : random(valueBytes + 1);
    const value = new Uint8Array(length).fill(random(256));
    // Part noise, part what Snappy makes short.
    const noisy = random(2) === 0 ? length : random(length + 1);
    const start = random(NOISE.length - noisy + 1);
    value.set(NOISE.subarray(start, start + noisy));
    return value;
  }

  private verify(): void {
    const inspection = Inspection.open(env, this.directory);
    try {
      const steps = verifyDatabase(inspection);
      let step = steps.next();
      while (!step.done) step = steps.next();
      const { ok, problems } = step.value;
      assert.deepEqual(
        problems.filter(({ severity }) => severity !== 'note'),
        [],
      );
      assert.ok(ok);
    } finally {
      inspection.close();
    }
  }
}

function batchOf(operations: readonly PeerOperation[]): WriteBatch {
  const batch = new WriteBatch();
  for (const [key, value] of operations) {
    if (value) batch.put(key, value);
    else batch.delete(key);
  }
  return batch;
}

function entriesOf(database: Database, reverse: boolean): PeerEntry[] {
  const entries: PeerEntry[] = [];
  const iterator = database.iterator();
  const { cursor } = iterator;
  if (reverse) cursor.seekToLast();
  else cursor.seekToFirst();
  while (cursor.valid) {
    const { keyStart, keyEnd, valueStart, valueEnd } = cursor;
    entries.push([cursor.keyBuffer.slice(keyStart, keyEnd), cursor.valueBuffer.slice(valueStart, valueEnd)]);
    if (reverse) cursor.prev();
    else cursor.next();
  }
  const { error } = cursor;
  iterator.close();
  if (error) throw error;
  return entries;
}

const keyOf = (number: number) => Buffer.from(`key${String(number).padStart(6, '0')}`);
const text = (key: Uint8Array) => Buffer.from(key).toString('latin1');
const bytes = (key: string) => Buffer.from(key, 'latin1');
const hex = (key: Uint8Array) => Buffer.from(key).toString('hex');
