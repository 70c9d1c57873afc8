// Damage of every kind that fits in one byte or one cut: what is read is right or reported, and nothing hangs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryFile } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { LsmError, type Problem } from '../../src/engine/problem';
import { Block, BlockCursor } from '../../src/engine/table/block';
import { BlockBuilder } from '../../src/engine/table/block-builder';
import { bloomFilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { encodeFooter, FOOTER_SIZE, readFooter } from '../../src/engine/table/format';
import { describeTable, describeTableFile, type TableRegion } from '../../src/engine/table/layout';
import { Table } from '../../src/engine/table/table';
import type { TableBuilderOptions } from '../../src/engine/table/table-builder';
import { buildTable, bytes, keyText, text, valueText } from './table-harness';

const NAME = '000007.ldb';
const comparator = new InternalKeyComparator(bytewiseComparator);
const filterPolicy = internalFilterPolicy(bloomFilterPolicy(10));
const entries = Array.from({ length: 36 }, (_, i) => {
  const userKey = `user${String(i).padStart(4, '0')}`;
  const value = `{"n":${i},"name":"${'some text '.repeat(i % 5)}"}`;
  return [encodeInternalKey(bytes(userKey), 100 + i, 1), bytes(value)] as const;
});
const original = new Map(entries.map(([key, value]) => [text(key), text(value)]));

function build(compression: TableBuilderOptions['compression']): Uint8Array {
  return buildTable(entries, { comparator, blockSize: 300, compression, filterPolicy });
}

interface Reading {
  /** Keys read, forwards. */
  keys: Set<string>;
  wrong: number;
  problems: Problem[];
  openError: LsmError | undefined;
}

/** Opens and reads in every way. Throws for anything but an LsmError. */
function readAll(file: Uint8Array, verifyChecksums = true): Reading {
  const reading: Reading = { keys: new Set(), wrong: 0, problems: [], openError: undefined };
  let table: Table;
  try {
    const sink = (problem: Problem) => reading.problems.push(problem);
    table = Table.open(new MemoryFile(NAME, file), { name: NAME, comparator, verifyChecksums, sink });
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    reading.openError = error;
    return reading;
  }
  const cursor = table.cursor();
  const check = () => {
    if (original.get(keyText(cursor)) !== valueText(cursor)) reading.wrong++;
  };
  // A damaged block may give wrong entries, but not without end.
  let steps = 0;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    check();
    reading.keys.add(keyText(cursor));
    assert.ok(++steps < 10_000);
  }
  for (cursor.seekToLast(); cursor.valid; cursor.prev()) {
    check();
    assert.ok(++steps < 20_000);
  }
  const found = new BlockCursor(comparator);
  for (const [key, value] of entries) {
    try {
      const answer = table.lookup(key, 0, key.length, found);
      const right = answer === 'found' && keyText(found) === text(key) && valueText(found) === text(value);
      if (!right) reading.wrong++;
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
    }
  }
  return reading;
}

function regions(file: Uint8Array): { regions: TableRegion[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const found = describeTableFile(new MemoryFile(NAME, file), file.length, { name: NAME }, (problem) =>
    problems.push(problem),
  );
  return { regions: [...found], problems };
}

/** Holds a reading of a damaged table against the original: nothing wrong, and what is missing is reported. */
function judge(reading: Reading, file: Uint8Array, what: string): void {
  assert.equal(reading.wrong, 0, `${what}: a wrong entry or answer`);
  const complete = reading.keys.size === entries.length;
  const silent = !reading.openError && reading.problems.length === 0;
  assert.ok(complete || !silent, `${what}: entries are missing without a word`);
  const layout = regions(file);
  assert.ok(silent || layout.problems.length > 0, `${what}: the layout shows no damage`);
}

for (const compression of ['none', 'snappy'] as const) {
  const sound = build(compression);

  test(`table damage: a sound table (${compression}) reads whole`, () => {
    const reading = readAll(sound);
    assert.deepEqual([reading.keys.size, reading.wrong, reading.problems.length], [entries.length, 0, 0]);
  });

  test(`table damage: each byte changed (${compression})`, () => {
    for (let at = 0; at < sound.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const file = sound.slice();
        file[at] ^= flip;
        judge(readAll(file), file, `byte ${at} ^ ${flip}`);
      }
    }
  });

  test(`table damage: each byte changed (${compression}), checksums not verified: no crash and no hang`, () => {
    for (let at = 0; at < sound.length; at++) {
      for (const flip of [0x01, 0x40, 0xff]) {
        const file = sound.slice();
        file[at] ^= flip;
        readAll(file, false);
      }
    }
  });

  test(`table damage: cut after each byte (${compression})`, () => {
    for (let length = 0; length < sound.length; length++) {
      const file = sound.slice(0, length);
      const reading = readAll(file);
      assert.ok(reading.openError, `length ${length}`);
      const expected =
        length < FOOTER_SIZE ? 'file is too short to be an sstable' : 'not an sstable (bad magic number)';
      assert.equal(reading.openError.message, expected);
      assert.equal(reading.openError.code, 'bad-footer');
      const layout = regions(file);
      assert.deepEqual(
        layout.regions.map(({ kind, size }) => [kind, size]),
        length === 0 ? [] : [['unknown', length]],
      );
      assert.equal(layout.problems.length, 1);
    }
  });
}

