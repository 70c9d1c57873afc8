import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fnv1a64 } from '../../src/engine/bytes/fnv';
import { LevelDbRandom } from './leveldb-random';

function reference(data: Uint8Array): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of data) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}

function digest(data: Uint8Array): string {
  const fnv = new Fnv1a64();
  fnv.update(data);
  return fnv.digest();
}

test('known vectors', () => {
  const cases = { '': 'cbf29ce484222325', a: 'af63dc4c8601ec8c', foobar: '85944171f73967e8' };
  for (const [text, expected] of Object.entries(cases)) {
    assert.equal(digest(new TextEncoder().encode(text)), expected);
  }
});

test('agrees with bigint arithmetic on random bytes, whole, in parts and byte by byte', () => {
  const random = new LevelDbRandom(301);
  for (let length = 0; length < 200; length++) {
    const data = random.bytes(length);
    const expected = reference(data);
    assert.equal(digest(data), expected);
    const parts = new Fnv1a64();
    const cut = random.uniform(length + 1);
    parts.update(data, 0, cut);
    parts.update(data, cut, length);
    assert.equal(parts.digest(), expected);
    const single = new Fnv1a64();
    for (const byte of data) single.update(Uint8Array.of(byte));
    assert.equal(single.digest(), expected);
  }
});
