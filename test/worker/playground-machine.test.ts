// The playground's database held against the model of acknowledged writes, its numbers against its files.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/engine/compaction/limits';
import { Inspection } from '../../src/engine/db/inspection';
import { MemoryEnv } from '../../src/engine/env/memory';
import { LEVELS } from '../../src/engine/manifest/version-edit';
import type { TraceEvent } from '../../src/engine/trace/events';
import { Replay } from '../../src/engine/trace/replay/replay';
import type { PlaygroundStart } from '../../src/worker/playground-api';
import { DIRECTORY } from '../../src/worker/playground-env';
import type { PlaygroundMachine } from '../../src/worker/playground-machine';
import { PlaygroundSession } from '../../src/worker/playground-session';
import { stateOf } from '../../src/worker/playground-state';
import { contentsOf, expectedOf, HandClock, newMachine, ticks } from './playground-helpers';

const NOTHING = { put: 0, overwrite: 0, delete: 0, get: 0, miss: 0, scan: 0 };
const stateIn = (machine: PlaygroundMachine) =>
  stateOf(machine, { isRunning: false, skipped: 0, lesson: undefined });

/** All numbers of a state that the files tell as well. */
function checkAgainstFiles(machine: PlaygroundMachine): void {
  const state = stateIn(machine);
  const copy = new MemoryEnv();
  for (const { name, contents } of machine.env.contents()) copy.setFile(`${DIRECTORY}/${name}`, contents);
  const sizes = new Map(
    copy.list(DIRECTORY).map(({ name }) => [name, copy.stat(`${DIRECTORY}/${name}`).size]),
  );
  const sum = (pattern: RegExp) =>
    [...sizes].reduce((total, [name, size]) => total + (pattern.test(name) ? size : 0), 0);
  assert.equal(state.space.tables, sum(/\.ldb$/));
  assert.equal(state.space.logs, sum(/\.log$/));
  assert.equal(state.space.disk, sum(/./));
  assert.equal(state.space.disk, state.space.tables + state.space.logs + state.space.others);
  // Read by the inspector, from the MANIFEST and the files as they lie there.
  const inspection = Inspection.open(copy, DIRECTORY);
  try {
    const { version } = inspection;
    for (let level = 0; level < LEVELS; level++) {
      const files = version.levels[level];
      const bytes = files.reduce((total, { number }) => {
        return total + (sizes.get(`${String(number).padStart(6, '0')}.ldb`) ?? Number.NaN);
      }, 0);
      assert.equal(state.levels[level].files, files.length, `files of level ${level}`);
      assert.equal(state.levels[level].bytes, bytes, `bytes of level ${level}`);
    }
  } finally {
    inspection.close();
  }
}

const CONFIGS: [name: string, start: PlaygroundStart][] = [
  ['the default', {}],
  ['no filter, no compression', { database: { bloomBits: 0, compression: 'none', blockSize: 1024 } }],
  [
    'zipfian, four memtables',
    { database: { maxWriteBufferNumber: 4 }, workload: { order: { kind: 'zipfian' }, keys: 5000 } },
  ],
  [
    'a hot range, sync',
    { workload: { order: { kind: 'hot', share: 0.1, heat: 0.9 }, sync: true, keys: 3000 } },
  ],
  ['sequential, in the grain of entries', { workload: { order: { kind: 'sequential' } }, grain: 'entries' }],
  [
    'a background that is too slow',
    { background: { unit: 'bytes', perSecond: 150_000 }, workload: { operationsPerSecond: 3000 } },
  ],
  ['a background by steps', { background: { unit: 'steps', perSecond: 300 } }],
];

for (const [name, start] of CONFIGS) {
  test(`${name}: the database has what the model has, at every moment`, () => {
    const machine = newMachine(start);
    for (let i = 0; i < 8; i++) {
      ticks(machine, 1500);
      assert.deepEqual(contentsOf(machine), expectedOf(machine));
      checkAgainstFiles(machine);
      assert.equal(machine.client.counts.wrong, 0);
    }
    const { counts, work, space } = stateIn(machine);
    assert.ok(counts.hits > 100 && counts.misses > 100 && counts.scanned > 100);
    // Many reads can come before size with seeks.
    assert.ok(work.minor > 3 && work.size + work.seek > 0, JSON.stringify(work));
    assert.equal(space.liveKeys, expectedOf(machine).size);
    if (name.endsWith('too slow')) assert.ok(machine.stalls.count('memtable full') > 3);
    machine.settle();
    assert.deepEqual(contentsOf(machine), expectedOf(machine));
    checkAgainstFiles(machine);
  });
}

