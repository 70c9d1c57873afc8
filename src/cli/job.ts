import { Progress } from './progress';

/** A job's slice: between slices signals are heard. */
const SLICE_MS = 10;

/** The user pressed Ctrl-C. */
export class Interrupted extends Error {}

/**
 * Runs a job to its end in slices, with its progress on a terminal. Ctrl-C ends it at its next step, closing the
 * generator so that it cleans up, and throws Interrupted.
 */
export async function runJob<Event, Result>(
  job: Generator<Event, Result>,
  describe: (event: Event) => string,
): Promise<Result> {
  const progress = new Progress();
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  try {
    let sliceEnd = Date.now() + SLICE_MS;
    for (;;) {
      const step = job.next();
      if (step.done) return step.value;
      progress.show(describe(step.value));
      if (Date.now() >= sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = Date.now() + SLICE_MS;
      }
      if (interrupted) throw new Interrupted();
    }
  } finally {
    process.off('SIGINT', interrupt);
    job.return(undefined as Result);
    progress.clear();
  }
}
