// Memtables that the kernel fills and sorts, and tables whose blocks it builds, against those of plain TypeScript: the
// same bytes, the same events. A comparator that is none of the built-in ones keeps the kernel out.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { addU64 } from '../../src/engine/bytes/u64';
import { buildTable, type FlushHost } from '../../src/engine/db/build-table';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import type { Options } from '../../src/engine/db/options';
import { digestScan } from '../../src/engine/db/scan';
import { readFile } from '../../src/engine/env/env';
import { MemoryEnv, MemoryFile } from '../../src/engine/env/memory';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { ArenaMemTable } from '../../src/engine/memtable/arena-memtable';
import { MemTable } from '../../src/engine/memtable/memtable';
import { bloomFilterPolicy, internalFilterPolicy, plainFilterBits } from '../../src/engine/table/bloom';
import { Table } from '../../src/engine/table/table';
import { TableBuilder, type TableBuilderOptions } from '../../src/engine/table/table-builder';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';
import { Peer, randomNumbers } from '../helpers/leveldb';

const random = randomNumbers(77);
const DIRECTORY = '/db';
const plainComparator = { ...bytewiseComparator };

function bytesOf(length: number, values = 256): Uint8Array {
  return Uint8Array.from({ length }, () => random(values));
}

/** Keys that share beginnings, are beginnings of each other, repeat, and are empty. */
function keyOf(shape: number): Uint8Array {
  if (shape === 0) return new TextEncoder().encode(`user${String(random(5000)).padStart(10, '0')}`);
  if (shape === 1) return bytesOf(random(12), 2);
  if (shape === 2) return bytesOf(random(300));
  return new Uint8Array([...new TextEncoder().encode('a long beginning of all'), ...bytesOf(random(4), 3)]);
}

function someValue(): Uint8Array {
  const kind = random(60);
  if (kind === 0) return bytesOf(random(20_000));
  if (kind === 1) return new Uint8Array(random(20_000));
  return kind < 10 ? new Uint8Array(0) : bytesOf(random(200), kind < 30 ? 3 : 256);
}

function batchOf(shape: number, operations: number): WriteBatch {
  const batch = new WriteBatch();
  for (let i = 0; i < operations; i++) {
    if (random(6) === 0) batch.delete(keyOf(shape));
    else batch.put(keyOf(shape), someValue());
  }
  return batch;
}

/** Names and contents of all files. */
function filesOf(env: MemoryEnv): Map<string, string> {
  const names = env
    .list(DIRECTORY)
    .map(({ name }) => name)
    .sort();
  return new Map(
    names.map((name) => [name, Buffer.from(readFile(env, env.join(DIRECTORY, name))).toString('base64')]),
  );
}

function optionsOf(i: number): Options {
  return {
    createIfMissing: true,
    compression: i % 3 === 0 ? 'none' : 'snappy',
    filterPolicy: i % 2 === 0 ? bloomFilterPolicy(1 + random(20)) : undefined,
    blockSize: 1 << (10 + random(6)),
    blockRestartInterval: 1 + random(20),
    writeBufferSize: 1 << (16 + random(3)),
    now: () => 0,
    traceGrain: 'entries',
  };
}

test('writes: tables, logs, events and memory are those of the plain way', () => {
  let blocks = 0;
  for (let i = 0; i < 16; i++) {
    const options = optionsOf(i);
    const sides = [bytewiseComparator, plainComparator].map((comparator) => {
      const env = new MemoryEnv();
      const events: TraceEvent[] = [];
      const trace = (event: TraceEvent) => void events.push(event);
      return { env, events, db: Database.openNow(env, DIRECTORY, { ...options, comparator, trace }) };
    });
    for (let n = 0; n < 60; n++) {
      const batch = batchOf(i % 4, random(8) === 0 ? 200 : random(12));
      const key = keyOf(i % 4);
      const [left, right] = sides.map(({ db }) => {
        const own = WriteBatch.from(batch.contents());
        db.write(own);
        // A look now and then puts what was written so far into the skip list.
        return n % 7 === 0 ? db.get(key).value : undefined;
      });
      assert.deepEqual(left, right);
    }
    const [left, right] = sides;
    assert.deepEqual(left.db.memtableSizes, right.db.memtableSizes);
    for (const { db } of sides) db.close();
    assert.deepEqual(left.events, right.events);
    blocks += left.events.filter(({ type }) => type === 'output-block').length;
    assert.deepEqual(filesOf(left.env), filesOf(right.env));
  }
  assert.ok(blocks > 500);
});

