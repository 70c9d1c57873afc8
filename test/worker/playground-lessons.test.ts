// Every lesson of the playground from its start to its end, as its page would lead through it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LessonAction, PlaygroundState } from '../../src/worker/playground-api';
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

function run(session: PlaygroundSession, clock: HandClock): PlaygroundState {
  session.setRunning(true);
  clock.pass(MINUTE);
  return session.state();
}

for (const { id, steps } of LESSONS) {
  test(`${id}: each step is done by what it offers, and no step before it`, () => {
    const clock = new HandClock();
    const session = new PlaygroundSession(clock);
    let state = session.openLesson(id);
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
    }
    assert.equal(state.counts.wrong, 0);
    session.close();
  });
}
