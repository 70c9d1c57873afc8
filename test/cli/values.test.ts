// The numbers that `lsm` prints against what the databases' own writers say, and against the same numbers computed in
// another way.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fixture, fixtures, sharedFixtures } from '../helpers/fixtures';
import { jsonLines, lsm } from './run';

interface Truth {
  entries?: number;
  keyBytes: number;
  valueBytes: number;
  fnv1a64: string;
  manifestEdits: number;
  putOperationsInLog?: number;
  deleteOperationsInLog?: number;
  tables?: Record<string, { entries: number; deletions: number; dataBlocks: Record<string, number> }>;
  logs?: Record<string, { operations: number; firstSequence: number }>;
}
interface Entry {
  key: string;
  value: string;
  sequence: number;
  type: string;
}
interface Batch {
  offset: number;
  sequence: number;
  count: number;
  ops: { type: string }[];
}
interface LevelFile {
  number: number;
  size: number;
}
interface Info {
  manifest: string;
  lastSequence: number;
  levels: { level: number; bytes: number; files: LevelFile[] }[];
  logs: { number: number; size: number; live: boolean }[];
  orphans: string[];
}

const COMPRESSIONS: Record<string, string> = { 1: 'snappy', 2: 'zstd', 4: 'zlib-raw' };

function document<Document>(...args: string[]): Document {
  const { stdout, stderr, status } = lsm(...args, '--json');
  assert.deepEqual([stderr, status], ['', 0]);
  return JSON.parse(stdout) as Document;
}

function lines<Line>(...args: string[]): Line[] {
  const { stdout, stderr, status } = lsm(...args, '--json');
  assert.deepEqual([stderr, status], ['', 0]);
  return jsonLines<Line>(stdout);
}

