// util/crc32c_test.cc, case by case.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, maskCrc, unmaskCrc } from '../../src/engine/bytes/crc32c';
import { LevelDbRandom } from './leveldb-random';

const bytes = (text: string) => new TextEncoder().encode(text);

test('crc32c_test: StandardResults', () => {
  // RFC 3720, B.4.
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c);
  const command = new Uint8Array(48);
  for (const [at, byte] of [
    [0, 0x01],
    [1, 0xc0],
    [16, 0x14],
    [22, 0x04],
    [27, 0x14],
    [31, 0x18],
    [32, 0x28],
    [40, 0x02],
  ]) {
    command[at] = byte;
  }
  assert.equal(crc32c(command), 0xd9963a56);
});

test('crc32c_test: Values', () => {
  assert.notEqual(crc32c(bytes('a')), crc32c(bytes('foo')));
});

test('crc32c_test: Extend', () => {
  const hello = bytes('hello world');
  assert.equal(crc32c(hello, 6, 11, crc32c(hello, 0, 6)), crc32c(hello));
});

test('crc32c_test: Mask', () => {
  const crc = crc32c(bytes('foo'));
  assert.notEqual(maskCrc(crc), crc);
  assert.notEqual(maskCrc(maskCrc(crc)), crc);
  assert.equal(unmaskCrc(maskCrc(crc)), crc);
  assert.equal(unmaskCrc(unmaskCrc(maskCrc(maskCrc(crc)))), crc);
});

test('every cut into two parts gives the same checksum', () => {
  const data = new LevelDbRandom(301).bytes(100);
  const whole = crc32c(data);
  for (let cut = 0; cut <= data.length; cut++) {
    assert.equal(crc32c(data, cut, data.length, crc32c(data, 0, cut)), whole);
  }
});

test('every length and start agrees with the bit by bit definition', () => {
  const data = new LevelDbRandom(7).bytes(80);
  for (let start = 0; start < 20; start++) {
    for (let end = start; end <= data.length; end++) {
      let state = 0xffffffff;
      for (let i = start; i < end; i++) {
        state ^= data[i];
        for (let bit = 0; bit < 8; bit++) state = state & 1 ? (state >>> 1) ^ 0x82f63b78 : state >>> 1;
      }
      assert.equal(crc32c(data, start, end), ~state >>> 0);
    }
  }
});
