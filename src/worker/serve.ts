// A worker's thread: answers calls at once and runs jobs in slices between them. Each kind of session has an entry, and a bundle, of
// its own (entries/): what a thread does not need costs its start (V8 looks over all of a bundle).

import { parentPort } from 'node:worker_threads';
import { UnwrittenCompression } from '../engine/db/unwritten-compression';
import { EnvError } from '../engine/env/env';
import { LsmError } from '../engine/problem';
import type { JobProgress } from './api';
import type { JobOf } from './job';
import type { AnswerMessage, CallMessage, Failure } from './messages';
import { movedWith } from './moved';

/** A job's slice: a call that comes meanwhile waits no longer. */
const SLICE_MS = 10;
const PROGRESS_MS = 100;

/** What a worker's thread serves: its methods are the calls, and `jobs` has the jobs. */
export interface WorkerSession {
  readonly jobs: object;
}

let session: WorkerSession;

/** Serves a session with nothing open yet. */
export function serveSession(served: WorkerSession): void {
  session = served;
  parentPort?.on('message', receive);
}

function send(message: AnswerMessage): void {
  parentPort?.postMessage(message, message.kind === 'value' ? movedWith(message.value) : []);
}

function receive(message: CallMessage): void {
  const { id, method, params, cancel } = message;
  try {
    if (cancel) void runJob(id, startJob(method, params), new Int32Array(cancel));
    else send({ id, kind: 'value', value: call(method, params) });
  } catch (error) {
    send({ id, kind: 'failure', failure: failureOf(error) });
  }
}

function call(method: string, params: unknown[]): unknown {
  const target = session as unknown as Record<string, (...params: unknown[]) => unknown>;
  if (typeof target[method] !== 'function') throw new TypeError(`no call ${method}`);
  return target[method](...params);
}

function startJob(method: string, params: unknown[]): JobOf<unknown> {
  const jobs = session.jobs as Record<string, (...params: unknown[]) => JobOf<unknown>>;
  if (typeof jobs[method] !== 'function') throw new TypeError(`no job ${method}`);
  return jobs[method](...params);
}

async function runJob(id: number, job: JobOf<unknown>, cancel: Int32Array): Promise<void> {
  let progress: JobProgress | undefined;
  let toldAt = 0;
  try {
    for (let sliceEnd = Date.now() + SLICE_MS; ; ) {
      const step = job.next();
      if (step.done) {
        send({ id, kind: 'value', value: step.value });
        return;
      }
      progress = step.value;
      if (Atomics.load(cancel, 0) === 1) {
        send({ id, kind: 'failure', failure: { code: 'cancelled', message: 'cancelled' } });
        return;
      }
      const now = Date.now();
      if (now - toldAt >= PROGRESS_MS) {
        toldAt = now;
        send({ id, kind: 'progress', progress });
      }
      if (now >= sliceEnd) {
        // Messages that have come are heard before the next slice.
        await new Promise((resolve) => setImmediate(resolve));
        sliceEnd = Date.now() + SLICE_MS;
      }
    }
  } catch (error) {
    send({ id, kind: 'failure', failure: failureOf(error) });
  } finally {
    job.return(undefined);
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof LsmError) {
    const { message, file, offset } = error;
    return {
      code: error instanceof UnwrittenCompression ? 'unwritten-compression' : error.code,
      message,
      ...(file === undefined ? {} : { file }),
      ...(offset === undefined ? {} : { offset }),
    };
  }
  if (error instanceof EnvError) return { code: error.code, message: error.reason, file: error.path };
  return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
}
