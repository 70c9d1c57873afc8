import type { StallReason, StallState } from './playground-api';

/** Writes that wait: how many, for what, how long. */
export class PlaygroundStalls {
  private readonly counts: StallState['counts'] = {
    'slow down': 0,
    'memtable full': 0,
    'too many files in level 0': 0,
  };
  private milliseconds = 0;
  private waiting: StallState['waiting'];

  /** What the next write waits for. */
  get why(): StallReason | undefined {
    return this.waiting?.why;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  get state(): StallState {
    const { counts, milliseconds: waitedMilliseconds, waiting } = this;
    return { counts: { ...counts }, waitedMilliseconds, waiting: waiting && { ...waiting } };
  }

  count(why: StallReason): number {
    return this.counts[why];
  }

  /** The next write has to wait; false if it does so already for the same reason. `now` is of the clock. */
  begin(why: StallReason, now: number): boolean {
    if (this.waiting?.why === why) return false;
    this.counts[why]++;
    this.waiting = { why, since: now };
    return true;
  }

  end(): void {
    this.waiting = undefined;
  }

  /** A millisecond has passed. */
  tick(): void {
    if (this.waiting) this.milliseconds++;
  }
}
