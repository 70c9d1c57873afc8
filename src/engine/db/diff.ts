import { compareRanges } from '../bytes/compare';
import { copyOf } from '../bytes/copy';
import type { Comparator } from '../keys/comparator';
import { EntryBatch, QUAD } from './entry-batch';
import type { Inspection } from './inspection';

/** How one key differs. */
export interface KeyDifference {
  change: 'only-in-a' | 'only-in-b' | 'different';
  /** A copy of the user key. */
  key: Uint8Array;
}

export interface KeyCounts {
  same: number;
  different: number;
  onlyInA: number;
  onlyInB: number;
}

/** What entries are read from: 0 at the end. */
export interface EntrySource {
  readBatch(batch: EntryBatch): number;
}

/**
 * Compares what a reader sees in two databases, key by key in their common order, and calls back for each
 * difference. Both must have the same comparator.
 */
export function diffKeys(
  a: Inspection,
  b: Inspection,
  onDifference: (difference: KeyDifference) => void,
): KeyCounts {
  return diffEntries(a.comparator, a.scan(), b.scan(), onDifference);
}

/** As diffKeys, of entries that are in the comparator's order. */
export function diffEntries(
  comparator: Comparator,
  a: EntrySource,
  b: EntrySource,
  onDifference: (difference: KeyDifference) => void,
): KeyCounts {
  const counts: KeyCounts = { same: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  const [left, right] = [new Entries(a), new Entries(b)];
  const report = (change: KeyDifference['change'], { bytes, keyStart, keyEnd }: Entries) =>
    onDifference({ change, key: copyOf(bytes, keyStart, keyEnd) });
  while (left.valid || right.valid) {
    const order = !left.valid ? 1 : !right.valid ? -1 : compareKeys(comparator, left, right);
    if (order < 0) {
      counts.onlyInA++;
      report('only-in-a', left);
    } else if (order > 0) {
      counts.onlyInB++;
      report('only-in-b', right);
    } else if (sameValue(left, right)) counts.same++;
    else {
      counts.different++;
      report('different', left);
    }
    if (order <= 0) left.next();
    if (order >= 0) right.next();
  }
  return counts;
}

/** Entries, one after the other out of batches. */
class Entries {
  valid = false;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  private readonly source: EntrySource;
  private readonly batch = new EntryBatch();
  private place = -1;

  constructor(source: EntrySource) {
    this.source = source;
    this.next();
  }

  get bytes(): Uint8Array {
    return this.batch.bytes;
  }

  next(): void {
    const { batch } = this;
    this.place++;
    if (this.place >= batch.count) {
      this.source.readBatch(batch);
      this.place = 0;
    }
    this.valid = batch.count > 0;
    const { quads } = batch;
    const at = this.place * QUAD;
    this.keyStart = quads[at];
    this.keyEnd = this.keyStart + quads[at + 1];
    this.valueStart = quads[at + 2];
    this.valueEnd = this.valueStart + quads[at + 3];
  }
}

function compareKeys(comparator: Comparator, a: Entries, b: Entries): number {
  return comparator.compare(a.bytes, a.keyStart, a.keyEnd, b.bytes, b.keyStart, b.keyEnd);
}

function sameValue(a: Entries, b: Entries): boolean {
  return compareRanges(a.bytes, a.valueStart, a.valueEnd, b.bytes, b.valueStart, b.valueEnd) === 0;
}
