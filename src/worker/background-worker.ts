import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import type { BackgroundThread, WorkElsewhere } from '../engine/db/background-thread';
import type { CompactionJob, CompactionOutcome } from '../engine/db/compaction-job';
import type { FlushJob, FlushOutcome } from '../engine/db/flush-job';
import { WorkBoard } from '../engine/db/work-board';
import type { NodeWritableEnv } from '../engine/env/node-writable';
import { sharedKernel } from '../engine/kernel/kernel';
import { type HelperStart, MAX_HEAP_MB } from './helper-threads';

/** A job as it is sent, and what it came to. */
export interface SentJob {
  id: number;
  job: { compaction: CompactionJob } | { flush: FlushJob };
  /** Of its WorkBoard. */
  board: SharedArrayBuffer;
}

export interface SentOutcome {
  id: number;
  outcome: CompactionOutcome | FlushOutcome;
}

/** A thread that does nothing for so long has died: while this one waits nobody says so. A disk can be slow. */
const LOST_MS = 30_000;
const STOP_WAIT_MS = 100;
/** Less of logs is recovered before the thread has come back what its start takes. */
const LEAST_LOG_BYTES = 48 << 20;

/** `up` is 1 from when it serves. */
interface Thread {
  worker: Worker;
  port: MessagePort;
  up: Int32Array<SharedArrayBuffer>;
}

/**
 * A thread of the helper's bundle that works for a database in the background. It begins with the first job and lives until
 * `end`; it keeps no process alive. One that dies is not replaced.
 */
export class BackgroundWorker implements BackgroundThread {
  readonly env: NodeWritableEnv;
  private readonly script: string;
  private readonly lostMs: number;
  private thread: Thread | undefined;
  private jobs = 0;
  private readonly outcomes = new Map<number, SentOutcome['outcome']>();
  /** Of the compaction that is under way. */
  private compaction: WorkBoard | undefined;
  hasDied = false;

  /** `script` is the helper's bundle. `lostMs` is for tests. */
  constructor(script: string, env: NodeWritableEnv, lostMs = LOST_MS) {
    this.script = script;
    this.env = env;
    this.lostMs = lostMs;
  }

  isWorthIt(logBytes: number): boolean {
    return !this.hasDied && (this.thread !== undefined || logBytes >= LEAST_LOG_BYTES);
  }

  prepare(): boolean {
    if (this.hasDied) return false;
    this.thread ??= this.start();
    return this.thread !== undefined && Atomics.load(this.thread.up, 0) === 1;
  }

  compact(compaction: CompactionJob): WorkElsewhere<CompactionOutcome> | undefined {
    const board = new WorkBoard();
    this.compaction = board;
    return this.begin({ compaction }, board);
  }

  flush(flush: FlushJob): WorkElsewhere<FlushOutcome> | undefined {
    const work = this.begin<FlushOutcome>({ flush }, new WorkBoard());
    // It has to be there before it is looked for.
    this.compaction?.interrupt();
    return work;
  }

  end(): void {
    const { thread } = this;
    this.thread = this.compaction = undefined;
    this.outcomes.clear();
    thread?.port.close();
    void thread?.worker.terminate();
  }

  /** Whatever the thread is at, it does not go on with it. */
  giveUp(): void {
    this.hasDied = true;
    this.end();
  }

  /** What a job came to that is done. */
  takeOutcome(id: number): SentOutcome['outcome'] | undefined {
    const { thread, outcomes } = this;
    if (!thread) return undefined;
    for (let sent = receiveMessageOnPort(thread.port); sent; sent = receiveMessageOnPort(thread.port)) {
      const { id: done, outcome } = sent.message as SentOutcome;
      outcomes.set(done, outcome);
    }
    const outcome = outcomes.get(id);
    outcomes.delete(id);
    return outcome;
  }

  private begin<Outcome extends SentOutcome['outcome']>(
    job: SentJob['job'],
    board: WorkBoard,
  ): WorkElsewhere<Outcome> | undefined {
    this.prepare();
    if (!this.thread || this.hasDied) return undefined;
    const id = this.jobs++;
    const sent: SentJob = { id, job, board: board.memory };
    this.thread.port.postMessage(sent);
    return new WorkerJob<Outcome>(this, id, board, this.lostMs);
  }

  private start(): Thread | undefined {
    // Who waits without its event loop would not be told that there is none.
    if (!existsSync(this.script)) return undefined;
    const { port1: port, port2: background } = new MessageChannel();
    const up = new Int32Array(new SharedArrayBuffer(4));
    const start: HelperStart = { kernel: sharedKernel(), helper: 0, job: { background, up: up.buffer } };
    let worker: Worker;
    try {
      worker = new Worker(this.script, {
        workerData: start,
        transferList: [background],
        resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
      });
    } catch {
      // No thread is to be had.
      return undefined;
    }
    worker.unref();
    worker.on('error', () => {
      this.hasDied = true;
    });
    worker.on('exit', () => {
      if (this.thread?.worker === worker) this.hasDied = true;
    });
    return { worker, port, up };
  }
}

class WorkerJob<Outcome extends SentOutcome['outcome']> implements WorkElsewhere<Outcome> {
  private readonly worker: BackgroundWorker;
  private readonly id: number;
  private readonly board: WorkBoard;
  private readonly lostMs: number;
  private isOver = false;
  private stepsSeen = 0;
  private lastStepAt = performance.now();

  constructor(worker: BackgroundWorker, id: number, board: WorkBoard, lostMs: number) {
    this.worker = worker;
    this.id = id;
    this.board = board;
    this.lostMs = lostMs;
  }

  get isDone(): boolean {
    return this.board.isDone || this.isLost;
  }

  get progress() {
    return this.board.progress;
  }

  wait(milliseconds: number): void {
    this.board.wait(milliseconds);
  }

  outcome(): Outcome | undefined {
    if (this.isOver || !this.board.isDone) return undefined;
    this.isOver = true;
    return this.worker.takeOutcome(this.id) as Outcome | undefined;
  }

  takeBack(): boolean {
    if (this.isOver || !this.board.takeBack()) return false;
    this.isOver = true;
    return true;
  }

  stop(): void {
    if (this.isOver || this.takeBack()) return;
    const { board } = this;
    board.askToStop();
    while (!this.isDone) board.wait(STOP_WAIT_MS);
    if (board.isDone) this.outcome();
    else this.worker.giveUp();
    this.isOver = true;
  }

  private get isLost(): boolean {
    if (this.worker.hasDied) return true;
    const { steps } = this.board;
    const now = performance.now();
    if (steps !== this.stepsSeen) {
      this.stepsSeen = steps;
      this.lastStepAt = now;
    }
    return now - this.lastStepAt > this.lostMs;
  }
}
