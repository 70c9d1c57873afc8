// A background thread in this one: its work is done when it is told to, and known to be done only later.
import type { BackgroundThread, WorkElsewhere } from '../../src/engine/db/background-thread';
import { type CompactionJob, doCompactionJob } from '../../src/engine/db/compaction-job';
import { doFlushJob, type FlushJob } from '../../src/engine/db/flush-job';
import { WorkBoard } from '../../src/engine/db/work-board';
import type { WritableEnv } from '../../src/engine/env/env';
import { nodeInflate } from '../../src/engine/env/node';

/** Work that is over when somebody waits for it, or says so. */
export class HeldWork<Outcome> implements WorkElsewhere<Outcome> {
  isStopped = false;
  isTakenBack = false;
  readonly progress = { entries: 0, bytesRead: 0, bytesWritten: 0 };
  private readonly work: () => Outcome | undefined;
  private readonly polled: () => void;
  private isBegun = false;
  private isOver = false;
  private result: Outcome | undefined;

  /** `polled` is called before it is told whether it is done. */
  constructor(work: () => Outcome | undefined, polled: () => void) {
    this.work = work;
    this.polled = polled;
  }

  begin(): void {
    if (this.isBegun || this.isTakenBack) return;
    this.isBegun = true;
    this.result = structuredClone(this.work());
  }

  /** Whether nobody took it, or cares whether it goes on. */
  get isLeft(): boolean {
    return !this.isOver && !this.isTakenBack && !this.isStopped;
  }

  get isDone(): boolean {
    this.polled();
    return this.isOver;
  }

  set isDone(isOver: boolean) {
    if (isOver) this.begin();
    this.isOver = isOver;
  }

  wait(): void {
    this.isDone = true;
  }

  outcome(): Outcome | undefined {
    return this.result;
  }

  takeBack(): boolean {
    if (this.isBegun) return false;
    this.isTakenBack = true;
    return true;
  }

  stop(): void {
    this.isStopped = true;
  }
}

export class HeldThread implements BackgroundThread {
  readonly env: WritableEnv;
  readonly compactions: HeldWork<unknown>[] = [];
  readonly flushes: HeldWork<unknown>[] = [];
  /** Whether it is up, asked each time. */
  isUp: () => boolean = () => true;
  /** Whether it dies in the midst of a piece of work, asked each time. */
  dies: () => boolean = () => false;
  /** Whether work is begun at once; else when somebody waits for it. */
  isPrompt = true;
  /** Called when somebody asks whether work is done. */
  polled: (work: HeldWork<unknown>) => void = () => {};
  isEnded = false;

  constructor(env: WritableEnv) {
    this.env = env;
  }

  isWorthIt(): boolean {
    return true;
  }

  prepare(): boolean {
    return this.isUp();
  }

  compact(job: CompactionJob) {
    const sent = structuredClone(job);
    return this.hold(this.compactions, () =>
      doCompactionJob(this.env, sent, new WorkBoard(), nodeInflate, () => {}),
    );
  }

  flush(job: FlushJob) {
    const sent = structuredClone(job);
    return this.hold(this.flushes, () => doFlushJob(this.env, sent, new WorkBoard()));
  }

  get last(): HeldWork<unknown>[] {
    return [...this.compactions.slice(-1), ...this.flushes.slice(-1)];
  }

  end(): void {
    this.isEnded = true;
  }

  private hold<Outcome>(all: HeldWork<unknown>[], work: () => Outcome): HeldWork<Outcome> {
    const dies = this.dies();
    const held: HeldWork<Outcome> = new HeldWork<Outcome>(
      () => {
        const outcome = work();
        return dies ? undefined : outcome;
      },
      () => this.polled(held),
    );
    if (this.isPrompt) held.begin();
    all.push(held);
    return held;
  }
}
