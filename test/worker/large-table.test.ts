// A table of 256 MiB: what looking at it reads.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RandomAccessFile } from '../../src/engine/env/env';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { TableOutline } from '../../src/engine/table/layout';
import { Table } from '../../src/engine/table/table';
import { TableEntries } from '../../src/worker/table-entries';
import { makeLargeTable } from '../helpers/large-files';

test('a table of 256 MiB is opened, paged through and looked up by reading little of it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lsm-large-'));
  try {
    const path = join(folder, '000007.ldb');
    const entries = makeLargeTable(path, 256 << 20);
    const { size } = statSync(path);
    assert.ok(size > 256 << 20);
    const inner = new NodeReadableEnv().open(path);
    let bytesRead = 0;
    const file: RandomAccessFile = {
      path,
      size: () => inner.size(),
      read: (offset, target, start, length) => {
        const count = inner.read(offset, target, start, length);
        bytesRead += count;
        return count;
      },
      close: () => inner.close(),
    };
    const name = '000007.ldb';
    const outline = new TableOutline(file, size, { name, codec: {} }, ({ message }) => assert.fail(message));
    const table = Table.open(file, { name, comparator: new InternalKeyComparator(bytewiseComparator) });
    const blocks = outline.regions.filter(({ kind }) => kind === 'data');
    assert.equal(blocks.length, entries);
    const opened = bytesRead;
    assert.ok(opened < 4 << 20, `opening read ${opened} bytes`);
    const pages = new TableEntries(table, blocks);
    const first = pages.page({ anchor: { at: 'first' }, direction: 'forward', count: 50 });
    const middle = pages.page({ anchor: { at: 'fraction', fraction: 0.5 }, direction: 'forward', count: 50 });
    const last = pages.page({ anchor: { at: 'last' }, direction: 'backward', count: 50 });
    assert.deepEqual(
      [first, middle, last].map(({ rows }) => rows.length),
      [50, 50, 50],
    );
    assert.ok(Math.abs(middle.position - 0.5) < 0.01);
    assert.ok(Math.abs(first.estimatedTotal - entries) < entries / 100);
    const paged = bytesRead - opened;
    assert.ok(paged < 8 << 20, `three pages read ${paged} bytes`);
    table.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
