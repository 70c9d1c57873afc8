import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeBytes, hexBytes, parseHex, unescapeBytes } from '../../src/engine/bytes/escape';

const ALL = Uint8Array.from({ length: 256 }, (_, i) => i);

test('printable ASCII stays, all else is written \\xNN', () => {
  assert.equal(escapeBytes(new TextEncoder().encode('key 1/~')), 'key 1/~');
  assert.equal(
    escapeBytes(Uint8Array.of(0, 0x1f, 0x20, 0x5c, 0x7e, 0x7f, 0xff)),
    '\\x00\\x1f \\x5c~\\x7f\\xff',
  );
  assert.equal(escapeBytes(ALL, 0x41, 0x44), 'ABC');
});

test('every byte comes back', () => {
  assert.deepEqual(unescapeBytes(escapeBytes(ALL)), ALL);
  assert.deepEqual(parseHex(hexBytes(ALL)), ALL);
  for (let byte = 0; byte < 256; byte++) {
    assert.deepEqual(unescapeBytes(escapeBytes(Uint8Array.of(byte))), Uint8Array.of(byte));
  }
});

test('typed text: upper case digits and characters outside ASCII', () => {
  assert.deepEqual([...unescapeBytes('a\\xFFb')], [0x61, 0xff, 0x62]);
  assert.deepEqual([...unescapeBytes('é')], [0xc3, 0xa9]);
  assert.deepEqual([...unescapeBytes('')], []);
});

test('a backslash that does not begin \\xNN is refused', () => {
  for (const text of ['\\', 'a\\', '\\n', '\\x', '\\x1', '\\xg1', '\\x1g', '\\\\', '\\X41']) {
    assert.throws(() => unescapeBytes(text), RangeError, text);
  }
});

test('plain hex', () => {
  assert.equal(hexBytes(Uint8Array.of(0, 0xab, 0x0f)), '00ab0f');
  assert.deepEqual([...parseHex('00aB0F')], [0, 0xab, 0x0f]);
  for (const text of ['0', '0g', ' 00', '0x00', '00 01'])
    assert.throws(() => parseHex(text), RangeError, text);
});
