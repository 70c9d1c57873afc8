// The cache's ring: what it gives is what was put, whatever came in between, with a kernel's memory and without.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/engine/bytes/random';
import { BlockCache } from '../../src/engine/table/block-cache';

/** A block that says where it stands. */
function contentsOf(table: number, offset: number, length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => table * 7 + offset * 31 + i);
}

function check(capacity: number, seed: number, makeKernel?: () => undefined): void {
  const random = new Random(seed);
  const cache = new BlockCache(capacity, makeKernel);
  const tables = [cache.newTable(), cache.newTable(), cache.newTable()];
  const lengths = new Map<string, number>();
  /** In order of use, latest last. */
  let used: string[] = [];
  let hits = 0;
  for (let n = 0; n < 20_000; n++) {
    const table = random.uniform(tables.length);
    // Half of what is asked for is among few.
    const offset = random.oneIn(2) ? random.uniform(6) : random.uniform(200);
    const name = `${table} ${offset}`;
    const known = lengths.get(name);
    const address = known === undefined ? -1 : tables[table].find(offset, known + 5);
    if (known !== undefined && address >= 0) {
      hits++;
      assert.equal(cache.lengthAt(address), known);
      assert.deepEqual(tables[table].copyOf(address), contentsOf(table, offset, known), `${n}: ${name}`);
      assert.ok(tables[table].find(offset) >= 0);
      assert.equal(tables[table].find(offset, known + 4), -1, 'of another size');
    } else {
      // What was used among the last quarter of the bytes is there.
      let bytes = 0;
      for (const recent of used.slice(-50).reverse()) {
        bytes += (lengths.get(recent) ?? 0) + 32;
        if (bytes > capacity / 4) break;
        assert.notEqual(recent, name, `${n}: used ${bytes} bytes ago`);
      }
      const length = random.uniform(120);
      lengths.set(name, length);
      tables[table].put(offset, length + 5, contentsOf(table, offset, length));
    }
    used = [...used.slice(-50), name];
    assert.ok(cache.usage <= capacity);
  }
  assert.ok(hits > 4000, `${hits}`);
  const last = contentsOf(9, 9, 50);
  tables[0].put(1000, 50, last);
  assert.ok(tables[0].find(1000, 50) >= 0);
  tables[0].put(1001, capacity, new Uint8Array(capacity));
  assert.equal(tables[0].find(1001, capacity), -1, 'larger than all of it');
  tables[1].put(1000, 50, last);
  tables[1].clear();
  assert.equal(tables[1].find(1000, 50), -1, 'forgotten');
  assert.ok(tables[0].find(1000, 50) >= 0, "another table's");
  cache.close();
  assert.equal(tables[0].find(1000, 50), -1);
  tables[0].put(1000, 50, last);
  assert.equal(tables[0].find(1000, 50), -1, 'closed');
}

test('block cache: gives what was put, as long as it is there', () => {
  for (const capacity of [4096, 9999, 64 << 10]) check(capacity, capacity);
});

test('block cache: the same without WebAssembly', () => {
  check(9999, 3, () => undefined);
});
