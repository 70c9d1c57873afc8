import { Random } from '../bytes/random';

export const workloads = ['sequential', 'random', 'overwrite', 'delete', 'zipfian'] as const;
export type WorkloadName = (typeof workloads)[number];

export interface WorkloadOptions {
  workload: WorkloadName;
  /** How many operations. */
  operations: number;
  /** Bytes of each value. */
  valueSize: number;
  /** The same operations come for the same seed. */
  seed: number;
}

/** Without a value: a deletion. Arrays are the caller's only until the next operation. */
export interface WorkloadOperation {
  key: Uint8Array;
  value: Uint8Array | undefined;
}

/** Of `overwrite`: how often a key is written, in the mean. */
const WRITES_PER_KEY = 10;

/**
 * Operations that show what a tree does with them:
 * - `sequential`: each key once, in order; tables do not overlap.
 * - `random`: keys at random; about two thirds of them come, some several times.
 * - `overwrite`: a tenth as many keys, each written about ten times.
 * - `delete`: every third operation deletes one of the keys written before it.
 * - `zipfian`: few keys come often and most seldom, as in YCSB; the popular ones are spread over all.
 */
export function* workloadOperations(options: WorkloadOptions): Generator<WorkloadOperation, void> {
  const { workload, operations, valueSize, seed } = options;
  const random = new Random(seed);
  const values = new Values(valueSize, random);
  const next = keyNumbers(workload, operations, random);
  for (let i = 0; i < operations; i++) {
    const { number, isDeletion } = next(i);
    yield { key: workloadKey(number), value: isDeletion ? undefined : values.next() };
  }
}

/** `key` and twelve digits. */
export function workloadKey(number: number): Uint8Array {
  return new TextEncoder().encode(`key${String(number).padStart(12, '0')}`);
}

type Choice = { number: number; isDeletion: boolean };

function keyNumbers(
  workload: WorkloadName,
  operations: number,
  random: Random,
): (operation: number) => Choice {
  const put = (number: number): Choice => ({ number, isDeletion: false });
  switch (workload) {
    case 'sequential':
      return put;
    case 'random':
      return () => put(below(random, operations));
    case 'overwrite': {
      const keys = Math.max(1, Math.floor(operations / WRITES_PER_KEY));
      return () => put(below(random, keys));
    }
    case 'delete': {
      let written = 0;
      return (operation) => {
        if (operation % 3 < 2) return put(written++);
        return { number: below(random, written), isDeletion: true };
      };
    }
    case 'zipfian': {
      const zipf = new Zipf(operations, random);
      return () => put(scattered(zipf.next(), operations));
    }
  }
}

/** 0 to 1. */
export function fraction(random: Random): number {
  return (random.next() - 1) / 2147483646;
}

/** 0 to `limit` - 1, also for limits above 2^31. */
export function below(random: Random, limit: number): number {
  return Math.floor(((fraction(random) + random.next()) / 2147483647) * limit) % limit;
}

/** Spreads ranks over all numbers, always in the same way (splitmix). */
export function scattered(rank: number, limit: number): number {
  let mixed = Math.imul(rank ^ 0x9e3779b9, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) % limit;
}

/** Theta of YCSB. */
export const SKEW = 0.99;

/** Ranks from 0: the n-th comes in proportion to 1 / n^0.99 (Gray and others, "Quickly generating billion-record databases"). */
export class Zipf {
  private readonly count: number;
  private readonly random: Random;
  private readonly zeta: number;
  private readonly eta: number;
  private readonly alpha = 1 / (1 - SKEW);

  constructor(count: number, random: Random) {
    this.count = Math.max(1, count);
    this.random = random;
    let zeta = 0;
    for (let i = 1; i <= this.count; i++) zeta += 1 / i ** SKEW;
    this.zeta = zeta;
    const zeta2 = 1 + 0.5 ** SKEW;
    this.eta = this.count < 3 ? 1 : (1 - (2 / this.count) ** (1 - SKEW)) / (1 - zeta2 / zeta);
  }

  next(): number {
    const u = fraction(this.random);
    const uz = u * this.zeta;
    if (uz < 1) return 0;
    if (uz < 1 + 0.5 ** SKEW) return Math.min(1, this.count - 1);
    const rank = Math.floor(this.count * (this.eta * u - this.eta + 1) ** this.alpha);
    return Math.min(this.count - 1, Math.max(0, rank));
  }
}

/** Values of printable bytes of which half repeat, so that compression has something to do. */
class Values {
  private readonly value: Uint8Array;
  private readonly random: Random;

  constructor(size: number, random: Random) {
    this.value = new Uint8Array(size);
    this.random = random;
  }

  next(): Uint8Array {
    const { value, random } = this;
    const half = value.length >>> 1;
    for (let i = 0; i < value.length - half; i++) value[i] = 0x21 + random.uniform(0x5b);
    value.fill(0x61 + random.uniform(26), value.length - half);
    return value;
  }
}
