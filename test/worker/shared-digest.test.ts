// A digest that several threads read for: it is one thread's, or is left to one thread, which then tells what it always told.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { digestScan } from '../../src/engine/db/scan';
import { digestTogether } from '../../src/engine/db/shared-digest';
import { HelperThreads } from '../../src/worker/helper-threads';
import { badScripts, helperScript, store } from '../helpers/helper-threads';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase } from '../helpers/memory-database';
import { damagedDatabase, largeValues, soundDatabase, unorderedDatabase } from './shared-databases';
import { counts, open, resultOf } from './shared-run';

const random = randomNumbers(61);

/** Whether the threads could do it. What is told, then or afterwards, is what one thread tells. */
async function assertSame(directory: string, helpers: HelperThreads, onStep?: (step: number) => unknown) {
  const alone = open(directory);
  const expected = digestScan(alone.scan());
  const db = open(directory);
  const shared = await resultOf(digestTogether(db, helpers), onStep);
  assert.equal(helpers.areWorking, false);
  if (shared) assert.deepEqual(shared, expected, directory);
  else assert.deepEqual(digestScan(db.scan()), expected, directory);
  assert.deepEqual(db.problems, alone.problems, directory);
  alone.close();
  db.close();
  return shared !== undefined;
}

test('sound databases: levels, deletions, logs, parts of one table and of several', async () => {
  let could = 0;
  for (let round = 0; round < 24; round++) {
    const directory = store(soundDatabase(round), `sound-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, [1, 500, 5000][random(3)]);
    // A helper does all; or what it can.
    const ahead = async (step: number) => {
      for (let i = 0; step === 0 && round % 3 > 0 && i < 1000 && helpers.areWorking; i++) await setTimeout(1);
    };
    if (await assertSame(directory, helpers, ahead)) could++;
  }
  assert.equal(could, 24);
  assert.ok(counts.pieces > 100, `${counts.pieces}`);
});

test('values larger than a slot, a key of many versions, no key at all', async () => {
  const directory = store(largeValues(), 'large');
  // A helper has begun.
  const later = (step: number) => (step === 0 ? setTimeout(150) : undefined);
  for (const threads of [1, 2])
    assert.ok(await assertSame(directory, new HelperThreads(helperScript, threads, 0, 1), later));
  const empty = store(new MemoryDatabase().finish(), 'empty');
  await assertSame(empty, new HelperThreads(helperScript, 1, 0, 1));
});

test('damaged tables, and tables that are gone', async () => {
  let could = 0;
  for (let round = 0; round < 24; round++) {
    const directory = store(damagedDatabase(round), `damaged-${round}`);
    if (await assertSame(directory, new HelperThreads(helperScript, 1, 0, 300))) could++;
  }
  assert.ok(could < 12, `${could}`);
});

test('keys that are not in order, under right checksums', async () => {
  let different = 0;
  for (let round = 0; round < 16; round++) {
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, 400);
    if (!(await assertSame(store(unorderedDatabase(round), `order-${round}`), helpers))) different++;
  }
  assert.ok(different > 1, `${different}`);
});

test('helpers that do not start, that fail, that die over a part', async () => {
  const directory = store(soundDatabase(2), 'dying');
  const takesOne = 'Atomics.add(new Int32Array(workerData.job.digest.memory, 0, 1), 0, 1)';
  for (const path of badScripts(takesOne)) {
    const waits = (step: number) => (step === 0 ? setTimeout(200) : undefined);
    await assertSame(directory, new HelperThreads(path, 2, 0, 100), waits);
  }
});

test('a job that is given up', async () => {
  const db = open(store(soundDatabase(1), 'given-up'));
  const helpers = new HelperThreads(helperScript, 2, 0, 100);
  const job = digestTogether(db, helpers);
  job.next();
  assert.equal(helpers.areWorking, true);
  job.return(undefined);
  assert.equal(helpers.areWorking, false);
  db.close();
});
