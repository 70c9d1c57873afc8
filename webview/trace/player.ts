// Where one is in a trace, and how one gets on. No DOM: what is shown is told by a listener.

import type { Landmark, LandmarkKind } from '../protocol/trace-event';
import type { TraceFrame, TraceTables } from '../protocol/trace-frame';

/** What the player asks. */
export interface PlayerCalls {
  frame(at: number): Promise<TraceFrame>;
  tables(versionId: number): Promise<TraceTables>;
  nextOf(
    kind: LandmarkKind,
    from: number,
    direction: 'forward' | 'backward',
  ): Promise<Landmark | undefined | null>;
}

/** Times in milliseconds. */
export interface PlayerClock {
  now(): number;
  /** Runs something later; gives what stops it. */
  later(run: () => void, delay: number): () => void;
}

/** Events in a second; or from landmark to landmark. */
export type Speed = number | 'landmarks';

/** The fastest plays a million events in 40 seconds. */
export const SPEEDS: readonly Speed[] = [1, 4, 20, 100, 500, 2500, 25_000, 'landmarks'];

/** No more pictures in a second than eyes can use. */
const LEAST_PAUSE = 40;
/** How long one stays at a landmark. */
const AT_LANDMARK = 800;
const KEPT_TABLES = 16;

export class Player {
  /** The frame that is shown, and the tables of its version. */
  frame: TraceFrame | undefined;
  tables: TraceTables | undefined;
  /** Those before the event, if it changed them. */
  tablesBefore: TraceTables | undefined;
  isPlaying = false;
  /** Why the last frame could not be had. */
  failure: unknown;
  kinds: readonly LandmarkKind[] = [];
  readonly #calls: PlayerCalls;
  readonly #clock: PlayerClock;
  readonly #changed: () => void;
  #run = 0;
  #events = 0;
  #wanted = 0;
  #isAsking = false;
  #speed: Speed = 4;
  /** Where playing began, or the speed was changed, and when. */
  #origin = { at: 0, time: 0 };
  #stop: (() => void) | undefined;
  /** Versions' tables, those used last at the end. */
  readonly #kept = new Map<number, TraceTables>();
  /** Counts what takes one elsewhere: a jump that is under way ends with it. */
  #moves = 0;

  constructor(calls: PlayerCalls, clock: PlayerClock, changed: () => void) {
    this.#calls = calls;
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Where one wants to be: 0 to `events`. The frame follows. */
  get at(): number {
    return this.#wanted;
  }

  get events(): number {
    return this.#events;
  }

  get speed(): Speed {
    return this.#speed;
  }

  set speed(speed: Speed) {
    this.#speed = speed;
    if (!this.isPlaying) return;
    this.#begin();
  }

  /** Another trace: answers about the one before it are dropped. */
  load(run: number, events: number, at: number): void {
    this.pause();
    this.#run = run;
    this.#events = events;
    this.frame = undefined;
    this.tables = undefined;
    this.tablesBefore = undefined;
    this.#kept.clear();
    this.#isAsking = false;
    this.goTo(at);
  }

  /** The same trace has grown: its tables are on another axis. Whoever follows goes along to its end. */
  extend(events: number, isFollowing: boolean): void {
    if (events !== this.#events) this.#kept.clear();
    this.#events = events;
    if (isFollowing && this.#wanted !== events) this.goTo(events);
  }

  goTo(at: number): void {
    this.#moves++;
    this.#move(at);
    if (this.isPlaying) this.#begin();
  }

  step(events: number): void {
    this.pause();
    this.goTo(this.#wanted + events);
  }

  /** To the picture behind the next landmark, or the one before; to the trace's end if there is none. */
  async toLandmark(direction: 'forward' | 'backward'): Promise<boolean> {
    const moves = ++this.#moves;
    const run = this.#run;
    const from = this.#wanted - 1;
    const found = await Promise.all(this.kinds.map((kind) => this.#calls.nextOf(kind, from, direction)));
    // Something else was wanted meanwhile.
    if (moves !== this.#moves || run !== this.#run) return false;
    const indexes = found.flatMap((each) => (each ? [each.index] : []));
    const isForward = direction === 'forward';
    if (indexes.length === 0) {
      this.#move(isForward ? this.#events : 0);
      return false;
    }
    this.#move((isForward ? Math.min(...indexes) : Math.max(...indexes)) + 1);
    this.#origin = { at: this.#wanted, time: this.#clock.now() };
    return true;
  }

  /** From the beginning, if it is at the end. */
  play(): void {
    if (this.isPlaying || this.#events === 0) return;
    if (this.#wanted >= this.#events) this.goTo(0);
    this.isPlaying = true;
    this.#begin();
    this.#changed();
  }

  pause(): void {
    this.#stop?.();
    this.#stop = undefined;
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.#changed();
  }

  #begin(): void {
    this.#origin = { at: this.#wanted, time: this.#clock.now() };
    this.#schedule();
  }

  #schedule(): void {
    this.#stop?.();
    const pause =
      this.#speed === 'landmarks' ? AT_LANDMARK : Math.max(LEAST_PAUSE, Math.ceil(1000 / this.#speed));
    this.#stop = this.#clock.later(() => void this.#tick(), pause);
  }

  async #tick(): Promise<void> {
    this.#stop = undefined;
    const speed = this.#speed;
    if (speed === 'landmarks') {
      const moves = this.#moves + 1;
      // Where frames take longer than one stays, they are waited for.
      if (!this.#isAsking) {
        try {
          await this.toLandmark('forward');
        } catch (error) {
          this.#fail(error);
          return;
        }
        if (moves !== this.#moves) return;
      }
    } else {
      const { at, time } = this.#origin;
      this.#move(at + Math.floor(((this.#clock.now() - time) * speed) / 1000));
    }
    if (!this.isPlaying) return;
    if (this.#wanted >= this.#events) this.pause();
    else this.#schedule();
  }

  #move(at: number): void {
    this.#wanted = Math.min(this.#events, Math.max(0, Math.floor(at)));
    this.#changed();
    void this.#ask();
  }

  /** One frame at a time; the newest one that is wanted is the next. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    const run = this.#run;
    this.#isAsking = true;
    try {
      while (run === this.#run && this.frame?.at !== this.#wanted) {
        const frame = await this.#calls.frame(this.#wanted);
        const tables = run === this.#run ? await this.#tablesOf(frame.versionId) : undefined;
        const before =
          tables && run === this.#run && changesTables(frame)
            ? await this.#tablesOf(frame.versionId - 1)
            : undefined;
        if (!tables || run !== this.#run) return;
        this.failure = undefined;
        this.frame = frame;
        this.tables = tables;
        this.tablesBefore = before;
        this.#changed();
      }
    } catch (error) {
      if (run === this.#run) this.#fail(error);
    } finally {
      if (run === this.#run) this.#isAsking = false;
    }
  }

  async #tablesOf(versionId: number): Promise<TraceTables> {
    const run = this.#run;
    const known = this.#kept.get(versionId);
    const tables = known ?? (await this.#calls.tables(versionId));
    if (run !== this.#run) return tables;
    this.#kept.delete(versionId);
    this.#kept.set(versionId, tables);
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= KEPT_TABLES) break;
      this.#kept.delete(oldest);
    }
    return tables;
  }

  #fail(error: unknown): void {
    this.failure = error;
    this.pause();
    this.#changed();
  }
}

/** Whether tables came or went with the frame's event. */
function changesTables({ event, versionId }: TraceFrame): boolean {
  const type = event?.type;
  return versionId > 0 && (type === 'manifest-edit' || type === 'version');
}
