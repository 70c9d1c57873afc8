import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { sharedKernel } from '../engine/kernel/kernel';
import type { HelpRequest, VerifyHelpers } from '../engine/recovery/verify-help';

/** A helper's `workerData`. */
export interface HelperStart {
  /** The kernel, compiled; undefined where there is none. */
  kernel: object | undefined;
  verify: HelpRequest;
}

/** Threads of one job, the caller's included. More wait for the disk rather than for a processor. */
const MAX_THREADS = 8;
/** Tables of less are verified before a thread is up. */
const MIN_BYTES = 32 << 20;
const MIN_CHECKSUM_BYTES = 96 << 20;
/** As a worker's: what a hostile file makes of a helper ends with it, and who asked does that part. */
const MAX_HEAP_MB = 2048;

/**
 * Threads that help with one job at a time, one for each processor but the caller's own. One that does not start or that
 * dies helps no more; nothing else comes of it.
 */
export class HelperThreads implements VerifyHelpers {
  private readonly script: string;
  private readonly threads: number;
  private readonly minBytes: number | undefined;
  private readonly workers = new Set<Worker>();

  /** `script` is the helper's bundle. The helpers, and from how many bytes on they are worth it, are chosen by tests. */
  constructor(
    script: string,
    threads = Math.min(MAX_THREADS, availableParallelism()) - 1,
    minBytes?: number,
  ) {
    this.script = script;
    this.threads = threads;
    this.minBytes = minBytes;
  }

  areWorthIt(tableBytes: number, checksumsOnly: boolean): boolean {
    const least = this.minBytes ?? (checksumsOnly ? MIN_CHECKSUM_BYTES : MIN_BYTES);
    return this.threads > 0 && tableBytes >= least;
  }

  get areWorking(): boolean {
    return this.workers.size > 0;
  }

  begin(verify: HelpRequest): void {
    const workerData: HelperStart = { kernel: sharedKernel(), verify };
    for (let i = 0; i < this.threads; i++) this.start(workerData);
  }

  end(): void {
    for (const worker of this.workers) void worker.terminate();
    this.workers.clear();
  }

  private start(workerData: HelperStart): void {
    let worker: Worker;
    try {
      worker = new Worker(this.script, {
        workerData,
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      });
    } catch {
      // No thread is to be had: there are fewer then.
      return;
    }
    this.workers.add(worker);
    worker.unref();
    // Who asked does what a helper left.
    worker.on('error', () => this.workers.delete(worker));
    worker.on('exit', () => this.workers.delete(worker));
  }
}
