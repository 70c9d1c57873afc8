import { existsSync } from 'node:fs';
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { CompactionBoard } from '../engine/db/compaction-board';
import type {
  CompactionElsewhere,
  CompactionJob,
  CompactionOutcome,
  Compactor,
} from '../engine/db/compactor';
import type { NodeWritableEnv } from '../engine/env/node-writable';
import { sharedKernel } from '../engine/kernel/kernel';
import { type HelperStart, MAX_HEAP_MB } from './helper-threads';

/** A job as it is sent. */
export interface SentCompaction {
  job: CompactionJob;
  /** Of its CompactionBoard. */
  memory: SharedArrayBuffer;
}

/** A thread that does nothing for so long has died: while this one waits nobody says so. A disk can be slow. */
const LOST_MS = 30_000;
const STOP_WAIT_MS = 100;

interface Thread {
  worker: Worker;
  port: MessagePort;
}

/**
 * A thread of the helper's bundle that does a database's compactions. It begins with the first one and lives until `end`;
 * it keeps no process alive. One that dies is not replaced.
 */
export class CompactionThread implements Compactor {
  readonly env: NodeWritableEnv;
  private readonly script: string;
  private readonly lostMs: number;
  private thread: Thread | undefined;
  private hasDied = false;

  /** `script` is the helper's bundle. `lostMs` is for tests. */
  constructor(script: string, env: NodeWritableEnv, lostMs = LOST_MS) {
    this.script = script;
    this.env = env;
    this.lostMs = lostMs;
  }

  begin(job: CompactionJob): CompactionElsewhere | undefined {
    if (this.hasDied) return undefined;
    this.thread ??= this.start();
    if (!this.thread) return undefined;
    const board = new CompactionBoard();
    const sent: SentCompaction = { job, memory: board.memory };
    this.thread.port.postMessage(sent);
    return new JobInThread(
      board,
      this.thread.port,
      this.lostMs,
      () => this.hasDied,
      () => this.giveUp(),
    );
  }

  end(): void {
    const { thread } = this;
    this.thread = undefined;
    thread?.port.close();
    void thread?.worker.terminate();
  }

  /** Whatever it was at, it does not go on with it. */
  private giveUp(): void {
    this.hasDied = true;
    this.end();
  }

  private start(): Thread | undefined {
    // Who waits without its event loop would not be told that there is none.
    if (!existsSync(this.script)) return undefined;
    const { port1: port, port2: compactions } = new MessageChannel();
    const start: HelperStart = { kernel: sharedKernel(), helper: 0, job: { compactions } };
    let worker: Worker;
    try {
      worker = new Worker(this.script, {
        workerData: start,
        transferList: [compactions],
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
    return { worker, port };
  }
}

class JobInThread implements CompactionElsewhere {
  private readonly board: CompactionBoard;
  private readonly port: MessagePort;
  private readonly lostMs: number;
  private readonly hasDied: () => boolean;
  private readonly giveUp: () => void;
  private isOver = false;
  private stepsSeen = 0;
  private lastStepAt = performance.now();

  /** `giveUp` ends the thread for good. */
  constructor(
    board: CompactionBoard,
    port: MessagePort,
    lostMs: number,
    hasDied: () => boolean,
    giveUp: () => void,
  ) {
    this.board = board;
    this.port = port;
    this.lostMs = lostMs;
    this.hasDied = hasDied;
    this.giveUp = giveUp;
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

  outcome(): CompactionOutcome | undefined {
    if (this.isOver || !this.board.isDone) return undefined;
    this.isOver = true;
    return receiveMessageOnPort(this.port)?.message;
  }

  stop(): void {
    if (this.isOver) return;
    const { board } = this;
    board.askToStop();
    while (!this.isDone) board.wait(STOP_WAIT_MS);
    if (board.isDone) this.outcome();
    else this.giveUp();
    this.isOver = true;
  }

  private get isLost(): boolean {
    if (this.hasDied()) return true;
    const { steps } = this.board;
    const now = performance.now();
    if (steps !== this.stepsSeen) {
      this.stepsSeen = steps;
      this.lastStepAt = now;
    }
    return now - this.lastStepAt > this.lostMs;
  }
}
