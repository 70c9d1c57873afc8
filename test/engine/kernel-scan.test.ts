// Scans in the kernel against the cursors that say the same: entries, digests and problems, of sound databases, of
// damaged ones and of hostile ones. A walk by `next` never enters the kernel.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fnv1a64 } from '../../src/engine/bytes/fnv';
import { EntryBatch } from '../../src/engine/db/entry-batch';
import { Inspection } from '../../src/engine/db/inspection';
import { digestScan, type Scan, type ScanDigest, type ScanOptions } from '../../src/engine/db/scan';
import { readFile } from '../../src/engine/env/env';
import { KernelMerge } from '../../src/engine/iterator/kernel-merge';
import { tableFileName } from '../../src/engine/manifest/file-names';
import type { Problem } from '../../src/engine/problem';
import { Table } from '../../src/engine/table/table';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase } from '../helpers/memory-database';
import {
  blocksOf,
  randomDatabase,
  randomKey,
  smallDatabase,
  withRightChecksum,
  zstdRaw,
} from './kernel-databases';

const random = randomNumbers(31);
const encoder = new TextEncoder();

type View = 'live' | 'internal';

interface Reading {
  /** Key and value of each entry, in hexadecimal. */
  entries: string[];
  problems: readonly Problem[];
}

function open(db: MemoryDatabase): Inspection {
  return Inspection.open(db.env, db.directory);
}

function scanOf(inspection: Inspection, view: View, options: ScanOptions): Scan {
  return view === 'live' ? inspection.scan(options) : inspection.scanInternal(options);
}

const hex = (bytes: Uint8Array, start = 0, end = bytes.length) =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('hex');

function shownBy({ cursor }: Scan): string {
  const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
  return `${hex(keyBuffer, keyStart, keyEnd)} ${hex(valueBuffer, valueStart, valueEnd)}`;
}

function plainly(db: MemoryDatabase, view: View, options: ScanOptions): Reading & { digest: ScanDigest } {
  const inspection = open(db);
  const fnv = new Fnv1a64();
  const digest = { entries: 0, keyBytes: 0, valueBytes: 0 };
  const entries: string[] = [];
  const scan = scanOf(inspection, view, options);
  for (; scan.valid; scan.next()) {
    entries.push(shownBy(scan));
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = scan.cursor;
    fnv.update(keyBuffer, keyStart, keyEnd);
    fnv.update(Uint8Array.of(0xff));
    fnv.update(valueBuffer, valueStart, valueEnd);
    fnv.update(Uint8Array.of(0xff));
    digest.entries++;
    digest.keyBytes += keyEnd - keyStart;
    digest.valueBytes += valueEnd - valueStart;
  }
  const { problems } = inspection;
  inspection.close();
  return { entries, problems, digest: { ...digest, fnv1a64: fnv.digest() } };
}

/** By batches; with `mixed` some steps are taken by the cursors in between. */
function inBatches(
  db: MemoryDatabase,
  view: View,
  options: ScanOptions,
  batch: EntryBatch,
  mixed = false,
): Reading {
  const inspection = open(db);
  const entries: string[] = [];
  const scan = scanOf(inspection, view, options);
  while (scan.valid) {
    const count = scan.readBatch(batch);
    assert.ok(count > 0, 'a valid scan gives something');
    for (let i = 0; i < count; i++) entries.push(`${hex(batch.key(i))} ${hex(batch.value(i))}`);
    if (!mixed) continue;
    for (let steps = random(3); steps > 0 && scan.valid; steps--, scan.next()) entries.push(shownBy(scan));
  }
  assert.equal(scan.readBatch(batch), 0);
  const { problems } = inspection;
  inspection.close();
  return { entries, problems };
}

function digested(
  db: MemoryDatabase,
  options: ScanOptions,
): { digest: ScanDigest; problems: readonly Problem[] } {
  const inspection = open(db);
  const digest = digestScan(inspection.scan(options));
  const { problems } = inspection;
  inspection.close();
  return { digest, problems };
}

/** What the kernel says must be what the cursors say. */
function assertSame(db: MemoryDatabase, options: ScanOptions, what: string): void {
  for (const view of ['live', 'internal'] as const) {
    const { digest, ...expected } = plainly(db, view, options);
    assert.deepEqual(inBatches(db, view, options, new EntryBatch()), expected, `${what}, ${view}`);
    const small = new EntryBatch(1 + random(300), 1 + random(20));
    assert.deepEqual(
      inBatches(db, view, options, small, random(2) === 0),
      expected,
      `${what}, ${view}, small`,
    );
    if (view === 'live')
      assert.deepEqual(digested(db, options), { digest, problems: expected.problems }, what);
  }
}

function randomRange(keys: number): ScanOptions {
  const range: ScanOptions = {};
  if (random(2) === 0) range.from = randomKey(keys);
  if (random(2) === 0) range.to = randomKey(keys);
  if (random(4) === 0) range.prefix = encoder.encode('k00'.slice(0, 1 + random(3)));
  if (random(2) === 0) range.sequence = random(6 * keys);
  return range;
}

