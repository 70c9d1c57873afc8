import { LsmError } from '../engine/problem';

/**
 * Steps a job as long as what it reads is the present state. A file that is opened anew is closed under the job, which
 * would take that for damage: it ends with `vanished` instead.
 */
export function* whileHeld<Step, Result>(
  job: Generator<Step, Result>,
  isHeld: () => boolean,
): Generator<Step, Result> {
  try {
    for (;;) {
      if (!isHeld()) throw new LsmError('IO error', 'vanished', 'the file was opened anew meanwhile');
      const step = job.next();
      if (step.done) return step.value;
      yield step.value;
    }
  } finally {
    job.return(undefined as never);
  }
}
