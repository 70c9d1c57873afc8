// The operations of the playground's workload: their shares, which keys they go to, and that they are told by the seed.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/engine/bytes/random';
import { SKEW, scattered } from '../../src/engine/db/workload';
import type { OperationKind, PlaygroundStart } from '../../src/worker/playground-api';
import { OPERATIONS, playgroundConfig } from '../../src/worker/playground-config';
import { AcknowledgedWrites } from '../../src/worker/playground-model';
import {
  absentKey,
  keyNumber,
  playgroundKey,
  playgroundValue,
  valueLength,
  writeOf,
} from '../../src/worker/playground-values';
import { hotKeys, keyNumbers, type Operation, OperationSource } from '../../src/worker/playground-workload';

const NOTHING = { put: 0, overwrite: 0, delete: 0, get: 0, miss: 0, scan: 0 };

function operationsOf(workload: PlaygroundStart['workload'], count: number): Operation[] {
  const config = playgroundConfig({ workload });
  const model = new AcknowledgedWrites(config.workload.keys);
  const source = new OperationSource(config.workload, model);
  return Array.from({ length: count }, () => {
    const operation = source.next();
    const { kind, key } = operation;
    if (kind === 'put' || kind === 'overwrite') model.acknowledge(key, 20, false);
    if (kind === 'delete') model.acknowledge(key, undefined, false);
    return operation;
  });
}

function drawn(order: Parameters<typeof keyNumbers>[0], keys: number, count: number): number[] {
  const next = keyNumbers(order, keys, new Random(7))!;
  const found = new Array<number>(keys).fill(0);
  for (let i = 0; i < count; i++) found[next()]++;
  return found;
}

/** Five standard deviations of a count that is expected so often. */
function nearly(actual: number, expected: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= 5 * Math.sqrt(expected) + 1,
    `${what}: ${actual}, not ${expected}`,
  );
}

test('a zipfian key comes as often as 1 / n^0.99 says', () => {
  const [keys, count] = [100, 200_000];
  const found = drawn({ kind: 'zipfian' }, keys, count);
  let zeta = 0;
  for (let rank = 1; rank <= keys; rank++) zeta += rank ** -SKEW;
  const expected = new Array<number>(keys).fill(0);
  for (let rank = 0; rank < keys; rank++)
    expected[scattered(rank, keys)] += (count * (rank + 1) ** -SKEW) / zeta;
  const [first, second] = [scattered(0, keys), scattered(1, keys)];
  nearly(found[first], expected[first], 'the first');
  nearly(found[second], expected[second], 'the second');
  // The others come by an approximation (Gray and others), which is some percent off.
  for (let key = 0; key < keys; key++) {
    assert.ok(
      Math.abs(found[key] - expected[key]) <= 0.2 * expected[key] + 5 * Math.sqrt(expected[key]),
      `key ${key}: ${found[key]}, not ${expected[key]}`,
    );
  }
});

test('uniform keys come evenly; the hot range gets its share', () => {
  for (const [key, times] of drawn({ kind: 'uniform' }, 100, 100_000).entries()) {
    nearly(times, 1000, `key ${key}`);
  }
  const order = { kind: 'hot', share: 0.1, heat: 0.9 } as const;
  const found = drawn(order, 1000, 100_000);
  const { first, count } = hotKeys(order, 1000);
  assert.equal(count, 100);
  const hot = found.slice(first, first + count);
  nearly(
    hot.reduce((sum, each) => sum + each, 0),
    90_000,
    'the hot range',
  );
  for (const times of hot) nearly(times, 900, 'a hot key');
  const cold = [...found.slice(0, first), ...found.slice(first + count)];
  for (const times of cold) nearly(times, 10_000 / 900, 'a cold key');
  // All keys are hot.
  assert.ok(drawn({ kind: 'hot', share: 1, heat: 0 }, 10, 1000).every((times) => times > 50));
});

