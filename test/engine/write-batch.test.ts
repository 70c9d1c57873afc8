// db/write_batch_test.cc, case by case, then damage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { BATCH_HEADER_SIZE, WriteBatch } from '../../src/engine/batch/write-batch';
import { addU64, MAX_U64, type U64 } from '../../src/engine/bytes/u64';
import { LevelDbRandom } from './leveldb-random';

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (contents: Uint8Array, start: number, end: number) =>
  new TextDecoder().decode(contents.subarray(start, end));

interface Operation {
  key: string;
  sequence: U64;
  text: string;
}

/** What the original's PrintContents gives: the operations as a memtable would order them, then the fault. */
function printContents(contents: Uint8Array): string {
  const reader = new BatchReader();
  const operations: Operation[] = [];
  reader.reset(contents);
  while (reader.next()) {
    const key = text(contents, reader.keyStart, reader.keyEnd);
    const value = text(contents, reader.valueStart, reader.valueEnd);
    const sequence = addU64(reader.sequence, reader.opIndex);
    operations.push({ key, sequence, text: reader.type === 1 ? `Put(${key}, ${value})` : `Delete(${key})` });
  }
  operations.sort((a, b) => (a.key !== b.key ? (a.key < b.key ? -1 : 1) : a.sequence > b.sequence ? -1 : 1));
  const state = operations.map((operation) => `${operation.text}@${operation.sequence}`).join('');
  return reader.error === undefined ? state : `${state}ParseError()`;
}

/** The error after reading all that can be read, and the number of operations before it. */
function readAll(contents: Uint8Array): [string | undefined, number] {
  const reader = new BatchReader();
  reader.reset(contents);
  let count = 0;
  while (reader.next()) {
    count++;
    assert.ok(reader.keyStart >= BATCH_HEADER_SIZE && reader.keyStart <= reader.keyEnd);
    assert.ok(reader.keyEnd <= reader.valueStart && reader.valueStart <= reader.valueEnd);
    assert.ok(reader.valueEnd <= contents.length);
  }
  assert.equal(reader.next(), false);
  assert.equal(reader.opIndex, count - 1);
  return [reader.error, count];
}

function sample(): WriteBatch {
  const batch = new WriteBatch();
  batch.put(bytes('foo'), bytes('bar'));
  batch.delete(bytes('box'));
  batch.put(bytes('k'.repeat(200)), bytes('v'.repeat(300)));
  batch.put(bytes(''), bytes(''));
  batch.sequence = 100;
  return batch;
}

test('write_batch_test: Empty', () => {
  const batch = new WriteBatch();
  assert.equal(printContents(batch.contents()), '');
  assert.equal(batch.count, 0);
});

test('write_batch_test: Multiple', () => {
  const batch = new WriteBatch();
  batch.put(bytes('foo'), bytes('bar'));
  batch.delete(bytes('box'));
  batch.put(bytes('baz'), bytes('boo'));
  batch.sequence = 100;
  assert.equal(batch.sequence, 100);
  assert.equal(batch.count, 3);
  assert.equal(printContents(batch.contents()), 'Put(baz, boo)@102Delete(box)@101Put(foo, bar)@100');
});

test('write_batch_test: Corruption', () => {
  const batch = new WriteBatch();
  batch.put(bytes('foo'), bytes('bar'));
  batch.delete(bytes('box'));
  batch.sequence = 200;
  const contents = batch.contents();
  const cut = WriteBatch.from(contents.subarray(0, contents.length - 1));
  assert.equal(printContents(cut.contents()), 'Put(foo, bar)@200ParseError()');
});

test('write_batch_test: Append', () => {
  const b1 = new WriteBatch();
  const b2 = new WriteBatch();
  b1.sequence = 200;
  b2.sequence = 300;
  b1.append(b2);
  assert.equal(printContents(b1.contents()), '');
  b2.put(bytes('a'), bytes('va'));
  b1.append(b2);
  assert.equal(printContents(b1.contents()), 'Put(a, va)@200');
  b2.clear();
  b2.put(bytes('b'), bytes('vb'));
  b1.append(b2);
  assert.equal(printContents(b1.contents()), 'Put(a, va)@200Put(b, vb)@201');
  b2.delete(bytes('foo'));
  b1.append(b2);
  assert.equal(printContents(b1.contents()), 'Put(a, va)@200Put(b, vb)@202Put(b, vb)@201Delete(foo)@203');
});

test('write_batch_test: ApproximateSize', () => {
  const batch = new WriteBatch();
  const sizes = [batch.approximateSize()];
  batch.put(bytes('foo'), bytes('bar'));
  sizes.push(batch.approximateSize());
  batch.put(bytes('baz'), bytes('boo'));
  sizes.push(batch.approximateSize());
  batch.delete(bytes('box'));
  sizes.push(batch.approximateSize());
  assert.deepEqual(sizes, [12, 21, 30, 35]);
});

test('the stored form', () => {
  const batch = new WriteBatch();
  batch.put(bytes('k'), bytes('vv'));
  batch.delete(bytes('d'));
  batch.sequence = MAX_U64;
  const header = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0];
  assert.deepEqual([...batch.contents()], [...header, 1, 1, 0x6b, 2, 0x76, 0x76, 0, 1, 0x64]);
  assert.equal(batch.sequence, MAX_U64);
});

