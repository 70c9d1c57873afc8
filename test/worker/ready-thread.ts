import type { FlushJob } from '../../src/engine/db/flush-job';
import { BackgroundWorker } from '../../src/worker/background-worker';

const MOST_MS = 3000;

/** A thread that is up before it is asked for anything, unless it never is; small logs are worth it, too. */
export class ReadyThread extends BackgroundWorker {
  flushes = 0;
  finished = 0;
  private hasWaited = false;

  override isWorthIt(): boolean {
    return true;
  }

  override prepare(): boolean {
    const isUp = super.prepare();
    if (isUp || this.hasWaited) return isUp;
    const until = performance.now() + MOST_MS;
    while (!super.prepare() && performance.now() < until) {}
    this.hasWaited = true;
    return super.prepare();
  }

  override flush(job: FlushJob) {
    const work = super.flush(job);
    if (!work) return undefined;
    this.flushes++;
    const outcome = work.outcome.bind(work);
    work.outcome = () => {
      const result = outcome();
      if (result?.file) this.finished++;
      return result;
    };
    return work;
  }
}
