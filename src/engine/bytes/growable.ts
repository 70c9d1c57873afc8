/** A list of numbers that grows, without an object for each. */
export class NumberList {
  private values: Float64Array;
  length = 0;

  constructor(capacity = 1024) {
    this.values = new Float64Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }

  at(index: number): number {
    return this.values[index];
  }

  /** A view of what is there now. */
  view(): Float64Array {
    return this.values.subarray(0, this.length);
  }

  /** How many values stand at or below `value`; they must ascend. */
  countUpTo(value: number): number {
    let left = 0;
    let right = this.length;
    while (left < right) {
      const middle = (left + right) >>> 1;
      if (this.values[middle] <= value) left = middle + 1;
      else right = middle;
    }
    return left;
  }
}
