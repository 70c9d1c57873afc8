/** 32-bit words and, behind them, numbers. */
const WORDS = { done: 0, steps: 1, stop: 2, interruption: 3, begun: 4 } as const;
const NUMBERS_AT = 24;
/** What `begun` says besides 0: somebody does it, or nobody will. */
const BEGUN = 1;
const TAKEN_BACK = 2;
const BYTES = NUMBERS_AT + 3 * 8;

/** How far it has come. */
export interface WorkProgress {
  entries: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What two threads see of work that one of them does. */
export class WorkBoard {
  readonly memory: SharedArrayBuffer;
  private readonly words: Int32Array;
  private readonly numbers: Float64Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(BYTES)) {
    this.memory = memory;
    this.words = new Int32Array(memory, 0, NUMBERS_AT / 4);
    this.numbers = new Float64Array(memory, NUMBERS_AT);
  }

  /** Who is to do it begins with it; false if it was taken back. */
  begin(): boolean {
    this.step();
    return Atomics.compareExchange(this.words, WORDS.begun, 0, BEGUN) === 0;
  }

  /** Nobody does it any more; false if it was begun. */
  takeBack(): boolean {
    return Atomics.compareExchange(this.words, WORDS.begun, 0, TAKEN_BACK) !== BEGUN;
  }

  /** Who does it: it has gone on. */
  step(): void {
    Atomics.add(this.words, WORDS.steps, 1);
  }

  /** How often it has gone on, modulo 2^32. */
  get steps(): number {
    return Atomics.load(this.words, WORDS.steps);
  }

  tellProgress({ entries, bytesRead, bytesWritten }: WorkProgress): void {
    this.numbers.set([entries, bytesRead, bytesWritten]);
  }

  get progress(): WorkProgress {
    const [entries, bytesRead, bytesWritten] = this.numbers;
    return { entries, bytesRead, bytesWritten };
  }

  askToStop(): void {
    Atomics.store(this.words, WORDS.stop, 1);
  }

  get isToStop(): boolean {
    return Atomics.load(this.words, WORDS.stop) !== 0;
  }

  /** Something else is to be done in the midst of it. */
  interrupt(): void {
    Atomics.store(this.words, WORDS.interruption, 1);
  }

  get isInterrupted(): boolean {
    return Atomics.load(this.words, WORDS.interruption) !== 0;
  }

  takeInterruption(): boolean {
    return Atomics.exchange(this.words, WORDS.interruption, 0) !== 0;
  }

  /** Nothing more is done. */
  finish(): void {
    Atomics.store(this.words, WORDS.done, 1);
    Atomics.notify(this.words, WORDS.done);
  }

  get isDone(): boolean {
    return Atomics.load(this.words, WORDS.done) !== 0;
  }

  /** Returns when it is done, or after so many milliseconds. */
  wait(milliseconds: number): void {
    Atomics.wait(this.words, WORDS.done, 0, milliseconds);
  }
}
