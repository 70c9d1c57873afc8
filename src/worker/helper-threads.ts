import { availableParallelism } from 'node:os';
import { type MessagePort, Worker } from 'node:worker_threads';
import type { DiffHelpers, DiffRequest } from '../engine/db/shared-diff';
import type { DigestHelpers } from '../engine/db/shared-digest';
import type { LineHelpers, LinesRequest } from '../engine/db/shared-lines';
import type { PartsRequest } from '../engine/db/shared-parts';
import { sharedKernel } from '../engine/kernel/kernel';
import type { HelpRequest, VerifyHelpers } from '../engine/recovery/verify-help';

/** A helper's `workerData`. */
export interface HelperStart {
  /** The kernel, compiled; undefined where there is none. */
  kernel: object | undefined;
  /** Its number, from 0 on. */
  helper: number;
  job: HelperJob;
}

export type HelperJob =
  | { verify: HelpRequest }
  | { digest: PartsRequest }
  | { lines: LinesRequest }
  | { diff: DiffRequest }
  | { background: MessagePort; up: SharedArrayBuffer };

/** Threads of one job, the caller's included. More wait for the disk rather than for a processor. */
const MAX_THREADS = 8;
/** Tables of less are verified before a thread is up. */
const MIN_BYTES = 32 << 20;
const MIN_CHECKSUM_BYTES = 96 << 20;
const MIN_DIGEST_BYTES = 96 << 20;
const MIN_LINE_BYTES = 48 << 20;
/** Of both databases. */
const MIN_DIFF_BYTES = 64 << 20;
/** A helper reads all of the logs before it begins. */
const LOG_WEIGHT = 16;
/** A part of a digest, of lines, of a difference. */
const PART_BYTES = 1 << 20;
/** As a worker's: what a hostile file makes of a helper ends with it, and who asked does that part. */
export const MAX_HEAP_MB = 2048;

/**
 * Threads that help with one job at a time, one for each processor but the caller's own. One that does not start or that
 * dies helps no more; nothing else comes of it.
 */
export class HelperThreads implements VerifyHelpers, DigestHelpers, LineHelpers, DiffHelpers {
  private readonly script: string;
  readonly threads: number;
  readonly partBytes: number;
  hasFailed = false;
  private readonly minBytes: number | undefined;
  private readonly workers = new Set<Worker>();

  /** `script` is the helper's bundle. The rest is chosen by tests. */
  constructor(
    script: string,
    threads = Math.min(MAX_THREADS, availableParallelism()) - 1,
    minBytes?: number,
    partBytes = PART_BYTES,
  ) {
    this.script = script;
    this.threads = threads;
    this.minBytes = minBytes;
    this.partBytes = partBytes;
  }

  areWorthIt(tableBytes: number, checksumsOnly: boolean): boolean {
    const least = this.minBytes ?? (checksumsOnly ? MIN_CHECKSUM_BYTES : MIN_BYTES);
    return this.threads > 0 && tableBytes >= least;
  }

  get areWorking(): boolean {
    return this.workers.size > 0;
  }

  isDigestWorthIt(tableBytes: number, logBytes: number): boolean {
    return this.areReadersWorthIt(MIN_DIGEST_BYTES, tableBytes, logBytes);
  }

  areLinesWorthIt(tableBytes: number, logBytes: number): boolean {
    return this.areReadersWorthIt(MIN_LINE_BYTES, tableBytes, logBytes);
  }

  isDiffWorthIt(tableBytes: number, logBytes: number): boolean {
    return this.areReadersWorthIt(MIN_DIFF_BYTES, tableBytes, logBytes);
  }

  begin(verify: HelpRequest): void {
    this.startAll({ verify });
  }

  beginDigest(digest: PartsRequest): void {
    this.startAll({ digest });
  }

  beginLines(lines: LinesRequest): void {
    this.startAll({ lines });
  }

  beginDiff(diff: DiffRequest): void {
    this.startAll({ diff });
  }

  end(): void {
    for (const worker of this.workers) void worker.terminate();
    this.workers.clear();
  }

  private areReadersWorthIt(minBytes: number, tableBytes: number, logBytes: number): boolean {
    const least = this.minBytes ?? minBytes + LOG_WEIGHT * logBytes;
    return this.threads > 0 && tableBytes >= least;
  }

  private startAll(job: HelperJob): void {
    const kernel = sharedKernel();
    this.hasFailed = false;
    for (let helper = 0; helper < this.threads; helper++) this.start({ kernel, helper, job });
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
      this.hasFailed = true;
      return;
    }
    this.workers.add(worker);
    worker.unref();
    // Who asked does what a helper left.
    worker.on('error', () => {
      this.hasFailed = true;
    });
    worker.on('exit', (code) => {
      if (code !== 0) this.hasFailed = true;
      this.workers.delete(worker);
    });
  }
}
