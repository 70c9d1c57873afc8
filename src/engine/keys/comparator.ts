import { compareRanges } from '../bytes/compare';
import { copyOf } from '../bytes/copy';
import { compareIdbKeys } from './idb-comparator';

/**
 * A total order over byte strings with a name that the MANIFEST records (include/leveldb/comparator.h).
 * Keys are ranges of buffers, so that comparing allocates nothing.
 */
export interface Comparator {
  readonly name: string;
  /** Negative, 0 or positive as a sorts before, with or after b. */
  compare(a: Uint8Array, aStart: number, aEnd: number, b: Uint8Array, bStart: number, bEnd: number): number;
  /** A key in [start, limit), short if possible (FindShortestSeparator); `start` itself is always right. */
  shortestSeparator(start: Uint8Array, limit: Uint8Array): Uint8Array;
  /** A key >= `key`, short if possible (FindShortSuccessor); `key` itself is always right. */
  shortSuccessor(key: Uint8Array): Uint8Array;
}

/** LevelDB's default order (util/comparator.cc). */
export const bytewiseComparator: Comparator = {
  name: 'leveldb.BytewiseComparator',
  compare: compareRanges,
  shortestSeparator(start, limit) {
    const shared = Math.min(start.length, limit.length);
    let i = 0;
    while (i < shared && start[i] === limit[i]) i++;
    // One is a prefix of the other: nothing shorter stands between them.
    if (i >= shared) return start;
    if (start[i] < 0xff && start[i] + 1 < limit[i]) {
      const separator = copyOf(start, 0, i + 1);
      separator[i]++;
      return separator;
    }
    return start;
  },
  shortSuccessor(key) {
    const i = key.findIndex((byte) => byte !== 0xff);
    if (i < 0) return key;
    const successor = copyOf(key, 0, i + 1);
    successor[i]++;
    return successor;
  },
};

/** Orders without shortened keys in index blocks. */
function plainComparator(name: string, compare: Comparator['compare']): Comparator {
  return { name, compare, shortestSeparator: (start) => start, shortSuccessor: (key) => key };
}

export const reverseBytewiseComparator: Comparator = plainComparator(
  'leveldb.ReverseBytewiseComparator',
  (a, aStart, aEnd, b, bStart, bEnd) => compareRanges(b, bStart, bEnd, a, aStart, aEnd),
);

/** The order of Chromium's IndexedDB keys. */
export const idbComparator: Comparator = plainComparator('idb_cmp1', compareIdbKeys);

const BUILT_IN: readonly Comparator[] = [bytewiseComparator, reverseBytewiseComparator, idbComparator];

/** The comparator with that name, if the engine has it. */
export function findComparator(name: string): Comparator | undefined {
  return BUILT_IN.find((comparator) => comparator.name === name);
}

export const comparatorNames: readonly string[] = BUILT_IN.map((comparator) => comparator.name);
