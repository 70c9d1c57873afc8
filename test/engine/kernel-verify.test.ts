// Verifying tables in the kernel against the TypeScript that says the same: counts and problems.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Inspection } from '../../src/engine/db/inspection';
import { readFile } from '../../src/engine/env/env';
import { tableFileName } from '../../src/engine/manifest/file-names';
import { KernelVerify } from '../../src/engine/recovery/kernel-verify';
import { type VerifyResult, verifyDatabase } from '../../src/engine/recovery/verify';
import { bloomFilterPolicy, internalFilterPolicy } from '../../src/engine/table/filter';
import { Table } from '../../src/engine/table/table';
import { randomNumbers } from '../helpers/leveldb';
import { MemoryDatabase } from '../helpers/memory-database';
import { blocksOf, randomDatabase, smallDatabase, withRightChecksum, zstdRaw } from './kernel-databases';

const random = randomNumbers(33);
const encoder = new TextEncoder();
const filterPolicy = internalFilterPolicy(bloomFilterPolicy(10));
const { begin } = KernelVerify;
const { goOn } = KernelVerify.prototype;

/** Blocks that the kernel found sound. */
let inKernel = 0;
KernelVerify.prototype.goOn = function (...args) {
  const found = goOn.apply(this, args);
  inKernel += found.blocks;
  return found;
};

function verify(db: MemoryDatabase, checksumsOnly: boolean): VerifyResult {
  const inspection = Inspection.open(db.env, db.directory);
  const steps = verifyDatabase(inspection, { checksumsOnly });
  for (;;) {
    const { done, value } = steps.next();
    if (!done) continue;
    inspection.close();
    return value;
  }
}

/** Verifies with and without the kernel. */
function assertSame(db: MemoryDatabase, what: string): VerifyResult[] {
  return [true, false].map((checksumsOnly) => {
    KernelVerify.begin = () => undefined;
    const expected = verify(db, checksumsOnly);
    KernelVerify.begin = begin;
    assert.deepEqual(verify(db, checksumsOnly), expected, `${what}, ${checksumsOnly}`);
    return expected;
  });
}

test('sound tables, with filters and without', () => {
  inKernel = 0;
  for (let round = 0; round < 40; round++) {
    const db = randomDatabase([3, 40, 300][round % 3], {
      compression: round % 2 === 0 ? 'snappy' : 'none',
      blockSize: [60, 400, 4096][random(3)],
      blockRestartInterval: 1 + random(16),
      ...(round % 4 < 2 ? { filterPolicy } : {}),
    });
    const [, full] = assertSame(db, `round ${round}`);
    assert.ok(full.entriesChecked > 0);
  }
  assert.ok(inKernel > 3000, `${inKernel}`);
});

test('large keys and values, and blocks of another compression in the middle', () => {
  const versions = Array.from({ length: 3000 }, (_, i) => ({
    key: new Uint8Array(i % 500 === 499 ? 100_000 : 20)
      .fill(66)
      .map((byte, at) => (at < 4 ? i >> (8 * (3 - at)) : byte)),
    sequence: 10 + i,
    value: new Uint8Array(i % 1000 === 7 ? 3 << 20 : 100).fill(i),
  }));
  for (const compression of ['none', 'snappy', { type: 2, encode: zstdRaw }] as const) {
    const db = new MemoryDatabase().addTable(1, 10, versions, { compression, filterPolicy }).finish();
    const [, full] = assertSame(db, `${compression}`);
    assert.equal(full.entriesChecked, versions.length);
    assert.ok(full.ok);
  }
});

test('each byte of a table changed: the same problems', () => {
  inKernel = 0;
  let damaged = 0;
  for (const compression of ['snappy', 'none'] as const) {
    const db = smallDatabase(compression, { filterPolicy });
    const path = db.path(tableFileName(12));
    const sound = readFile(db.env, path);
    for (let at = 0; at < sound.length; at++) {
      const changed = sound.slice();
      changed[at] ^= 1 << random(8);
      db.env.setFile(path, changed);
      const [checksums] = assertSame(db, `${compression}, byte ${at}`);
      if (!checksums.ok) damaged++;
    }
  }
  assert.ok(inKernel > 1000, `${inKernel}`);
  assert.ok(damaged > 1000, `${damaged}`);
});

test('each byte of a block changed under a checksum that is right for it: the same problems', () => {
  const db = smallDatabase('none', { filterPolicy });
  const path = db.path(tableFileName(12));
  const sound = readFile(db.env, path);
  const table = Table.open(db.env.open(path), { name: '12', comparator: db.comparator });
  const handles = [...blocksOf(table), ...table.metaindex.map(({ handle }) => handle)];
  const codes = new Set<string>();
  for (const handle of handles) {
    for (let at = handle.offset; at <= handle.offset + handle.size; at++) {
      for (const xor of [1, 0x80, 1 + random(255)]) {
        db.env.setFile(path, withRightChecksum(sound, handle, at, xor));
        const [, full] = assertSame(db, `byte ${at} ^ ${xor}`);
        for (const { code } of full.problems) codes.add(code);
      }
    }
  }
  for (const code of [
    'bad-block',
    'bad-filter',
    'key-order',
    'bad-range',
    'unknown-compression',
    'counter-too-low',
  ]) {
    assert.ok(codes.has(code), code);
  }
});

test('a last key that only the kernel saw is what the next block is held against', () => {
  // The same block twice: the second copy begins below the end of the first.
  const key = (i: number) => encoder.encode(`key${String(i).padStart(4, '0')}`);
  const versions = Array.from({ length: 400 }, (_, i) => ({ key: key(i), sequence: 1 + i, value: key(i) }));
  const db = new MemoryDatabase().addTable(1, 10, versions, { blockSize: 200 }).finish();
  const path = db.path(tableFileName(10));
  const sound = readFile(db.env, path);
  const table = Table.open(db.env.open(path), { name: '10', comparator: db.comparator });
  const [, ...data] = blocksOf(table);
  const [from, to] = [data[3], data[9]];
  assert.equal(from.size, to.size);
  const changed = sound.slice();
  changed.copyWithin(to.offset, from.offset, from.offset + from.size + 5);
  db.env.setFile(path, changed);
  const [checksums, full] = assertSame(db, 'a block twice');
  assert.ok(checksums.ok);
  assert.deepEqual(
    full.problems.map(({ code }) => code),
    ['key-order'],
  );
});
