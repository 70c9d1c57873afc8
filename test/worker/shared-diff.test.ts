// What several threads say of two databases is what one thread says.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { diffKeys, type KeyDifference } from '../../src/engine/db/diff';
import { diffDatabases } from '../../src/engine/db/shared-diff';
import { HelperThreads } from '../../src/worker/helper-threads';
import { randomDatabase } from '../engine/kernel-databases';
import { badScripts, helperScript, store } from '../helpers/helper-threads';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase } from '../helpers/memory-database';
import { damagedDatabase, largeValues, soundDatabase, unorderedDatabase } from './shared-databases';
import { counts, open, resultOf } from './shared-run';

const random = randomNumbers(63);

/** Whether the threads could do it. */
async function assertSame(
  directories: [string, string],
  helpers: HelperThreads,
  limit = 100,
  onStep?: (step: number) => unknown,
): Promise<boolean> {
  const alone = directories.map(open);
  const all: KeyDifference[] = [];
  const keys = diffKeys(alone[0], alone[1], (difference) => all.push(difference));
  const [a, b] = directories.map(open);
  counts.batches = 0;
  const result = await resultOf(diffDatabases(a, b, limit, helpers), onStep);
  assert.deepEqual(result, { counts: keys, differences: all.slice(0, limit) }, directories.join(' '));
  const could = counts.batches === 0;
  assert.equal(helpers.areWorking, false);
  assert.deepEqual(a.problems, alone[0].problems);
  assert.deepEqual(b.problems, alone[1].problems);
  for (const db of [a, b, ...alone]) db.close();
  return could;
}

test('sound databases: with others, with one that has more, with itself, with none', async () => {
  const rounds = 24;
  let could = 0;
  for (let round = 0; round < rounds; round++) {
    const a = store(soundDatabase(round), `a-${round}`);
    const isItself = round % 8 === 5;
    const other = round % 8 === 6 ? new MemoryDatabase().finish() : soundDatabase(round + 3 * (round % 2));
    const b = isItself ? a : store(other, `b-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, [1, 500, 5000][random(3)]);
    const ahead = async (step: number) => {
      for (let i = 0; step === 0 && round % 3 > 0 && i < 1000 && helpers.areWorking; i++) await setTimeout(1);
    };
    const limit = [0, 1, 20, Number.POSITIVE_INFINITY][round % 4];
    if (await assertSame(round % 3 === 0 ? [b, a] : [a, b], helpers, limit, ahead)) could++;
  }
  assert.equal(could, rounds);
  assert.ok(counts.pieces > 100, `${counts.pieces}`);
});

test('large values, and keys larger than a slot', async () => {
  const large = store(largeValues(), 'large');
  const key = new Uint8Array(600_000).fill(107);
  const keys = new MemoryDatabase();
  for (let i = 0; i < 3; i++)
    keys.addTable(2, 10 + i, [{ key: key.subarray(0, 500_000 + i), sequence: 5, value: key.subarray(0, i) }]);
  const longKeys = store(keys.finish(), 'long-keys');
  // A helper has begun.
  const later = (step: number) => (step === 0 ? setTimeout(150) : undefined);
  for (const threads of [1, 2])
    assert.ok(
      await assertSame([large, longKeys], new HelperThreads(helperScript, threads, 0, 1), 100, later),
    );
  const empty = store(new MemoryDatabase().finish(), 'empty');
  await assertSame([empty, empty], new HelperThreads(helperScript, 1, 0, 1));
});

test('damaged tables, keys that are not in order', async () => {
  let could = 0;
  for (let round = 0; round < 24; round++) {
    const isDamaged = round % 2 === 0;
    const a = store(isDamaged ? damagedDatabase(round >> 1) : unorderedDatabase(round), `unsound-a-${round}`);
    const other =
      round % 3 === 0
        ? unorderedDatabase(round)
        : randomDatabase(300, { blockSize: 200, compression: 'none' });
    const b = store(other, `unsound-b-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, 400);
    if (await assertSame(round % 4 < 2 ? [a, b] : [b, a], helpers)) could++;
  }
  assert.ok(could < 18, `${could}`);
});

test('helpers that do not start, that fail, that die over a part', async () => {
  const directories: [string, string] = [
    store(soundDatabase(2), 'dying-a'),
    store(soundDatabase(5), 'dying-b'),
  ];
  const takesOne = 'Atomics.add(new Int32Array(workerData.job.diff.memory, 0, 1), 0, 1)';
  for (const path of badScripts(takesOne)) {
    const waits = (step: number) => (step === 0 ? setTimeout(200) : undefined);
    await assertSame(directories, new HelperThreads(path, 2, 0, 100), 100, waits);
  }
});
