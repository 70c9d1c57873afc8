import type { WritableEnv } from '../env/env';
import type { CompactionJob, CompactionOutcome } from './compaction-job';
import type { FlushJob, FlushOutcome } from './flush-job';
import type { WorkProgress } from './work-board';

/**
 * A thread that works for a database while the database's own goes on writing: one compaction at a time, and in the midst
 * of it a flush; in a recovery flushes, one after the other. It writes tables; the database makes them its own.
 */
export interface BackgroundThread {
  /** Whose files it can reach. */
  readonly env: WritableEnv;
  /** Whether its start comes back in a recovery of so many bytes of logs. */
  isWorthIt(logBytes: number): boolean;
  /** Begins the thread, if it has not begun; returns whether it is up. */
  prepare(): boolean;
  /** Both give undefined where no thread is to be had. */
  compact(job: CompactionJob): WorkElsewhere<CompactionOutcome> | undefined;
  flush(job: FlushJob): WorkElsewhere<FlushOutcome> | undefined;
  /** Ends the thread, once nothing is under way any more. */
  end(): void;
}

/** Work that another thread does. */
export interface WorkElsewhere<Outcome> {
  /** Whether it has come to its end, or its thread has. */
  readonly isDone: boolean;
  readonly progress: WorkProgress;
  /** Returns when it is done, or after so many milliseconds. */
  wait(milliseconds: number): void;
  /** What it came to, when it is done; undefined if its thread died. */
  outcome(): Outcome | undefined;
  /** So that it is not done, if it has not begun; returns whether it is that way. */
  takeBack(): boolean;
  /** Ends it, and returns when nothing more is done of it. */
  stop(): void;
}