test('what is counted at the files is what the trace comes to', () => {
  const machine = newMachine({ grain: 'entries' });
  ticks(machine, 8000);
  machine.compact();
  machine.settle();
  const { bytes, work, reads, stalls, counts } = stateIn(machine);
  const reading = machine.history.reading;
  const events = eventsOf(machine);
  const total = (pick: (event: TraceEvent) => number) => events.reduce((sum, event) => sum + pick(event), 0);
  const count = (type: TraceEvent['type']) => events.filter((event) => event.type === type).length;
  assert.equal(
    bytes.flush,
    total((event) => (event.type === 'flush-end' ? event.bytes : 0)),
  );
  assert.equal(
    bytes.compaction,
    total((event) => (event.type === 'compaction-end' ? event.bytesWritten : 0)),
  );
  const writes = counts.operations.put + counts.operations.overwrite + counts.operations.delete;
  assert.equal(count('write'), writes);
  assert.equal(machine.model.acknowledged, writes);
  assert.equal(machine.database?.lastSequence, writes);
  // Each record has its batch, a header of 7 bytes or more, and little else.
  const batches = total((event) => (event.type === 'write' ? event.bytes : 0));
  assert.ok(bytes.log >= batches + 7 * writes && bytes.log < batches + 7 * writes + bytes.log / 100);
  assert.equal(work.minor, count('flush-end'));
  assert.equal(work.moves, count('move'));
  assert.equal(work.size + work.seek + work.manual, count('move') + count('compaction-end'));
  assert.ok(work.manual > 0);
  assert.equal(
    Object.values(stalls.counts).reduce((sum, each) => sum + each, 0),
    count('stall'),
  );
  assert.ok(reads.gets === counts.operations.get + counts.operations.miss);
  assert.ok(reads.filtered > 0 && reads.blocks > 0 && reads.tables >= reads.filtered + reads.falsePositives);
  // And the last frame is the present.
  const frame = reading.frame(machine.history.length);
  for (const { level, files, bytes: levelBytes } of frame.levels) {
    assert.equal(files, machine.database?.version.levels[level].length);
    assert.equal(levelBytes, machine.database?.version.levelBytes(level));
  }
  assert.equal(
    reading.tables(frame.versionId).numbers.length,
    frame.levels.reduce((n, { files }) => n + files, 0),
  );
});

function eventsOf(machine: PlaygroundMachine): TraceEvent[] {
  // The recorder's own, as a replay of them must come to the same.
  const { replay } = (machine.history as unknown as { recorder: { replay: Replay } }).recorder;
  assert.equal(new Replay(replay.events).at(replay.length).versionId, replay.at(replay.length).versionId);
  return replay.events;
}

test('the same configuration gives the same, tick by tick', () => {
  const run = () => {
    const machine = newMachine({ workload: { seed: 9 } });
    ticks(machine, 4000);
    return stateIn(machine);
  };
  assert.deepEqual(run(), run());
});

test('a write that waits is seen to wait, and goes on when there is room; the background is not pushed', () => {
  const start: PlaygroundStart = {
    workload: { mix: { ...NOTHING, put: 1 }, valueBytes: { min: 500, max: 500 } },
    background: { unit: 'steps', perSecond: 0 },
  };
  const machine = newMachine(start);
  ticks(machine, 1000);
  const { stalls, memtables, counts, clock } = stateIn(machine);
  assert.equal(stalls.waiting?.why, 'memtable full');
  assert.equal(stalls.counts['memtable full'], 1);
  assert.equal(stalls.waitedMilliseconds, clock - stalls.waiting.since);
  assert.ok(stalls.waitedMilliseconds > 500);
  assert.deepEqual(
    memtables.map(({ log }) => log !== undefined),
    [true, false],
  );
  // LevelDB lets a memtable grow by the write that makes it full.
  assert.ok(memtables.every(({ bytes, limit }) => bytes > limit && bytes < limit + 10_000));
  // Nothing was done behind anybody's back.
  assert.equal(stateIn(machine).work.minor, 0);
  assert.equal(machine.operations(10), 0);
  while (stateIn(machine).work.minor === 0) {
    machine.tick();
    assert.equal(machine.client.done, counts.operations.put);
    assert.ok(machine.stepBackground());
  }
  machine.settle();
  machine.tick();
  assert.equal(stateIn(machine).stalls.waiting, undefined);
  assert.equal(machine.client.done, counts.operations.put + 1);
});

