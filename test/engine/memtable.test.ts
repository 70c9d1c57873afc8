// MemTableTest of LevelDB's table/table_test.cc, and what a memtable rebuilt from a log must give.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { addU64 } from '../../src/engine/bytes/u64';
import { MemoryFile } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator, parseInternalKey } from '../../src/engine/keys/internal-key';
import { replayLog } from '../../src/engine/memtable/log-replay';
import { MemTable } from '../../src/engine/memtable/memtable';
import { encodeLog } from '../helpers/memory-database';
import { bytes, Random, text } from './table-harness';

const comparator = new InternalKeyComparator(bytewiseComparator);

function shown(memtable: MemTable): string[] {
  const cursor = memtable.cursor();
  const lines: string[] = [];
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const key = parseInternalKey(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd));
    assert.ok(key);
    const value = text(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
    lines.push(`${text(key.userKey)}@${key.sequence} ${key.type} ${value}`);
  }
  return lines;
}

function insert(batch: WriteBatch, memtable: MemTable): void {
  const reader = new BatchReader();
  assert.ok(reader.reset(batch.contents()));
  while (reader.next()) {
    const { type, contents, keyStart, keyEnd, valueStart, valueEnd } = reader;
    memtable.add(
      addU64(reader.sequence, reader.opIndex),
      type,
      contents,
      keyStart,
      keyEnd,
      valueStart,
      valueEnd,
    );
  }
  assert.equal(reader.error, undefined);
}

test('table_test: MemTableTest.Simple', () => {
  const memtable = new MemTable(comparator);
  const batch = new WriteBatch();
  batch.sequence = 100;
  for (const [key, value] of [
    ['k1', 'v1'],
    ['k2', 'v2'],
    ['k3', 'v3'],
    ['largekey', 'vlarge'],
  ]) {
    batch.put(bytes(key), bytes(value));
  }
  insert(batch, memtable);
  assert.deepEqual(shown(memtable), [
    'k1@100 value v1',
    'k2@101 value v2',
    'k3@102 value v3',
    'largekey@103 value vlarge',
  ]);
});

test('a log replayed: newest version first, deletions kept, sequences counted on', () => {
  const random = new Random(17);
  const records: Uint8Array[] = [];
  const expected: { key: string; sequence: number; line: string }[] = [];
  let sequence = 1;
  for (let i = 0; i < 500; i++) {
    const batch = new WriteBatch();
    batch.sequence = sequence;
    for (let n = random.uniform(5); n >= 0; n--) {
      const key = random.key(random.uniform(4));
      const value = random.string(random.skewed(10));
      const deletes = random.uniform(3) === 0;
      if (deletes) batch.delete(bytes(key));
      else batch.put(bytes(key), bytes(value));
      const line = `${key}@${sequence} ${deletes ? 'deletion ' : `value ${value}`}`;
      expected.push({ key, sequence, line });
      sequence++;
    }
    records.push(batch.contents().slice());
  }
  expected.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : b.sequence - a.sequence));
  const file = new MemoryFile('/db/000003.log', encodeLog(records));
  const { memtable, lastSequence, batches, problems } = replayLog(file, '000003.log', comparator);
  assert.deepEqual(
    shown(memtable),
    expected.map(({ line }) => line),
  );
  assert.deepEqual(
    { lastSequence, batches, problems },
    { lastSequence: sequence - 1, batches: 500, problems: [] },
  );
});

test('a log replayed: a malformed batch keeps the operations before the fault', () => {
  const batch = new WriteBatch();
  batch.sequence = 7;
  batch.put(bytes('a'), bytes('1'));
  batch.put(bytes('b'), bytes('2'));
  const cut = batch.contents().slice(0, -1);
  const sound = new WriteBatch();
  sound.sequence = 9;
  sound.delete(bytes('a'));
  const file = new MemoryFile('/db/000003.log', encodeLog([cut, bytes('short'), sound.contents().slice()]));
  const { memtable, problems } = replayLog(file, '000003.log', comparator);
  assert.deepEqual(shown(memtable), ['a@9 deletion ', 'a@7 value 1']);
  assert.deepEqual(
    problems.map(({ severity, offset, message }) => ({ severity, offset, message })),
    [
      { severity: 'error', offset: 0, message: 'bad WriteBatch Put' },
      { severity: 'error', offset: 7 + cut.length, message: 'log record too small' },
    ],
  );
});
