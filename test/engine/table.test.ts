// The cases of LevelDB's table/table_test.cc over blocks, tables, memtables and databases. MemTableTest stands with the
// memtable's tests.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import zlib from 'node:zlib';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import { MemoryEnv } from '../../src/engine/env/memory';
import type { Cursor } from '../../src/engine/iterator/cursor';
import { UserCursor } from '../../src/engine/iterator/user-cursor';
import { bytewiseComparator, type Comparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { ArenaMemTable } from '../../src/engine/memtable/arena-memtable';
import { MemTable } from '../../src/engine/memtable/memtable';
import { Block, BlockCursor } from '../../src/engine/table/block';
import { BlockBuilder } from '../../src/engine/table/block-builder';
import type { TableBuilderOptions } from '../../src/engine/table/table-builder';
import { MemoryDatabase } from '../helpers/memory-database';
import { buildTable, bytes, keyText, openTable, Random, text, valueText } from './table-harness';

function reversed(key: Uint8Array, start = 0, end = key.length): Uint8Array {
  return key.slice(start, end).reverse();
}

/** Orders keys as if they were written backwards. */
const reverseKeyComparator: Comparator = {
  name: 'leveldb.ReverseBytewiseComparator',
  compare(a, aStart, aEnd, b, bStart, bEnd) {
    const left = reversed(a, aStart, aEnd);
    const right = reversed(b, bStart, bEnd);
    return bytewiseComparator.compare(left, 0, left.length, right, 0, right.length);
  },
  shortestSeparator: (start, limit) =>
    reversed(bytewiseComparator.shortestSeparator(reversed(start), reversed(limit))),
  shortSuccessor: (key) => reversed(bytewiseComparator.shortSuccessor(reversed(key))),
};

/** How a harness keeps its entries: the runs that LevelDB's test has, and the same calls as it makes. */
interface Kind {
  type: 'table' | 'block' | (typeof WHOLE)[number];
  reverse: boolean;
  restartInterval: number;
}

/** A memtable that is rebuilt from a log, one that is written to, a database that is looked at, one that is written to. */
const WHOLE = ['memtable', 'arena memtable', 'inspection', 'database'] as const;

const kinds: Kind[] = [];
for (const type of ['table', 'block'] as const) {
  for (const reverse of [false, true]) {
    for (const restartInterval of [16, 1, 1024]) kinds.push({ type, reverse, restartInterval });
  }
}
for (const type of WHOLE) {
  for (const reverse of [false, true]) kinds.push({ type, reverse, restartInterval: 16 });
}

type Entry = readonly [key: string, value: string];

class Harness {
  private readonly kind: Kind;
  private readonly comparator: Comparator;
  private readonly added = new Map<string, string>();

  constructor(kind: Kind) {
    this.kind = kind;
    this.comparator = kind.reverse ? reverseKeyComparator : bytewiseComparator;
  }

  add(key: string, value: string): void {
    this.added.set(key, value);
  }

  /** Builds from what was added, forgets it, and compares every way of walking with a sorted list. */
  test(random: Random): void {
    const model = [...this.added].sort(([a], [b]) => this.compare(a, b));
    this.added.clear();
    const newCursor = this.build(model);
    this.forwardScan(newCursor(), model);
    this.backwardScan(newCursor(), model);
    this.randomAccess(newCursor(), model, random);
  }

  private compare(a: string, b: string): number {
    return this.comparator.compare(bytes(a), 0, a.length, bytes(b), 0, b.length);
  }

  private build(model: readonly Entry[]): () => Cursor {
    const { comparator } = this;
    const entries = model.map(([key, value]) => [bytes(key), bytes(value)] as const);
    switch (this.kind.type) {
      case 'memtable':
        return memTableOf(new MemTable(new InternalKeyComparator(comparator)), comparator, entries);
      case 'arena memtable':
        return memTableOf(new ArenaMemTable(new InternalKeyComparator(comparator)), comparator, entries);
      case 'inspection':
        return inspectionOf(comparator, entries);
      case 'database': {
        const database = databaseOf(comparator, entries);
        return () => database.iterator().cursor;
      }
    }
    if (this.kind.type === 'block') {
      const builder = new BlockBuilder(this.kind.restartInterval);
      for (const [key, value] of entries) builder.add(key, value);
      const block = new Block(builder.finish());
      return () => new BlockCursor(comparator, block);
    }
    const table = openTable(
      buildTable(entries, {
        comparator,
        blockSize: 256,
        blockRestartInterval: this.kind.restartInterval,
        compression: 'snappy',
      }),
      { comparator },
    );
    return () => table.cursor();
  }

  private forwardScan(cursor: Cursor, model: readonly Entry[]): void {
    assert.equal(cursor.valid, false);
    cursor.seekToFirst();
    for (const entry of model) {
      assert.equal(shown(cursor), shownEntry(entry));
      cursor.next();
    }
    assert.equal(cursor.valid, false);
    assert.equal(cursor.error, undefined);
  }

  private backwardScan(cursor: Cursor, model: readonly Entry[]): void {
    assert.equal(cursor.valid, false);
    cursor.seekToLast();
    for (const entry of [...model].reverse()) {
      assert.equal(shown(cursor), shownEntry(entry));
      cursor.prev();
    }
    assert.equal(cursor.valid, false);
    assert.equal(cursor.error, undefined);
  }

  private randomAccess(cursor: Cursor, model: readonly Entry[], random: Random): void {
    let at = model.length;
    for (let i = 0; i < 200; i++) {
      switch (random.uniform(5)) {
        case 0:
          if (!cursor.valid) continue;
          cursor.next();
          at++;
          break;
        case 1:
          cursor.seekToFirst();
          at = 0;
          break;
        case 2: {
          const key = this.pickKey(model, random);
          at = model.findIndex((entry) => this.compare(entry[0], key) >= 0);
          if (at < 0) at = model.length;
          cursor.seek(bytes(key), 0, key.length);
          break;
        }
        case 3:
          if (!cursor.valid) continue;
          cursor.prev();
          at = at === 0 ? model.length : at - 1;
          break;
        default:
          cursor.seekToLast();
          at = Math.max(0, model.length - 1);
      }
      assert.equal(shown(cursor), shownEntry(model[at]));
    }
  }

  /** A key that is there, or one just below or above it. */
  private pickKey(model: readonly Entry[], random: Random): string {
    if (model.length === 0) return 'foo';
    const [key] = model[random.uniform(model.length)];
    switch (random.uniform(3)) {
      case 0:
        return key;
      case 1: {
        const last = key.charCodeAt(key.length - 1);
        return key.length > 0 && last > 0 ? key.slice(0, -1) + String.fromCharCode(last - 1) : key;
      }
      default:
        return this.kind.reverse ? `\0${key}` : `${key}\0`;
    }
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

/** Entries in a memtable, looked at by their user keys. */
function memTableOf(
  memtable: MemTable | ArenaMemTable,
  comparator: Comparator,
  entries: readonly (readonly [Bytes, Bytes])[],
): () => Cursor {
  entries.forEach(([key, value], i) => {
    const both = Buffer.concat([key, value]);
    memtable.add(i + 1, ValueType.value, both, 0, key.length, key.length, both.length);
  });
  return () => new UserCursor(comparator, memtable.cursor());
}

/** Entries dealt out to a log, two tables of level 0 and one of level 1, looked at through an inspection. */
function inspectionOf(comparator: Comparator, entries: readonly (readonly [Bytes, Bytes])[]): () => Cursor {
  const database = new MemoryDatabase(comparator);
  const share = (remainder: number) =>
    entries.flatMap(([key, value], i) => (i % 4 === remainder ? [{ key, value, sequence: i + 1 }] : []));
  const places: [level: number, number: number][] = [
    [0, 11],
    [0, 12],
    [1, 13],
  ];
  places.forEach(([level, number], i) => {
    const versions = share(i);
    if (versions.length > 0) database.addTable(level, number, versions, { blockSize: 256 });
  });
  database.addLog(14, share(3)).finish();
  const db = Inspection.open(database.env, database.directory, { comparator });
  return () => db.cursor();
}

/** Entries written one by one, with a write buffer as small as can be. */
function databaseOf(comparator: Comparator, entries: readonly (readonly [Bytes, Bytes])[]): Database {
  const options = { comparator, createIfMissing: true, errorIfExists: true, writeBufferSize: 10000 };
  const database = Database.openNow(new MemoryEnv(), '/db', options);
  for (const [key, value] of entries) database.put(key, value);
  return database;
}

function shown(cursor: Cursor): string {
  return cursor.valid ? shownEntry([keyText(cursor), valueText(cursor)]) : 'END';
}

function shownEntry(entry: Entry | undefined): string {
  return entry ? `'${entry[0]}->${entry[1]}'` : 'END';
}

/** Runs a case over every kind, with random numbers of its own. */
function overKinds(name: string, seed: number, body: (harness: Harness, random: Random) => void): void {
  test(`table_test: ${name}`, () => {
    for (const kind of kinds) body(new Harness(kind), new Random(301 + seed));
  });
}

overKinds('Empty', 1, (harness, random) => harness.test(random));

test('table_test: ZeroRestartPointsInBlock', () => {
  const cursor = new BlockCursor(bytewiseComparator, new Block(new Uint8Array(4)));
  cursor.seekToFirst();
  assert.equal(cursor.valid, false);
  cursor.seekToLast();
  assert.equal(cursor.valid, false);
  cursor.seek(bytes('foo'), 0, 3);
  assert.equal(cursor.valid, false);
  assert.equal(cursor.error, undefined);
});

overKinds('SimpleEmptyKey', 1, (harness, random) => {
  harness.add('', 'v');
  harness.test(random);
});

overKinds('SimpleSingle', 2, (harness, random) => {
  harness.add('abc', 'v');
  harness.test(random);
});

overKinds('SimpleMulti', 3, (harness, random) => {
  harness.add('abc', 'v');
  harness.add('abcd', 'v');
  harness.add('ac', 'v2');
  harness.test(random);
});

overKinds('SimpleSpecialKey', 4, (harness, random) => {
  harness.add('\xff\xff', 'v3');
  harness.test(random);
});

overKinds('Randomized', 5, (harness, random) => {
  for (let count = 0; count < 2000; count += count < 50 ? 1 : 200) {
    for (let i = 0; i < count; i++) {
      const key = random.key(random.skewed(4));
      harness.add(key, random.string(random.skewed(5)));
    }
    harness.test(random);
  }
});

test('table_test: RandomizedLongDB', () => {
  const random = new Random(301);
  const harnesses = (['inspection', 'database'] as const).map(
    (type) => new Harness({ type, reverse: false, restartInterval: 16 }),
  );
  const entries = new Map<string, string>();
  for (let i = 0; i < 100000; i++) {
    const key = random.key(random.skewed(4));
    entries.set(key, random.string(random.skewed(5)));
  }
  for (const harness of harnesses) {
    for (const [key, value] of entries) harness.add(key, value);
    harness.test(random);
  }
  // A database of that size has tables.
  const sorted = [...entries].map(([key, value]) => [bytes(key), bytes(value)] as const);
  const database = databaseOf(bytewiseComparator, sorted);
  assert.ok(database.version.levels.some((files) => files.length > 0));
});

/** approximateOffsetOf over a table of these entries with blocks of 1024 bytes. */
function offsets(
  entries: readonly Entry[],
  compression: TableBuilderOptions['compression'],
): (key: string) => number {
  const options = { comparator: bytewiseComparator, blockSize: 1024, compression };
  const table = openTable(
    buildTable(
      entries.map(([key, value]) => [bytes(key), bytes(value)] as const),
      options,
    ),
    options,
  );
  return (key) => table.approximateOffsetOf(bytes(key));
}

function between(value: number, low: number, high: number): void {
  assert.ok(value >= low && value <= high, `${value} is not in [${low}, ${high}]`);
}

test('table_test: ApproximateOffsetOfPlain', () => {
  const offsetOf = offsets(
    [
      ['k01', 'hello'],
      ['k02', 'hello2'],
      ['k03', 'x'.repeat(10000)],
      ['k04', 'x'.repeat(200000)],
      ['k05', 'x'.repeat(300000)],
      ['k06', 'hello3'],
      ['k07', 'x'.repeat(100000)],
    ],
    'none',
  );
  for (const key of ['abc', 'k01', 'k01a', 'k02', 'k03']) between(offsetOf(key), 0, 0);
  between(offsetOf('k04'), 10000, 11000);
  between(offsetOf('k04a'), 210000, 211000);
  between(offsetOf('k05'), 210000, 211000);
  between(offsetOf('k06'), 510000, 511000);
  between(offsetOf('k07'), 510000, 511000);
  between(offsetOf('xyz'), 610000, 612000);
});

test('table_test: ApproximateOffsetOfCompressed', () => {
  const compressions: TableBuilderOptions['compression'][] = ['snappy'];
  // Like LevelDB's test: with zstd too where there is a compressor.
  const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: (raw: Uint8Array) => Uint8Array };
  if (zstdCompressSync) compressions.push({ type: 2, encode: zstdCompressSync });
  for (const compression of compressions) {
    const random = new Random(301);
    const offsetOf = offsets(
      [
        ['k01', 'hello'],
        ['k02', random.compressible(0.25, 10000)],
        ['k03', 'hello3'],
        ['k04', random.compressible(0.25, 10000)],
      ],
      compression,
    );
    // A compressible value takes a quarter of its 10000 bytes, give or take.
    const slop = 1000;
    const low = 2500 - slop;
    const high = 2500 + slop;
    for (const key of ['abc', 'k01', 'k02']) between(offsetOf(key), 0, slop);
    for (const key of ['k03', 'k04']) between(offsetOf(key), low, high);
    between(offsetOf('xyz'), 2 * low, 2 * high);
  }
});

test('block cursor: tells where its entry lies', () => {
  const builder = new BlockBuilder(2);
  for (const key of ['abc', 'abd', 'b', 'ba']) builder.add(bytes(key), bytes('v'));
  const cursor = new BlockCursor(bytewiseComparator, new Block(builder.finish()));
  const seen = [];
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    seen.push([keyText(cursor), cursor.entryOffset, cursor.shared, cursor.unshared, cursor.restartIndex]);
  }
  assert.deepEqual(seen, [
    ['abc', 0, 0, 3, 0],
    ['abd', 7, 2, 1, 0],
    ['b', 12, 0, 1, 1],
    ['ba', 17, 1, 1, 1],
  ]);
});

test('block cursor: lengths of two and more bytes, keys that outgrow its buffer', () => {
  const keys = ['a'.repeat(100), 'a'.repeat(200), `${'a'.repeat(200)}b`, `${'a'.repeat(20000)}c`].sort();
  const builder = new BlockBuilder(16);
  for (const key of keys) builder.add(bytes(key), bytes(key.repeat(3)));
  const cursor = new BlockCursor(bytewiseComparator, new Block(builder.finish()));
  cursor.seekToFirst();
  for (const key of keys) {
    assert.equal(keyText(cursor), key);
    assert.equal(text(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd), key.repeat(3));
    cursor.next();
  }
  assert.equal(cursor.valid, false);
});
