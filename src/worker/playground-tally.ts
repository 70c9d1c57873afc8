import type { TraceEvent } from '../engine/trace/events';
import type { WorkCounts, WorkRule } from './playground-api';
import type { PlaygroundEnv } from './playground-env';

/** A step of the background takes at least as long as so many bytes. */
const LEAST_BYTES = 256;

/** What the engine does in the background, counted by the rule that it follows. */
export class PlaygroundTally {
  readonly work: WorkCounts = { minor: 0, size: 0, seek: 0, manual: 0, moves: 0 };
  /** Of those by size: from level 1 on. */
  deeperSize = 0;
  private readonly env: PlaygroundEnv;
  private flushing: 'recovery' | 'writing' = 'writing';
  private picked: { rule: WorkRule; level: number } | undefined;
  /** A table has its place, and counts when the edit that says so is written. */
  private placed: 'minor' | 'move' | undefined;

  constructor(env: PlaygroundEnv) {
    this.env = env;
  }

  listen(event: TraceEvent): void {
    switch (event.type) {
      case 'flush-begin':
        this.env.countAsFlush(event.table);
        this.flushing = event.during;
        break;
      case 'flush-end':
        if (event.file && this.flushing === 'writing') this.placed = 'minor';
        break;
      case 'pick':
        this.picked = { rule: event.reason, level: event.level };
        break;
      case 'move':
        this.placed = 'move';
        break;
      case 'version':
        if (this.placed === 'minor') this.work.minor++;
        if (this.placed === 'move') {
          this.work.moves++;
          this.endCompaction();
        }
        this.placed = undefined;
        break;
      // Its edit is written by then.
      case 'compaction-end':
        this.endCompaction();
        break;
      // What was under way is gone.
      case 'open':
        this.picked = undefined;
        this.placed = undefined;
        break;
    }
  }

  private endCompaction(): void {
    const { picked } = this;
    this.picked = undefined;
    if (!picked) return;
    this.work[picked.rule]++;
    if (picked.rule === 'size' && picked.level > 0) this.deeperSize++;
  }
}

/** Bytes that a step of the background has read or written, for a background whose speed is that of a disk. */
export function bytesOfStep(event: TraceEvent): number {
  switch (event.type) {
    case 'input-block':
    case 'output-block':
    case 'log-batch':
      return Math.max(LEAST_BYTES, event.bytes);
    default:
      return LEAST_BYTES;
  }
}
