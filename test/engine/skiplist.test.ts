// The cases of LevelDB's db/skiplist_test.cc over the memtable, in which the skip list stands here, and those of its other
// tests that concern a memtable which is written to: MemTableTest of table/table_test.cc and util/arena_test.cc.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { hash } from '../../src/engine/bytes/hash';
import { addU64 } from '../../src/engine/bytes/u64';
import type { Cursor } from '../../src/engine/iterator/cursor';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import {
  encodeInternalKey,
  InternalKeyComparator,
  parseInternalKey,
  ValueType,
} from '../../src/engine/keys/internal-key';
import { ArenaUsage } from '../../src/engine/memtable/arena';
import { ArenaMemTable } from '../../src/engine/memtable/arena-memtable';
import { LevelDbRandom } from './leveldb-random';
import { bytes, text, valueText } from './table-harness';

/** A memtable as the original's SkipList<uint64_t>: numbers as user keys of eight bytes, all with one sequence. */
class NumberList {
  private readonly memtable = new ArenaMemTable(new InternalKeyComparator(bytewiseComparator));

  insert(key: number): void {
    this.memtable.add(1, ValueType.value, userKey(key), 0, 8, 8, 8);
  }

  contains(key: number): boolean {
    const iterator = this.iterator();
    iterator.seek(key);
    return iterator.valid && iterator.key === key;
  }

  iterator(): NumberIterator {
    return new NumberIterator(this.memtable.cursor());
  }
}

class NumberIterator {
  private readonly cursor: Cursor;

  constructor(cursor: Cursor) {
    this.cursor = cursor;
  }

  get valid(): boolean {
    return this.cursor.valid;
  }

  get key(): number {
    const { keyBuffer, keyStart } = this.cursor;
    return Number(new DataView(keyBuffer.buffer, keyBuffer.byteOffset + keyStart, 8).getBigUint64(0));
  }

  seek(key: number): void {
    const target = encodeInternalKey(userKey(key), 1, ValueType.value);
    this.cursor.seek(target, 0, target.length);
  }

  seekToFirst(): void {
    this.cursor.seekToFirst();
  }

  seekToLast(): void {
    this.cursor.seekToLast();
  }

  next(): void {
    this.cursor.next();
  }

  prev(): void {
    this.cursor.prev();
  }
}

function userKey(key: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(key));
  return new Uint8Array(view.buffer);
}

test('skiplist_test: Empty', () => {
  const list = new NumberList();
  assert.equal(list.contains(10), false);
  const iterator = list.iterator();
  assert.equal(iterator.valid, false);
  iterator.seekToFirst();
  assert.equal(iterator.valid, false);
  iterator.seek(100);
  assert.equal(iterator.valid, false);
  iterator.seekToLast();
  assert.equal(iterator.valid, false);
});

test('skiplist_test: InsertAndLookup', () => {
  const N = 2000;
  const R = 5000;
  const random = new LevelDbRandom(1000);
  const keys = new Set<number>();
  const list = new NumberList();
  for (let i = 0; i < N; i++) {
    const key = random.uniform(R);
    if (keys.has(key)) continue;
    keys.add(key);
    list.insert(key);
  }
  for (let i = 0; i < R; i++) assert.equal(list.contains(i), keys.has(i));

  const sorted = [...keys].sort((a, b) => a - b);
  const iterator = list.iterator();
  assert.equal(iterator.valid, false);
  iterator.seek(0);
  assert.ok(iterator.valid);
  assert.equal(iterator.key, sorted[0]);
  iterator.seekToFirst();
  assert.ok(iterator.valid);
  assert.equal(iterator.key, sorted[0]);
  iterator.seekToLast();
  assert.ok(iterator.valid);
  assert.equal(iterator.key, sorted.at(-1));

  // Forward: the three keys at or after each number.
  let at = 0;
  for (let i = 0; i < R; i++) {
    while (at < sorted.length && sorted[at] < i) at++;
    const walk = list.iterator();
    walk.seek(i);
    for (let j = at; j < at + 3; j++) {
      assert.equal(walk.valid, j < sorted.length);
      if (!walk.valid) break;
      assert.equal(walk.key, sorted[j]);
      walk.next();
    }
  }

  // Backward.
  iterator.seekToLast();
  for (const key of sorted.reverse()) {
    assert.ok(iterator.valid);
    assert.equal(iterator.key, key);
    iterator.prev();
  }
  assert.equal(iterator.valid, false);
});

/**
 * One writer and readers that share a list: a reader sees all that was there when its iterator was made, and perhaps what
 * came later. Keys have three parts: a key below K, its generation, and a hash of both. The writer adds the next
 * generation of some key.
 */
class ConcurrentTest {
  private static readonly K = 4;
  private readonly generations = new Array<number>(ConcurrentTest.K).fill(0);
  private readonly list = new NumberList();

  writeStep(random: LevelDbRandom): void {
    const k = random.uniform(ConcurrentTest.K);
    const generation = this.generations[k] + 1;
    this.list.insert(makeKey(k, generation));
    this.generations[k] = generation;
  }

