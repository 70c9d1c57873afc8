// Compactions that reading makes due: the cases of LevelDB's db/autocompact_test.cc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DbTest, key } from './db-harness';
import { bytes, keyText } from './table-harness';

const VALUE_BYTES = 200 * 1024;
const TOTAL_BYTES = 100 * 1024 * 1024;
const COUNT = TOTAL_BYTES / VALUE_BYTES;

/** Reads the first n keys again and again: they are compacted, which the size of the range shows, and others are not. */
function doReads(n: number): void {
  const t = new DbTest({ blockCacheBytes: 100, compression: 'none' });
  const value = bytes('x'.repeat(VALUE_BYTES));
  for (let i = 0; i < COUNT; i++) t.db.put(bytes(key(i)), value);
  t.compactMemTable();
  for (let i = 0; i < COUNT; i++) t.delete(key(i));
  t.compactMemTable();

  const initial = t.size(key(0), key(n));
  const initialOther = t.size(key(n), key(COUNT));
  const limit = key(n);
  for (let read = 0; ; read++) {
    assert.ok(read < 100, 'it takes too long to be compacted');
    t.withIterator((cursor) => {
      for (cursor.seekToFirst(); cursor.valid && keyText(cursor) < limit; cursor.next());
    });
    t.settle();
    if (t.size(key(0), key(n)) <= initial / 10) break;
  }

  const other = t.size(key(n), key(COUNT));
  assert.ok(other <= initialOther + 1048576, `${initialOther} became ${other}`);
  assert.ok(other >= initialOther / 5 - 1048576, `${initialOther} became ${other}`);
  t.close();
}

test('autocompact_test: ReadAll', () => doReads(COUNT));

test('autocompact_test: ReadHalf', () => doReads(COUNT / 2));
