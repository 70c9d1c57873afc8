// Lines and comparisons that several threads read for: they are one thread's, byte for byte, and so is what is told.

import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { diffKeys, type KeyDifference } from '../../src/engine/db/diff';
import type { LineForm } from '../../src/engine/db/entry-lines';
import { Inspection } from '../../src/engine/db/inspection';
import { RowRing } from '../../src/engine/db/row-ring';
import { Scan } from '../../src/engine/db/scan';
import { diffTogether } from '../../src/engine/db/shared-diff';
import { writeAllLines, writeLines } from '../../src/engine/db/shared-lines';
import { readFile } from '../../src/engine/env/env';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { HelperThreads } from '../../src/worker/helper-threads';
import { badScripts, helperScript, store } from '../helpers/helper-threads';
import { MemoryDatabase } from '../helpers/memory-database';
import { SharedDatabases } from './shared-databases';

const databases = new SharedDatabases(67);
const { random } = databases;
const env = new NodeReadableEnv();
const FORMS: readonly LineForm[] = [
  { json: true, hex: false },
  { json: false, hex: false },
  { json: true, hex: true },
];

/** Pieces that came from helpers, and batches that one thread read. */
let pieces = 0;
let batches = 0;
const { take } = RowRing.prototype;
RowRing.prototype.take = function () {
  pieces++;
  take.apply(this);
};
const { readBatch } = Scan.prototype;
Scan.prototype.readBatch = function (batch) {
  batches++;
  return readBatch.call(this, batch);
};

const open = (directory: string) => Inspection.open(env, directory, { inflate: nodeInflate });

/** `onStep` is called between two steps. */
async function resultOf<Result>(
  job: Generator<unknown, Result>,
  onStep?: (step: number) => unknown,
): Promise<Result> {
  for (let step = 0; ; step++) {
    const { done, value } = job.next();
    if (done) return value as Result;
    await onStep?.(step);
    await setImmediate();
  }
}

/** Waits before the first part until helpers have done what they can. */
function after(helpers: HelperThreads) {
  return async (step: number) => {
    for (let i = 0; step === 0 && i < 200 && helpers.areWorking; i++) await setTimeout(1);
  };
}

function text(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('latin1');
}

function runAlone<Result>(job: Generator<unknown, Result>): Result {
  for (;;) {
    const { done, value } = job.next();
    if (done) return value as Result;
  }
}

/** How far the threads came: `all`, `some` where one had to go on, `none`. */
async function assertSameLines(
  directory: string,
  helpers: HelperThreads,
  form: LineForm,
  onStep?: (step: number) => unknown,
): Promise<'all' | 'some' | 'none'> {
  const alone = open(directory);
  const expected: Uint8Array[] = [];
  const count = runAlone(writeLines(alone.scan(), form, (bytes) => expected.push(bytes.slice())));
  const db = open(directory);
  const lines: Uint8Array[] = [];
  batches = 0;
  let isEarly = false;
  const write = (bytes: Uint8Array) => {
    lines.push(bytes.slice());
    if (batches === 0) isEarly = true;
  };
  assert.equal(await resultOf(writeAllLines(db, helpers, form, write), onStep), count, directory);
  const isAlone = batches > 0;
  assert.equal(helpers.areWorking, false);
  assert.ok(text(lines) === text(expected), directory);
  assert.deepEqual(db.problems, alone.problems, directory);
  alone.close();
  db.close();
  return isAlone ? (isEarly ? 'some' : 'none') : 'all';
}

/** Whether the threads could do it. */
async function assertSameDiff(
  directories: readonly string[],
  helpers: HelperThreads,
  limit: number,
): Promise<boolean> {
  const [a, b] = directories.map(open);
  const differences: KeyDifference[] = [];
  const counts = diffKeys(a, b, (difference) => {
    if (differences.length < limit) differences.push(difference);
  });
  const [left, right] = directories.map(open);
  batches = 0;
  const shared = await resultOf(diffTogether(left, right, helpers, limit), after(helpers));
  const isShared = batches === 0;
  assert.deepEqual(shared, { counts, differences });
  assert.deepEqual(
    [left, right].map(({ problems }) => problems),
    [a, b].map(({ problems }) =>
      isShared ? problems.filter(({ severity }) => severity === 'note') : problems,
    ),
  );
  for (const db of [a, b, left, right]) db.close();
  return isShared;
}

