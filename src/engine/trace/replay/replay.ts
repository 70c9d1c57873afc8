import type { TraceEvent } from '../events';
import type { LogProgress, OutputProgress } from './progress';
import { type HasTable, ReplayState } from './state';
import { TraceIndex } from './trace-index';

/** Events between two copies of the state. */
export const CHECKPOINT_EVENTS = 1024;

/**
 * A trace, and the picture after any number of its events. A step forward costs what its event costs; a step back or a
 * jump costs at most CHECKPOINT_EVENTS of them. Events can be added as they happen.
 */
export class Replay {
  readonly events: TraceEvent[] = [];
  readonly index = new TraceIndex();
  /** How many events were applied by `at`, for whoever counts. */
  applied = 0;
  /** Logs at their end, by the index of their `log-begin`; outputs by that of their `output-end`. */
  private readonly logs = new Map<number, LogProgress>();
  private readonly outputs = new Map<number, OutputProgress>();
  private readonly checkpoints: ReplayState[] = [];
  /** After all events. */
  private readonly last: ReplayState;
  private position: ReplayState;
  private readonly hasTable: HasTable = (level, table, version) =>
    this.index.tables.has(level, table, version);

  constructor(events: Iterable<TraceEvent> = []) {
    this.last = this.newState();
    this.position = this.newState();
    for (const event of events) this.append(event);
  }

  get length(): number {
    return this.events.length;
  }

  append(event: TraceEvent): void {
    const { events, index, last } = this;
    const at = events.length;
    if (at % CHECKPOINT_EVENTS === 0) this.checkpoints.push(last.clone());
    events.push(event);
    index.add(event, at);
    if (event.type === 'output-end') {
      const output = last.compaction?.output;
      const { file, entries, why } = event;
      if (output) this.outputs.set(at, { ...output, file, entries, why, bytes: Number(file.size) });
    }
    last.apply(event);
    if (event.type === 'log-end' && last.log) this.logs.set(last.log.event, { ...last.log });
  }

  /** A state before every event. */
  newState(): ReplayState {
    return new ReplayState(this.hasTable);
  }

  /** The state after the first `k` events. It belongs to the replay, and holds until it is asked again. */
  at(k: number): ReplayState {
    const wanted = Math.min(Math.max(0, Math.trunc(k)), this.events.length);
    const checkpoint = Math.min(Math.floor(wanted / CHECKPOINT_EVENTS), this.checkpoints.length - 1);
    const { events: present } = this.position;
    if (present > wanted || present < checkpoint * CHECKPOINT_EVENTS) {
      this.position = checkpoint < 0 ? this.newState() : this.checkpoints[checkpoint].clone();
    }
    while (this.position.events < wanted) {
      this.position.apply(this.events[this.position.events]);
      this.applied++;
    }
    return this.position;
  }

  /** A log as a state has it: under way, or as it was at its end. `event` is the index of its `log-begin`. */
  logAt(state: ReplayState, event: number): LogProgress | undefined {
    return state.log?.event === event ? state.log : this.logs.get(event);
  }

  /** An output that is finished. `event` is the index of its `output-end`. */
  outputAt(event: number): OutputProgress | undefined {
    return this.outputs.get(event);
  }
}
