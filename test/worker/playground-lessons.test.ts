// Every lesson of the playground from its start to its end, as its page would lead through it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventOf, TraceEvent } from '../../src/engine/trace/events';
import { headerLine, TraceReader } from '../../src/engine/trace/trace-file';
import type { LessonAction, LessonId, PlaygroundState } from '../../src/worker/playground-api';
import { LESSONS } from '../../src/worker/playground-lessons';
import { PlaygroundSession } from '../../src/worker/playground-session';
import { HandClock } from './playground-helpers';

const MINUTE = 60_000;

function perform(session: PlaygroundSession, clock: HandClock, action: LessonAction): PlaygroundState {
  switch (action.kind) {
    case 'change-and-run':
      session.change(action.changes);
      return run(session, clock);
    case 'run':
      return run(session, clock);
    case 'step':
      return session.step(action.operations);
    case 'step-background':
      return session.stepBackground();
    case 'compact':
      return session.compact();
    case 'flush':
      return session.flush();
    case 'pull-plug':
      return session.pullPlug(action.options);
    case 'recover':
      return session.recover(action.options);
    case 'change':
      return session.change(action.changes);
  }
}

interface Lesson {
  /** After each step. */
  states: PlaygroundState[];
  /** All of the history. */
  events: TraceEvent[];
}

/** What each lesson is to show, besides its steps being done. */
const SHOWN: { [Id in LessonId]: (lesson: Lesson) => void } = {
  'write-path': ({ states: [one, , , table], events }) => {
    // One record: a header of 7 bytes, one batch.
    const [write] = events.filter((event) => event.type === 'write');
    assert.equal(one.bytes.log, 7 + write.bytes);
    assert.equal(one.durability.acknowledged, 1);
    assert.equal(
      table.levels.reduce((sum, { files }) => sum + files, 0),
      1,
    );
    assert.ok(table.durability.durable > 0);
  },
  'read-path': ({ states: [one, gets, misses, scans] }) => {
    assert.equal(one.reads.gets, 1);
    assert.equal(gets.counts.misses, 0);
    // Nearly none of the keys that are not there costs a block.
    assert.ok(misses.reads.filtered - gets.reads.filtered >= 200);
    assert.ok(misses.reads.blocks - gets.reads.blocks <= 12);
    assert.ok(scans.counts.scanned >= 500);
  },
  'minor-compaction': ({ states: [fill, stall, begin, finish, hand, table] }) => {
    assert.equal(fill.memtables.length, 2);
    assert.equal(stall.stalls.waiting?.why, 'memtable full');
    assert.equal(begin.underWay?.rule, 'minor');
    assert.ok(finish.work.minor > begin.work.minor && finish.work.size + finish.work.manual === 0);
    assert.equal(hand.due?.why, hand.memtables.length > 1 ? 'memtable' : 'manual');
    assert.ok(table.work.minor > hand.work.minor);
  },
  'size-compaction': ({ states, events }) => {
    const picks = events.filter((event) => event.type === 'pick');
    assert.ok(picks.length > 2);
    for (const { reason, scores, level } of picks) {
      assert.equal(reason, 'size');
      assert.ok(scores[level] >= 1 && scores[level] === Math.max(...scores));
    }
    assert.ok(picks.some(({ level }) => level === 0) && picks.some(({ level }) => level === 1));
    assert.equal(states[3].work.seek + states[3].work.manual, 0);
  },
  'seek-compaction': ({ states: [, , compacted, afterwards], events }) => {
    const pickAt = events.findIndex((event) => event.type === 'pick' && event.reason === 'seek');
    const pick = events[pickAt] as EventOf<'pick'>;
    // No level was due by its size; the table had cost the seeks that it may cost.
    assert.ok(Math.max(...pick.scores) < 1);
    const charges = events
      .slice(0, pickAt)
      .filter((event) => event.type === 'seek-charge' && event.table === pick.first);
    assert.ok(charges.length >= 100, `${charges.length}`);
    assert.deepEqual([compacted.work.seek, compacted.work.size], [1, 0]);
    assert.equal(afterwards.reads.seekCharges, compacted.reads.seekCharges);
  },
  'manual-compaction': ({ states: [asked, , through], events }) => {
    assert.ok(asked.due?.why === 'manual' || asked.due?.why === 'memtable');
    const range = events.findIndex((event) => event.type === 'compact-range');
    const picks = events.slice(range).filter((event) => event.type === 'pick');
    assert.ok(picks.filter(({ reason }) => reason === 'manual').length >= 2);
    assert.ok(through.work.manual >= 2);
    assert.equal(through.levels.filter(({ files }) => files > 0).length, 1);
  },
  recovery: ({ states: [unsynced, off, begun, stepped, finished] }) => {
    const { acknowledged, durable, promised } = unsynced.durability;
    assert.ok(durable >= promised && durable < acknowledged && promised > 0);
    assert.deepEqual([off.phase, begun.phase, stepped.phase], ['off', 'recovering', 'recovering']);
    const { survived, lost, lostPromised } = finished.recovery!;
    assert.deepEqual([survived, lost, lostPromised], [durable, acknowledged - durable, 0]);
  },
  'deletes-take-space': ({ states: [half, all, , freed] }) => {
    assert.ok(half.space.liveKeys > 0);
    assert.equal(all.space.liveBytes, 0);
    assert.ok(all.space.disk > 10_000);
    // Not a single entry is left.
    assert.deepEqual([freed.space.tables, freed.levels.reduce((sum, { files }) => sum + files, 0)], [0, 0]);
  },
  promises: ({ states: [, , lost, , , kept] }) => {
    assert.ok(lost.recovery!.lost >= 100 && lost.recovery!.lostPromised === 0);
    assert.equal(kept.recovery!.lost, 0);
    assert.equal(kept.recovery!.survived, kept.recovery!.acknowledged);
  },
};

