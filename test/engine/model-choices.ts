import { compareBytes } from '../../src/engine/bytes/compare';
import type { Options } from '../../src/engine/db/options';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { randomNumbers } from '../helpers/leveldb';

const PATTERN = makePattern(1 << 16);
const PREFIXES = ['', 'a', 'key', 'key/a', 'key/a/b', '\u00ff\u00ff', '\u0000'];

/** What a seed decides: the same seed, the same choices. */
export class Choices {
  readonly below: (limit: number) => number;
  /** Values that fill memtables by themselves: few seeds, since they cost much. */
  readonly hasLargeValues: boolean;
  /** A byte string that begins values apart, so that each one tells which write it is of. */
  private stamp = 0;
  private readonly most: number;

  constructor(seed: number) {
    this.below = randomNumbers(Math.imul(seed, 0x9e3779b1));
    this.hasLargeValues = this.oneIn(32);
    this.most = this.hasLargeValues ? 16_000 : this.pick([4, 30, 100, 400]);
  }

  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)];
  }

  /** Sorted, without repetitions. The empty key is one. */
  keys(): Uint8Array[] {
    const count = this.hasLargeValues ? this.between(3, 8) : this.between(3, 24);
    const keys = Array.from({ length: count }, () => this.key()).sort(compareBytes);
    return keys.filter((key, i) => i === 0 || compareBytes(key, keys[i - 1]) !== 0);
  }

  key(): Uint8Array {
    const prefix = this.pick(PREFIXES);
    const rest = this.below(64).toString(this.pick([2, 10]));
    return Uint8Array.from(this.oneIn(20) ? prefix : prefix + rest, (char) => char.charCodeAt(0));
  }

  value(): Uint8Array {
    const length = this.oneIn(20) ? 0 : this.below(this.most + 1);
    const at = this.below(PATTERN.length - length);
    const value = PATTERN.slice(at, at + length);
    this.stamp++;
    for (let i = 0; i < Math.min(4, length); i++) value[i] = this.stamp >>> (8 * i);
    return value;
  }

  options(): Options {
    const level0Files = this.between(2, 5);
    const level0SlowdownFiles = level0Files + this.below(3);
    return {
      background: this.oneIn(4) ? 'now' : 'stepped',
      // With single entries a compaction has as many steps, and more can come between.
      traceGrain: this.oneIn(3) ? 'entries' : 'files',
      reuseLogs: this.oneIn(2),
      paranoidChecks: this.oneIn(4),
      infoLog: this.oneIn(20),
      now: () => 0,
      writeBufferSize: this.pick([64 << 10, 64 << 10, 96 << 10]),
      maxWriteBufferNumber: this.between(2, 4),
      blockSize: this.pick([1 << 10, 1 << 10, 4 << 10]),
      blockRestartInterval: this.pick([1, 2, 16]),
      blockCacheBytes: this.pick([0, 4096, 1 << 20]),
      compression: this.pick(['none', 'snappy']),
      filterPolicy: this.oneIn(2) ? bloomFilterPolicy(this.pick([1, 10])) : undefined,
      limits: {
        level0Files,
        level0SlowdownFiles,
        level0StopFiles: level0SlowdownFiles + 1 + this.below(3),
        level1Bytes: this.pick([300, 1000, 10_000, 1 << 20]),
        maxFlushLevel: this.below(3),
        maxFileBytes: this.pick([100, 500, 2000, 1 << 16, 1 << 16]),
      },
    };
  }
}

/** Half of it compresses. */
function makePattern(length: number): Uint8Array<ArrayBuffer> {
  const random = randomNumbers(1);
  return Uint8Array.from({ length }, (_, i) => ((i >> 6) % 2 === 0 ? i & 7 : random(256)));
}