test('lines of sound databases, in each form', async () => {
  pieces = 0;
  for (let round = 0; round < 24; round++) {
    const directory = store(databases.sound(round), `sound-${round}`);
    const partBytes = [1, 500, 5000][random(3)];
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, partBytes, [0, 1 << 20][random(2)]);
    const onStep = round % 4 > 0 ? after(helpers) : undefined;
    assert.equal(await assertSameLines(directory, helpers, FORMS[round % 3], onStep), 'all', `${round}`);
  }
  assert.ok(pieces > 300, `${pieces}`);
});

test('lines of values larger than a slot, and of nothing', async () => {
  const directory = store(databases.large(), 'large');
  for (const form of FORMS) {
    const helpers = new HelperThreads(helperScript, 2, 0, 1);
    pieces = 0;
    assert.equal(await assertSameLines(directory, helpers, form, after(helpers)), 'all');
    assert.ok(pieces > 10, `${pieces}`);
  }
  const empty = store(new MemoryDatabase().finish(), 'empty');
  await assertSameLines(empty, new HelperThreads(helperScript, 1, 0, 1), FORMS[0]);
});

test('lines of damaged databases: one thread goes on behind what the others gave', async () => {
  const ends = { all: 0, some: 0, none: 0 };
  for (let round = 0; round < 40; round++) {
    const directory = store(databases.damaged(round), `damaged-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, 200);
    const onStep = round % 3 > 0 ? after(helpers) : undefined;
    ends[await assertSameLines(directory, helpers, FORMS[round % 3], onStep)]++;
  }
  assert.ok(ends.some > 5 && ends.none > 0, JSON.stringify(ends));
});

test('lines of keys that are not in order', async () => {
  const ends = { all: 0, some: 0, none: 0 };
  for (let round = 0; round < 24; round++) {
    const directory = store(databases.unordered(round), `order-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, 400);
    ends[await assertSameLines(directory, helpers, FORMS[round % 3], after(helpers))]++;
  }
  assert.ok(ends.some + ends.none > 1, JSON.stringify(ends));
});

test('lines with helpers that do not start, that fail, that die over a part', async () => {
  const directory = store(databases.sound(2), 'dying');
  const takesOne = 'Atomics.add(new Int32Array(workerData.job.parts.memory, 0, 1), 0, 1)';
  for (const path of badScripts(takesOne)) {
    const waits = (step: number) => (step === 0 ? setTimeout(200) : undefined);
    await assertSameLines(directory, new HelperThreads(path, 2, 0, 100), FORMS[1], waits);
  }
});

test('a helper that dies in the midst of a row leaves nothing of it', async () => {
  const directory = store(databases.large(), 'cut-row');
  const cut = `const { workerData } = require('node:worker_threads');
    const { memory } = workerData.job.parts;
    Atomics.add(new Int32Array(memory, 0, 1), 0, 1);
    const ring = new Int32Array(memory, 64, 2);
    const piece = (at, kind, text) => {
      new Float64Array(memory, 64 + 64 + at * (64 + (256 << 10)), 6).set([kind, 0, text.length, 0, 0, 0]);
      new Uint8Array(memory, 64 + 64 + at * (64 + (256 << 10)) + 64, text.length).set(text);
    };
    piece(0, 1, new TextEncoder().encode(PLACES));
    piece(1, 2, new TextEncoder().encode('half of a row'));
    Atomics.store(ring, 0, 2);
    process.exit(3);`;
  // Where all runs stand at the beginning: what a sound helper puts first.
  let places = '';
  const { peek } = RowRing.prototype;
  RowRing.prototype.peek = function () {
    const piece = peek.call(this);
    if (piece?.head.kind === 1 && piece.head.part === 0) places = Buffer.from(piece.bytes).toString();
    return piece;
  };
  const sound = new HelperThreads(helperScript, 1, 0, 1);
  await assertSameLines(directory, sound, FORMS[0], after(sound));
  RowRing.prototype.peek = peek;
  assert.notEqual(places, '');
  const script = join(directory, '..', 'cut.cjs');
  writeFileSync(script, cut.replace('PLACES', JSON.stringify(places)));
  const helpers = new HelperThreads(script, 1, 0, 1);
  const end = await assertSameLines(directory, helpers, FORMS[0], after(helpers));
  assert.equal(end, 'none');
});

