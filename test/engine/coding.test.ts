// util/coding_test.cc, case by case.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader } from '../../src/engine/bytes/byte-reader';
import { ByteWriter } from '../../src/engine/bytes/byte-writer';
import { readFixed32, readFixed64 } from '../../src/engine/bytes/fixed';
import { MAX_U64, u64FromBigInt } from '../../src/engine/bytes/u64';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Bytes of a varint. */
function varintLength(value: bigint): number {
  let length = 1;
  for (let rest = value >> 7n; rest > 0n; rest >>= 7n) length++;
  return length;
}

test('coding_test: Fixed32', () => {
  const writer = new ByteWriter();
  for (let v = 0; v < 100000; v++) writer.fixed32(v);
  const bytes = writer.view();
  assert.equal(bytes.length, 400000);
  for (let v = 0; v < 100000; v++) assert.equal(readFixed32(bytes, 4 * v), v);
});

test('coding_test: Fixed64', () => {
  const values: bigint[] = [];
  for (let power = 0n; power <= 63n; power++) values.push(2n ** power - 1n, 2n ** power, 2n ** power + 1n);
  const writer = new ByteWriter();
  for (const value of values) writer.fixed64(u64FromBigInt(value));
  const bytes = writer.view();
  values.forEach((value, i) => {
    assert.equal(readFixed64(bytes, 8 * i), u64FromBigInt(value));
  });
});

test('coding_test: EncodingOutput', () => {
  const writer = new ByteWriter();
  writer.fixed32(0x04030201);
  assert.deepEqual([...writer.view()], [1, 2, 3, 4]);
  writer.truncate(0);
  writer.fixed64(u64FromBigInt(0x0807060504030201n));
  assert.deepEqual([...writer.view()], [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('coding_test: Varint32', () => {
  const values = Array.from({ length: 32 * 32 }, (_, i) => (Math.floor(i / 32) << (i % 32)) >>> 0);
  const writer = new ByteWriter();
  for (const value of values) writer.varint32(value);
  const reader = new ByteReader(writer.view());
  for (const value of values) {
    const start = reader.position;
    assert.equal(reader.varint32(), value);
    assert.equal(reader.position - start, varintLength(BigInt(value)));
  }
  assert.equal(reader.failed, false);
  assert.equal(reader.remaining, 0);
});

test('coding_test: Varint64', () => {
  const values = [0n, 100n, MAX_U64, MAX_U64 - 1n];
  for (let k = 0n; k < 64n; k++) values.push(2n ** k, 2n ** k - 1n, 2n ** k + 1n);
  const writer = new ByteWriter();
  for (const value of values) writer.varint64(u64FromBigInt(value));
  const reader = new ByteReader(writer.view());
  for (const value of values) {
    assert.ok(reader.remaining > 0);
    const start = reader.position;
    assert.equal(reader.varint64(), u64FromBigInt(value));
    assert.equal(reader.position - start, varintLength(value));
  }
  assert.equal(reader.failed, false);
  assert.equal(reader.remaining, 0);
});

test('coding_test: Varint32Overflow', () => {
  const reader = new ByteReader(Uint8Array.of(0x81, 0x82, 0x83, 0x84, 0x85, 0x11));
  reader.varint32();
  assert.equal(reader.failed, true);
  assert.equal(reader.position, 0);
});

test('coding_test: Varint32Truncation', () => {
  const value = 2 ** 31 + 100;
  const writer = new ByteWriter();
  writer.varint32(value);
  const bytes = writer.view();
  for (let length = 0; length < bytes.length; length++) {
    const reader = new ByteReader(bytes, 0, length);
    reader.varint32();
    assert.equal(reader.failed, true);
  }
  assert.equal(new ByteReader(bytes).varint32(), value);
});

test('coding_test: Varint64Overflow', () => {
  const reader = new ByteReader(
    Uint8Array.of(0x81, 0x82, 0x83, 0x84, 0x85, 0x81, 0x82, 0x83, 0x84, 0x85, 0x11),
  );
  reader.varint64();
  assert.equal(reader.failed, true);
  assert.equal(reader.position, 0);
});

test('coding_test: Varint64Truncation', () => {
  const value = 2n ** 63n + 100n;
  const writer = new ByteWriter();
  writer.varint64(value);
  const bytes = writer.view();
  for (let length = 0; length < bytes.length; length++) {
    const reader = new ByteReader(bytes, 0, length);
    reader.varint64();
    assert.equal(reader.failed, true);
  }
  assert.equal(new ByteReader(bytes).varint64(), value);
});

test('coding_test: Strings', () => {
  const writer = new ByteWriter();
  const strings = ['', 'foo', 'bar', 'x'.repeat(200)];
  for (const string of strings) writer.lengthPrefixed(new TextEncoder().encode(string));
  const reader = new ByteReader(writer.view());
  for (const string of strings) assert.equal(text(reader.lengthPrefixed()), string);
  assert.equal(reader.remaining, 0);
  assert.equal(reader.failed, false);
});

test('bits of a varint beyond its width are dropped, as in LevelDB', () => {
  assert.equal(new ByteReader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f)).varint32(), 0xffff_ffff);
  const wide = new Uint8Array(10).fill(0xff);
  wide[9] = 0x7f;
  assert.equal(new ByteReader(wide).varint64(), MAX_U64);
});

test('a varint may be longer than needed', () => {
  assert.equal(new ByteReader(Uint8Array.of(0x85, 0x80, 0x00)).varint32(), 5);
  assert.equal(
    new ByteReader(Uint8Array.of(0x85, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)).varint64(),
    5,
  );
});

test('a failed reader stays failed and where it was', () => {
  const reader = new ByteReader(Uint8Array.of(5, 1, 2));
  assert.equal(reader.lengthPrefixed().length, 0);
  assert.equal(reader.failed, true);
  assert.equal(reader.position, 0);
  assert.deepEqual([reader.byte(), reader.varint64(), reader.fixed32(), reader.fixed64()], [0, 0, 0, 0]);
  assert.equal(reader.position, 0);
});
