import type { U64 } from './u64';

/** A set of numbers that is made once, without an object for each. */
export class NumberSet {
  /** Ascending. */
  readonly small: Float64Array;
  /** Those above 2^53. */
  private readonly large: ReadonlySet<U64>;

  constructor(numbers: readonly U64[]) {
    const small = new Float64Array(numbers.length);
    const large = new Set<U64>();
    let count = 0;
    for (const number of numbers) {
      if (typeof number === 'number') small[count++] = number;
      else large.add(number);
    }
    this.small = small.subarray(0, count).sort();
    this.large = large;
  }

  /** What another set does not have; ascending, and behind it what is above 2^53. */
  without(other: NumberSet): U64[] {
    const { small } = this;
    const result: U64[] = [];
    let at = 0;
    for (let i = 0; i < small.length; i++) {
      const number = small[i];
      while (at < other.small.length && other.small[at] < number) at++;
      if (other.small[at] !== number && small[i - 1] !== number) result.push(number);
    }
    for (const number of this.large) if (!other.large.has(number)) result.push(number);
    return result;
  }

  has(number: U64): boolean {
    if (typeof number !== 'number') return this.large.has(number);
    const { small } = this;
    let left = 0;
    let right = small.length;
    while (left < right) {
      const middle = (left + right) >>> 1;
      if (small[middle] < number) left = middle + 1;
      else right = middle;
    }
    return left < small.length && small[left] === number;
  }
}
