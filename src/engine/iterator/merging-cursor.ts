import type { Comparator } from '../keys/comparator';
import type { LsmError } from '../problem';
import type { Cursor } from './cursor';

/**
 * Several sorted runs as one (table/merger.cc). Equal keys come in the order of the children. The children stand
 * in a binary heap, since a database that was repaired can have thousands of tables at level 0.
 */
export class MergingCursor implements Cursor {
  keyBuffer: Uint8Array = EMPTY;
  keyStart = 0;
  keyEnd = 0;
  valueBuffer: Uint8Array = EMPTY;
  valueStart = 0;
  valueEnd = 0;
  valid = false;
  private readonly comparator: Comparator;
  readonly children: readonly Cursor[];
  /** Indices of valid children; the current one first. */
  private readonly heap: Int32Array;
  private heapSize = 0;
  /** Which way it went last. */
  forward = true;

  constructor(comparator: Comparator, children: readonly Cursor[]) {
    this.comparator = comparator;
    this.children = children;
    this.heap = new Int32Array(children.length);
  }

  /** The index of the child that holds the current entry. */
  get currentChild(): number {
    return this.heap[0];
  }

  get error(): LsmError | undefined {
    for (const child of this.children) if (child.error) return child.error;
    return undefined;
  }

  seekToFirst(): void {
    for (const child of this.children) child.seekToFirst();
    this.rebuild(true);
  }

  seekToLast(): void {
    for (const child of this.children) child.seekToLast();
    this.rebuild(false);
  }

  seek(target: Uint8Array, start: number, end: number): void {
    for (const child of this.children) child.seek(target, start, end);
    this.rebuild(true);
  }

  /** Goes on forward from where the children stand now, which were moved. */
  resume(): void {
    this.rebuild(true);
  }

  next(): void {
    if (!this.forward) this.turn(true);
    else this.advanceTop();
  }

  prev(): void {
    if (this.forward) this.turn(false);
    else this.advanceTop();
  }

  private advanceTop(): void {
    const child = this.children[this.heap[0]];
    if (this.forward) child.next();
    else child.prev();
    if (!child.valid) {
      this.heapSize--;
      this.heap[0] = this.heap[this.heapSize];
    }
    this.siftDown(0);
    this.expose();
  }

  /**
   * Changes direction: the other children are brought just behind (or before) the current key, then the current
   * one moves (MergingIterator::Next and Prev).
   */
  private turn(forward: boolean): void {
    const current = this.children[this.heap[0]];
    // The other children never write into this child's buffer, so the key stays put while they seek.
    const { keyBuffer, keyStart, keyEnd } = current;
    for (const child of this.children) {
      if (child === current) continue;
      child.seek(keyBuffer, keyStart, keyEnd);
      if (forward) {
        // Equal keys were passed already on the way back.
        while (child.valid && this.compareTo(child, keyBuffer, keyStart, keyEnd) === 0) child.next();
      } else if (child.valid) child.prev();
      else child.seekToLast();
    }
    if (forward) current.next();
    else current.prev();
    this.rebuild(forward);
  }

  private compareTo(child: Cursor, key: Uint8Array, start: number, end: number): number {
    return this.comparator.compare(child.keyBuffer, child.keyStart, child.keyEnd, key, start, end);
  }

  private rebuild(forward: boolean): void {
    this.forward = forward;
    this.heapSize = 0;
    for (let i = 0; i < this.children.length; i++) {
      if (this.children[i].valid) this.heap[this.heapSize++] = i;
    }
    for (let i = (this.heapSize >>> 1) - 1; i >= 0; i--) this.siftDown(i);
    this.expose();
  }

  /** Whether child a comes before child b in the current direction. */
  private before(a: number, b: number): boolean {
    const left = this.children[a];
    const right = this.children[b];
    const order = this.comparator.compare(
      left.keyBuffer,
      left.keyStart,
      left.keyEnd,
      right.keyBuffer,
      right.keyStart,
      right.keyEnd,
    );
    if (order === 0) return this.forward ? a < b : a > b;
    return this.forward ? order < 0 : order > 0;
  }

  private siftDown(from: number): void {
    const { heap, heapSize } = this;
    let parent = from;
    for (;;) {
      let smallest = 2 * parent + 1;
      if (smallest >= heapSize) return;
      if (smallest + 1 < heapSize && this.before(heap[smallest + 1], heap[smallest])) smallest++;
      if (!this.before(heap[smallest], heap[parent])) return;
      const swap = heap[parent];
      heap[parent] = heap[smallest];
      heap[smallest] = swap;
      parent = smallest;
    }
  }

  private expose(): void {
    this.valid = this.heapSize > 0;
    if (!this.valid) return;
    const child = this.children[this.heap[0]];
    this.keyBuffer = child.keyBuffer;
    this.keyStart = child.keyStart;
    this.keyEnd = child.keyEnd;
    this.valueBuffer = child.valueBuffer;
    this.valueStart = child.valueStart;
    this.valueEnd = child.valueEnd;
  }
}

const EMPTY = new Uint8Array(0);