test('a batch can be appended to itself', () => {
  const batch = new WriteBatch();
  for (let i = 0; i < 100; i++) batch.put(bytes(`key${i}`), bytes('value'));
  batch.append(batch);
  assert.equal(batch.count, 200);
  assert.deepEqual(readAll(batch.contents()), [undefined, 200]);
});

test('offsets point at the operations', () => {
  const reader = new BatchReader();
  const contents = sample().contents();
  assert.equal(reader.reset(contents), true);
  const offsets: number[] = [];
  while (reader.next()) {
    offsets.push(reader.opOffset);
    assert.equal(contents[reader.opOffset], reader.type);
  }
  assert.deepEqual(offsets, [12, 21, 26, 531]);
  assert.equal(reader.opOffset, contents.length);
});

test('every fault has its text, and the operations before it count', () => {
  const header = [100, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0];
  const put = [1, 1, 0x61, 1, 0x62];
  const cases: [string, number[], number, string | undefined][] = [
    ['no header', header.slice(0, 11), 0, 'malformed WriteBatch (too small)'],
    ['nothing at all', [], 0, 'malformed WriteBatch (too small)'],
    ['key cut', [...header, ...put, 1, 3, 0x61], 1, 'bad WriteBatch Put'],
    ['value length missing', [...header, ...put, 1, 1, 0x61], 1, 'bad WriteBatch Put'],
    ['value cut', [...header, ...put, 1, 1, 0x61, 2, 0x62], 1, 'bad WriteBatch Put'],
    [
      'length of six bytes',
      [...header, ...put, 1, 0x81, 0x80, 0x80, 0x80, 0x80, 0, 0x61],
      1,
      'bad WriteBatch Put',
    ],
    ['huge length', [...header, ...put, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x61], 1, 'bad WriteBatch Put'],
    ['deletion cut', [...header, ...put, 0, 2, 0x61], 1, 'bad WriteBatch Delete'],
    ['tag alone', [...header, ...put, 0], 1, 'bad WriteBatch Delete'],
    ['tag 2', [...header, ...put, 2, 1, 0x61], 1, 'unknown WriteBatch tag'],
    ['tag 255', [...header, ...put, 255], 1, 'unknown WriteBatch tag'],
    ['one too few', [...header, ...put], 1, 'WriteBatch has wrong count'],
    ['one too many', [...header, ...put, ...put, ...put], 3, 'WriteBatch has wrong count'],
    ['sound', [...header, ...put, ...put], 2, undefined],
  ];
  for (const [name, contents, count, error] of cases) {
    assert.deepEqual(readAll(Uint8Array.from(contents)), [error, count], name);
  }
});

test('contents shorter than a header are no batch', () => {
  assert.throws(() => WriteBatch.from(new Uint8Array(11)), RangeError);
});

test('a reader can be used again after a fault', () => {
  const reader = new BatchReader();
  assert.equal(reader.reset(new Uint8Array(3)), false);
  assert.equal(reader.next(), false);
  assert.equal(reader.reset(sample().contents()), true);
  assert.equal(reader.error, undefined);
  assert.equal(reader.next(), true);
});

test('every truncation is a fault, and none throws', () => {
  const contents = sample().contents();
  for (let length = 0; length < contents.length; length++) {
    assert.notEqual(readAll(contents.subarray(0, length))[0], undefined, `length ${length}`);
  }
});

test('no flipped byte and no random bytes make the reader throw', () => {
  const contents = sample().contents().slice();
  for (let at = 0; at < contents.length; at++) {
    for (const change of [1, 0x80, 0xff]) {
      contents[at] ^= change;
      readAll(contents);
      contents[at] ^= change;
    }
  }
  const random = new LevelDbRandom(301);
  for (let i = 0; i < 2000; i++) {
    const data = random.bytes(12 + random.skewed(7));
    for (let at = 12; at < data.length; at++) if (random.uniform(2) === 0) data[at] &= 3;
    readAll(data);
  }
});

test('texts become the same bytes as their UTF-8', () => {
  const texts = [
    '',
    'a',
    'key',
    'x'.repeat(200),
    'x'.repeat(3000),
    'ä',
    'aé',
    '\u{1f600}',
    '\ud800',
    `${'y'.repeat(300)}ß`,
    '\0\x7f',
    // Around where the host encodes.
    ...[45, 46, 47, 48, 49].flatMap((length) => [
      'z'.repeat(length),
      `${'z'.repeat(length - 1)}\x80`,
      `é${'z'.repeat(length - 1)}`,
      `${'z'.repeat(length - 2)}\u{1f600}`,
      `${'z'.repeat(length - 1)}\udc00`,
    ]),
  ];
  const [expected, actual] = [new WriteBatch(), new WriteBatch()];
  for (const [i, key] of texts.entries()) {
    const value = texts[(i * 7 + 3) % texts.length];
    expected.put(bytes(key), bytes(value));
    actual.putText(key, value);
  }
  assert.equal(actual.count, texts.length);
  assert.deepEqual(actual.contents(), expected.contents());
});
