import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { DatabaseCalls, DatabaseJobs, JobProgress } from './api';
import type { AnswerMessage, CallMessage, Failure, SessionKind } from './messages';

/** A call that failed: in the database (see `code`), in the worker, or because the worker died. */
export class WorkerError extends Error {
  /** `crashed` if the worker died; `cancelled`; or what the engine says. */
  readonly code: string;
  readonly file: string | undefined;
  readonly offset: number | bigint | undefined;

  constructor({ code, message, file, offset }: Failure) {
    super(message);
    this.name = 'WorkerError';
    this.code = code;
    this.file = file;
    this.offset = offset;
  }
}

export interface JobOptions {
  onProgress?: (progress: JobProgress) => void;
  /** Called with a function that cancels the job; VS Code's `onCancellationRequested` has this shape. */
  onCancel?: (cancel: () => void) => unknown;
}

interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: WorkerError) => void;
  onProgress: ((progress: JobProgress) => void) | undefined;
}

/**
 * MiB of the old generation that a worker may fill before it is ended: a hostile file must not take the host along. V8 also
 * collects by it: with 2048, browsing 100 GB leaves 50 MB more lying about.
 */
export const MAX_HEAP_MB = 1536;
/**
 * MiB of its young generation, an eighth of V8's: what pages and scans leave behind is collected sooner, so that browsing a
 * large database takes little memory.
 */
export const MAX_YOUNG_MB = 6;

/** The methods of an interface, as calls through a worker are typed. */
type Methods<Interface> = { [Name in keyof Interface]: (...params: never[]) => unknown };

/**
 * A worker with one session: a database or a file. It starts with the first call. If it dies, what was asked fails with
 * `crashed`, `onCrash` is told, and the next call starts a new one, in which what was open has to be opened again.
 */
export class WorkerClient<Calls extends Methods<Calls>, Jobs extends Methods<Jobs>> {
  private readonly script: string;
  private readonly onCrash: (error: WorkerError) => void;
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  /** `workers` is the folder of the workers' bundles. */
  constructor(workers: string, kind: SessionKind, onCrash: (error: WorkerError) => void = () => {}) {
    this.script = join(workers, `${kind}.js`);
    this.onCrash = onCrash;
  }

  call<Name extends keyof Calls & string>(
    method: Name,
    ...params: Parameters<Calls[Name]>
  ): Promise<ReturnType<Calls[Name]>> {
    return this.send({ id: this.nextId++, method, params }, undefined) as Promise<ReturnType<Calls[Name]>>;
  }

  run<Name extends keyof Jobs & string>(
    method: Name,
    params: Parameters<Jobs[Name]>,
    { onProgress, onCancel }: JobOptions = {},
  ): Promise<ReturnType<Jobs[Name]>> {
    const cancel = new SharedArrayBuffer(4);
    onCancel?.(() => Atomics.store(new Int32Array(cancel), 0, 1));
    return this.send({ id: this.nextId++, method, params, cancel }, onProgress) as Promise<
      ReturnType<Jobs[Name]>
    >;
  }

  /** Whether a worker is running. */
  get isRunning(): boolean {
    return this.worker !== undefined;
  }

  /** Ends the worker; what was asked fails with `cancelled`. */
  async dispose(): Promise<void> {
    const { worker } = this;
    this.worker = undefined;
    this.failAll(new WorkerError({ code: 'cancelled', message: 'the database was closed' }));
    await worker?.terminate();
  }

  private send(message: CallMessage, onProgress: Waiting['onProgress']): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.waiting.set(message.id, { resolve, reject, onProgress });
      this.worker ??= this.start();
      this.worker.postMessage(message);
    });
  }

  private start(): Worker {
    const worker = new Worker(this.script, {
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    });
    worker.unref();
    worker.on('message', (answer: AnswerMessage) => this.receive(answer));
    worker.on('error', (error) => this.crashed(worker, error.message));
    worker.on('exit', (code) => this.crashed(worker, `the worker ended with status ${code}`));
    return worker;
  }

  private receive(answer: AnswerMessage): void {
    const waiting = this.waiting.get(answer.id);
    if (!waiting) return;
    if (answer.kind === 'progress') {
      waiting.onProgress?.(answer.progress);
      return;
    }
    this.waiting.delete(answer.id);
    if (answer.kind === 'value') waiting.resolve(answer.value);
    else waiting.reject(new WorkerError(answer.failure));
  }

  private crashed(worker: Worker, message: string): void {
    if (this.worker !== worker) return;
    this.worker = undefined;
    const error = new WorkerError({ code: 'crashed', message });
    this.failAll(error);
    this.onCrash(error);
  }

  private failAll(error: WorkerError): void {
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    for (const { reject } of waiting) reject(error);
  }
}

/** A database's worker. */
export class DatabaseClient extends WorkerClient<DatabaseCalls, DatabaseJobs> {
  constructor(workers: string, onCrash?: (error: WorkerError) => void) {
    super(workers, 'database', onCrash);
  }
}
