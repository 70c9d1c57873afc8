// What is written to databases whose compactions are another thread's.
import { WriteBatch } from '../../src/engine/batch/write-batch';
import type { Options } from '../../src/engine/db/options';
import { randomNumbers } from '../helpers/leveldb';

/** Compactions all the time, of several levels. */
export const SMALL: Options = {
  writeBufferSize: 64 << 10,
  infoLog: false,
  limits: { maxFileBytes: 20_000, level1Bytes: 60_000 },
};

const KEYS = 5000;

export function keyOf(number: number): Uint8Array {
  return new TextEncoder().encode(`key${String(number).padStart(6, '0')}`);
}

/** The operations of a batch: 100 of them, the same ones for the same number. Without a value: a deletion. */
export function operationsOf(batch: number): [key: Uint8Array, value: Uint8Array | undefined][] {
  const random = randomNumbers(batch);
  return Array.from({ length: 100 }, () => {
    const key = keyOf(random(KEYS));
    if (random(6) === 0) return [key, undefined];
    const value = new Uint8Array(10 + random(150)).fill(random(256), random(10));
    return [key, value];
  });
}

export function batchOf(number: number): WriteBatch {
  const batch = new WriteBatch();
  for (const [key, value] of operationsOf(number)) {
    if (value) batch.put(key, value);
    else batch.delete(key);
  }
  return batch;
}

/** What is left after all batches up to one, by key as latin1, in order. */
export function contentsAfter(batches: number): Map<string, string> {
  const left = new Map<string, string>();
  for (let batch = 1; batch <= batches; batch++) {
    for (const [key, value] of operationsOf(batch)) {
      const name = Buffer.from(key).toString('latin1');
      if (value) left.set(name, Buffer.from(value).toString('latin1'));
      else left.delete(name);
    }
  }
  return new Map([...left].sort(([a], [b]) => (a < b ? -1 : 1)));
}