  /** A walk through the list. Between two yields nothing else is done; in the original that is up to the threads. */
  *readStep(random: LevelDbRandom): Generator<void> {
    const initial = [...this.generations];
    let position = this.randomTarget(random);
    const iterator = this.list.iterator();
    yield;
    iterator.seek(position);
    for (;;) {
      const current = iterator.valid ? iterator.key : makeKey(ConcurrentTest.K, 0);
      if (iterator.valid) {
        assert.equal(current % 256, hashOf(keyPart(current), generationPart(current)));
      }
      assert.ok(position <= current, 'it must not go backward');

      // Nothing between was there at the beginning.
      while (position < current) {
        const [k, generation] = [keyPart(position), generationPart(position)];
        assert.ok(k < ConcurrentTest.K);
        // Generation 0 is never inserted.
        assert.ok(generation === 0 || generation > initial[k], `key ${k}, generation ${generation}`);
        position = k < keyPart(current) ? makeKey(k + 1, 0) : makeKey(k, generation + 1);
      }
      if (!iterator.valid) return;

      yield;
      if (random.uniform(2) === 1) {
        iterator.next();
        position = makeKey(keyPart(position), generationPart(position) + 1);
      } else {
        const target = this.randomTarget(random);
        if (target <= position) continue;
        position = target;
        iterator.seek(target);
      }
    }
  }

  private randomTarget(random: LevelDbRandom): number {
    const where = random.uniform(10);
    if (where === 0) return makeKey(0, 0);
    if (where === 1) return makeKey(ConcurrentTest.K, 0);
    return makeKey(random.uniform(ConcurrentTest.K), 0);
  }
}

const KEY_UNIT = 2 ** 40;
const GENERATION_UNIT = 256;

function makeKey(k: number, generation: number): number {
  return k * KEY_UNIT + generation * GENERATION_UNIT + hashOf(k, generation);
}

function keyPart(key: number): number {
  return Math.floor(key / KEY_UNIT);
}

function generationPart(key: number): number {
  return Math.floor((key % KEY_UNIT) / GENERATION_UNIT);
}

function hashOf(k: number, generation: number): number {
  const data = new DataView(new ArrayBuffer(16));
  data.setBigUint64(0, BigInt(k), true);
  data.setBigUint64(8, BigInt(generation), true);
  return hash(new Uint8Array(data.buffer), 0, 16, 0) & 0xff;
}

test('skiplist_test: ConcurrentWithoutThreads', () => {
  const shared = new ConcurrentTest();
  const random = new LevelDbRandom(301);
  for (let i = 0; i < 10000; i++) {
    for (const _ of shared.readStep(random)) {
      // Nobody writes meanwhile.
    }
    shared.writeStep(random);
  }
});

/** Of a thousand writes each. The original makes a thousand, to catch what its threads do only now and then. */
const RUNS = 100;

/** The reader begins a walk anew whenever one has ended; between two moves of it the writer makes some of its writes. */
function runConcurrent(run: number): void {
  const seed = 301 + run * 100;
  const writer = new LevelDbRandom(seed);
  const scheduler = new LevelDbRandom(seed + 2);
  for (let i = 0; i < RUNS; i++) {
    const shared = new ConcurrentTest();
    const reader = new LevelDbRandom(seed + 1);
    let walk = shared.readStep(reader);
    for (let written = 0; written < 1000; ) {
      if (scheduler.uniform(2) === 0) {
        shared.writeStep(writer);
        written++;
      } else if (walk.next().done) walk = shared.readStep(reader);
    }
  }
}

test('skiplist_test: Concurrent1', () => runConcurrent(1));
test('skiplist_test: Concurrent2', () => runConcurrent(2));
test('skiplist_test: Concurrent3', () => runConcurrent(3));
test('skiplist_test: Concurrent4', () => runConcurrent(4));
test('skiplist_test: Concurrent5', () => runConcurrent(5));

test('table_test: MemTableTest.Simple, written to', () => {
  const memtable = new ArenaMemTable(new InternalKeyComparator(bytewiseComparator));
  const batch = new WriteBatch();
  batch.sequence = 100;
  batch.put(bytes('k1'), bytes('v1'));
  batch.put(bytes('k2'), bytes('v2'));
  batch.put(bytes('k3'), bytes('v3'));
  batch.put(bytes('largekey'), bytes('vlarge'));
  const reader = new BatchReader();
  assert.ok(reader.reset(batch.contents()));
  while (reader.next()) {
    const { contents, type, keyStart, keyEnd, valueStart, valueEnd } = reader;
    const sequence = addU64(reader.sequence, reader.opIndex);
    memtable.add(sequence, type, contents, keyStart, keyEnd, valueStart, valueEnd);
  }
  const shown: string[] = [];
  const cursor = memtable.cursor();
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    const parsed = parseInternalKey(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd));
    assert.ok(parsed);
    shown.push(`${text(parsed.userKey)}@${parsed.sequence} ${parsed.type} ${valueText(cursor)}`);
  }
  assert.deepEqual(shown, [
    'k1@100 value v1',
    'k2@101 value v2',
    'k3@102 value v3',
    'largekey@103 value vlarge',
  ]);
});

test('arena_test: Empty', () => {
  assert.equal(new ArenaUsage().bytes, 0);
});

test('arena_test: Simple', () => {
  const N = 100000;
  const random = new LevelDbRandom(301);
  const arena = new ArenaUsage();
  let bytes = 0;
  const small = () => {
    if (random.uniform(4000) === 0) return random.uniform(6000);
    return random.uniform(10) === 0 ? random.uniform(100) : random.uniform(20);
  };
  for (let i = 0; i < N; i++) {
    // There are no allocations of nothing.
    const size = Math.max(1, i % (N / 10) === 0 ? i : small());
    if (random.uniform(10) === 0) arena.allocateAligned(size);
    else arena.allocate(size);
    bytes += size;
    assert.ok(arena.bytes >= bytes);
    if (i > N / 10) assert.ok(arena.bytes <= bytes * 1.1);
  }
});
