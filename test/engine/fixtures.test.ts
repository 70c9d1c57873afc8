// Databases written by other programs give what those programs say is in them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Inspection } from '../../src/engine/db/inspection';
import { digestScan } from '../../src/engine/db/scan';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator, typeAt, ValueType } from '../../src/engine/keys/internal-key';
import { verifyDatabase } from '../../src/engine/recovery/verify';
import { describeTable } from '../../src/engine/table/layout';
import { Table } from '../../src/engine/table/table';
import { fixtures, sharedFixtures } from '../helpers/fixtures';

interface Truth {
  entries?: number;
  keyBytes: number;
  valueBytes: number;
  fnv1a64: string;
  manifestEdits?: number;
  /** By file name. */
  tables?: Record<string, TableTruth>;
}

interface TableTruth {
  entries: number;
  deletions: number;
  /** Compression byte to number of data blocks. */
  dataBlocks: Record<string, number>;
}

/** The compression byte of each way to store a block; 2 is shared. */
const COMPRESSION_BYTES: Record<string, number> = { none: 0, snappy: 1, zstd: 2, zlib: 2, 'zlib-raw': 4 };

const env = new NodeReadableEnv();

function truthOf(folder: string): [name: string, path: string, truth: Truth][] {
  const all: Record<string, Truth> = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));
  return Object.entries(all).map(([name, truth]) => [name, join(folder, name), truth]);
}

for (const [name, path, truth] of [...truthOf(sharedFixtures), ...truthOf(fixtures)]) {
  if (truth.entries === undefined || name === 'rocksdb') continue;
  test(`fixture ${name}: live entries as its writer counts them, and no damage`, () => {
    const db = Inspection.open(env, path, { inflate: nodeInflate });
    const { entries, keyBytes, valueBytes, fnv1a64 } = truth;
    assert.deepEqual(digestScan(db.scan()), { entries, keyBytes, valueBytes, fnv1a64 });
    if (truth.manifestEdits !== undefined) assert.equal(db.versions.edits, truth.manifestEdits);
    const job = verifyDatabase(db);
    let step = job.next();
    while (!step.done) step = job.next();
    assert.deepEqual(
      step.value.problems.filter(({ severity }) => severity !== 'note'),
      [],
    );
    assert.ok(step.value.ok && step.value.blocksChecked > 0);
    db.close();
  });
}

for (const [name, path, { tables }] of truthOf(fixtures)) {
  if (!tables) continue;
  test(`fixture ${name}: each table's entries, deletions and compression`, () => {
    const expectedZlib = name.startsWith('mojang');
    for (const [fileName, truth] of Object.entries(tables)) {
      const file = env.open(join(path, fileName));
      const comparator = new InternalKeyComparator(bytewiseComparator);
      const table = Table.open(file, { name: fileName, comparator, codec: { inflate: nodeInflate } });
      let entries = 0;
      let deletions = 0;
      const cursor = table.cursor();
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
        entries++;
        if (typeAt(cursor.keyBuffer, cursor.keyEnd) === ValueType.deletion) deletions++;
      }
      const dataBlocks: Record<string, number> = {};
      for (const { kind, compression = 'unreadable' } of describeTable(table, (problem) =>
        assert.fail(problem.message),
      )) {
        if (kind !== 'data') continue;
        assert.equal(compression.startsWith('zlib'), expectedZlib, `${fileName}: ${compression}`);
        const byte = COMPRESSION_BYTES[compression];
        dataBlocks[byte] = (dataBlocks[byte] ?? 0) + 1;
      }
      const expected = { entries: truth.entries, deletions: truth.deletions, dataBlocks: truth.dataBlocks };
      assert.deepEqual({ entries, deletions, dataBlocks }, expected, fileName);
      table.close();
    }
  });
}

test('a RocksDB folder is named for what it is', () => {
  assert.throws(() => Inspection.open(env, join(fixtures, 'rocksdb')), {
    code: 'other-engine',
    message: /RocksDB/,
  });
});
