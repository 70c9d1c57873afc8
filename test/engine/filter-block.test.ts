// The cases of LevelDB's table/filter_block_test.cc, and what its reader makes of damage.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { escapeBytes } from '../../src/engine/bytes/escape';
import { readFixed32 } from '../../src/engine/bytes/fixed';
import { hash } from '../../src/engine/bytes/hash';
import { FilterBlockBuilder, FilterBlockReader, type FilterPolicy } from '../../src/engine/table/filter';
import { bytes } from './table-harness';

/** Filters that are a hash for each key. */
const testHashFilter: FilterPolicy = {
  name: 'TestHashFilter',
  createFilter(keys, out) {
    for (const key of keys) out.fixed32(hash(key, 0, key.length, 1));
  },
  keyMayMatch(key, keyStart, keyEnd, filter, filterStart, filterEnd) {
    const wanted = hash(key, keyStart, keyEnd, 1);
    for (let i = filterStart; i + 4 <= filterEnd; i += 4) if (readFixed32(filter, i) === wanted) return true;
    return false;
  },
};

function reader(build: (builder: FilterBlockBuilder) => void): FilterBlockReader {
  const builder = new FilterBlockBuilder(testHashFilter);
  build(builder);
  return new FilterBlockReader(testHashFilter, builder.finish());
}

/** Which of the keys may be in the block at an offset. */
function matches(filter: FilterBlockReader, offset: number, ...keys: string[]): string[] {
  return keys.filter((key) => filter.keyMayMatch(offset, bytes(key)));
}

test('filter_block_test: EmptyBuilder', () => {
  const filter = reader(() => {});
  assert.equal(escapeBytes(filter.contents), '\\x00\\x00\\x00\\x00\\x0b');
  assert.deepEqual(matches(filter, 0, 'foo'), ['foo']);
  assert.deepEqual(matches(filter, 100000, 'foo'), ['foo']);
});

test('filter_block_test: SingleChunk', () => {
  const filter = reader((builder) => {
    builder.startBlock(100);
    for (const key of ['foo', 'bar', 'box']) builder.addKey(bytes(key));
    builder.startBlock(200);
    builder.addKey(bytes('box'));
    builder.startBlock(300);
    builder.addKey(bytes('hello'));
  });
  assert.deepEqual(matches(filter, 100, 'foo', 'bar', 'box', 'hello', 'foo', 'missing', 'other'), [
    'foo',
    'bar',
    'box',
    'hello',
    'foo',
  ]);
});

function multiChunk(): FilterBlockReader {
  return reader((builder) => {
    builder.startBlock(0);
    builder.addKey(bytes('foo'));
    builder.startBlock(2000);
    builder.addKey(bytes('bar'));
    builder.startBlock(3100);
    builder.addKey(bytes('box'));
    // The third filter is empty.
    builder.startBlock(9000);
    builder.addKey(bytes('box'));
    builder.addKey(bytes('hello'));
  });
}

test('filter_block_test: MultiChunk', () => {
  const filter = multiChunk();
  const keys = ['foo', 'bar', 'box', 'hello'];
  assert.deepEqual(matches(filter, 0, ...keys), ['foo', 'bar']);
  assert.deepEqual(matches(filter, 2000, ...keys), ['foo', 'bar']);
  assert.deepEqual(matches(filter, 3100, ...keys), ['box']);
  assert.deepEqual(matches(filter, 4100, ...keys), []);
  assert.deepEqual(matches(filter, 9000, ...keys), ['box', 'hello']);
});

test('filter block: tells its parts', () => {
  const filter = multiChunk();
  assert.equal(filter.baseLg, 11);
  assert.equal(filter.filterCount, 5);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((index) => filter.filterRange(index)),
    [
      { start: 0, end: 8 },
      { start: 8, end: 12 },
      { start: 12, end: 12 },
      { start: 12, end: 12 },
      { start: 12, end: 20 },
      undefined,
    ],
  );
});

test('filter block: what is damaged matches every key', () => {
  const { contents } = multiChunk();
  for (let length = 0; length < 5; length++) {
    const filter = new FilterBlockReader(testHashFilter, contents.subarray(0, length));
    assert.equal(filter.sound, false);
    assert.deepEqual(matches(filter, 0, 'absent'), ['absent']);
  }
  const farArray = contents.slice();
  farArray.fill(0xff, contents.length - 5, contents.length - 1);
  assert.deepEqual(matches(new FilterBlockReader(testHashFilter, farArray), 0, 'absent'), ['absent']);
  const backwards = contents.slice();
  backwards[20] = 200;
  assert.deepEqual(matches(new FilterBlockReader(testHashFilter, backwards), 0, 'absent'), ['absent']);
  assert.equal(new FilterBlockReader(testHashFilter, backwards).filterRange(0), undefined);
});
