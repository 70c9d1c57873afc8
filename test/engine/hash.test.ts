// util/hash_test.cc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hash } from '../../src/engine/bytes/hash';

test('hash_test: SignedUnsignedIssue', () => {
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
  const cases: [Uint8Array, number, number][] = [
    [Uint8Array.of(), 0xbc9f1d34, 0xbc9f1d34],
    [Uint8Array.of(0x62), 0xbc9f1d34, 0xef1345c4],
    [Uint8Array.of(0xc3, 0x97), 0xbc9f1d34, 0x5b663814],
    [Uint8Array.of(0xe2, 0x99, 0xa5), 0xbc9f1d34, 0x323c078f],
    [Uint8Array.of(0xe1, 0x80, 0xb9, 0x32), 0xbc9f1d34, 0xed21633a],
    [command, 0x12345678, 0xf333dabb],
  ];
  for (const [data, seed, expected] of cases) {
    assert.equal(hash(data, 0, data.length, seed), expected);
    const shifted = new Uint8Array(data.length + 5).fill(0xaa);
    shifted.set(data, 3);
    assert.equal(hash(shifted, 3, 3 + data.length, seed), expected);
  }
});
