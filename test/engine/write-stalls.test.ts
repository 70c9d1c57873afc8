// What a write would wait for, asked before it is written; a range compacted alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database } from '../../src/engine/db/database';
import { MemoryEnv } from '../../src/engine/env/memory';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';

const VALUE = new Uint8Array(10_000);
const key = (number: number) => new TextEncoder().encode(String(number % 50).padStart(4, '0'));

function open(events: TraceEvent[]): Database {
  return Database.openNow(new MemoryEnv(), '/db', {
    createIfMissing: true,
    writeBufferSize: 64 << 10,
    compression: 'none',
    infoLog: false,
    background: 'stepped',
    trace: (event) => events.push(event),
    limits: { level0Files: 2, level0SlowdownFiles: 3, level0StopFiles: 4, maxFlushLevel: 0 },
  });
}

const stallsIn = (events: TraceEvent[]) => events.filter(({ type }) => type === 'stall');

/** Does background work until no memtable waits. */
function flushWaiting(database: Database): void {
  while (database.memtableSizes.length > 1) assert.ok(database.step());
}

test('what a write would wait for is what it then waits for, and else it waits for nothing', () => {
  const events: TraceEvent[] = [];
  const database = open(events);
  const reasons = new Set<string>();
  for (let i = 0; i < 300; i++) {
    const why = database.stall();
    const before = stallsIn(events).length;
    database.put(key(i), VALUE);
    const [first] = stallsIn(events).slice(before);
    assert.equal(first?.type === 'stall' ? first.why : undefined, why);
    if (why) reasons.add(why);
    // Only memtables go on by themselves, so that level 0 grows.
    if (i % 3 === 0) database.step();
  }
  assert.ok(reasons.has('memtable full') && reasons.has('slow down'), [...reasons].join());
  database.close();
});

test('who asks and lets the background go on step by step never meets a stall in a write', () => {
  const events: TraceEvent[] = [];
  const database = open(events);
  const seen = new Set<string>();
  for (let i = 0; i < 400; i++) {
    let isDelayed = false;
    for (let why = database.stall(); why; why = database.stall({ isDelayed })) {
      seen.add(why);
      if (why === 'slow down') isDelayed = true;
      else database.step();
    }
    database.write(batchOf(i), { isDelayed });
  }
  assert.deepEqual([...seen].sort(), ['memtable full', 'slow down', 'too many files in level 0']);
  assert.deepEqual(stallsIn(events), []);
  assert.equal(database.get(key(399)).found, true);
  database.close();
});

function batchOf(number: number): WriteBatch {
  const batch = new WriteBatch();
  batch.put(key(number), VALUE);
  return batch;
}

test('a flush is told what it would wait for, too; the sizes of memtables are there, newest first', () => {
  const database = open([]);
  assert.equal(database.stall({ force: true }), undefined);
  for (let i = 0; database.memtableSizes.length < 2; i++) database.put(key(i), VALUE);
  const [active, waiting] = database.memtableSizes;
  assert.equal(database.stall(), undefined);
  assert.equal(database.stall({ force: true }), 'memtable full');
  assert.equal(active.entries, 1);
  assert.equal(waiting.log, undefined);
  assert.ok(active.log?.endsWith('.log'));
  assert.ok(waiting.memoryUsage > 64 << 10 && active.memoryUsage < waiting.memoryUsage);
  flushWaiting(database);
  assert.equal(database.memtableSizes.length, 1);
  assert.equal(database.stall({ force: true }), undefined);
  database.close();
});

test('a range that is compacted alone does not wait for what is due besides', () => {
  const picks = (alone: boolean) => {
    const events: TraceEvent[] = [];
    const database = open(events);
    for (let table = 0; table < 3; table++) {
      for (let i = 0; i < 5; i++) database.put(key(i), VALUE);
      // Three tables of level 0: one more than it may have.
      const flush = database.flush();
      for (let step = flush.next(); !step.done; step = flush.next());
    }
    assert.equal(database.version.levels[0].length, 3);
    // A range that has nothing: only what is due is left to do.
    runSteps(database.compactLevel(0, key(40), key(45), { alone }));
    const found = events.filter(({ type }) => type === 'compaction-end').length;
    const { hasWork } = database;
    database.close();
    return { found, hasWork };
  };
  assert.deepEqual(picks(true), { found: 0, hasWork: true });
  assert.deepEqual(picks(false), { found: 1, hasWork: false });
});
