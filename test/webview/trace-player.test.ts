// Playing a trace, without a page: a clock that tests turn, and frames that come when tests let them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Landmark, LandmarkKind } from '../../webview/protocol/trace-event';
import type { TraceFrame, TraceTables } from '../../webview/protocol/trace-frame';
import { Player, type PlayerClock, SPEEDS } from '../../webview/trace/player';

class TurnedClock implements PlayerClock {
  time = 0;
  #next = 0;
  readonly #waiting = new Map<number, { at: number; run: () => void }>();

  now(): number {
    return this.time;
  }

  later(run: () => void, delay: number): () => void {
    const id = this.#next++;
    this.#waiting.set(id, { at: this.time + delay, run });
    return () => this.#waiting.delete(id);
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** Lets time pass, and answers come after each thing that was to be done. */
  async turn(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.#waiting].sort(([, a], [, b]) => a.at - b.at)[0];
      if (!due || due[1].at > end) break;
      this.#waiting.delete(due[0]);
      this.time = due[1].at;
      due[1].run();
      await settled();
    }
    this.time = end;
    await settled();
  }
}

/** All promises that need no clock. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Events of which every tenth is a decision and makes another version. */
class Source {
  events = 100;
  run = 'first';
  readonly frames: number[] = [];
  readonly versions: number[] = [];
  underWay = 0;
  most = 0;
  /** Answers wait for `release`, if it is set. */
  holds = false;
  release: () => void = () => {};

  async frame(at: number): Promise<TraceFrame> {
    this.frames.push(at);
    this.most = Math.max(this.most, ++this.underWay);
    const directory = this.run;
    if (this.holds) {
      await new Promise<void>((resolve) => {
        this.release = resolve;
      });
    }
    this.underWay--;
    const type = at % 10 === 0 ? 'version' : 'input-block';
    const event = at === 0 ? undefined : { index: at - 1, type, text: '' };
    return { at, events: this.events, event, versionId: Math.floor(at / 10), directory } as TraceFrame;
  }

  async tables(versionId: number): Promise<TraceTables> {
    this.versions.push(versionId);
    return { versionId } as TraceTables;
  }

  async nextOf(kind: LandmarkKind, from: number, direction: string): Promise<Landmark | undefined> {
    if (kind !== 'decision') return undefined;
    // Events 9, 19, 29, ...
    const index =
      direction === 'forward' ? Math.floor((from + 1) / 10) * 10 + 9 : Math.ceil((from - 9) / 10) * 10 - 1;
    return index < 0 || index >= this.events ? undefined : ({ kind, index } as Landmark);
  }
}

function newPlayer(events = 100) {
  const source = new Source();
  source.events = events;
  const clock = new TurnedClock();
  const shown: (number | undefined)[] = [];
  const player: Player = new Player(source, clock, () => {
    const at = player.frame?.at;
    if (shown.at(-1) !== at) shown.push(at);
  });
  player.load(1, events, 0);
  return { source, clock, player, shown };
}

test('steps forward and back show each event once, and end at the ends', async () => {
  const { player, source } = newPlayer();
  await settled();
  for (let i = 0; i < 25; i++) {
    player.step(1);
    await settled();
    assert.equal(player.frame?.at, i + 1);
  }
  for (let i = 0; i < 25; i++) {
    player.step(-1);
    await settled();
  }
  assert.equal(player.frame?.at, 0);
  player.step(-1);
  player.goTo(1000);
  await settled();
  assert.equal(player.frame?.at, 100);
  assert.equal(source.frames.length, 52);
  assert.equal(source.most, 1);
});

test('tables are asked for when the version is another one, and those asked for last are kept', async () => {
  const { player, source } = newPlayer();
  await settled();
  for (let i = 0; i < 25; i++) {
    player.step(1);
    await settled();
    assert.equal(player.tables?.versionId, Math.floor((i + 1) / 10));
    assert.equal(player.tablesBefore?.versionId, (i + 1) % 10 === 0 ? (i + 1) / 10 - 1 : undefined);
  }
  player.goTo(3);
  await settled();
  assert.deepEqual(source.versions, [0, 1, 2]);
});

test('one frame is asked for at a time, and the newest that is wanted comes next', async () => {
  const { player, source } = newPlayer();
  await settled();
  source.holds = true;
  for (let k = 1; k <= 50; k++) player.goTo(k);
  assert.equal(player.at, 50);
  await settled();
  source.release();
  await settled();
  source.release();
  await settled();
  assert.deepEqual(source.frames, [0, 1, 50]);
  assert.equal(player.frame?.at, 50);
  assert.equal(source.most, 1);
});

