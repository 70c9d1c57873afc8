import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CodecError } from '../../src/engine/codec/codec-error';
import { decodeZstd } from '../../src/engine/codec/zstd';
import { LevelDbRandom } from './leveldb-random';
import { VECTORS } from './zstd-vectors';

const LIMIT = 1 << 24;
const BAD_LENGTH = 'corrupted zstd compressed block length';
const BAD_CONTENTS = 'corrupted zstd compressed block contents';
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd];

const frame = (name: keyof typeof VECTORS) => new Uint8Array(Buffer.from(VECTORS[name], 'base64'));
const bytes = (text: string) => new TextEncoder().encode(text);

function words(length: number): Uint8Array {
  const list = 'put delete key value block table level log sequence compaction'.split(' ');
  const random = new LevelDbRandom(301);
  let text = '';
  while (text.length < length) text += `${list[random.uniform(list.length)]} `;
  return bytes(text.slice(0, length));
}

function skewed(length: number): Uint8Array {
  const random = new LevelDbRandom(301);
  return Uint8Array.from({ length }, () => 97 + (random.next() % (1 + random.uniform(16))));
}

/** What each vector stands for. */
const CONTENTS: Record<Exclude<keyof typeof VECTORS, 'empty'>, Uint8Array> = {
  raw: bytes('x'),
  hello: bytes('hello, hello, hello, hello!'),
  zeros: new Uint8Array(300000),
  text: words(2000),
  // Several blocks: repeated tables, recent offsets, matches that reach back over blocks.
  flushed: words(2400),
  skew: skewed(1200),
  // Literals that use the tree of the block before.
  treeless: skewed(3000),
  checksum: words(200),
  withoutSize: words(200),
};

function failure(stored: Uint8Array, limit = LIMIT): string {
  try {
    decodeZstd(stored, limit);
  } catch (error) {
    assert.ok(error instanceof CodecError, String(error));
    assert.ok(error.message === BAD_LENGTH || error.message === BAD_CONTENTS);
    return error.message;
  }
  return 'none';
}

for (const [name, contents] of Object.entries(CONTENTS)) {
  test(`libzstd's frame: ${name}`, () => {
    const stored = frame(name as keyof typeof CONTENTS);
    assert.deepEqual(decodeZstd(stored, LIMIT), contents);
    // Wherever the frame lies in its buffer.
    const shifted = new Uint8Array(stored.length + 20).fill(0xff);
    shifted.set(stored, 9);
    assert.deepEqual(decodeZstd(shifted.subarray(9, 9 + stored.length), contents.length), contents);
  });
}

test('the length is bad: no frame, an empty one, or a size that cannot be', () => {
  assert.equal(failure(new Uint8Array(0)), BAD_LENGTH);
  assert.equal(failure(Uint8Array.from(MAGIC)), BAD_LENGTH);
  assert.equal(failure(bytes('no frame at all')), BAD_LENGTH);
  assert.equal(failure(frame('empty')), BAD_LENGTH);
  assert.equal(failure(frame('text'), 1999), BAD_LENGTH);
  // A skippable frame.
  assert.equal(failure(Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0)), BAD_LENGTH);
  // A reserved bit, and a window of 2^41 bytes.
  assert.equal(failure(Uint8Array.of(...MAGIC, 0x28, 1, 9, 0, 0, 0x78)), BAD_LENGTH);
  assert.equal(failure(Uint8Array.of(...MAGIC, 0x40, 0xf8, 1, 0, 9, 0, 0, 0x78)), BAD_LENGTH);
});

test('a hostile size allocates nothing', () => {
  const raw = [9, 0, 0, 0x78]; // the last block, one raw byte
  for (const size of [
    [0xff, 0xff, 0xff, 0x3f, 0, 0, 0, 0],
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  ]) {
    assert.equal(failure(Uint8Array.of(...MAGIC, 0xe0, ...size, ...raw), 2 ** 40), BAD_LENGTH);
  }
  // A window of a gigabyte is only a promise not to reach further back.
  assert.deepEqual([...decodeZstd(Uint8Array.of(...MAGIC, 0, 20 << 3, ...raw), LIMIT)], [0x78]);
});

test('the contents are bad: a dictionary, bytes behind the frame, a size that is not met', () => {
  const raw = [9, 0, 0, 0x78];
  assert.equal(failure(Uint8Array.of(...MAGIC, 0x21, 7, 1, ...raw)), BAD_CONTENTS);
  assert.equal(failure(Uint8Array.of(...MAGIC, 0x20, 1, ...raw, 0)), BAD_CONTENTS);
  assert.equal(failure(Uint8Array.of(...frame('text'), ...frame('text'))), BAD_CONTENTS);
  assert.equal(failure(Uint8Array.of(...MAGIC, 0x20, 1, 0x0d, 0, 0, 0x78)), BAD_CONTENTS);
  const shorter = frame('text');
  shorter[5]--;
  assert.equal(failure(shorter), BAD_CONTENTS);
});

/** A frame with a window of 2 MiB, no size, and one compressed block. */
function compressed(...block: number[]): Uint8Array {
  const header = (block.length << 3) | (2 << 1) | 1;
  return Uint8Array.of(...MAGIC, 0, 0x58, header & 0xff, (header >>> 8) & 0xff, header >>> 16, ...block);
}

test('sequences that cost nothing but promise much end at the block size', () => {
  // No literals; 98,047 sequences, all of constant codes: matches of 65,539 bytes and more.
  assert.equal(failure(compressed(0, 255, 0xff, 0xff, 0x54, 35, 0, 52, 1)), BAD_CONTENTS);
  assert.equal(failure(compressed(0, 255, 0xff, 0xff, 0x54, 0, 0, 0, 1)), BAD_CONTENTS);
});

test('a tree whose weights take no bits ends', () => {
  // Sixteen literals of a tree of six bytes: a table of 32 states, all of symbol 0, which never advance.
  const literals = [0x02, 0x01, 8 >>> 2];
  const stored = compressed(...literals, 6, 0xf0, 0x03, 0xff, 0xff, 0xff, 1, 1, 0);
  assert.equal(failure(stored), BAD_CONTENTS);
});

test('every truncation is damage', () => {
  for (const name of ['hello', 'text', 'flushed', 'skew', 'checksum', 'withoutSize'] as const) {
    const stored = frame(name);
    for (let length = 0; length < stored.length; length++) {
      assert.notEqual(failure(stored.subarray(0, length)), 'none', `${name}, ${length} bytes`);
    }
  }
});

test('no flipped byte and no random bytes give anything but a CodecError', () => {
  for (const name of Object.keys(VECTORS) as (keyof typeof VECTORS)[]) {
    const stored = frame(name);
    for (let at = 0; at < stored.length; at++) {
      for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        stored[at] ^= change;
        failure(stored, 1 << 20);
        stored[at] ^= change;
      }
    }
  }
  const random = new LevelDbRandom(301);
  for (let i = 0; i < 3000; i++) failure(compressed(...random.bytes(random.skewed(9))), 1 << 20);
});
