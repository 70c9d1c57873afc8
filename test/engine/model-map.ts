import { equalBytes } from '../../src/engine/bytes/compare';

/** One operation of a batch: a value for the key of that index, or its deletion. */
export interface ModelOperation {
  key: number;
  value: Uint8Array | undefined;
}

interface ModelVersion {
  sequence: number;
  value: Uint8Array | undefined;
}

interface ModelBatch {
  operations: readonly ModelOperation[];
  /** Sequence of its last operation; of the one before it if it has none. */
  last: number;
}

/** What a get found: a value and its sequence, or nothing. */
export interface Found {
  sequence: number;
  value: Uint8Array;
}

/**
 * A sorted map that knows sequences: the truth that a database is held against. A moment is a number of batches: what
 * the map was after that many.
 */
export class ModelMap {
  /** In bytewise order, without repetitions. */
  readonly keys: readonly Uint8Array[];
  private readonly batches: ModelBatch[] = [];
  /** Of each key, oldest first. */
  private readonly versions: ModelVersion[][];

  constructor(keys: readonly Uint8Array[]) {
    this.keys = keys;
    this.versions = keys.map(() => []);
  }

  get moments(): number {
    return this.batches.length;
  }

  /** The last sequence of a moment. */
  sequenceOf(moment: number): number {
    return moment === 0 ? 0 : this.batches[moment - 1].last;
  }

  append(first: number, operations: readonly ModelOperation[]): void {
    for (const [i, { key, value }] of operations.entries()) {
      this.versions[key].push({ sequence: first + i, value });
    }
    this.batches.push({ operations, last: first + operations.length - 1 });
  }

  /** The value of a key at a sequence. */
  at(key: number, sequence: number): Found | undefined {
    const versions = this.versions[key];
    let i = versions.length - 1;
    while (i >= 0 && versions[i].sequence > sequence) i--;
    const version = versions[i];
    return version?.value && (version as Found);
  }

  /** The next key with a value behind (step 1) or before (step -1) a place; -1 if there is none. */
  neighbour(place: number, step: 1 | -1, sequence: number): number {
    for (let key = place + step; key >= 0 && key < this.keys.length; key += step) {
      if (this.at(key, sequence)) return key;
    }
    return -1;
  }

  /** The index of the first key at or after another; the number of keys if there is none. */
  indexAtOrAfter(target: Uint8Array, compare: (a: Uint8Array, b: Uint8Array) => number): number {
    const index = this.keys.findIndex((key) => compare(key, target) >= 0);
    return index < 0 ? this.keys.length : index;
  }

  /** The latest moment from `floor` on, but not behind a sequence, at which the map was what was found of each key. */
  momentOf(found: readonly (Found | undefined)[], floor: number, lastSequence: number): number | undefined {
    let moment = this.moments;
    const fits = (key: number) => isSame(this.at(key, this.sequenceOf(moment)), found[key]);
    const wrong = new Set(found.keys());
    const judge = (key: number) => (fits(key) ? wrong.delete(key) : wrong.add(key));
    for (const key of found.keys()) judge(key);
    for (;;) {
      if (wrong.size === 0 && this.sequenceOf(moment) <= lastSequence) return moment;
      if (moment <= floor) return undefined;
      const { operations } = this.batches[--moment];
      for (const { key } of operations) judge(key);
    }
  }

  /** Forgets what came after a moment. */
  truncate(moment: number): void {
    while (this.batches.length > moment) {
      for (const { key } of this.batches.pop()!.operations) this.versions[key].pop();
    }
  }
}

export function isSame(a: Found | undefined, b: Found | undefined): boolean {
  if (!a || !b) return a === b;
  return a.sequence === b.sequence && equalBytes(a.value, b.value);
}
