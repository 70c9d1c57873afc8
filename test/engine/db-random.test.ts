// Many operations at random against a model: the cases of LevelDB's db/db_test.cc of that kind, threads among them as
// interleavings.

import assert from 'node:assert/strict';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import type { Snapshot } from '../../src/engine/db/database';
import { type DbTest, iterStatus, randomKey, scenario, scenarioOverOptions, seek } from './db-harness';
import { bytes, Random } from './table-harness';

// The original calls fflush(NULL) before each write: once that made a log's buffer go to its file twice. Here nothing
// but the database has the file, and what is read again after an open shows that each record is in it once.
scenario('db_test: Fflush_Issue474', (t) => {
  const random = new Random(301);
  const model = new Map<string, string>();
  for (let i = 0; i < 100000; i++) {
    const [key, value] = [randomKey(random), random.string(100)];
    t.put(key, value);
    model.set(key, value);
  }
  const { lastSequence } = t.db;
  t.reopen();
  assert.equal(t.db.lastSequence, lastSequence);
  assert.equal(lastSequence, 100000);
  compare(t, sorted(model));
});

const THREADS = 4;
const KEYS = 1000;
/** Of each option set; the original lets its threads run for ten seconds. */
const OPERATIONS = 30000;

/**
 * The original's threads read and write at will, beside the background thread. Each is a generator here, as the work in
 * the background is: which one goes on is drawn at random, so that reads and writes fall between any two steps of a
 * flush or compaction.
 */
scenarioOverOptions('db_test: MultiThreaded', (t) => {
  t.reopen({ ...t.options, background: 'stepped' });
  const counters = new Array<number>(THREADS).fill(0);
  const threads = counters.map((_, id) => thread(t, id, counters));
  const scheduler = new Random(301);
  let steps = 0;
  for (let i = 0; i < OPERATIONS; i++) {
    threads[scheduler.uniform(THREADS)].next();
    if (scheduler.uniform(8) === 0 && t.db.step()) steps++;
  }
  assert.ok(steps > 10, `only ${steps} steps were made in the background`);
});

/** Writes and reads values that say which thread wrote them and when. */
function* thread(t: DbTest, id: number, counters: number[]): Generator<void> {
  const random = new Random(1000 + id);
  for (let counter = 0; ; counter++) {
    counters[id] = counter;
    const number = random.uniform(KEYS);
    const key = String(number).padStart(16, '0');
    if (random.uniform(2) === 0) {
      // Padded, so that flushes and compactions happen.
      t.put(key, `${number}.${id}.${String(counter).padEnd(1000)}`);
    } else {
      const value = t.get(key);
      if (value !== 'NOT_FOUND') {
        const [k, writer, count] = value.split('.').map(Number);
        assert.equal(k, number);
        assert.ok(writer >= 0 && writer < THREADS);
        assert.ok(count <= counters[writer]);
      }
    }
    yield;
  }
}

scenarioOverOptions('db_test: Randomized', (t) => {
  const random = new Random(301);
  const model = new Map<string, string>();
  let moment: { snapshot: Snapshot; entries: Entries } | undefined;
  for (let step = 0; step < 10000; step++) {
    const batch = randomBatch(random);
    t.db.write(batch.real);
    for (const [key, value] of batch.operations) {
      if (value === undefined) model.delete(key);
      else model.set(key, value);
    }
    if (step % 100 !== 0) continue;
    const entries = sorted(model);
    compare(t, entries);
    if (moment) {
      compare(t, moment.entries, moment.snapshot);
      moment.snapshot.release();
    }
    t.reopen();
    compare(t, entries);
    // Looked at again after a hundred more steps.
    moment = { snapshot: t.db.snapshot(), entries };
  }
});

type Entries = readonly (readonly [key: string, value: string])[];

function sorted(model: ReadonlyMap<string, string>): Entries {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Puts, deletions and batches in the original's proportions. */
function randomBatch(random: Random): {
  real: WriteBatch;
  operations: (readonly [key: string, value: string | undefined])[];
} {
  const real = new WriteBatch();
  const operations: (readonly [string, string | undefined])[] = [];
  const put = (key: string, value: string) => {
    real.put(bytes(key), bytes(value));
    operations.push([key, value]);
  };
  const remove = (key: string) => {
    real.delete(bytes(key));
    operations.push([key, undefined]);
  };
  const kind = random.uniform(100);
  if (kind < 45) {
    const key = randomKey(random);
    put(key, random.string(random.uniform(20) === 0 ? 100 + random.uniform(100) : random.uniform(8)));
  } else if (kind < 90) remove(randomKey(random));
  else {
    let key = '';
    const count = random.uniform(8);
    for (let i = 0; i < count; i++) {
      // Now and then the key before again: several entries of a batch for one key.
      if (i === 0 || random.uniform(10) !== 0) key = randomKey(random);
      if (random.uniform(2) === 0) put(key, random.string(random.uniform(10)));
      else remove(key);
    }
  }
  return { real, operations };
}

/** Walks through the database beside the model's entries, and seeks every tenth key (CompareIterators). */
function compare(t: DbTest, entries: Entries, snapshot?: Snapshot): void {
  t.withIterator((cursor) => {
    cursor.seekToFirst();
    for (const [key, value] of entries) {
      assert.equal(iterStatus(cursor), `${key}->${value}`);
      cursor.next();
    }
    assert.equal(cursor.valid, false);
    for (let i = 9; i < entries.length; i += 10) {
      const [key, value] = entries[i];
      seek(cursor, key);
      assert.equal(iterStatus(cursor), `${key}->${value}`);
    }
  }, snapshot);
}
