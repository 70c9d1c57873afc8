// Lines that several threads make are one thread's, byte for byte, and so is what is told beside them.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { escapeBytes, hexBytes } from '../../src/engine/bytes/escape';
import { EntryBatch } from '../../src/engine/db/entry-batch';
import type { LineForm } from '../../src/engine/db/entry-lines';
import type { Inspection } from '../../src/engine/db/inspection';
import type { KeyRange } from '../../src/engine/db/scan';
import { writeLines } from '../../src/engine/db/shared-lines';
import { readFile } from '../../src/engine/env/env';
import { tableFileName } from '../../src/engine/manifest/file-names';
import { Table } from '../../src/engine/table/table';
import { HelperThreads } from '../../src/worker/helper-threads';
import { blocksOf, randomKey } from '../engine/kernel-databases';
import { badScripts, helperScript, store, untilIdle } from '../helpers/helper-threads';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase } from '../helpers/memory-database';
import { damagedDatabase, largeValues, soundDatabase, unorderedDatabase } from './shared-databases';
import { counts, open, resultOf } from './shared-run';

const random = randomNumbers(62);
const forms: LineForm[] = [
  { json: true, hex: false },
  { json: false, hex: false },
  { json: false, hex: true },
  { json: true, hex: true },
];

/** The lines by their texts, and how many there are. */
function expectedLines(db: Inspection, range: KeyRange, { json, hex }: LineForm) {
  const bytes = hex ? hexBytes : escapeBytes;
  const batch = new EntryBatch();
  const lines: string[] = [];
  const scan = db.scan(range);
  while (scan.readBatch(batch) > 0) {
    for (let i = 0; i < batch.count; i++) {
      const [key, value] = [bytes(batch.key(i)), bytes(batch.value(i))];
      lines.push(json ? `${JSON.stringify({ key, value })}\n` : `${key}\t${value}\n`);
    }
  }
  return { text: lines.join(''), entries: lines.length };
}

interface Run {
  form?: LineForm;
  range?: KeyRange;
  /** Is called between two steps. */
  onStep?: (step: number) => unknown;
}

/** Whether the threads could do all of it. */
async function assertSame(
  directory: string,
  helpers: HelperThreads,
  { form = forms[0], range = {}, onStep }: Run = {},
): Promise<boolean> {
  const alone = open(directory);
  const expected = expectedLines(alone, range, form);
  const db = open(directory);
  const texts: string[] = [];
  const job = writeLines(
    db,
    range,
    form,
    (bytes) => texts.push(Buffer.from(bytes).toString('latin1')),
    helpers,
  );
  counts.batches = 0;
  const entries = await resultOf(job, onStep);
  const couldAll = counts.batches === 0;
  assert.equal(helpers.areWorking, false);
  const text = texts.join('');
  assert.ok(text === expected.text, `${directory}: ${text.length} ${expected.text.length}`);
  assert.equal(entries, expected.entries);
  assert.deepEqual(db.problems, alone.problems, directory);
  alone.close();
  db.close();
  return couldAll;
}

test('sound databases: all forms, ranges, parts of one table and of several', async () => {
  let could = 0;
  const rounds = 32;
  for (let round = 0; round < rounds; round++) {
    const directory = store(soundDatabase(round), `sound-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, [1, 500, 5000][random(3)]);
    const key = () => (random(3) === 0 ? undefined : randomKey([40, 300, 900][round % 3]));
    const range =
      round % 2 === 0 ? {} : { from: key(), to: key(), prefix: key()?.subarray(0, 1 + random(4)) };
    // Helpers do all; or what they can.
    const onStep = async (step: number) => {
      for (let i = 0; step === 0 && round % 3 > 0 && i < 1000 && helpers.areWorking; i++) await setTimeout(1);
    };
    if (await assertSame(directory, helpers, { form: forms[round % 4], range, onStep })) could++;
  }
  assert.equal(could, rounds);
  assert.ok(counts.pieces > 100, `${counts.pieces}`);
});

test('values larger than a slot, a key of many versions, no key at all', async () => {
  const directory = store(largeValues(), 'large');
  // A helper has begun.
  const onStep = (step: number) => (step === 0 ? setTimeout(150) : undefined);
  for (const [i, form] of forms.entries()) {
    const helpers = new HelperThreads(helperScript, 1 + (i % 2), 0, 1);
    assert.ok(await assertSame(directory, helpers, { form, onStep }));
  }
  const empty = store(new MemoryDatabase().finish(), 'empty');
  await assertSame(empty, new HelperThreads(helperScript, 1, 0, 1));
});

test('damaged tables, and tables that are gone: one thread goes on, and tells of it', async () => {
  let [could, begun] = [0, 0];
  for (let round = 0; round < 30; round++) {
    const directory = store(damagedDatabase(round), `damaged-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, 300);
    const onStep = (step: number) => (step === 0 && round % 3 > 0 ? setTimeout(80) : undefined);
    const before = counts.pieces;
    if (await assertSame(directory, helpers, { onStep })) could++;
    else if (counts.pieces > before) begun++;
  }
  assert.ok(could < 15, `${could}`);
  assert.ok(begun > 3, `${begun}`);
});

