import type { LsmError } from '../problem';
import type { Cursor } from './cursor';

/** Opens the n-th run of a sorted sequence of runs; undefined if it cannot be read (the opener reports why). */
export type RunOpener = (index: number) => Cursor | undefined;

/**
 * The tables of one level below 0, which do not overlap, as one run (table/two_level_iterator.cc over a level).
 * A table is opened when the cursor comes to it; one that cannot be opened is passed by.
 */
export class LevelCursor implements Cursor {
  private readonly count: number;
  private readonly open: RunOpener;
  /** The first run whose last key is at or after a key. */
  private readonly find: (target: Uint8Array, start: number, end: number) => number;
  private readonly onLeave: ((index: number) => void) | undefined;
  private index = -1;
  private run: Cursor | undefined;
  private failure: LsmError | undefined;

  /** `onLeave` is told of each run that was opened when the cursor has left it. */
  constructor(count: number, open: RunOpener, find: LevelCursor['find'], onLeave?: (index: number) => void) {
    this.count = count;
    this.open = open;
    this.find = find;
    this.onLeave = onLeave;
  }

  /** Which run holds the current entry. */
  get currentRun(): number {
    return this.index;
  }

  /** Its cursor; undefined if it cannot be read, and at the ends. */
  get current(): Cursor | undefined {
    return this.run;
  }

  get valid(): boolean {
    return this.run?.valid === true;
  }

  get keyBuffer(): Uint8Array {
    return this.run ? this.run.keyBuffer : EMPTY;
  }

  get keyStart(): number {
    return this.run ? this.run.keyStart : 0;
  }

  get keyEnd(): number {
    return this.run ? this.run.keyEnd : 0;
  }

  get valueBuffer(): Uint8Array {
    return this.run ? this.run.valueBuffer : EMPTY;
  }

  get valueStart(): number {
    return this.run ? this.run.valueStart : 0;
  }

  get valueEnd(): number {
    return this.run ? this.run.valueEnd : 0;
  }

  get error(): LsmError | undefined {
    return this.failure ?? this.run?.error;
  }

  seekToFirst(): void {
    this.moveTo(0);
    this.run?.seekToFirst();
    this.skipForward();
  }

  seekToLast(): void {
    this.moveTo(this.count - 1);
    this.run?.seekToLast();
    this.skipBackward();
  }

  seek(target: Uint8Array, start: number, end: number): void {
    this.moveTo(this.find(target, start, end));
    this.run?.seek(target, start, end);
    this.skipForward();
  }

  next(): void {
    this.run?.next();
    this.skipForward();
  }

  prev(): void {
    this.run?.prev();
    this.skipBackward();
  }

  /** The cursor of the next run that can be read, not placed yet; undefined behind the last one. */
  enterNext(): Cursor | undefined {
    do this.moveTo(this.index + 1);
    while (!this.run && this.index < this.count);
    return this.run;
  }

  /** Goes on to the next run if the present one, which was moved, has ended. */
  skipForward(): void {
    while (!this.valid && this.index < this.count) {
      this.moveTo(this.index + 1);
      this.run?.seekToFirst();
    }
  }

  private skipBackward(): void {
    while (!this.valid && this.index >= 0) {
      this.moveTo(this.index - 1);
      this.run?.seekToLast();
    }
  }

  private moveTo(index: number): void {
    if (index === this.index && this.run) return;
    this.failure ??= this.run?.error;
    if (this.run) this.onLeave?.(this.index);
    this.index = index;
    this.run = index >= 0 && index < this.count ? this.open(index) : undefined;
  }
}

const EMPTY = new Uint8Array(0);