test('table damage: a block in the middle is named once, with its keys, and skipped', () => {
  const file = build('none');
  const sound = regions(file).regions.filter(({ kind }) => kind === 'data');
  file[sound[1].offset + 20] ^= 1;
  const reading = readAll(file);
  assert.equal(reading.keys.size, entries.length - sound[1].entries!);
  assert.deepEqual(reading.problems, [
    {
      severity: 'error',
      file: NAME,
      offset: sound[1].offset,
      length: sound[1].size + 5,
      code: 'checksum-mismatch',
      message: `block checksum mismatch (keys after "${indexKey(file, 0)}" up to "${indexKey(file, 1)}")`,
    },
  ]);
});

/** The user part of an index key, as messages show it. */
function indexKey(file: Uint8Array, at: number): string {
  const index = Table.open(new MemoryFile(NAME, file), { name: NAME, comparator }).indexCursor();
  index.seekToFirst();
  for (let i = 0; i < at; i++) index.next();
  return text(index.keyBuffer, index.keyStart, index.keyEnd - 8);
}

test('table damage: a filter is reported and done without', () => {
  const file = build('none');
  const filter = regions(file).regions.find(({ kind }) => kind === 'filter')!;
  file[filter.offset] ^= 1;
  const reading = readAll(file);
  assert.equal(reading.wrong, 0);
  assert.deepEqual(
    reading.problems.map(({ code, offset, message }) => [code, offset, message]),
    [['bad-filter', filter.offset, 'block checksum mismatch (filter block)']],
  );
});

test('table damage: handles beyond the file are refused before anything is allocated', () => {
  const file = build('none');
  const { metaindex, index } = readFooter(new MemoryFile(NAME, file), file.length, NAME);
  const withIndex = (offset: number, size: number) => {
    const changed = file.slice();
    changed.set(encodeFooter({ metaindex, index: { offset, size } }), file.length - FOOTER_SIZE);
    return readAll(changed).openError?.message;
  };
  assert.equal(withIndex(index.offset, 2 ** 52), 'truncated block read');
  assert.equal(withIndex(index.offset, file.length), 'truncated block read');
  assert.equal(withIndex(file.length, 10), 'bad block handle');
  assert.equal(withIndex(2 ** 52, 2 ** 52), 'bad block handle');
  assert.equal(withIndex(index.offset, index.size - 1), 'block checksum mismatch');
});

test('table damage: a block whose restart array does not fit', () => {
  for (const size of [0, 3, 8]) {
    const cursor = new BlockCursor(bytewiseComparator, new Block(new Uint8Array(size).fill(2), NAME, 30));
    cursor.seekToFirst();
    assert.equal(cursor.valid, false);
    assert.equal(cursor.error?.message, 'bad block contents');
    assert.deepEqual([cursor.error?.file, cursor.error?.offset], [NAME, 30]);
  }
});

test('table damage: an entry whose lengths overflow 32 bits', () => {
  const builder = new BlockBuilder(16);
  builder.add(bytes('aaaa'), bytes('a value of some length'));
  const raw = builder.finish().slice();
  // unshared = 2^32 - 1 and value length = 11 make 10 modulo 2^32, which would fit.
  raw.set([0, 0xff, 0xff, 0xff, 0xff, 0x0f, 11]);
  const cursor = new BlockCursor(bytewiseComparator, new Block(raw));
  cursor.seekToFirst();
  assert.equal(cursor.valid, false);
  assert.equal(cursor.error?.message, 'bad entry in block');
});

test('table layout: every byte of a sound file has its place', () => {
  for (const compression of ['none', 'snappy'] as const) {
    const file = build(compression);
    const table = Table.open(new MemoryFile(NAME, file), { name: NAME, comparator });
    const found = [...describeTable(table, (problem) => assert.fail(problem.message))];
    let end = 0;
    for (const { kind, offset, size } of found) {
      assert.equal(offset, end);
      end += size + (kind === 'footer' ? 0 : 5);
    }
    assert.equal(end, file.length);
    const data = found.filter(({ kind }) => kind === 'data');
    assert.equal(
      data.reduce((sum, region) => sum + region.entries!, 0),
      entries.length,
    );
    assert.deepEqual(
      found.slice(data.length).map(({ kind }) => kind),
      ['filter', 'metaindex', 'index', 'footer'],
    );
    assert.ok(data.every((region) => region.compression === compression && region.crcOk));
  }
});

test('table layout: what a damaged index leaves unknown', () => {
  const file = build('none');
  const { index } = readFooter(new MemoryFile(NAME, file), file.length, NAME);
  // The type byte: the block cannot be decoded.
  file[index.offset + index.size] = 77;
  const { regions: found, problems } = regions(file);
  assert.deepEqual(
    found.map(({ kind }) => kind),
    ['unknown', 'filter', 'metaindex', 'index', 'footer'],
  );
  assert.deepEqual(
    problems.map(({ message }) => message),
    ['bad block type (index block)'],
  );
});
