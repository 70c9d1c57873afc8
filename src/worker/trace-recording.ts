import type { Options } from '../engine/db/options';
import { EnvError } from '../engine/env/env';
import { LsmError } from '../engine/problem';
import { ChangeWatch } from './change-watch';
import { changeIn } from './change-work';
import type { HeldDryRun } from './held-dry-run';
import type { JobOf } from './job';
import type { RecordOptions, TraceRequest } from './trace-api';
import type { TraceRecorder } from './trace-recorder';

/**
 * Does in the dry run what was asked, and tells the recorder everything. False if the database failed: then the trace
 * ends with that error. Throws what is no failure of the database, such as wrong options.
 */
export function* recordOn(
  { dryRun }: HeldDryRun,
  request: TraceRequest,
  options: RecordOptions,
  recorder: TraceRecorder,
): JobOf<boolean> {
  const watch = new ChangeWatch();
  const trace: Options['trace'] = (event) => {
    recorder.listen(event);
    watch.listen(event);
  };
  const steps = changeIn(dryRun, { ...optionsOf(dryRun, options), trace }, request, () => {});
  try {
    for (;;) {
      const step = steps.next();
      if (step.done) return true;
      yield { ...watch.progress };
    }
  } catch (error) {
    const isTold =
      recorder.replay.events.at(-1)?.type === 'error' || recorder.replay.index.all('error').length > 0;
    if (isTold && (error instanceof LsmError || error instanceof EnvError)) return false;
    throw error;
  } finally {
    // Closes the database when the job is cancelled.
    steps.return(undefined as never);
  }
}

/** How a recording opens the database. */
export function optionsOf(
  dryRun: HeldDryRun['dryRun'],
  { chosen, limits, grain, paranoid, writeBufferSize }: RecordOptions,
): Options {
  return {
    ...dryRun.options(chosen),
    traceGrain: grain,
    paranoidChecks: paranoid,
    writeBufferSize,
    limits,
  };
}