test('keys that are not in order, under right checksums', async () => {
  let different = 0;
  for (let round = 0; round < 40; round++) {
    const directory = store(unorderedDatabase(round), `order-${round}`);
    const helpers = new HelperThreads(helperScript, 1 + (round % 2), 0, 400);
    const key = () => Buffer.from(`key${String(random(2200)).padStart(6, '0')}`);
    const range = round % 4 < 2 ? {} : { from: random(2) === 0 ? key() : undefined, to: key() };
    if (!(await assertSame(directory, helpers, { range }))) different++;
  }
  assert.ok(different > 1, `${different}`);
});

test('damage among the deletions behind a range, through which one thread goes', async () => {
  const db = new MemoryDatabase();
  const versions = Array.from({ length: 300 }, (_, i) => ({
    key: Buffer.from(`key${String(i).padStart(6, '0')}`),
    sequence: 5,
    ...(i < 150 ? { value: Buffer.from('value') } : {}),
  }));
  db.addTable(2, 10, versions, { blockSize: 200, compression: 'none' });
  const path = db.path(tableFileName(10));
  const table = Table.open(db.env.open(path), { name: 'table', comparator: db.comparator });
  const blocks = blocksOf(table);
  const damaged = readFile(db.env, path).slice();
  damaged[blocks[Math.floor(blocks.length * 0.75)].offset] ^= 1;
  db.env.setFile(path, damaged);
  const directory = store(db.finish(), 'behind');
  const [inside, to] = [50, 150].map((i) => versions[i].key);
  assert.equal(
    await assertSame(directory, new HelperThreads(helperScript, 1, 0, 1), { range: { to } }),
    false,
  );
  const few = { range: { to: inside } };
  assert.ok(await assertSame(directory, new HelperThreads(helperScript, 1, 0, 1), few));
});

test('helpers that do not start, that fail, that die over a part', async () => {
  const directory = store(soundDatabase(2), 'dying');
  const takesOne = 'Atomics.add(new Int32Array(workerData.job.lines.memory, 0, 1), 0, 1)';
  for (const path of badScripts(takesOne)) {
    const onStep = (step: number) => (step === 0 ? setTimeout(200) : undefined);
    await assertSame(directory, new HelperThreads(path, 2, 0, 100), { onStep });
  }
});

test('a helper that is gone when some of its part is written, up to the middle of a line', async () => {
  // More pieces than a ring has room for.
  const directory = store(largeValues(), 'gone');
  for (const last of [0, 1, 20]) {
    const helpers = new HelperThreads(helperScript, 1, 0, 1 << 20);
    const before = counts.pieces;
    const onStep = async (step: number) => {
      if (step === 0) await setTimeout(200);
      if (step === last) helpers.end();
    };
    assert.equal(await assertSame(directory, helpers, { form: forms[2], onStep }), false);
    assert.ok(counts.pieces - before >= Math.min(last, 1), `${counts.pieces - before}`);
  }
});

test('a database that moves on meanwhile: the moment at which it was opened is written', async () => {
  for (let round = 0; round < 8; round++) {
    const directory = store(soundDatabase(round), `moved-${round}`);
    const other = store(soundDatabase(round + 1), `moved-to-${round}`);
    const onStep = (step: number) => {
      if (step !== round >> 1) return;
      for (const name of readdirSync(directory)) rmSync(join(directory, name));
      cpSync(other, directory, { recursive: true });
    };
    await assertSame(directory, new HelperThreads(helperScript, 1, 0, 300), { onStep });
  }
});

test('a helper that finds another database of the same shape takes no part', async () => {
  const made = (value: string) => {
    const db = new MemoryDatabase();
    for (let table = 0; table < 4; table++) {
      const versions = Array.from({ length: 50 }, (_, i) => ({
        key: Buffer.from(`key${100 + 50 * table + i}`),
        sequence: 5,
        value: Buffer.from(value),
      }));
      db.addTable(2, 10 + table, versions, { compression: 'none' });
    }
    return db;
  };
  const directory = store(made('before').finish(), 'same-shape');
  const other = store(made('behind').addEdit({}).finish(), 'same-shape-other');
  const helpers = new HelperThreads(helperScript, 1, 0, 1);
  const onStep = async (step: number) => {
    if (step !== 0) return;
    cpSync(other, directory, { recursive: true });
    await untilIdle(helpers);
  };
  assert.ok(await assertSame(directory, helpers, { onStep }));
});

test('a job that is given up, and a writer that fails', () => {
  const db = open(store(soundDatabase(1), 'given-up'));
  const helpers = new HelperThreads(helperScript, 2, 0, 100);
  const job = writeLines(db, {}, forms[0], () => {}, helpers);
  job.next();
  assert.equal(helpers.areWorking, true);
  job.return(0);
  assert.equal(helpers.areWorking, false);
  const failing = writeLines(
    db,
    {},
    forms[0],
    () => {
      throw new Error('closed');
    },
    helpers,
  );
  assert.throws(
    () => {
      while (!failing.next().done);
    },
    { message: 'closed' },
  );
  assert.equal(helpers.areWorking, false);
  db.close();
});