/** How often the kernel went to the end by itself, and how often it stopped. */
function watchKernel(): { end: number; stopped: number; restore(): void } {
  const { read, digest } = KernelMerge.prototype;
  const seen = {
    end: 0,
    stopped: 0,
    restore: () => Object.assign(KernelMerge.prototype, { read, digest }),
  };
  const count = (state: string) => {
    if (state === 'end') seen.end++;
    if (state === 'stopped') seen.stopped++;
  };
  KernelMerge.prototype.read = function (sink) {
    const result = read.call(this, sink);
    count(result.state);
    return result;
  };
  KernelMerge.prototype.digest = function (part, most) {
    const state = digest.call(this, part, most);
    count(state);
    return state;
  };
  return seen;
}

test('sound databases: the kernel gives what the cursors give, and stops nowhere', () => {
  const seen = watchKernel();
  for (let round = 0; round < 60; round++) {
    const keys = [3, 40, 300][round % 3];
    const compression = round % 2 === 0 ? 'snappy' : 'none';
    const db = randomDatabase(keys, {
      compression,
      blockSize: [60, 400, 4096][random(3)],
      blockRestartInterval: 1 + random(16),
    });
    assertSame(db, {}, `round ${round}`);
    for (let i = 0; i < 4; i++) assertSame(db, randomRange(keys), `round ${round}, range ${i}`);
  }
  seen.restore();
  assert.ok(seen.end > 500, `${seen.end}`);
  assert.equal(seen.stopped, 0);
});

test('values and keys larger than any piece, and tables of many pieces', () => {
  const seen = watchKernel();
  const large = (length: number, byte: number) =>
    new Uint8Array(length).map((_, i) => (i % 1000 < 500 ? byte : i));
  for (const compression of ['snappy', 'none'] as const) {
    const db = new MemoryDatabase();
    const versions = Array.from({ length: 3000 }, (_, i) => ({
      key: encoder.encode(`key${String(i).padStart(6, '0')}`),
      sequence: 10 + i,
      value: large(i % 1000 === 7 ? 3 << 20 : i % 900, i),
    }));
    versions.push({ key: large(200_000, 65), sequence: 5000, value: large(100, 1) });
    db.addTable(1, 10, versions, { compression });
    db.addTable(
      0,
      11,
      versions.slice(500, 900).map((version) => ({ ...version, sequence: 9000 })),
      { compression },
    );
    db.addLog(12, [
      { key: large(300_000, 66), sequence: 10_000, value: large(2 << 20, 3) },
      ...versions.slice(0, 50),
    ]);
    assertSame(db.finish(), {}, compression);
  }
  seen.restore();
  assert.equal(seen.stopped, 0);
  assert.ok(seen.end > 0);
});

test('what is another compression goes by the cursors, and the rest in the kernel', () => {
  const seen = watchKernel();
  const versions = Array.from({ length: 4000 }, (_, i) => ({
    key: encoder.encode(`key${String(i).padStart(6, '0')}`),
    sequence: 10 + i,
    value: encoder.encode('v'.repeat(100)),
  }));
  const raw = { type: 2, encode: zstdRaw };
  const db = new MemoryDatabase()
    .addTable(1, 10, versions.slice(0, 200))
    .addTable(1, 11, versions.slice(200, 400), { compression: raw })
    .addTable(1, 12, versions.slice(400))
    .finish();
  assertSame(db, {}, 'zstd in the middle');
  seen.restore();
  assert.ok(seen.stopped > 0 && seen.end > 0, `${seen.stopped} ${seen.end}`);
});

test('each byte of a table changed: the same entries and the same problems', () => {
  const seen = watchKernel();
  for (const compression of ['snappy', 'none'] as const) {
    for (const number of [11, 12]) {
      const db = smallDatabase(compression);
      const path = db.path(tableFileName(number));
      const sound = readFile(db.env, path);
      for (let at = 0; at < sound.length; at += 1 + random(4)) {
        const changed = sound.slice();
        changed[at] ^= 1 << random(8);
        db.env.setFile(path, changed);
        assertSame(db, {}, `${compression}, table ${number}, byte ${at}`);
      }
      for (let i = 0; i < 20; i++) {
        const length = random(sound.length);
        db.env.setFile(path, sound.slice(0, length));
        assertSame(db, {}, `${compression}, table ${number}, cut to ${length}`);
      }
    }
  }
  seen.restore();
  assert.ok(seen.stopped > 100, `${seen.stopped}`);
});

test('each byte of a block changed under a checksum that is right for it: the same', () => {
  const db = smallDatabase('none');
  const path = db.path(tableFileName(12));
  const sound = readFile(db.env, path);
  const file = db.env.open(path);
  const table = Table.open(file, { name: '12', comparator: db.comparator });
  const handles = blocksOf(table);
  let different = 0;
  const before = plainly(db, 'live', {}).entries.join();
  for (const { offset, size } of handles) {
    for (let at = offset; at <= offset + size; at++) {
      for (const xor of [1, 0x80, 1 + random(255)]) {
        db.env.setFile(path, withRightChecksum(sound, { offset, size }, at, xor));
        assertSame(db, {}, `byte ${at} ^ ${xor}`);
        if (plainly(db, 'live', {}).entries.join() !== before) different++;
      }
    }
  }
  assert.ok(different > 300, `${different}`);
});

test('a table that is gone, and one that cannot be opened', () => {
  for (const number of [10, 11, 12, 13]) {
    const db = smallDatabase('snappy');
    db.env.setFile(
      db.path(tableFileName(number)),
      encoder.encode('no table at all, but long enough to be one'),
    );
    assertSame(db, {}, `table ${number} is none`);
    db.env.removeFile(db.path(tableFileName(number)));
    assertSame(db, {}, `table ${number} is gone`);
  }
});
