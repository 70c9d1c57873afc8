// The tables of bulk loads: what a builder makes entry by entry, whichever way the kernel has a part in it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { addU64, type U64 } from '../../src/engine/bytes/u64';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { readFile } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { Kernel } from '../../src/engine/kernel/kernel';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator, ValueType } from '../../src/engine/keys/internal-key';
import { tableFileName } from '../../src/engine/manifest/file-names';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { internalFilterPolicy } from '../../src/engine/table/filter';
import { TableBuilder } from '../../src/engine/table/table-builder';
import { runSteps } from '../../src/engine/trace/events';
import {
  addAll,
  batchOf,
  bytesOf,
  DIRECTORY,
  type Entry,
  entriesIn,
  entriesOf,
  filesOf,
  hashOf,
  hexOf,
  keysOf,
  loadAll,
  plainComparator,
  random,
  requireVerified,
  reverseComparator,
  SMALL,
  text,
} from './bulk-load-harness';

/** The files of tables that a builder makes of entries one by one, each ended as a compaction's output. */
function builtTables(
  entries: readonly Entry[],
  sequence: U64,
  options: Options,
  maxFileBytes: number,
): string[] {
  const { blockSize, blockRestartInterval, compression, filterPolicy } = options;
  const tables: string[] = [];
  let parts: Uint8Array[] = [];
  let builder: TableBuilder | undefined;
  const end = () => {
    builder?.finish();
    tables.push(hashOf(Buffer.concat(parts)));
    builder = undefined;
    parts = [];
  };
  for (const [i, [key, value]] of entries.entries()) {
    builder ??= new TableBuilder(
      {
        comparator: new InternalKeyComparator(bytewiseComparator),
        blockSize,
        blockRestartInterval,
        compression: compression ?? 'snappy',
        filterPolicy: filterPolicy && internalFilterPolicy(filterPolicy),
      },
      (part) => parts.push(part.slice()),
    );
    builder.add(encodeInternalKey(key, addU64(sequence, i), ValueType.value), value);
    if (builder.fileSize >= maxFileBytes) end();
  }
  if (builder) end();
  return tables;
}

test('every table is, byte for byte, what a builder makes entry by entry', () => {
  let tables = 0;
  for (let i = 0; i < 14; i++) {
    const maxFileBytes = 1 << (14 + random(5));
    const options: Options = {
      ...SMALL,
      compression: i % 3 === 0 ? 'none' : 'snappy',
      filterPolicy: i % 2 === 0 ? bloomFilterPolicy(1 + random(20)) : undefined,
      // Blocks larger than what is built at a time, too.
      blockSize: i === 5 ? 1 << 19 : 1 << (10 + random(6)),
      blockRestartInterval: 1 + random(20),
      limits: { maxFileBytes },
    };
    const entries = entriesOf(i % 3, i === 7 ? 1 : 1000 + random(3000));
    const sides = [bytewiseComparator, plainComparator].map((comparator) => {
      const env = new MemoryEnv();
      const db = Database.openNow(env, DIRECTORY, { ...options, comparator });
      // Behind all others.
      const last = new Uint8Array(300).fill(0xff);
      db.put(last, text('before'));
      db.delete(last);
      runSteps(db.flush());
      const before = new Set(db.version.levels.flat());
      const sequence = addU64(db.lastSequence, 1);
      loadAll(db, entries, i % 4 === 0 ? 4000 : 100);
      assert.equal(db.lastSequence, addU64(sequence, entries.length - 1));
      const files = db.version.levels.flat().filter((file) => !before.has(file));
      const expected = builtTables(entries, sequence, options, maxFileBytes);
      assert.deepEqual(
        files.map(({ number }) => hashOf(readFile(env, env.join(DIRECTORY, tableFileName(number))))),
        expected,
      );
      tables += files.length;
      const found = entriesIn(db);
      db.close();
      requireVerified(env);
      return { files: filesOf(env), found };
    });
    assert.deepEqual(sides[0], sides[1]);
    assert.deepEqual(
      sides[0].found,
      entries.map(([key, value]) => [hexOf(key), hashOf(value)]),
    );
  }
  assert.ok(tables > 100, `only ${tables} tables`);
});

test('where the kernel has no room any more, entries go on one by one', (t) => {
  const entries = entriesOf(0, 3000);
  const options: Options = {
    ...SMALL,
    limits: { maxFileBytes: 40_000 },
    filterPolicy: bloomFilterPolicy(10),
  };
  const files = () => {
    const env = new MemoryEnv();
    const db = Database.openNow(env, DIRECTORY, options);
    const load = runSteps(db.bulkLoad());
    for (let at = 0; at < entries.length; at += 100)
      assert.ok(load.add(batchOf(entries.slice(at, at + 100))));
    runSteps(load.finish());
    db.close();
    return filesOf(env);
  };
  const { room } = Kernel.prototype;
  let calls = 0;
  let last = Number.POSITIVE_INFINITY;
  t.mock.method(Kernel.prototype, 'room', function (this: Kernel, bytes: number) {
    return calls++ < last ? room.call(this, bytes) : undefined;
  });
  const expected = files();
  const total = calls;
  assert.ok(total > 60, `only ${total} calls`);
  for (let i = 0; i < 60; i++) {
    calls = 0;
    last = Math.floor((i * total) / 60);
    assert.deepEqual(files(), expected);
    assert.ok(calls > last);
  }
});

test('hostile batches: the kernel takes what the plain way takes', () => {
  let taken = 0;
  let refused = 0;
  for (let round = 0; round < 40; round++) {
    const sides = [bytewiseComparator, plainComparator].map((comparator) => {
      const env = new MemoryEnv();
      const db = Database.openNow(env, DIRECTORY, { ...SMALL, comparator });
      return { env, db, load: runSteps(db.bulkLoad()) };
    });
    for (let n = 0; n < 60; n++) {
      const prefix = text(String(n).padStart(4, '0'));
      const keys = keysOf(1, 1 + random(20)).map((key) => Buffer.concat([prefix, key]));
      let contents = batchOf(keys.map((key) => [key, bytesOf(random(40))]))
        .contents()
        .slice();
      const kind = random(4);
      if (kind === 1) contents = contents.slice(0, 12 + random(contents.length - 11));
      const from = 8 + random(contents.length - 8);
      if (kind === 2) contents[from] ^= 1 << random(8);
      // Lengths and counts that lead far out.
      if (kind === 3) contents.fill(0xff, from, from + 1 + random(6));
      const [left, right] = sides.map(({ load }) => load.add(WriteBatch.from(contents)));
      assert.equal(left, right);
      if (left) taken++;
      else refused++;
    }
    for (const { db, load } of sides) {
      runSteps(load.finish());
      db.close();
    }
    assert.deepEqual(filesOf(sides[0].env), filesOf(sides[1].env));
  }
  assert.ok(taken > 500 && refused > 300, `${taken} taken, ${refused} refused`);
});

test("the order is the comparator's", () => {
  const env = new MemoryEnv();
  const db = Database.openNow(env, DIRECTORY, { ...SMALL, comparator: reverseComparator });
  const ascending = entriesOf(1, 500);
  const load = runSteps(db.bulkLoad());
  assert.equal(load.add(batchOf(ascending.slice(0, 2))), false);
  addAll(load, ascending.reverse());
  runSteps(load.finish());
  assert.equal(entriesIn(db).length, ascending.length);
  db.close();
});