function run(session: PlaygroundSession, clock: HandClock): PlaygroundState {
  session.setRunning(true);
  clock.pass(MINUTE);
  return session.state();
}

/** As a page gets them. */
function eventsOf(session: PlaygroundSession, count: number): TraceEvent[] {
  const reader = new TraceReader('history');
  const [open] = [session.eventJson(0)];
  const { options, grain } = JSON.parse(open);
  reader.read(
    headerLine({ engine: 'test', grain, options, database: undefined, dryRun: false, leftOut: undefined }),
  );
  return Array.from({ length: count }, (_, i) => reader.read(session.eventJson(i))!);
}

test('there is a lesson for each name', () => {
  assert.deepEqual(LESSONS.map(({ id }) => id).sort(), Object.keys(SHOWN).sort());
});

for (const { id, steps } of LESSONS) {
  test(`${id}: each step is done by what it offers, and shows what it is to show`, () => {
    const clock = new HandClock();
    const session = new PlaygroundSession(clock);
    let state = session.openLesson(id);
    const states: PlaygroundState[] = [];
    assert.equal(state.lesson?.current, 0);
    assert.ok(steps.length >= 3 && steps.length <= 6);
    for (const [i, step] of steps.entries()) {
      for (let attempt = 0; state.lesson?.current === i && attempt < 500; attempt++) {
        const before = session.state();
        state = perform(session, clock, step.action);
        // A step that nobody has taken is not done.
        assert.equal(before.lesson?.steps[i].isDone, false);
      }
      assert.equal(state.lesson?.current, i + 1, `${step.id} is not done, or more than it`);
      assert.equal(state.lesson?.steps[i].isDone, true);
      assert.equal(state.isRunning, false, step.id);
      assert.equal(state.failure, undefined);
      states.push(state);
    }
    assert.equal(state.history.run, 1);
    SHOWN[id]({ states, events: eventsOf(session, state.history.events) });
    assert.equal(state.counts.wrong, 0);
    session.close();
  });
}
