// Two databases compared by several threads: each compares parts of both.

import { diffKeys, type KeyCounts, type KeyDifference } from './diff';
import type { Inspection } from './inspection';
import { differencesIn } from './part-work';
import { type PartHelpers, readTogether } from './shared-parts';

/** What differs: all that does in numbers, and the first ones in order. */
export interface KeyDifferences {
  counts: KeyCounts;
  differences: KeyDifference[];
}

/** As `diffKeys`, with the first `limit` differences, by several threads where that is worth it. Yields keys so far. */
export function* diffTogether(
  a: Inspection,
  b: Inspection,
  helpers: PartHelpers,
  limit: number,
): Generator<number, KeyDifferences> {
  const counts: KeyCounts = { same: 0, different: 0, onlyInA: 0, onlyInB: 0 };
  const differences: KeyDifference[] = [];
  const add = (difference: KeyDifference) => {
    if (differences.length < limit) differences.push(difference);
  };
  const { isWhole } = yield* readTogether([a, b], helpers, { kind: 'diff', limit }, (bytes) => {
    const part = differencesIn(bytes);
    for (const name of Object.keys(counts) as (keyof KeyCounts)[]) counts[name] += part.counts[name];
    part.differences.forEach(add);
  });
  if (isWhole) return { counts, differences };
  differences.length = 0;
  return { counts: diffKeys(a, b, add), differences };
}