test('sequential puts take the keys in order, and gets go through those that are there', () => {
  const operations = operationsOf(
    { keys: 500, order: { kind: 'sequential' }, mix: { ...NOTHING, put: 1 } },
    700,
  );
  assert.deepEqual(
    operations.map(({ key }) => key),
    Array.from({ length: 700 }, (_, i) => i % 500),
  );
  assert.ok(operations.every(({ kind }, i) => kind === (i < 500 ? 'put' : 'overwrite')));
});

test('the mix has its shares, and each kind goes to keys that suit it', () => {
  const mix = { put: 30, overwrite: 20, delete: 10, get: 25, miss: 10, scan: 5 };
  for (const kind of ['uniform', 'zipfian', 'sequential'] as const) {
    const live = new Set<number>();
    const counts: { [Kind in OperationKind]: number } = { ...NOTHING };
    for (const { kind: done, key } of operationsOf({ keys: 50_000, order: { kind }, mix }, 20_000)) {
      counts[done]++;
      if (live.size > 0 && done !== 'miss' && done !== 'scan') {
        assert.equal(live.has(key), done !== 'put', `${done} of key ${key}`);
      }
      if (done === 'put') live.add(key);
      if (done === 'delete') live.delete(key);
    }
    for (const each of OPERATIONS) nearly(counts[each], mix[each] * 200, `${kind}: ${each}`);
  }
});

test('the same seed gives the same operations, another one others', () => {
  const workload = { keys: 1000, order: { kind: 'zipfian' } } as const;
  const first = operationsOf({ ...workload, seed: 5 }, 2000);
  assert.deepEqual(operationsOf({ ...workload, seed: 5 }, 2000), first);
  assert.notDeepEqual(operationsOf({ ...workload, seed: 6 }, 2000), first);
});

test('a value tells its write, and any other byte in it is noticed', () => {
  for (const write of [1, 35, 36, 123_456, 2 ** 31, 2 ** 40]) {
    for (const length of [8, 9, 100, 1000]) {
      const value = playgroundValue(write, length);
      assert.equal(value.length, length);
      assert.equal(writeOf(value), write);
      value[length - 1] ^= 1;
      assert.notEqual(writeOf(value), write);
    }
    const length = valueLength(write, { min: 50, max: 60 });
    assert.ok(length >= 50 && length <= 60);
  }
  assert.equal(keyNumber(playgroundKey(999_999)), 999_999);
  assert.equal(keyNumber(absentKey(3)), -1);
});

test('the model keeps its counts, and finds the moment that a database is at', () => {
  const model = new AcknowledgedWrites(10);
  const value = (write: number) => playgroundValue(write, 20);
  const entry = (key: number, write: number) => [key, value(write)] as const;
  model.acknowledge(1, 31, true);
  model.acknowledge(2, 31, false);
  model.acknowledge(1, undefined, false);
  model.acknowledge(2, 31, false);
  assert.deepEqual([model.liveKeys, model.liveBytes], [1, 31]);
  assert.deepEqual([model.acknowledged, model.promised, model.durable], [4, 1, 1]);
  const result = model.recover([entry(1, 1), entry(2, 2)]);
  assert.equal(result.survived, 2);
  assert.deepEqual(
    result.lostWrites.map(({ write, kind, promised }) => [write, kind, promised]),
    [
      [3, 'delete', false],
      [4, 'put', false],
    ],
  );
  assert.deepEqual([result.lost, result.lostPromised, result.wrongKeys], [2, 0, 0]);
  assert.deepEqual([model.liveKeys, model.liveBytes], [2, 62]);
  // A write behind one that is lost: no moment has that.
  model.acknowledge(3, 31, true);
  model.acknowledge(4, 31, false);
  model.acknowledge(5, 31, false);
  const torn = model.recover([entry(1, 1), entry(2, 2), entry(5, 7)]);
  assert.equal(torn.survived, undefined);
  assert.ok(torn.wrongKeys > 0);
  assert.equal(model.expected(3), undefined);
  // What was promised is gone.
  model.acknowledge(6, 31, true);
  const broken = model.recover([entry(1, 1), entry(2, 2), entry(5, 7)]);
  assert.equal(broken.survived, undefined);
  assert.equal(broken.wrongKeys, 1);
});
