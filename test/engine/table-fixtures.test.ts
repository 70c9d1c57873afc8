// Tables that C++ LevelDB wrote: read, asked, and built again.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryFile } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { LsmError } from '../../src/engine/problem';
import { Block, BlockCursor } from '../../src/engine/table/block';
import {
  bloomFilterPolicy,
  bloomParameters,
  FilterBlockBuilder,
  internalFilterPolicy,
} from '../../src/engine/table/filter';
import type { BlockHandle } from '../../src/engine/table/format';
import { describeTable } from '../../src/engine/table/layout';
import { type LookupTrace, Table } from '../../src/engine/table/table';
import { sharedFixtures } from '../helpers/fixtures';
import { buildTable } from './table-harness';

const comparator = new InternalKeyComparator(bytewiseComparator);
const filterPolicy = internalFilterPolicy(bloomFilterPolicy(10));
const skip = existsSync(sharedFixtures) ? false : 'no shared fixtures';

interface OpenTable {
  path: string;
  file: Uint8Array;
  table: Table;
}

/** The tables of a database that open; a process that ended early leaves cut ones behind. */
function tablesOf(database: string): OpenTable[] {
  const directory = join(sharedFixtures, database);
  const tables: OpenTable[] = [];
  for (const name of readdirSync(directory).filter((name) => name.endsWith('.ldb'))) {
    const path = join(directory, name);
    const file = new Uint8Array(readFileSync(path));
    try {
      const table = Table.open(new MemoryFile(path, file), {
        name,
        comparator,
        sink: (problem) => assert.fail(problem.message),
      });
      tables.push({ path, file, table });
    } catch (error) {
      assert.ok(error instanceof LsmError && error.code === 'bad-footer', String(error));
    }
  }
  assert.ok(tables.length > 0);
  return tables;
}

function entriesOf(table: Table): [Uint8Array, Uint8Array][] {
  const cursor = table.cursor();
  const entries: [Uint8Array, Uint8Array][] = [];
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    entries.push([
      cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd),
      cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd),
    ]);
  }
  assert.equal(cursor.error, undefined);
  return entries;
}

function dataHandles(table: Table): BlockHandle[] {
  const index = table.indexCursor();
  const handles: BlockHandle[] = [];
  for (index.seekToFirst(); index.valid; index.next()) handles.push(table.indexedHandle(index));
  return handles;
}

for (const database of ['s-seq', 's-over', 's-rand', 's-compact']) {
  test(`real tables of ${database}: in order both ways, found one by one, every byte accounted for`, {
    skip,
  }, () => {
    for (const { path, file, table } of tablesOf(database)) {
      const entries = entriesOf(table);
      const found = new BlockCursor(comparator);
      let previous: Uint8Array | undefined;
      for (const [key, value] of entries) {
        if (previous) {
          assert.ok(comparator.compare(previous, 0, previous.length, key, 0, key.length) < 0, path);
        }
        previous = key;
        assert.equal(table.lookup(key, 0, key.length, found), 'found', path);
        assert.deepEqual(found.keyBuffer.slice(found.keyStart, found.keyEnd), key);
        assert.deepEqual(found.valueBuffer.slice(found.valueStart, found.valueEnd), value);
      }
      const cursor = table.cursor();
      let backwards = entries.length;
      for (cursor.seekToLast(); cursor.valid; cursor.prev()) {
        const key = entries[--backwards][0];
        assert.deepEqual(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd), key);
      }
      assert.equal(backwards, 0);

      let end = 0;
      for (const region of describeTable(table, (problem) => assert.fail(problem.message))) {
        assert.equal(region.offset, end, path);
        end += region.size + (region.kind === 'footer' ? 0 : 5);
      }
      assert.equal(end, file.length);
    }
  });
}

test('real tables of s-rand: built again from their entries, byte for byte', { skip }, () => {
  for (const { path, file, table } of tablesOf('s-rand')) {
    const rebuilt = buildTable(entriesOf(table), {
      comparator,
      ...(table.filter ? { filterPolicy } : {}),
    });
    assert.ok(Buffer.from(rebuilt).equals(file), path);
  }
});

test('real tables of s-over: the same blocks and keys after decompression, and the same filters', {
  skip,
}, () => {
  for (const { path, table } of tablesOf('s-over')) {
    const entries = entriesOf(table);
    const rebuilt = Table.open(new MemoryFile(path, buildTable(entries, { comparator })), {
      name: 'rebuilt',
      comparator,
    });
    const handles = dataHandles(table);
    const rebuiltHandles = dataHandles(rebuilt);
    assert.equal(handles.length, rebuiltHandles.length, path);
    handles.forEach((handle, i) => {
      assert.deepEqual(table.readBlock(handle).bytes, rebuilt.readBlock(rebuiltHandles[i]).bytes);
    });
    assert.deepEqual(indexKeys(table), indexKeys(rebuilt));

    assert.ok(table.filter, path);
    const builder = new FilterBlockBuilder(filterPolicy);
    for (const handle of handles) {
      builder.startBlock(handle.offset);
      const cursor = new BlockCursor(comparator, new Block(table.readBlock(handle).bytes));
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
        builder.addKey(cursor.keyBuffer, cursor.keyStart, cursor.keyEnd);
        assert.ok(table.filter.keyMayMatch(handle.offset, cursor.keyBuffer, cursor.keyStart, cursor.keyEnd));
      }
    }
    // Behind the last data block lies the filter block: that far the filters are generated.
    const last = handles[handles.length - 1];
    builder.startBlock(last.offset + last.size + 5);
    assert.deepEqual(new Uint8Array(builder.finish()), table.filter.contents);
    const range = table.filter.filterRange(0)!;
    assert.equal(bloomParameters(table.filter.contents, range.start, range.end)?.k, 6);
  }
});

function indexKeys(table: Table): Uint8Array[] {
  const index = table.indexCursor();
  const keys: Uint8Array[] = [];
  for (index.seekToFirst(); index.valid; index.next()) {
    keys.push(index.keyBuffer.slice(index.keyStart, index.keyEnd));
  }
  return keys;
}

test('real tables of s-over: most absent keys are filtered, and the trace says how', { skip }, () => {
  const [{ table }] = tablesOf('s-over');
  const [[key]] = entriesOf(table);
  const cursor = new BlockCursor(comparator);
  let filtered = 0;
  for (let i = 0; i < 200; i++) {
    const absent = key.slice();
    absent[0] = 0x20;
    absent[1] = i;
    const answer = table.lookup(absent, 0, absent.length, cursor, (trace) => {
      assert.ok(trace.indexKey);
      assert.equal(trace.handle?.offset, 0);
      assert.equal(trace.filterIndex, 0);
      assert.equal(trace.block === undefined, trace.filterAnswer === false);
      assert.ok(trace.comparisons > 0);
      if (trace.filterAnswer === false) filtered++;
    });
    assert.ok(answer === 'filtered' || cursor.valid);
  }
  assert.ok(filtered > 180, `${filtered} of 200`);

  const past = key.slice();
  past[0] = 0xff;
  const traces: LookupTrace[] = [];
  assert.equal(
    table.lookup(past, 0, past.length, cursor, (trace) => traces.push(trace)),
    'absent',
  );
  assert.equal(
    table.lookup(key, 0, key.length, cursor, (trace) => traces.push(trace)),
    'found',
  );
  assert.deepEqual(
    traces.map(({ filterIndex, filterAnswer, restartPoint }) => [filterIndex, filterAnswer, restartPoint]),
    [
      [undefined, undefined, undefined],
      [0, true, 0],
    ],
  );
});