test('recovery: what is written without anybody who watches is what is written step by step', () => {
  let tables = 0;
  for (let i = 0; i < 16; i++) {
    const parts: Uint8Array[] = [];
    const writer = new LogWriter((part) => parts.push(part.slice()));
    let sequence = 1;
    for (let n = 0; n < 400; n++) {
      const batch = batchOf(i % 4, random(30));
      // Sequences that were there before, too: then internal keys repeat.
      batch.sequence = i > 8 && random(20) === 0 ? Math.max(1, sequence - 50) : sequence;
      sequence += batch.count;
      const contents = batch.contents().slice();
      if (i > 4 && random(40) === 0) contents[8 + random(contents.length - 8)] ^= 1;
      writer.addRecord(contents);
    }
    const log = Buffer.concat(parts);
    for (let n = random(4) * (i & 1); n > 0; n--) log[random(log.length)] ^= 1 << random(8);
    const options: Options = {
      ...optionsOf(i),
      background: 'stepped',
      reuseLogs: i % 5 === 0,
      paranoidChecks: i % 8 === 7,
    };
    const ways: Options[] = [
      {},
      { comparator: plainComparator },
      { trace: () => {} },
      { comparator: plainComparator, trace: () => {} },
    ];
    const results = ways.map((way) => {
      const env = new MemoryEnv();
      Database.openNow(env, DIRECTORY, { ...options, ...way }).close();
      env.setFile(`${DIRECTORY}/000009.log`, new Uint8Array(log));
      try {
        const db = Database.openNow(env, DIRECTORY, { ...options, ...way });
        const state = { counters: db.counters, sizes: db.memtableSizes };
        db.close();
        return { state, files: filesOf(env) };
      } catch (error) {
        return { state: String(error), files: filesOf(env) };
      }
    });
    tables += [...results[0].files.keys()].filter((name) => name.endsWith('.ldb')).length;
    for (const result of results) assert.deepEqual(result, results[0], `${i}`);
  }
  assert.ok(tables > 30);
});

/** User keys by which index keys are shortened, or are not: bytes of 0xff, beginnings of each other, neighbours, none. */
function hostileKey(shape: number): Uint8Array {
  if (shape === 0) return new Uint8Array(random(6)).fill(0xff);
  if (shape === 1) return Uint8Array.from({ length: random(5) }, () => [0, 0xfe, 0xff][random(3)]);
  if (shape === 2) return Uint8Array.of(random(256), ...new Uint8Array(random(3)));
  if (shape === 3) return bytesOf(random(3000), 2);
  return keyOf(shape % 4);
}

test('a table that nobody watches: all of it by the kernel is what the builder makes', () => {
  const comparator = new InternalKeyComparator(bytewiseComparator);
  const seen = { kernel: 0, filters: 0, empty: 0, blocks: 0 };
  for (let i = 0; i < 120; i++) {
    const memtables = [1, 2].map(() => new ArenaMemTable(comparator));
    const count = 16 + random(i % 7 === 0 ? 3000 : 200);
    for (let n = 0; n < count; n++) {
      const key = hostileKey(i % 9);
      const value = i % 5 === 0 ? new Uint8Array(random(300)) : someValue();
      const source = new Uint8Array([...key, ...value]);
      const sequence = i % 3 === 0 ? random(50) : n;
      const type = random(4) > 0 ? 1 : 0;
      for (const memtable of memtables)
        memtable.add(sequence, type, source, 0, key.length, key.length, source.length);
    }
    const bitsPerKey = [1, 10, 10, 33, 100, 2.5][random(6)];
    const filterPolicy = i % 4 === 0 ? undefined : internalFilterPolicy(bloomFilterPolicy(bitsPerKey));
    const [expected, actual] = memtables.map((memtable, which) => {
      const parts: Uint8Array[] = [];
      let blocks = 0;
      const append = (bytes: Uint8Array) => void parts.push(bytes.slice());
      const options: TableBuilderOptions = {
        comparator,
        filterPolicy,
        blockSize: [1024, 1024, 4096, 1 << 16][i % 4],
        blockRestartInterval: 1 + (i % 17),
        compression: i % 2 === 0 ? 'snappy' : 'none',
        onBlock: () => void blocks++,
      };
      const host: FlushHost = {
        isWatched: which === 0,
        newTableBuilder: () => new TableBuilder(options, append),
        createTable: () => ({ append }) as never,
        takeFile: () => {},
        removeTable: () => {},
        tableDone: () => {},
      };
      const file = runSteps(buildTable(host, memtable, 7));
      // The kernel does not tell of blocks.
      if (which === 1 && blocks === 0) seen.kernel++;
      seen.blocks += blocks;
      return { file, bytes: Buffer.concat(parts) };
    });
    assert.deepEqual(actual.file, expected.file, `${i}`);
    assert.ok(actual.bytes.equals(expected.bytes), `${i}: other bytes`);
    const table = Table.open(new MemoryFile('t', actual.bytes), { name: 't', comparator, filterPolicy });
    const { filter } = table;
    if (!filter) continue;
    for (let at = 0; at < filter.filterCount; at++) {
      const { start, end } = filter.filterRange(at)!;
      seen.filters++;
      if (start === end) seen.empty++;
    }
  }
  assert.ok(seen.kernel > 80 && seen.blocks > 1000, JSON.stringify(seen));
  assert.ok(seen.filters > 1000 && seen.empty > 100, JSON.stringify(seen));
});

