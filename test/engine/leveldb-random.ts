/** LevelDB's generator (util/random.h), so that its tests run on the very same data. */
export class LevelDbRandom {
  private seed: number;

  constructor(seed: number) {
    this.seed = seed & 0x7fffffff;
    if (this.seed === 0 || this.seed === 0x7fffffff) this.seed = 1;
  }

  next(): number {
    this.seed = (this.seed * 16807) % 0x7fffffff; // below 2^46
    return this.seed;
  }

  /** 0 to n - 1. */
  uniform(n: number): number {
    return this.next() % n;
  }

  /** 0 to 2^maxLog - 1, small numbers more often. */
  skewed(maxLog: number): number {
    return this.uniform(1 << this.uniform(maxLog + 1));
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.next() & 0xff);
  }
}
