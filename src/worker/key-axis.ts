import { copyOf } from '../engine/bytes/copy';
import type { Comparator } from '../engine/keys/comparator';
import { rankOf, userKey } from '../engine/manifest/timeline';
import type { FileMetaData } from '../engine/manifest/version-edit';

const TICKS = 6;
const TICK_KEY_BYTES = 64;

export interface AxisTick {
  place: number;
  key: Uint8Array;
}

/**
 * One axis for the ranges of many files: what lies between two neighbouring ends of ranges has the same width, however
 * many keys that are.
 */
export class KeyAxis {
  private readonly comparator: Comparator;
  private readonly keys: Uint8Array[];

  constructor(comparator: Comparator, files: Iterable<FileMetaData>) {
    this.comparator = comparator;
    const keys = [...files].flatMap(({ smallest, largest }) => [userKey(smallest), userKey(largest)]);
    keys.sort((a, b) => comparator.compare(a, 0, a.length, b, 0, b.length));
    this.keys = keys.filter((key, i) => {
      const before = keys[i - 1];
      return i === 0 || comparator.compare(key, 0, key.length, before, 0, before.length) !== 0;
    });
  }

  /** Where an internal key's user key stands, 0 to 1. */
  place(internalKey: Uint8Array): number {
    return rankOf(this.comparator, this.keys, userKey(internalKey)) / Math.max(1, this.keys.length - 1);
  }

  /** A few keys along the axis; their first bytes. */
  ticks(): AxisTick[] {
    const { keys } = this;
    return Array.from({ length: keys.length === 0 ? 0 : TICKS }, (_, i) => {
      const key = keys[Math.round((i / (TICKS - 1)) * (keys.length - 1))];
      return { place: i / (TICKS - 1), key: copyOf(key, 0, Math.min(key.length, TICK_KEY_BYTES)) };
    });
  }
}