function bytesOf(text: string): Buffer {
  return Buffer.from(
    text.replace(/\\x(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
}

/** As CLI.md defines it, with the plainest arithmetic. */
function digestOf(entries: readonly Entry[]) {
  let hash = 14695981039346656037n;
  let [keyBytes, valueBytes] = [0, 0];
  const add = (byte: number) => {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn;
  };
  for (const { key, value } of entries) {
    const [k, v] = [bytesOf(key), bytesOf(value)];
    k.forEach(add);
    add(0xff);
    v.forEach(add);
    add(0xff);
    keyBytes += k.length;
    valueBytes += v.length;
  }
  return { entries: entries.length, keyBytes, valueBytes, fnv1a64: hash.toString(16).padStart(16, '0') };
}

function truthOf(folder: string): [db: string, truth: Truth][] {
  const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as Record<string, Truth>;
  return Object.entries(truth).map(([name, facts]) => [join(folder, name), facts]);
}

const databases = [...truthOf(sharedFixtures), ...truthOf(fixtures)].filter(
  ([db]) => !db.endsWith('rocksdb'),
);

for (const [db, truth] of databases) {
  const name = db.split(/[\\/]/).pop();

  test(`${name}: scan, dump, digest and manifest agree with its writer and with each other`, () => {
    const { entries, keyBytes, valueBytes, fnv1a64, manifestEdits } = truth;
    const digest = document('scan', db, '--count');
    const scanned = lines<Entry>('scan', db);
    assert.deepEqual(lines<Entry>('dump', db), scanned);
    assert.deepEqual(lines<Entry>('scan', db, '--reverse'), [...scanned].reverse());
    if (scanned.length < 10_000) assert.deepEqual(digestOf(scanned), digest);
    if (entries === undefined) return;
    assert.deepEqual(digest, { entries, keyBytes, valueBytes, fnv1a64 });
    const { manifest } = document<Info>('info', db);
    assert.equal(lines('manifest', join(db, manifest)).length, manifestEdits);
  });

  test(`${name}: info agrees with the files on disk and with the MANIFEST's last edit`, () => {
    const info = document<Info>('info', db);
    const manifest = join(db, info.manifest);
    const edits = lines('manifest', manifest).length;
    const { levels, lastSequence } = document<Info>('manifest', manifest, '--at', `${edits}`);
    assert.deepEqual(levels, info.levels);
    assert.equal(lastSequence, info.lastSequence);
    const tables = new Set(readdirSync(db).filter((file) => /\.(ldb|sst)$/.test(file)));
    for (const { bytes, files } of info.levels) {
      for (const { number, size } of files) {
        const file = `${String(number).padStart(6, '0')}.ldb`;
        assert.equal(statSync(join(db, file)).size, size);
        tables.delete(file);
      }
      assert.equal(
        bytes,
        files.reduce((sum, { size }) => sum + size, 0),
      );
    }
    assert.deepEqual(info.orphans, [...tables].sort());
    for (const { number, size } of info.logs) {
      assert.equal(statSync(join(db, `${String(number).padStart(6, '0')}.log`)).size, size);
    }
  });

  for (const [file, facts] of Object.entries(truth.tables ?? {})) {
    test(`${name}: ${file} has the entries and blocks that its writer counted`, () => {
      const path = join(db, file);
      const table = document<{
        entryCount: number;
        deletions: number;
        blocks: { kind: string; compression: string }[];
      }>('sst', path);
      assert.equal(table.entryCount, facts.entries);
      assert.equal(table.deletions, facts.deletions);
      const zlib = name === 'mojang-zlib' || name === 'mojang-mixed';
      for (const [type, count] of Object.entries(facts.dataBlocks)) {
        const compression = type === '2' && zlib ? 'zlib' : COMPRESSIONS[type];
        const blocks = table.blocks.filter(
          (block) => block.kind === 'data' && block.compression === compression,
        );
        assert.equal(blocks.length, count);
      }
    });
  }

  for (const [file, { operations, firstSequence }] of Object.entries(truth.logs ?? {})) {
    test(`${name}: ${file} has the operations that its writer counted`, () => {
      const batches = lines<Batch>('wal', join(db, file));
      assert.equal(batches.flatMap(({ ops }) => ops).length, operations);
      assert.equal(batches[0].sequence, firstSequence);
    });
  }
}

test("chrome-local-storage: the page's puts and deletes are in the log", () => {
  const [, truth] = databases.find(([db]) => db.endsWith('chrome-local-storage'))!;
  const ops = lines<Batch>('wal', join(sharedFixtures, 'chrome-local-storage', '000003.log')).flatMap(
    (b) => b.ops,
  );
  assert.equal(ops.filter(({ type }) => type === 'value').length, truth.putOperationsInLog);
  assert.equal(ops.filter(({ type }) => type === 'deletion').length, truth.deleteOperationsInLog);
});

test('s-seq: an orphan that no version names, and both logs live', () => {
  const db = join(sharedFixtures, 's-seq');
  const { orphans, logs } = document<Info>('info', db);
  assert.deepEqual(orphans, ['000083.ldb']);
  assert.deepEqual(
    logs.map(({ number, live }) => [number, live]),
    [
      [80, true],
      [82, true],
    ],
  );
  const last = document<{ source: string }>('get', db, 'user0000019999');
  assert.equal(last.source, '000080.log');
});

for (const path of [
  join(sharedFixtures, 's-over', '000311.ldb'),
  fixture('chromium-indexeddb', '000005.ldb'),
]) {
  test(`${path.split(/[\\/]/).slice(-2).join('/')}: the properties of a table are those of its entries`, () => {
    interface Key {
      userKey: string;
      sequence: number;
      type: string;
    }
    interface Block {
      kind: string;
      offset: number;
      size: number;
      entries: number;
    }
    interface Table {
      size: number;
      entryCount: number;
      deletions: number;
      smallest: Key;
      largest: Key;
      blocks: Block[];
    }
    const table = document<Table>('sst', path);
    const entries = lines<Entry>('sst', path, '--entries');
    assert.equal(table.entryCount, entries.length);
    assert.equal(table.deletions, entries.filter(({ type }) => type === 'deletion').length);
    const asKey = ({ key: userKey, sequence, type }: Entry): Key => ({ userKey, sequence, type });
    assert.deepEqual(table.smallest, asKey(entries[0]));
    assert.deepEqual(table.largest, asKey(entries[entries.length - 1]));
    const inData = table.blocks
      .filter(({ kind }) => kind === 'data')
      .reduce((sum, block) => sum + block.entries, 0);
    assert.equal(inData, entries.length);
    // The blocks, each with its trailer of 5 bytes, and the footer without one, cover the file.
    assert.equal(statSync(path).size, table.size);
    let end = 0;
    for (const { kind, offset, size } of table.blocks) {
      assert.equal(offset, end);
      end += size + (kind === 'footer' ? 0 : 5);
    }
    assert.equal(end, table.size);
  });
}

test('the records of a log cover it, and its batches begin where records begin', () => {
  for (const path of [
    join(sharedFixtures, 's-over', '000327.log'),
    join(sharedFixtures, 's-rand', '000014.log'),
    join(sharedFixtures, 'chrome-local-storage', '000003.log'),
    fixture('goleveldb', '000019.log'),
  ]) {
    const records = lines<{ offset: number; length: number; type: string }>('wal', path, '--records');
    let end = 0;
    for (const { offset, length } of records) {
      // Only a trailer too short for a header may lie between two records.
      const trailer = offset - end;
      assert.ok(trailer === 0 || (trailer < 7 && offset % 32768 === 0), `${path}@${offset}`);
      end = offset + 7 + length;
    }
    assert.equal(end, statSync(path).size);
    const starts = records
      .filter(({ type }) => type === 'full' || type === 'first')
      .map(({ offset }) => offset);
    const batches = lines<Batch>('wal', path);
    assert.deepEqual(
      batches.map(({ offset }) => offset),
      starts,
    );
    for (const { count, ops } of batches) assert.equal(ops.length, count);
  }
});

test('the newest version of each key in scan --internal is what scan shows', () => {
  for (const db of [join(sharedFixtures, 's-over'), fixture('chromium-indexeddb')]) {
    const newest = new Map<string, Entry>();
    for (const version of lines<Entry>('scan', db, '--internal')) {
      const other = newest.get(version.key);
      if (!other || version.sequence > other.sequence) newest.set(version.key, version);
    }
    const live = [...newest.values()]
      .filter(({ type }) => type === 'value')
      .map(({ key, value }) => ({ key, value }));
    assert.deepEqual(live, lines('scan', db));
  }
});
