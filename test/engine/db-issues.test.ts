// Bugs that LevelDB once had: issues/issue178_test.cc and issues/issue320_test.cc. (Issue 200 stands with the iterators.)
// What they write is gigabytes of merging. Here everything is an eighth of it, the data and the tree's thresholds alike,
// so that the tree takes the same shapes.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import type { Snapshot } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { DbTest } from './db-harness';
import { Random } from './table-harness';

const SCALE = 8;

const SMALL_TREE: Options = {
  writeBufferSize: (4 << 20) / SCALE,
  blockCacheBytes: (8 << 20) / SCALE,
  limits: { maxFileBytes: (2 << 20) / SCALE, level1Bytes: (10 * 1048576) / SCALE },
};

// A manual compaction made deleted data come back.
test('issue178_test: Test', () => {
  const KEYS = 1100000 / SCALE;
  const encoder = new TextEncoder();
  const key1 = (i: number) => encoder.encode(`my_key_${i}`);
  const key2 = (i: number) => encoder.encode(`my_key_${i}_xxx`);
  // Without compression: the sizes of the tables make the case.
  const t = new DbTest({ ...SMALL_TREE, compression: 'none' });
  const batch = new WriteBatch();
  const write = (add: (i: number) => void) => {
    batch.clear();
    for (let i = 0; i < KEYS; i++) add(i);
    t.db.write(batch);
  };
  const value1 = encoder.encode('value for range 1 key');
  const value2 = encoder.encode('value for range 2 key');
  write((i) => batch.put(key1(i), value1));
  write((i) => batch.put(key2(i), value2));
  write((i) => batch.delete(key2(i)));

  t.compact('my_key_0', `my_key_${KEYS - 1}`);

  let count = 0;
  t.withIterator((cursor) => {
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) count++;
  });
  assert.equal(count, KEYS);
  t.close();
});

// Overwriting and deleting at random under a hundred snapshots made gets answer with old values.
test('issue320_test: Test', () => {
  const ITEMS = 10000 / SCALE;
  const random = new Random(301);
  const letters = randomLetters(random);
  const t = new DbTest(SMALL_TREE);
  const items = new Array<{ key: Buffer; value: Buffer } | undefined>(ITEMS).fill(undefined);
  const snapshots = new Array<Snapshot | undefined>(100).fill(undefined);
  let present = 0;
  for (let count = 0; count < 200000 / SCALE; count++) {
    const index = random.uniform(ITEMS);
    const batch = new WriteBatch();
    const item = items[index];
    if (!item) {
      present++;
      const made = { key: letters(index), value: letters(index) };
      items[index] = made;
      batch.put(made.key, made.value);
    } else {
      const { value } = t.db.get(item.key);
      assert.ok(value && item.value.equals(value), `round ${count}, item ${index}`);
      if (present >= ITEMS && random.uniform(100) > 30) {
        batch.delete(item.key);
        items[index] = undefined;
        present--;
      } else {
        item.value = letters(index);
        batch.put(item.key, item.value);
      }
    }
    t.db.write(batch);
    if (random.uniform(10) === 0) {
      const i = random.uniform(snapshots.length);
      snapshots[i]?.release();
      snapshots[i] = t.db.snapshot();
    }
  }
  for (const snapshot of snapshots) snapshot?.release();
  t.close();
});

/** 1024 letters: eight for the index, the others at random, from a pool, since drawing each would take too long. */
function randomLetters(random: Random): (index: number) => Buffer {
  const pool = Buffer.alloc(1 << 20);
  for (let i = 0; i < pool.length; i++) pool[i] = 0x61 + random.uniform(26);
  return (index) => {
    const letters = Buffer.alloc(1024);
    for (let i = 0; i < 8; i++) letters[i] = 0x61 + ((index >> (4 * i)) & 0xf);
    const from = random.uniform(pool.length - 1024);
    pool.copy(letters, 8, from, from + 1016);
    return letters;
  };
}
