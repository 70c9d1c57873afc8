// Bytes on their way into a webview, and sequences on their way out of it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packBytes, packParameter, unpackBytes, unpackParameter } from '../../webview/protocol/pack';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('bytes anywhere in a value go as one buffer and come back', () => {
  const value = {
    rows: [
      { key: bytes(1, 2), preview: bytes(), hidden: false },
      { key: bytes(3), preview: bytes(4, 5, 6), hidden: true },
    ],
    count: 2,
    nothing: null,
    missing: undefined,
    text: 'a',
  };
  const packed = packBytes(value);
  assert.deepEqual(packed.bytes, bytes(1, 2, 3, 4, 5, 6));
  assert.equal(packed.bytes.buffer.byteLength, 6);
  // As VS Code carries it: JSON beside the buffer.
  const carried = { value: JSON.parse(JSON.stringify(packed.value)), bytes: packed.bytes.slice() };
  const { missing, ...rest } = value;
  assert.equal(missing, undefined);
  assert.deepEqual(unpackBytes(carried), rest);
});

test('a part of a larger buffer goes without the rest', () => {
  const packed = packBytes(bytes(9, 8, 7, 6).subarray(1, 3));
  assert.deepEqual(packed.bytes, bytes(8, 7));
  assert.deepEqual(unpackBytes(packed), bytes(8, 7));
});

test('bytes that are themselves the value, and a value without bytes', () => {
  assert.deepEqual(unpackBytes(packBytes(bytes())), bytes());
  assert.deepEqual(unpackBytes(packBytes(7)), 7);
  assert.deepEqual(unpackBytes(packBytes([])), []);
  assert.equal(unpackBytes(packBytes(null)), null);
});

test('arrays of numbers and integers above 2^53 come back as they were, wherever they lie in the buffer', () => {
  const value = {
    odd: bytes(1),
    doubles: Float64Array.of(1.5, -0, Number.MAX_VALUE),
    floats: Float32Array.of(0.25, 1),
    part: Float64Array.of(7, 8, 9).subarray(1, 2),
    numbers: Uint32Array.of(0xffffffff),
    none: new Float64Array(0),
    sequence: 0xffff_ffff_ffff_ffffn,
  };
  const packed = packBytes(value);
  const carried = { value: JSON.parse(JSON.stringify(packed.value)), bytes: packed.bytes.slice() };
  assert.deepEqual(unpackBytes(carried), value);
});

test('parameters come out of a webview as they were, integers above 2^53 and parts of buffers too', () => {
  const value = [
    { table: 0xffff_ffff_ffff_ffffn, types: ['pick'], text: '' },
    [1, null, true],
    bytes(9, 8, 7, 6).subarray(1, 3),
  ];
  const packed = packParameter(value) as unknown[];
  assert.equal((packed[2] as Uint8Array).buffer.byteLength, 2);
  // As VS Code carries it: what is not bytes as JSON.
  const carried = [...JSON.parse(JSON.stringify(packed.slice(0, 2))), packed[2]];
  assert.deepEqual(unpackParameter(carried), value);
});
