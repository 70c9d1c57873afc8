import { compareRanges } from '../bytes/compare';
import { copyOf } from '../bytes/copy';
import type { Inspection } from './inspection';
import type { Scan } from './scan';

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

/**
 * Compares what a reader sees in two databases, key by key in their common order, and calls back for each
 * difference. Both must have the same comparator.
 */
export function diffKeys(
  a: Inspection,
  b: Inspection,
  onDifference: (difference: KeyDifference) => void,
): KeyCounts {
  const counts: KeyCounts = { same: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  const [left, right] = [a.scan(), b.scan()];
  const report = (change: KeyDifference['change'], { cursor }: Scan) =>
    onDifference({ change, key: copyOf(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd) });
  while (left.valid || right.valid) {
    const order = !left.valid ? 1 : !right.valid ? -1 : compareKeys(a, left, right);
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

function compareKeys({ comparator }: Inspection, { cursor: a }: Scan, { cursor: b }: Scan): number {
  return comparator.compare(a.keyBuffer, a.keyStart, a.keyEnd, b.keyBuffer, b.keyStart, b.keyEnd);
}

function sameValue({ cursor: a }: Scan, { cursor: b }: Scan): boolean {
  return (
    compareRanges(a.valueBuffer, a.valueStart, a.valueEnd, b.valueBuffer, b.valueStart, b.valueEnd) === 0
  );
}
