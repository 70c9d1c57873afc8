import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecError } from '../../src/engine/codec/codec-error';
import { decodeSnappy, encodeSnappy } from '../../src/engine/codec/snappy';
import { LevelDbRandom } from './leveldb-random';

const BAD_LENGTH = 'corrupted snappy compressed block length';
const BAD_CONTENTS = 'corrupted snappy compressed block contents';

const bytes = (text: string) => new TextEncoder().encode(text);

function failure(stored: Uint8Array): string {
  try {
    decodeSnappy(stored);
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    assert.ok(error.message === BAD_LENGTH || error.message === BAD_CONTENTS);
    return error.message;
  }
  return 'none';
}

/** A decoder that only follows the description of the format, to check the encoder by something else. */
function decodeByTheBook(stored: Uint8Array): number[] {
  let at = 0;
  const next = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++) value += stored[at++] * 256 ** i;
    return value;
  };
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = next(1);
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out: number[] = [];
  while (at < stored.length) {
    const tag = next(1);
    const upper = tag >>> 2;
    if ((tag & 3) === 0) {
      const count = (upper < 60 ? upper : next(upper - 59)) + 1;
      for (let i = 0; i < count; i++) out.push(next(1));
      continue;
    }
    const count = (tag & 3) === 1 ? (upper & 7) + 4 : upper + 1;
    const offset = (tag & 3) === 1 ? (tag >>> 5) * 256 + next(1) : next((tag & 3) === 2 ? 2 : 4);
    assert.ok(offset > 0 && offset <= out.length);
    for (let i = 0; i < count; i++) out.push(out[out.length - offset]);
  }
  assert.equal(out.length, length);
  assert.equal(at, stored.length);
  return out;
}

/** All bytes that are longer than a long literal. */
const LONG = Array.from({ length: 70000 }, (_, i) => (i * 7) & 0xff);

const DECODED: [name: string, stored: number[], contents: number[]][] = [
  ['nothing', [0], []],
  ['a literal', [3, 2 << 2, 1, 2, 3], [1, 2, 3]],
  ['a literal of 60', [60, 59 << 2, ...LONG.slice(0, 60)], LONG.slice(0, 60)],
  ['a literal with one byte of length', [61, 60 << 2, 60, ...LONG.slice(0, 61)], LONG.slice(0, 61)],
  ['... with two', [0xac, 2, 61 << 2, 0x2b, 1, ...LONG.slice(0, 300)], LONG.slice(0, 300)],
  ['... with three', [0xf0, 0xa2, 4, 62 << 2, 0x6f, 0x11, 1, ...LONG], LONG],
  ['... with four, more than needed', [2, 63 << 2, 1, 0, 0, 0, 8, 9], [8, 9]],
  ['a short copy', [8, 3 << 2, 1, 2, 3, 4, 1, 4], [1, 2, 3, 4, 1, 2, 3, 4]],
  ['a copy with two bytes of offset', [5, 3 << 2, 1, 2, 3, 4, 2, 3, 0], [1, 2, 3, 4, 2]],
  ['a copy with four', [5, 3 << 2, 1, 2, 3, 4, 3, 2, 0, 0, 0], [1, 2, 3, 4, 3]],
  ['a copy of its own output', [65, 0, 7, (63 << 2) | 2, 1, 0], new Array(65).fill(7)],
  [
    'a pattern of three',
    [15, 2 << 2, 1, 2, 3, (11 << 2) | 2, 3, 0],
    [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3],
  ],
  [
    'a long copy',
    [128, 1, 60 << 2, 63, ...LONG.slice(0, 64), (63 << 2) | 2, 64, 0],
    [...LONG.slice(0, 64), ...LONG.slice(0, 64)],
  ],
  ['a length with needless bytes', [0x81, 0x80, 0, 0, 5], [5]],
];

for (const [name, stored, contents] of DECODED) {
  test(`decodes ${name}`, () => {
    assert.deepEqual(decodeByTheBook(Uint8Array.from(stored)), contents);
    assert.deepEqual(decodeSnappy(Uint8Array.from(stored)), Uint8Array.from(contents));
  });
}

test('the length is bad: cut, too long, or more than the elements can give', () => {
  for (const stored of [
    [],
    [0x80],
    [0xff, 0xff, 0xff, 0xff, 0xff],
    [0x80, 0x80, 0x80, 0x80, 0x10, 0],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0, 0],
    [1],
    [0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 2, 3],
    [65, 0, 1],
  ]) {
    assert.equal(failure(Uint8Array.from(stored)), BAD_LENGTH, String(stored));
  }
});

