// The cases of db/fault_injection_test.cc.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PowerCut } from '../../src/engine/env/fault';
import { LevelDbRandom } from './leveldb-random';
import { numberedKey, numberedValue, TestDatabase } from './test-database';

const ITERATIONS = 3;
const MAX_VALUES = 2000;

/** RESET_DROP_UNSYNCED_DATA: files keep their names and what was synced. */
const DROP_UNSYNCED_DATA: PowerCut = { bytes: () => 0, names: (limit) => limit - 1 };
/** RESET_DELETE_UNSYNCED_FILES: files lose names that were not synced, and no data. */
const DELETE_UNSYNCED_FILES: PowerCut = { bytes: (limit) => limit - 1, names: () => 0 };

function build(database: TestDatabase, start: number, count: number): void {
  for (let i = start; i < start + count; i++) database.put(numberedKey(i), numberedValue(i));
}

function partialCompactPreFault(database: TestDatabase, synced: number, notSynced: number): void {
  for (const [key] of database.entries()) database.db.delete(new TextEncoder().encode(key));
  build(database, 0, synced);
  database.compactRange();
  build(database, synced, notSynced);
}

function partialCompactReopen(database: TestDatabase, cut: PowerCut, there: number, gone: number): void {
  database.env.powerCut(cut);
  database.abandon();
  database.reopen();
  const decoder = new TextDecoder();
  for (let i = 0; i < there; i++) {
    const expected = decoder.decode(numberedValue(i));
    assert.equal(database.get(numberedKey(i)), expected, `value ${i} of ${there}`);
  }
  for (let i = there; i < there + gone; i++) {
    assert.equal(database.get(numberedKey(i)), 'NOT_FOUND', `value ${i}, which was not synced`);
  }
}

function noWriteReopen(database: TestDatabase, cut: PowerCut): void {
  database.close();
  database.env.powerCut(cut);
  database.reopen();
}

function doTest(reuseLogs: boolean): void {
  const database = new TestDatabase({
    reuseLogs,
    paranoidChecks: true,
    createIfMissing: true,
    blockCacheBytes: 100,
  });
  const random = new LevelDbRandom(0);
  database.reopen();
  for (let i = 0; i < ITERATIONS; i++) {
    const synced = random.uniform(MAX_VALUES);
    const notSynced = random.uniform(MAX_VALUES);

    partialCompactPreFault(database, synced, notSynced);
    partialCompactReopen(database, DROP_UNSYNCED_DATA, synced, notSynced);
    noWriteReopen(database, DROP_UNSYNCED_DATA);

    partialCompactPreFault(database, synced, notSynced);
    // No file is new since the last sync of the directory: all values are there.
    partialCompactReopen(database, DELETE_UNSYNCED_FILES, synced + notSynced, 0);
    noWriteReopen(database, DELETE_UNSYNCED_FILES);
  }
}

test('fault_injection_test: FaultTestNoLogReuse', () => doTest(false));

test('fault_injection_test: FaultTestWithLogReuse', () => doTest(true));