test('an answer about another recording is dropped', async () => {
  const { player, source } = newPlayer();
  await settled();
  source.holds = true;
  player.goTo(7);
  await settled();
  const { release } = source;
  source.run = 'second';
  source.holds = false;
  player.load(2, 40, 7);
  await settled();
  assert.equal(player.frame?.directory, 'second');
  release();
  await settled();
  assert.equal(player.frame?.directory, 'second');
  assert.equal(player.events, 40);
});

test('playing shows so many events in a second, pauses, and ends at the end', async () => {
  const { player, clock, shown } = newPlayer();
  await settled();
  player.speed = 4;
  player.play();
  await clock.turn(2500);
  assert.equal(player.frame?.at, 10);
  assert.deepEqual(shown.slice(-11), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  player.pause();
  await clock.turn(5000);
  assert.equal(player.frame?.at, 10);
  assert.equal(clock.waiting, 0);
  player.play();
  player.speed = 20;
  await clock.turn(1000);
  assert.equal(player.frame?.at, 30);
  player.goTo(50);
  await clock.turn(1000);
  assert.equal(player.frame?.at, 70, 'it plays on from where one goes');
  await clock.turn(10_000);
  assert.equal(player.frame?.at, 100);
  assert.equal(player.isPlaying, false);
  player.play();
  await clock.turn(500);
  assert.equal(player.frame?.at, 10, 'from the beginning again');
});

test('a million events are played in less than a minute, in no more frames than 25 in a second', async () => {
  const { player, clock, source } = newPlayer(1_000_000);
  await settled();
  player.speed = Math.max(...SPEEDS.filter((speed) => typeof speed === 'number'));
  player.play();
  let seconds = 0;
  while (player.isPlaying) {
    await clock.turn(1000);
    seconds++;
  }
  assert.equal(player.frame?.at, 1_000_000);
  assert.ok(seconds < 60, `${seconds} s`);
  assert.ok(source.frames.length <= 25 * seconds + 2, `${source.frames.length} frames`);
});

test('landmarks are gone to forward and back, and played', async () => {
  const { player, clock, shown } = newPlayer();
  await settled();
  player.kinds = ['error', 'decision'];
  assert.equal(await player.toLandmark('forward'), true);
  assert.equal(player.at, 10);
  await player.toLandmark('forward');
  assert.equal(player.at, 20);
  player.goTo(25);
  await player.toLandmark('backward');
  assert.equal(player.at, 20);
  await player.toLandmark('backward');
  assert.equal(player.at, 10);
  assert.equal(await player.toLandmark('backward'), false);
  assert.equal(player.at, 0);
  await settled();
  player.speed = 'landmarks';
  shown.length = 0;
  player.play();
  await clock.turn(20_000);
  assert.deepEqual(shown, [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  assert.equal(player.isPlaying, false);

  player.speed = 4;
  player.goTo(5);
  player.play();
  await clock.turn(250);
  await player.toLandmark('forward');
  await clock.turn(500);
  assert.equal(player.frame?.at, 12, 'it plays on from the landmark');
});

test('a jump that is overtaken by another place does not take one away from it', async () => {
  const { player } = newPlayer();
  await settled();
  player.kinds = ['decision'];
  const jump = player.toLandmark('forward');
  player.goTo(3);
  assert.equal(await jump, false);
  assert.equal(player.at, 3);
});

test('a frame that cannot be had pauses and is told, and the next one clears it', async () => {
  const { player, source, clock } = newPlayer();
  await settled();
  const { frame } = source;
  source.frame = async () => {
    throw new Error('gone');
  };
  player.play();
  await clock.turn(1000);
  assert.equal(player.isPlaying, false);
  assert.equal((player.failure as Error).message, 'gone');
  source.frame = frame;
  player.goTo(5);
  await settled();
  assert.equal(player.failure, undefined);
  assert.equal(player.frame?.at, 5);
});

test('a trace that grows takes along who follows, and nobody else; its tables are asked for again', async () => {
  const { player, source } = newPlayer();
  await settled();
  player.extend(120, false);
  assert.deepEqual([player.at, player.events], [0, 120]);
  player.goTo(100);
  await settled();
  source.versions.length = 0;
  player.extend(150, true);
  await settled();
  assert.deepEqual([player.at, player.frame?.at], [150, 150]);
  // On an axis of its own: version 14 and 15 are those of this frame.
  player.goTo(100);
  await settled();
  assert.ok(source.versions.includes(15) && source.versions.includes(10));
  const asked = source.versions.length;
  player.extend(150, true);
  await settled();
  assert.deepEqual([player.at, source.versions.length], [150, asked]);
});
