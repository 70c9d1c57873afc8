import type { PlaygroundStart } from '../../src/worker/playground-api';
import { visibleEntries } from '../../src/worker/playground-client';
import type { Clock } from '../../src/worker/playground-clock';
import { playgroundConfig } from '../../src/worker/playground-config';
import { PlaygroundMachine } from '../../src/worker/playground-machine';
import { writeOf } from '../../src/worker/playground-values';
import type { RecordLimits } from '../../src/worker/trace-recorder';

/** Time that passes only where a test lets it. */
export class HandClock implements Clock {
  private time = 0;
  private waiting: { action: () => void; at: number }[] = [];

  now(): number {
    return this.time;
  }

  later(action: () => void, milliseconds: number): () => void {
    const entry = { action, at: this.time + milliseconds };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((each) => each !== entry);
    };
  }

  pass(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const next = this.waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.waiting = this.waiting.filter((each) => each !== next);
      this.time = Math.max(this.time, next.at);
      next.action();
    }
    this.time = end;
  }
}

export function newMachine(start: PlaygroundStart = {}, limits?: RecordLimits): PlaygroundMachine {
  return new PlaygroundMachine(playgroundConfig(start), limits);
}

export function ticks(machine: PlaygroundMachine, milliseconds: number): void {
  for (let i = 0; i < milliseconds; i++) machine.tick();
}

/** The write that each key of the database is from. */
export function contentsOf(machine: PlaygroundMachine): Map<number, number | undefined> {
  const found = new Map<number, number | undefined>();
  for (const [key, value] of visibleEntries(machine.database!, machine.env)) found.set(key, writeOf(value));
  return found;
}

/** What the acknowledged writes come to. */
export function expectedOf({ model }: PlaygroundMachine): Map<number, number | undefined> {
  const expected = new Map<number, number | undefined>();
  for (let key = 0; key < model.keys; key++) {
    const write = model.expected(key);
    if (write !== undefined) expected.set(key, write);
  }
  return expected;
}