test('the contents are bad', () => {
  const cases: [string, number[]][] = [
    ['shorter than the length', [4, 2 << 2, 1, 2, 3]],
    ['longer than the length', [2, 2 << 2, 1, 2, 3]],
    ['a literal that is cut', [4, 3 << 2, 1, 2, 3]],
    ['a literal whose length is cut', [4, 61 << 2, 3]],
    ['a literal of 4 GiB', [4, 63 << 2, 255, 255, 255, 255, 1, 2, 3, 4]],
    ['offset 0', [8, 3 << 2, 1, 2, 3, 4, 1, 0]],
    ['an offset before the beginning', [8, 3 << 2, 1, 2, 3, 4, 1, 5]],
    ['an offset of 4 GiB', [8, 3 << 2, 1, 2, 3, 4, 15, 255, 255, 255, 255]],
    ['a short copy that is cut', [8, 3 << 2, 1, 2, 3, 4, 1]],
    ['a copy that is cut', [8, 3 << 2, 1, 2, 3, 4, 14, 4]],
    ['a long copy that is cut', [8, 3 << 2, 1, 2, 3, 4, 15, 4, 0, 0]],
    ['a copy past the length', [7, 3 << 2, 1, 2, 3, 4, 1, 4]],
    ['elements behind the end', [3, 2 << 2, 1, 2, 3, 0, 1]],
  ];
  for (const [name, stored] of cases) assert.equal(failure(Uint8Array.from(stored)), BAD_CONTENTS, name);
});

function samples(): Uint8Array[] {
  const random = new LevelDbRandom(301);
  const result = [
    0, 1, 2, 3, 4, 5, 14, 15, 16, 17, 60, 61, 255, 256, 257, 65535, 65536, 65537, 200000,
  ].flatMap((n) => [
    new Uint8Array(n),
    random.bytes(n),
    Uint8Array.from({ length: n }, (_, i) => i % 5),
    Uint8Array.from({ length: n }, () => random.uniform(3)),
  ]);
  for (let i = 0; i < 300; i++) {
    // Runs, repetitions from near and far, and noise.
    const data = new Uint8Array(random.skewed(18));
    for (let at = 0; at < data.length; ) {
      const length = 1 + random.skewed(9);
      const stop = Math.min(data.length, at + length);
      const offset = random.uniform(3) === 0 ? 0 : Math.min(at, 1 + random.skewed(17));
      for (; at < stop; at++) data[at] = offset === 0 ? random.next() : data[at - offset];
    }
    result.push(data);
  }
  return result;
}

test('what is encoded comes back, through this decoder and one by the book', () => {
  for (const raw of samples()) {
    const stored = encodeSnappy(raw);
    assert.deepEqual(decodeSnappy(stored), raw);
    if (raw.length <= 70000) assert.deepEqual(Uint8Array.from(decodeByTheBook(stored)), raw);
    assert.ok(stored.length <= 32 + raw.length + raw.length / 6);
  }
});

test('what repeats becomes small, what does not hardly grows', () => {
  assert.ok(encodeSnappy(new Uint8Array(65536)).length < 3200);
  assert.ok(encodeSnappy(bytes('the quick brown fox '.repeat(200))).length < 300);
  const noise = new LevelDbRandom(301).bytes(4096);
  assert.ok(encodeSnappy(noise).length <= noise.length + 8);
});

test('a view is encoded like a copy', () => {
  const buffer = bytes(`....${'abcabcabd'.repeat(20)}....`);
  assert.deepEqual(encodeSnappy(buffer.subarray(4, 184)), encodeSnappy(buffer.slice(4, 184)));
  assert.deepEqual(decodeSnappy(encodeSnappy(buffer).subarray(0)), buffer);
});

test('every truncation is damage', () => {
  const stored = encodeSnappy(bytes('key value key value block block block '.repeat(10)));
  for (let length = 0; length < stored.length; length++) {
    assert.notEqual(failure(stored.subarray(0, length)), 'none');
  }
});

test('no flipped byte and no random bytes give anything but a CodecError', () => {
  const stored = encodeSnappy(bytes('key value key value block block block '.repeat(10)));
  for (let at = 0; at < stored.length; at++) {
    for (let change = 1; change < 256; change++) {
      stored[at] ^= change;
      failure(stored);
      stored[at] ^= change;
    }
  }
  const random = new LevelDbRandom(301);
  for (let i = 0; i < 20000; i++) failure(random.bytes(1 + random.skewed(9)));
});
