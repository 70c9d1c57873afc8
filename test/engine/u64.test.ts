import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addU64,
  MAX_U64,
  maxU64,
  parseU64,
  type U64,
  u64FromBigInt,
  u64FromParts,
  u64High,
  u64Low,
} from '../../src/engine/bytes/u64';

const EDGES = [
  0n,
  1n,
  0xffff_ffffn,
  0x1_0000_0000n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  2n ** 63n,
  MAX_U64,
];

test('the form is canonical: a number up to 2^53 - 1, a bigint above', () => {
  for (const edge of EDGES) {
    const value = u64FromBigInt(edge);
    assert.equal(typeof value, edge < 2n ** 53n ? 'number' : 'bigint');
    assert.equal(BigInt(value), edge);
    assert.equal(u64FromParts(u64High(value), u64Low(value)), value);
    assert.equal(parseU64(String(edge)), value);
  }
});

test('halves', () => {
  const value = u64FromBigInt(0x0123_4567_89ab_cdefn);
  assert.equal(u64High(value), 0x0123_4567);
  assert.equal(u64Low(value), 0x89ab_cdef);
});

test('addition wraps at 2^64 and stays canonical', () => {
  for (const a of EDGES) {
    for (const b of EDGES) {
      const expected: U64 = u64FromBigInt(BigInt.asUintN(64, a + b));
      assert.equal(addU64(u64FromBigInt(a), u64FromBigInt(b)), expected);
    }
  }
});

test('order across both forms', () => {
  assert.equal(maxU64(5, 2n ** 60n), 2n ** 60n);
  assert.equal(maxU64(2n ** 60n, 5), 2n ** 60n);
  assert.equal(maxU64(7, 5), 7);
});

test('parsing takes decimals of 64 bits and nothing else', () => {
  assert.equal(parseU64('00012'), 12);
  assert.equal(parseU64('18446744073709551615'), MAX_U64);
  for (const text of [
    '',
    ' 1',
    '-1',
    '+1',
    '1.0',
    '1e3',
    '0x1',
    '1n',
    '18446744073709551616',
    '9'.repeat(100),
  ]) {
    assert.equal(parseU64(text), undefined, text);
  }
});
