// Verification by several threads: what is told, and in which order, is what one thread tells.

import assert from 'node:assert/strict';
import { cpSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { Inspection } from '../../src/engine/db/inspection';
import { readFile } from '../../src/engine/env/env';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { TableBoard } from '../../src/engine/recovery/table-board';
import { type VerifyProgress, type VerifyResult, verifyDatabase } from '../../src/engine/recovery/verify';
import { bloomFilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { HelperThreads } from '../../src/worker/helper-threads';
import { randomDatabase } from '../engine/kernel-databases';
import { badScripts, folder, helperScript, store, untilIdle } from '../helpers/helper-threads';
import { randomNumbers } from '../helpers/leveldb';
import type { MemoryDatabase } from '../helpers/memory-database';

const random = randomNumbers(51);
const env = new NodeReadableEnv();

/** What our thread has found; what others have is not in it. */
let ownTables = 0;
const { put } = TableBoard.prototype;
TableBoard.prototype.put = function (...args) {
  ownTables++;
  put.apply(this, args);
};

interface Verified {
  result: VerifyResult;
  files: string[];
}

interface How {
  helpers?: HelperThreads;
  checksumsOnly: boolean;
  /** Called at each step. */
  onStep?: (step: number) => unknown;
}

async function verify(directory: string, { onStep, ...options }: How): Promise<Verified> {
  const inspection = Inspection.open(env, directory, { inflate: nodeInflate });
  const files: string[] = [];
  try {
    const job = verifyDatabase(inspection, options);
    for (let step = 0; ; step++) {
      const { done, value } = job.next();
      if (done) return { result: value, files };
      const shown = `${(value as VerifyProgress).filesDone} ${value.file}`;
      // While one table is waited for its name is told again.
      if (files.at(-1) !== shown) files.push(shown);
      await onStep?.(step);
      await setImmediate();
    }
  } finally {
    inspection.close();
  }
}

/** Verifies alone, with helpers that do all, and with helpers that share the work. */
async function assertSame(directory: string): Promise<VerifyResult[]> {
  const results: VerifyResult[] = [];
  for (const checksumsOnly of [true, false]) {
    const expected = await verify(directory, { checksumsOnly });
    results.push(expected.result);
    for (const threads of [1, 2]) {
      const helpers = new HelperThreads(helperScript, threads, 0);
      const onStep = () => (threads === 1 ? untilIdle(helpers) : undefined);
      ownTables = 0;
      const actual = await verify(directory, { helpers, checksumsOnly, onStep });
      assert.deepEqual(actual.result, expected.result, directory);
      assert.deepEqual(
        actual.files.filter((shown) => expected.files.includes(shown)),
        expected.files,
      );
      if (threads === 1) assert.equal(ownTables, 0);
      assert.equal(helpers.areWorking, false);
    }
  }
  return results;
}

function newDatabase(round: number): MemoryDatabase {
  return randomDatabase([40, 300][round % 2], {
    compression: round % 3 === 0 ? 'none' : 'snappy',
    blockSize: [60, 400, 4096][random(3)],
    ...(round % 2 === 0 ? { filterPolicy: internalFilterPolicy(bloomFilterPolicy(10)) } : {}),
  });
}

test('sound and damaged databases, and files that are gone', async () => {
  let damaged = 0;
  for (let round = 0; round < 16; round++) {
    const directory = store(newDatabase(round), `round-${round}`);
    const tables = readdirSync(directory).filter((name) => name.endsWith('.ldb'));
    if (tables.length < 2) continue;
    for (let i = round % 4; i > 0; i--) {
      const path = join(directory, tables[random(tables.length)]);
      const bytes = readFile(env, path);
      const kind = random(6);
      if (kind === 0) rmSync(path, { force: true });
      else if (kind === 1) truncateSync(path, random(bytes.length));
      else {
        bytes[random(bytes.length)] ^= 1;
        writeFileSync(path, bytes);
      }
      if (kind === 0) break;
    }
    if (round === 5) cpSync(join(directory, tables[0]), join(directory, tables[1]));
    const [, full] = await assertSame(directory);
    if (!full.ok) damaged++;
  }
  assert.ok(damaged > 4, `${damaged}`);
});

test('every other kind of database that we have: of Mojang, of Go, with a MANIFEST that lies', async () => {
  for (const name of readdirSync('test/fixtures')) {
    if (name.includes('.') || name === 'rocksdb') continue;
    const directory = join(folder, name);
    cpSync(join('test/fixtures', name), directory, { recursive: true });
    await verify(directory, { checksumsOnly: false, helpers: new HelperThreads(helperScript, 2, 0) });
    const expected = await verify(directory, { checksumsOnly: false });
    const actual = await verify(directory, {
      checksumsOnly: false,
      helpers: new HelperThreads(helperScript, 1, 0),
      onStep: () => setTimeout(20),
    });
    assert.deepEqual(actual.result, expected.result, name);
  }
  const db = newDatabase(1).finish({ lastSequence: 3, nextFileNumber: 11 });
  const [, lies] = await assertSame(store(db, 'lies'));
  assert.ok(lies.problems.some(({ code }) => code === 'counter-too-low'));
});

test('helpers that do not start, that fail, that die over a table, that see another state: the others do the work', async () => {
  const directory = store(newDatabase(2), 'dying');
  const expected = await verify(directory, { checksumsOnly: false });
  const takesOne = 'Atomics.add(new Int32Array(workerData.job.verify.board), 0, 1)';
  for (const path of badScripts(takesOne)) {
    const helpers = new HelperThreads(path, 2, 0);
    const actual = await verify(directory, {
      checksumsOnly: false,
      helpers,
      // They shall have taken what they take.
      onStep: (step) => (step === 0 ? setTimeout(300) : undefined),
    });
    assert.deepEqual(actual.result, expected.result, path);
  }
  const other = store(newDatabase(4), 'other');
  const { begin } = HelperThreads.prototype;
  const helpers = new HelperThreads(helperScript, 1, 0);
  helpers.begin = function (request) {
    begin.call(this, { ...request, directory: other });
  };
  ownTables = 0;
  const onStep = () => untilIdle(helpers);
  const actual = await verify(directory, { checksumsOnly: false, helpers, onStep });
  assert.deepEqual(actual.result, expected.result);
  assert.ok(ownTables > 0);
});

test('a job that is given up ends its helpers', async () => {
  const inspection = Inspection.open(env, store(newDatabase(1), 'given-up'), {});
  const helpers = new HelperThreads(helperScript, 2, 0);
  const job = verifyDatabase(inspection, { helpers });
  job.next();
  assert.equal(helpers.areWorking, true);
  job.return(undefined as never);
  assert.equal(helpers.areWorking, false);
  inspection.close();
});
