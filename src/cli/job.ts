import { Progress } from './progress';

/** A job's slice: between slices signals are heard. */
const SLICE_MS = 10;

/** What a shell says of a child that a signal ended. */
const STATUS_OF_SIGNALS = 128;
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
type Signal = keyof typeof SIGNALS;

/** The user pressed Ctrl-C, or somebody else asked the process to end. */
export class Interrupted extends Error {
  readonly status: number;

  constructor(signal: Signal) {
    super(signal);
    this.status = STATUS_OF_SIGNALS + SIGNALS[signal];
  }
}

/**
 * Runs a job to its end in slices, with its progress on a terminal: `describe` may give undefined for what is not worth
 * telling. Ctrl-C ends it at its next step, closing the generator so that it cleans up, and throws Interrupted.
 */
export async function runJob<Event, Result>(
  job: Generator<Event, Result>,
  describe: (event: Event) => string | undefined,
): Promise<Result> {
  const progress = new Progress();
  let interrupted: Signal | undefined;
  const interrupt = (signal: NodeJS.Signals) => {
    interrupted = signal as Signal;
  };
  for (const signal of Object.keys(SIGNALS)) process.once(signal, interrupt);
  try {
    return await runInSlices(job, (event) => {
      if (progress.isDue) progress.show(describe(event));
      if (interrupted) throw new Interrupted(interrupted);
    });
  } finally {
    for (const signal of Object.keys(SIGNALS)) process.off(signal, interrupt);
    progress.clear();
  }
}

/**
 * As runJob, without a progress, and a signal ends the process at once: for jobs that have nothing to clean up, and may hear
 * nothing for long, as one that prints while nobody reads.
 */
export async function runInSlices<Event, Result>(
  job: Generator<Event, Result>,
  onStep?: (event: Event) => void,
): Promise<Result> {
  try {
    let sliceEnd = Date.now() + SLICE_MS;
    for (;;) {
      const step = job.next();
      if (step.done) return step.value;
      if (Date.now() >= sliceEnd) {
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = Date.now() + SLICE_MS;
      }
      onStep?.(step.value);
    }
  } finally {
    job.return(undefined as Result);
  }
}
