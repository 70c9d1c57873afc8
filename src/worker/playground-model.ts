import type { LostWrite, RecoveryResult } from './playground-api';
import { playgroundKey, writeOf } from './playground-values';

const MAX_LOST = 100;

/** What a key has after a write: the write's number, negative for a deletion; 0 before the first. */
type Mark = number;

/**
 * What a client of the database knows: every write that was acknowledged, counted from 1, and the last one of each key.
 * It is kept beside the engine, from the calls alone, and the engine is held against it.
 */
export class AcknowledgedWrites {
  readonly keys: number;
  /** Of the keys that are there, with their keys. */
  liveBytes = 0;
  liveKeys = 0;
  acknowledged = 0;
  promised = 0;
  durable = 0;
  private readonly marks: Float64Array;
  private readonly lengths: Uint32Array;
  /** All keys, those that are there first; and where each stands. */
  private readonly order: Uint32Array;
  private readonly places: Uint32Array;
  /** The writes behind `durable`, oldest first: what the key was before. */
  private journal: { key: number; before: Mark; lengthBefore: number; isDeletion: boolean }[] = [];

  constructor(keys: number) {
    this.keys = keys;
    this.marks = new Float64Array(keys);
    this.lengths = new Uint32Array(keys);
    this.order = Uint32Array.from({ length: keys }, (_, i) => i);
    this.places = this.order.slice();
  }

  /** The number that the next write gets. */
  get nextWrite(): number {
    return this.acknowledged + 1;
  }

  /** The write that a reader finds under a key; undefined if it is not there. */
  expected(key: number): number | undefined {
    return this.marks[key] > 0 ? this.marks[key] : undefined;
  }

  /** One of the keys that are there, or that are not; `fraction` is from 0 to below 1. Undefined if there is none. */
  someKey(isLive: boolean, fraction: number): number | undefined {
    const count = isLive ? this.liveKeys : this.keys - this.liveKeys;
    if (count === 0) return undefined;
    return this.order[(isLive ? 0 : this.liveKeys) + Math.floor(fraction * count)];
  }

  /** `length` is of key and value together; undefined for a deletion. */
  acknowledge(key: number, length: number | undefined, sync: boolean): void {
    const write = ++this.acknowledged;
    const isDeletion = length === undefined;
    this.journal.push({ key, before: this.marks[key], lengthBefore: this.lengths[key], isDeletion });
    this.mark(key, isDeletion ? -write : write, length ?? 0);
    if (!sync) return;
    this.promised = write;
    this.reachDisk();
  }

  /** Everything that was acknowledged up to now is durable. */
  reachDisk(): void {
    this.durable = this.acknowledged;
    if (this.journal.length > 0) this.journal = [];
  }

  /**
   * Looks for the moment that a recovered database is at, and goes back to it. `entries` are all of its entries, each key
   * once. What is left is durable.
   */
  recover(entries: Iterable<readonly [key: number, value: Uint8Array]>): RecoveryResult {
    const { acknowledged, promised, durable, journal, keys } = this;
    const found = new Float64Array(keys);
    const lengths = new Uint32Array(keys);
    let strangers = 0;
    for (const [key, value] of entries) {
      const write = writeOf(value);
      if (key < 0 || key >= keys || write === undefined) strangers++;
      else {
        found[key] = write;
        lengths[key] = playgroundKey(key).length + value.length;
      }
    }
    const differs = (key: number) => Number((this.expected(key) ?? 0) !== found[key]);
    let wrong = 0;
    for (let key = 0; key < keys; key++) wrong += differs(key);
    let [best, leastWrong] = [journal.length, wrong];
    const lost: LostWrite[] = [];
    for (let i = journal.length - 1; i >= 0 && wrong > 0; i--) {
      const { key, before, lengthBefore, isDeletion } = journal[i];
      const write = acknowledged - (journal.length - 1 - i);
      wrong -= differs(key);
      this.mark(key, before, lengthBefore);
      wrong += differs(key);
      const kind = isDeletion ? 'delete' : 'put';
      lost.push({ write, key: playgroundKey(key), kind, promised: write <= promised });
      if (wrong < leastWrong) [best, leastWrong] = [i, wrong];
    }
    const isPrefix = wrong === 0 && strangers === 0;
    // As it never was: from here on it is what is there.
    if (wrong > 0) for (let key = 0; key < keys; key++) this.mark(key, found[key], lengths[key]);
    const lostCount = wrong === 0 ? lost.length : journal.length - best;
    const survived = acknowledged - lostCount;
    this.reachDisk();
    return {
      acknowledged,
      promised,
      durable,
      survived: isPrefix ? survived : undefined,
      lost: lostCount,
      lostPromised: Math.max(0, promised - survived),
      lostWrites: lost.slice(0, lostCount).reverse().slice(0, MAX_LOST),
      wrongKeys: leastWrong + strangers,
    };
  }

  private mark(key: number, mark: Mark, length: number): void {
    const wasLive = this.marks[key] > 0;
    const isLive = mark > 0;
    if (wasLive) this.liveBytes -= this.lengths[key];
    if (isLive) this.liveBytes += length;
    this.marks[key] = mark;
    this.lengths[key] = length;
    if (wasLive === isLive) return;
    // It changes places with the one at the border.
    const border = isLive ? this.liveKeys++ : --this.liveKeys;
    const other = this.order[border];
    const place = this.places[key];
    this.order[place] = other;
    this.places[other] = place;
    this.order[border] = key;
    this.places[key] = border;
  }
}