test('a database that another one took the place of meanwhile: lines of the moment that was opened', async () => {
  // Before the thread that asks opens it anew, and before its helper does.
  for (const isLate of [false, true]) {
    const directory = store(databases.sound(2), `replaced-${isLate}`);
    const other = databases.sound(2);
    const alone = open(directory);
    const expected: Uint8Array[] = [];
    runAlone(writeLines(alone.scan(), FORMS[0], (bytes) => expected.push(bytes.slice())));
    alone.close();
    const db = open(directory);
    const helpers = new HelperThreads(helperScript, 1, 0, 100);
    const { beginParts } = helpers;
    let begin = () => {};
    helpers.beginParts = (request) => {
      begin = () => {
        for (const name of readdirSync(directory)) rmSync(join(directory, name));
        for (const { name } of other.env.list(other.directory))
          writeFileSync(join(directory, name), readFile(other.env, other.path(name)));
        beginParts.call(helpers, request);
      };
      if (!isLate) begin();
    };
    pieces = 0;
    const lines: Uint8Array[] = [];
    const job = writeAllLines(db, helpers, FORMS[0], (bytes) => lines.push(bytes.slice()));
    await resultOf(job, async (step) => {
      if (step > 0 || !isLate) return;
      begin();
      await after(helpers)(0);
    });
    assert.ok(text(lines) === text(expected));
    assert.equal(pieces, 0);
    assert.equal(helpers.areWorking, false);
    db.close();
  }
});

test('a part that is too large to be read before its turn waits for it', async () => {
  const database = new MemoryDatabase();
  for (const number of [10, 11])
    database.addTable(1, number, [{ key: Uint8Array.of(number), sequence: 5, value: new Uint8Array(2000) }]);
  const directory = store(database.finish(), 'two-parts');
  for (const aheadBytes of [0, 1 << 20]) {
    const helpers = new HelperThreads(helperScript, 1, 0, 1, aheadBytes);
    const { beginParts } = helpers;
    let begin = () => {};
    // Somebody has the first part, so that the second one is read ahead; then a helper begins, and takes the first one.
    helpers.beginParts = (request) => {
      const next = new Int32Array(request.memory, 0, 1);
      next[0] = 1;
      begin = () => {
        assert.equal(next[0], 2);
        next[0] = 0;
        beginParts.call(helpers, request);
      };
      Object.defineProperty(helpers, 'areWorking', { value: true, configurable: true });
    };
    const end = await assertSameLines(directory, helpers, FORMS[0], async (step) => {
      if (step !== 2) return;
      delete (helpers as { areWorking?: boolean }).areWorking;
      begin();
    });
    assert.equal(end, 'all');
  }
});

test('what is given up, or cannot be written, leaves no helper at work', () => {
  const directory = store(databases.sound(2), 'given-up');
  for (const isWritten of [true, false]) {
    const db = open(directory);
    const helpers = new HelperThreads(helperScript, 2, 0, 100);
    const job = writeAllLines(db, helpers, FORMS[0], () => {
      if (!isWritten) throw new Error('full');
    });
    job.next();
    assert.equal(helpers.areWorking, true);
    if (isWritten) job.return(0);
    else assert.throws(() => runAlone(job), /full/);
    assert.equal(helpers.areWorking, false);
    db.close();
  }
});

test('two databases compared', async () => {
  let could = 0;
  for (let round = 0; round < 24; round++) {
    const pair = [databases.sound(round), databases.sound(round + (round % 2 === 0 ? 0 : 1))];
    const directories = pair.map((db, i) => store(db, `pair-${round}-${i}`));
    if (round % 5 === 4) directories[1] = directories[0];
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, [1, 500, 5000][random(3)]);
    if (await assertSameDiff(directories, helpers, [0, 3, 100_000][round % 3])) could++;
  }
  assert.equal(could, 24);
});

test('two databases compared, of which one is damaged or in no order', async () => {
  let could = 0;
  for (let round = 0; round < 24; round++) {
    const odd = round % 3 === 0 ? databases.unordered(round) : databases.damaged(round);
    const directories = [store(databases.sound(round), `even-${round}`), store(odd, `odd-${round}`)];
    if (round % 2 === 0) directories.reverse();
    const helpers = new HelperThreads(helperScript, 1, 0, 300);
    if (await assertSameDiff(directories, helpers, 50)) could++;
  }
  assert.ok(could < 20, `${could}`);
});
