// A database of 100 GB and more: what its pages show is what is in it, and what stays in memory has a bound.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/engine/bytes/random';
import { Inspection } from '../../src/engine/db/inspection';
import { KeyPages } from '../../src/worker/key-pages';
import { OPEN_TABLE_BYTES } from '../../src/worker/session';
import { HugeDatabase } from '../helpers/huge-database';

/** Decoded blocks; indexes and filters of open tables, of fewer where there are many; and one table more. */
function mostHeld(tables: number): number {
  return (8 << 20) + Math.max(8 << 20, OPEN_TABLE_BYTES * (1 - tables / 65_536)) + (1 << 20);
}

const MOST_OPEN = 500;

for (const [tables, tableBytes] of [
  [50_000, 2 << 20],
  [7_000, 16 << 20],
]) {
  test(`${tables} tables of ${tableBytes >> 20} MB: jumps, pages and values with bounded memory`, () => {
    const huge = new HugeDatabase(tables, tableBytes);
    assert.ok(huge.bytes > 100e9);
    const db = Inspection.open(huge, huge.directory, { openTableBytes: OPEN_TABLE_BYTES });
    const pages = new KeyPages(db);
    const random = new Random(5);
    let most = 0;
    const check = () => {
      most = Math.max(most, db.tables.bytesHeld);
      assert.ok(db.tables.bytesHeld <= mostHeld(tables), `${db.tables.bytesHeld} bytes are held`);
      assert.ok(huge.openTables <= MOST_OPEN, `${huge.openTables} tables are open`);
    };
    const query = { direction: 'forward', versions: 'live', count: 100 } as const;
    for (let i = 0; i < 300; i++) {
      const [table, entry] = [random.uniform(tables), random.uniform(huge.entriesPerTable - 200)];
      const key = huge.keyOf(table, entry);
      const { rows, position } = pages.page({ ...query, anchor: { at: 'key', key } });
      const behind = pages.page({
        ...query,
        anchor: { at: 'key', key: rows[rows.length - 1].key, after: true },
      });
      const before = pages.page({ ...query, anchor: { at: 'key', key }, direction: 'backward' });
      const all = [...before.rows, ...rows, ...behind.rows].map(({ key }) => key);
      const first = entry - Math.min(entry, 100);
      const skipped = before.rows.length - (entry - first);
      assert.deepEqual(
        all.slice(skipped),
        all.slice(skipped).map((_, n) => huge.keyOf(table, first + n)),
      );
      assert.ok(position >= 0 && position <= 1);
      assert.equal(db.get(key).value?.length, 100);
      check();
    }
    assert.ok(most > 8 << 20, 'nothing was held');
    assert.deepEqual(db.problems, []);
    pages.close();
    db.close();
    assert.equal(huge.openTables, 0);
  });
}
