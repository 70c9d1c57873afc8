// The WebAssembly kernel against the plain TypeScript that says the same: on random and on hostile input.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { crc32c, plainCrc32c } from '../../src/engine/bytes/crc32c';
import { Fnv1a64 } from '../../src/engine/bytes/fnv';
import { CodecError } from '../../src/engine/codec/codec-error';
import {
  decodeSnappy,
  encodeSnappy,
  plainDecodeSnappy,
  plainEncodeSnappy,
} from '../../src/engine/codec/snappy';
import { kernel } from '../../src/engine/kernel/kernel';
import { randomNumbers } from '../helpers/leveldb';

const random = randomNumbers(9);

/** Of many lengths: around every boundary that the code has, and large. */
function lengths(): number[] {
  const around = [0, 16, 60, 64, 192, 256, 290, 306, 768, 4096, 1 << 15, 1 << 16, 1 << 17];
  return [
    ...around.flatMap((n) => [n - 1, n, n + 1, n + 15, n + 17]),
    ...Array.from({ length: 300 }, () => random(5000)),
  ].filter((n) => n >= 0);
}

function bytesOf(length: number, kind: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; ) {
    if (kind > 0 && i > 0 && random(kind === 1 ? 4 : 40) > 0) {
      // Something that stood before, near or far, overlapping or not.
      const from = random(3) === 0 ? Math.max(0, i - 1 - random(20)) : random(i);
      const run = 1 + random(kind === 1 ? 20 : 200);
      for (let j = 0; j < run && i < length; j++) bytes[i++] = bytes[from + j];
    } else bytes[i++] = random(256);
  }
  return bytes;
}

test('the kernel is there, and small', () => {
  assert.ok(kernel());
  assert.ok(statSync('dist/kernel.wasm').size < 64 * 1024);
});

test('crc32c of the kernel is that of TypeScript, wherever the bytes lie and whatever it goes on from', () => {
  for (const length of lengths()) {
    const before = random(70);
    const bytes = bytesOf(before + length + random(70), 0);
    const crc = random(2) === 0 ? 0 : random(0x1_0000_0000);
    const end = before + length;
    assert.equal(crc32c(bytes, before, end, crc), plainCrc32c(bytes, before, end, crc), `${length}`);
  }
  // What lay in the kernel's memory before is none of the next one's business.
  const zeros = new Uint8Array(3000);
  assert.equal(crc32c(zeros), plainCrc32c(zeros));
});

test('Snappy of the kernel gives the bytes that TypeScript gives, and each reads the other', () => {
  for (const length of lengths()) {
    for (const kind of [0, 1, 2]) {
      const raw = bytesOf(length, kind);
      const stored = encodeSnappy(raw);
      assert.deepEqual(stored, plainEncodeSnappy(raw), `${length} of kind ${kind}`);
      assert.deepEqual(decodeSnappy(stored), raw);
      assert.deepEqual(plainDecodeSnappy(stored), raw);
    }
  }
});

test('damaged Snappy: the kernel says what TypeScript says, of every byte changed, cut and made up', () => {
  let damaged = 0;
  const same = (stored: Uint8Array) => {
    const [left, right] = [decodeSnappy, plainDecodeSnappy].map((decode) => {
      try {
        return decode(stored);
      } catch (error) {
        assert.ok(error instanceof CodecError);
        return error.message;
      }
    });
    if (typeof right === 'string') damaged++;
    assert.deepEqual(left, right, Buffer.from(stored).toString('hex'));
  };
  for (let round = 0; round < 40; round++) {
    const sound = encodeSnappy(bytesOf(1 + random(400), 1 + random(2)));
    for (let at = 0; at < sound.length; at++) {
      const changed = sound.slice();
      changed[at] ^= 1 << random(8);
      same(changed);
      same(sound.subarray(0, at));
    }
  }
  for (let round = 0; round < 20_000; round++) {
    const made = Uint8Array.from({ length: 1 + random(40) }, () => random(random(4) === 0 ? 256 : 64));
    same(made);
  }
  // Literals and copies with lengths and offsets of four bytes, at their ends.
  for (const tag of [60 << 2, 61 << 2, 62 << 2, 63 << 2, 1, 2, 3, 0xff, 0xfe]) {
    for (const fill of [0, 1, 0x7f, 0x80, 0xff]) {
      for (let more = 0; more < 8; more++) {
        same(Uint8Array.of(100, 4, 97, 98, tag, ...Array.from({ length: more }, () => fill)));
      }
    }
  }
  assert.ok(damaged > 10_000, `${damaged}`);
});

test('what is too large for the kernel goes without it', () => {
  const large = new Uint8Array((1 << 24) + 5).fill(7);
  assert.equal(crc32c(large), plainCrc32c(large));
  assert.deepEqual(decodeSnappy(encodeSnappy(large)), large);
});

test('FNV-1a: every length and kind of bytes, from anywhere, gone on with from any state', () => {
  const { exports, heap } = kernel()!;
  let state = new Fnv1a64();
  for (const length of [...lengths(), 1024, 2048, 5 * 1024 + 1, 100_000]) {
    for (const kind of [0, 1, 3, 4]) {
      const bytes = kind < 3 ? bytesOf(length, kind) : new Uint8Array(length).fill(kind === 3 ? 0xff : 0);
      const at = heap + random(64);
      const hash = (BigInt(state.high >>> 0) << 32n) | BigInt(state.low >>> 0);
      kernel()!
        .room(length + 64)!
        .set(bytes, at);
      const found = BigInt.asUintN(64, exports.fnvBytes(hash, at, length));
      state.update(bytes);
      assert.equal(found.toString(16).padStart(16, '0'), state.digest(), `${length} ${kind}`);
      if (random(10) === 0) state = new Fnv1a64();
    }
  }
});