test('a long level 0 slows writes down by a millisecond each, a longer one stops them', () => {
  const machine = newMachine({
    database: { level0Files: 1, level0SlowdownFiles: 1, level0StopFiles: 3 },
    workload: {
      keys: 500,
      mix: { ...NOTHING, put: 1, overwrite: 1 },
      valueBytes: { min: 2000, max: 2000 },
      operationsPerSecond: 100_000,
    },
    background: { unit: 'steps', perSecond: 0 },
  });
  // Flushes come before compactions: steps until level 0 has what it should have.
  const flushed = (files: number) => {
    while ((machine.database?.version.levels[0].length ?? 0) < files) {
      while (stateIn(machine).memtables.length < 2) machine.tick();
      const { minor } = machine.tally.work;
      while (machine.tally.work.minor === minor) machine.stepBackground();
      while (machine.history.end.phase === 'flush' || stateIn(machine).memtables.length > 1) {
        machine.stepBackground();
      }
    }
  };
  // The first tables go deeper than level 0 where nothing overlaps them.
  flushed(1);
  const before = stateIn(machine);
  assert.equal(before.levels[0].files, 1);
  for (let i = 0; i < 5; i++) {
    machine.tick();
    assert.equal(stateIn(machine).stalls.waiting?.why, 'slow down');
  }
  const after = stateIn(machine);
  assert.equal(machine.client.done - before.counts.operations.put - before.counts.operations.overwrite, 4);
  assert.equal(after.stalls.counts['slow down'] - before.stalls.counts['slow down'], 5);
  flushed(3);
  ticks(machine, 2000);
  const stopped = stateIn(machine);
  assert.equal(stopped.stalls.waiting?.why, 'too many files in level 0');
  assert.equal(stopped.levels[0].files, 3);
  assert.deepEqual(stopped.due, { why: 'size', level: 0, score: 3 });
  machine.settle();
  ticks(machine, 2);
  assert.notEqual(stateIn(machine).stalls.waiting?.why, 'too many files in level 0');
  assert.equal(DEFAULT_LIMITS.level0StopFiles, 12);
});

test('flush and compaction by hand wait their turn, and what is due is told', () => {
  const machine = newMachine({ background: { unit: 'steps', perSecond: 0 } });
  machine.operations(400);
  const { entries } = stateIn(machine).memtables[0];
  assert.ok(entries > 0);
  machine.flush();
  assert.deepEqual(stateIn(machine).due, { why: 'manual' });
  assert.equal(stateIn(machine).memtables.length, 1);
  machine.stepBackground();
  assert.equal(stateIn(machine).underWay?.rule, 'minor');
  machine.settle();
  const { memtables, work } = stateIn(machine);
  assert.equal(memtables[0].entries, 0);
  assert.equal(work.minor, 1);
  machine.operations(400);
  machine.compact();
  const rules = new Set<string | undefined>();
  while (machine.isManual) {
    machine.stepBackground();
    rules.add(stateIn(machine).underWay?.rule);
  }
  assert.ok(rules.has('minor') && rules.has('manual'), [...rules].join());
  assert.equal(stateIn(machine).levels.filter(({ files }) => files > 0).length, 1);
});

test('the history is bounded: it begins anew, tells what it forgot, and goes on to be right', () => {
  const machine = newMachine({ grain: 'entries' }, { events: 4000, bytes: 1 << 30 });
  let runs = 0;
  let last = 1;
  for (let i = 0; i < 40; i++) {
    ticks(machine, 250);
    const { history, levels } = stateIn(machine);
    assert.ok(history.events <= 4001);
    if (history.run !== last) runs++;
    last = history.run;
    const frame = machine.history.reading.frame(history.events);
    if (history.leftOut.length > 0) continue;
    assert.deepEqual(
      frame.levels.map(({ files, bytes }) => [files, bytes]),
      levels.map(({ files, bytes }) => [files, bytes]),
    );
    assert.equal(frame.phase, stateIn(machine).enginePhase);
    assert.ok(machine.history.reading.tables(frame.versionId));
  }
  assert.ok(runs >= 2, `${runs} runs`);
  assert.ok(stateIn(machine).history.forgotten > 4000);
});

test('time passes by itself in slices, and stands while it is paused', () => {
  const clock = new HandClock();
  const session = new PlaygroundSession(clock);
  session.open({});
  clock.pass(1000);
  assert.equal(session.state().clock, 0);
  session.setRunning(true);
  clock.pass(1000);
  const running = session.state();
  assert.ok(running.clock > 950 && running.clock <= 1000, `${running.clock}`);
  assert.ok(Math.abs(running.rates.operations - 1500) < 50, `${running.rates.operations}`);
  session.setRunning(false);
  clock.pass(1000);
  assert.equal(session.state().clock, running.clock);
  assert.equal(session.step(6).clock, running.clock + 4);
  // Running again, nothing of the pause is made up for.
  session.setRunning(true);
  clock.pass(100);
  assert.ok(session.state().clock <= running.clock + 4 + 100);
  assert.ok(session.events(0, 10, {}).rows[0].type === 'open');
  const { events } = session.state().history;
  assert.equal(session.frame(events).at, events);
  assert.equal(session.find({ types: ['flush-begin'] }, 0, 'forward').found?.type, 'flush-begin');
  session.close();
  clock.pass(1000);
  assert.throws(() => session.state(), /no playground/);
});
