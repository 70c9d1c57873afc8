import { Random } from '../engine/bytes/random';
import { below, fraction, scattered, Zipf } from '../engine/db/workload';
import type { KeyOrder, OperationKind, PlaygroundWorkload } from './playground-api';
import { OPERATIONS } from './playground-config';
import type { AcknowledgedWrites } from './playground-model';

/** How often the order is asked for a key that is there, or is not, before any such key is taken. */
const ATTEMPTS = 16;
/** How many keys are passed by in sequence. */
const PASSED_BY = 1024;

export interface Operation {
  kind: OperationKind;
  key: number;
}

/** The operations of a workload, one after the other, as they suit what is in the database. */
export class OperationSource {
  private readonly workload: PlaygroundWorkload;
  private readonly model: AcknowledgedWrites;
  private readonly random: Random;
  private readonly keys: KeyNumbers;
  private readonly total: number;
  /** Of sequential keys: where each kind goes on. */
  private readonly cursors = new Map<OperationKind, number>();

  constructor(workload: PlaygroundWorkload, model: AcknowledgedWrites) {
    this.workload = workload;
    this.model = model;
    this.random = new Random(workload.seed);
    this.keys = keyNumbers(workload.order, workload.keys, this.random);
    this.total = OPERATIONS.reduce((sum, kind) => sum + workload.mix[kind], 0);
  }

  /** Where there is no key of the kind that is wanted, a put overwrites, and an overwrite puts. */
  next(): Operation {
    const { model } = this;
    const kind = this.kind();
    switch (kind) {
      case 'put':
      case 'overwrite': {
        const key = this.key(kind, kind === 'overwrite');
        return { kind: model.expected(key) === undefined ? 'put' : 'overwrite', key };
      }
      case 'delete':
      case 'get':
        return { kind, key: this.key(kind, true) };
      default:
        return { kind, key: this.key(kind, undefined) };
    }
  }

  private kind(): OperationKind {
    let rest = Math.min(fraction(this.random), 1 - Number.EPSILON) * this.total;
    for (const kind of OPERATIONS) {
      rest -= this.workload.mix[kind];
      if (rest < 0) return kind;
    }
    return [...OPERATIONS].reverse().find((each) => this.workload.mix[each] > 0)!;
  }

  /** `isLive`: whether it has to be there; undefined if that does not matter. */
  private key(kind: OperationKind, isLive: boolean | undefined): number {
    const { model, keys, random } = this;
    const suits = (key: number) => isLive === undefined || (model.expected(key) !== undefined) === isLive;
    if (!keys) return this.inSequence(kind, suits, isLive);
    let key = keys();
    for (let i = 1; i < ATTEMPTS && !suits(key); i++) key = keys();
    if (suits(key)) return key;
    return model.someKey(isLive!, Math.min(fraction(random), 1 - Number.EPSILON)) ?? key;
  }

  private inSequence(
    kind: OperationKind,
    suits: (key: number) => boolean,
    isLive: boolean | undefined,
  ): number {
    const { cursors, model, workload } = this;
    const start = cursors.get(kind) ?? 0;
    let key = start;
    for (let i = 0; i < PASSED_BY && !suits(key); i++) key = (key + 1) % workload.keys;
    if (!suits(key)) key = model.someKey(isLive!, 0) ?? start;
    cursors.set(kind, (key + 1) % workload.keys);
    return key;
  }
}

/** Undefined for a sequence. */
type KeyNumbers = (() => number) | undefined;

/** Numbers from 0 to `keys` - 1 in an order. */
export function keyNumbers(order: KeyOrder, keys: number, random: Random): KeyNumbers {
  switch (order.kind) {
    case 'sequential':
      return undefined;
    case 'uniform':
      return () => below(random, keys);
    case 'zipfian': {
      const zipf = new Zipf(keys, random);
      return () => scattered(zipf.next(), keys);
    }
    case 'hot': {
      const { first, count } = hotKeys(order, keys);
      const cold = keys - count;
      return () => {
        if (cold === 0 || fraction(random) < order.heat) return first + below(random, count);
        const key = below(random, cold);
        return key < first ? key : key + count;
      };
    }
  }
}

/** The keys that are hot: at least one. */
export function hotKeys({ share }: { share: number }, keys: number): { first: number; count: number } {
  const count = Math.max(1, Math.round(share * keys));
  return { first: Math.floor((keys - count) / 2), count };
}