test('LevelDB reads what the kernel recovered and wrote', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lsm-kernel-tables-'));
  const peer = await Peer.open(directory, { createIfMissing: true, writeBufferSize: 64 << 20 });
  try {
    await peer.fill({
      seed: 5,
      operations: 60_000,
      keys: 20_000,
      order: 'random',
      valueBytes: 60,
      deletePercent: 10,
    });
    const expected = await peer.digest();
    await peer.closeDatabase();
    const db = Database.openNow(new NodeWritableEnv(), directory, { filterPolicy: bloomFilterPolicy(10) });
    assert.ok(db.version.levels.flat().length > 0);
    const batch = new WriteBatch();
    for (let i = 0; i < 2000; i++) batch.put(keyOf(0), someValue());
    db.write(batch);
    db.close();
    await peer.openDatabase(directory);
    await peer.closeDatabase();
    const after = Inspection.open(new NodeWritableEnv(), directory);
    const ours = digestScan(after.scan());
    after.close();
    await peer.openDatabase(directory);
    assert.deepEqual(await peer.digest(), ours);
    assert.ok(ours.entries > expected.entries);
    assert.deepEqual(await peer.digest({ gte: Buffer.from('key'), lt: Buffer.from('kez') }), expected);
  } finally {
    await peer.kill();
    rmSync(directory, { recursive: true, force: true });
  }
});

test('batches added by the kernel: entries and memory, up to every fault', () => {
  for (let i = 0; i < 60; i++) {
    const batch = batchOf(i % 4, 40 + random(200));
    batch.sequence = i % 10 === 0 ? 0xffff_ffff_ffff_fff0n : random(1_000_000);
    const contents = batch.contents().slice();
    if (i % 3 === 0) contents[8 + random(4)] ^= 1 << random(8);
    if (i % 3 === 1) contents[12 + random(contents.length - 12)] ^= 1 << random(8);
    const [left, right] = [1, 2].map(() => new ArenaMemTable(new InternalKeyComparator(bytewiseComparator)));
    left.addBatch(contents);
    const reader = new BatchReader();
    reader.reset(contents);
    while (reader.next()) {
      const { opIndex, type, keyStart, keyEnd, valueStart, valueEnd } = reader;
      right.add(addU64(reader.sequence, opIndex), type, contents, keyStart, keyEnd, valueStart, valueEnd);
    }
    assert.equal(left.entries, right.entries);
    assert.equal(left.memoryUsage, right.memoryUsage);
    assert.equal(left.bytes, right.bytes);
    assert.deepEqual(left.arena.subarray(0, left.bytes), right.arena.subarray(0, right.bytes));
    const [a, b] = [left.cursor(), right.cursor()];
    for (a.seekToFirst(), b.seekToFirst(); a.valid; a.next(), b.next()) assert.equal(a.keyStart, b.keyStart);
    assert.equal(b.valid, false);
  }
});

test('a memtable that is sorted at once: the order of the kernel is that of TypeScript', () => {
  for (let i = 0; i < 12; i++) {
    const tables = [bytewiseComparator, plainComparator].map(
      (comparator) => new MemTable(new InternalKeyComparator(comparator)),
    );
    for (let n = 0; n < 3000; n++) {
      const key = keyOf(i % 4);
      const sequence = random(3000);
      const type = random(2);
      for (const table of tables) table.add(sequence, type, key, 0, key.length, 0, 0);
    }
    const [left, right] = tables.map((table) => {
      const cursor = table.cursor();
      const places: number[] = [];
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) places.push(cursor.keyStart);
      return places;
    });
    assert.equal(left.length, 3000);
    assert.deepEqual(left, right);
  }
});

test('filters of the kernel are those of TypeScript', () => {
  const policy = bloomFilterPolicy(10);
  const out: Uint8Array[] = [];
  for (const count of [1, 2, 7, 100, 5000]) {
    const hashes = Uint32Array.from({ length: count }, () => random(0x1_0000_0000));
    const bytes: number[] = [];
    const writer = {
      bytes: (part: Uint8Array) => void bytes.push(...part),
      byte: (value: number) => void bytes.push(value),
    };
    policy.createFilterOfHashes?.(hashes, writer as never);
    out.push(Uint8Array.from(bytes));
    assert.deepEqual(Uint8Array.from(bytes.slice(0, -1)), plainFilterBits(hashes, 6, bytes.length - 1));
  }
  assert.equal(out[0].length, 9);
});
