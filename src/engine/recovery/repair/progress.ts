import type { TraceEvent } from '../../trace/events';

/** What is being done, for people who wait. */
export interface RepairProgress {
  type: 'progress';
  text: string;
}

export type RepairSteps<Result> = Generator<TraceEvent | RepairProgress, Result>;

export function progress(text: string): RepairProgress {
  return { type: 'progress', text };
}
