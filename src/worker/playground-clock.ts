/** Real time, and what a session waits for; tests have one of their own. */
export interface Clock {
  /** Milliseconds from some moment on. */
  now(): number;
  /** Returns what takes it back. */
  later(action: () => void, milliseconds: number): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  later: (action, milliseconds) => {
    const timer = setTimeout(action, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** One slice of work: a call that comes meanwhile waits no longer. */
const SLICE_MS = 10;
/** Between two slices. */
const PAUSE_MS = 6;
/** What the machine was too slow for is let go from here on. */
const MAX_BEHIND_MS = 100;

/** Lets the milliseconds of real time pass one by one, in slices between the calls that the thread serves. */
export class Pacemaker {
  /** Milliseconds that were let go. */
  skipped = 0;
  private readonly clock: Clock;
  private readonly tick: () => void;
  private readonly onSlice: () => void;
  private cancel: (() => void) | undefined;
  /** Up to when time has passed. */
  private passed = 0;

  /** `tick` is called for each millisecond, `onSlice` after some of them. */
  constructor(clock: Clock, tick: () => void, onSlice: () => void) {
    this.clock = clock;
    this.tick = tick;
    this.onSlice = onSlice;
  }

  get isRunning(): boolean {
    return this.cancel !== undefined;
  }

  start(): void {
    if (this.cancel) return;
    this.passed = this.clock.now();
    this.schedule();
  }

  stop(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private schedule(): void {
    this.cancel = this.clock.later(() => this.slice(), PAUSE_MS);
  }

  private slice(): void {
    const { clock } = this;
    const now = clock.now();
    while (this.isRunning && this.passed + 1 <= now && clock.now() - now < SLICE_MS) {
      this.passed++;
      this.tick();
    }
    const behind = now - this.passed;
    if (behind > MAX_BEHIND_MS) {
      this.skipped += Math.floor(behind);
      this.passed += Math.floor(behind);
    }
    // Each may stop it.
    if (this.isRunning) this.onSlice();
    if (this.isRunning) this.schedule();
  }
}
