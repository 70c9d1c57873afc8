import type { TraceEvent } from '../engine/trace/events';
import type { ReplayState } from '../engine/trace/replay/state';
import type { HistoryState } from './playground-api';
import { ReplayReading } from './replay-reading';
import { type RecordLimits, TraceRecorder } from './trace-recorder';

export const HISTORY_LIMITS: RecordLimits = { events: 500_000, bytes: 128 << 20 };

/** From this share of the limits on it begins anew at the next quiet moment; behind that it leaves out what is fine. */
const FULL_SHARE = 0.75;

/** The history of a playground: a trace that grows, in bounded memory. When it is full, a new one begins. */
export class PlaygroundHistory {
  private readonly limits: RecordLimits;
  private recorder: TraceRecorder;
  private current: ReplayReading;
  private run = 1;
  private forgotten = 0;

  constructor(limits: RecordLimits = HISTORY_LIMITS) {
    this.limits = limits;
    this.recorder = new TraceRecorder(limits);
    this.current = new ReplayReading(this.recorder.replay);
  }

  get reading(): ReplayReading {
    return this.current;
  }

  get length(): number {
    return this.recorder.replay.length;
  }

  /** After its last event. */
  get end(): ReplayState {
    const { replay } = this.recorder;
    return replay.at(replay.length);
  }

  get state(): HistoryState {
    const { run, forgotten, length: events } = this;
    return { run, events, forgotten, leftOut: this.recorder.leftOut.map((each) => ({ ...each })) };
  }

  get isFull(): boolean {
    return this.recorder.share >= FULL_SHARE;
  }

  listen(event: TraceEvent): void {
    this.recorder.listen(event);
  }

  /** With events that give the picture as it is. */
  beginAnew(beginning: readonly TraceEvent[]): void {
    const { replay, leftOut } = this.recorder;
    this.forgotten += replay.length + leftOut.reduce((sum, { events }) => sum + events, 0);
    this.run++;
    this.recorder = new TraceRecorder(this.limits);
    this.current = new ReplayReading(this.recorder.replay);
    for (const event of beginning) this.recorder.listen(event);
  }
}
