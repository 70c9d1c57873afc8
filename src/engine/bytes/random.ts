const MODULUS = 2147483647;
const FACTOR = 16807;

/** LevelDB's random numbers (util/random.h): the heights of skip list nodes, hence memtable sizes, depend on them. */
export class Random {
  /** The number given last: the state. */
  seed: number;

  constructor(seed: number) {
    this.seed = seed & 0x7fffffff;
    if (this.seed === 0 || this.seed === MODULUS) this.seed = 1;
  }

  /** 1 to 2^31 - 2. */
  next(): number {
    // 31 by 15 bits: exact in a double.
    this.seed = (this.seed * FACTOR) % MODULUS;
    return this.seed;
  }

  /** 0 to `limit` - 1. */
  uniform(limit: number): number {
    return this.next() % limit;
  }

  /** True about once in `count` times. */
  oneIn(count: number): boolean {
    return this.next() % count === 0;
  }
}
