// The cases of LevelDB's util/bloom_test.cc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteWriter } from '../../src/engine/bytes/byte-writer';
import { writeFixed32 } from '../../src/engine/bytes/fixed';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { bloomFilterPolicy, bloomParameters, internalFilterPolicy } from '../../src/engine/table/filter';
import { bytes } from './table-harness';

const policy = bloomFilterPolicy(10);

function build(keys: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  policy.createFilter(keys, out);
  return out.toBytes();
}

function matches(filter: Uint8Array, key: Uint8Array): boolean {
  return policy.keyMayMatch(key, 0, key.length, filter, 0, filter.length);
}

function numberKey(i: number): Uint8Array {
  const key = new Uint8Array(4);
  writeFixed32(key, 0, i);
  return key;
}

function falsePositiveRate(filter: Uint8Array): number {
  let hits = 0;
  for (let i = 0; i < 10000; i++) if (matches(filter, numberKey(i + 1000000000))) hits++;
  return hits / 10000;
}

test('bloom_test: EmptyFilter', () => {
  const filter = new Uint8Array(0);
  assert.equal(matches(filter, bytes('hello')), false);
  assert.equal(matches(filter, bytes('world')), false);
});

test('bloom_test: Small', () => {
  const filter = build([bytes('hello'), bytes('world')]);
  assert.deepEqual(
    ['hello', 'world', 'x', 'foo'].map((key) => matches(filter, bytes(key))),
    [true, true, false, false],
  );
});

test('bloom_test: VaryingLengths', () => {
  let mediocre = 0;
  let good = 0;
  for (let length = 1; length <= 10000; length = nextLength(length)) {
    const keys = Array.from({ length }, (_, i) => numberKey(i));
    const filter = build(keys);
    assert.ok(filter.length <= Math.floor((length * 10) / 8) + 40, `${filter.length} bytes for ${length}`);
    for (const key of keys) assert.ok(matches(filter, key), `length ${length}`);
    const rate = falsePositiveRate(filter);
    assert.ok(rate <= 0.02, `${rate} at length ${length}`);
    if (rate > 0.0125) mediocre++;
    else good++;
  }
  assert.ok(mediocre <= good / 5, `${good} good, ${mediocre} mediocre`);
});

function nextLength(length: number): number {
  if (length < 10) return length + 1;
  if (length < 100) return length + 10;
  return length + (length < 1000 ? 100 : 1000);
}

test('bloom: parameters are read off the filter', () => {
  assert.deepEqual(bloomParameters(build([bytes('a')])), { k: 6, bits: 64 });
  assert.deepEqual(bloomParameters(build(Array.from({ length: 100 }, (_, i) => numberKey(i)))), {
    k: 6,
    bits: 1000,
  });
  assert.equal(bloomParameters(new Uint8Array(1)), undefined);
});

test('bloom: k above 30 is left for other encodings and matches', () => {
  const filter = new Uint8Array(9);
  filter[8] = 31;
  assert.equal(matches(filter, bytes('anything')), true);
});

test('bloom: over internal keys the tag does not matter', () => {
  const internal = internalFilterPolicy(policy);
  const out = new ByteWriter();
  internal.createFilter([encodeInternalKey(bytes('hello'), 7, 1)], out);
  const filter = out.toBytes();
  assert.equal(internal.name, 'leveldb.BuiltinBloomFilter2');
  assert.deepEqual(filter, build([bytes('hello')]));
  const probe = encodeInternalKey(bytes('hello'), 99, 0);
  assert.equal(internal.keyMayMatch(probe, 0, probe.length, filter, 0, filter.length), true);
});
