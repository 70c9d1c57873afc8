// JSON lines: the same operations however they are cut into chunks, and what is wrong told with its line.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHex, unescapeBytes } from '../../src/engine/bytes/escape';
import { Database } from '../../src/engine/db/database';
import { JsonLines } from '../../src/engine/db/json-lines';
import { LineImport } from '../../src/engine/db/line-import';
import { MemoryEnv } from '../../src/engine/env/memory';
import type { LsmError } from '../../src/engine/problem';
import type { TraceEvent } from '../../src/engine/trace/events';

type Shown = [key: string, value: string | undefined];

function read(chunks: Iterable<Uint8Array>, bytesOf = unescapeBytes): Shown[] {
  const lines = new JsonLines('a file', bytesOf);
  const shown: Shown[] = [];
  const show = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  const take = (operations: ReturnType<JsonLines['end']>) => {
    for (const [key, value] of operations) shown.push([show(key), value && show(value)]);
  };
  for (const chunk of chunks) {
    take(lines.take(chunk));
    // Whoever reads a file has one buffer.
    chunk.fill(0x20);
  }
  take(lines.end());
  return shown;
}

function* chunksOf(text: string | Buffer, bytes: number): Generator<Uint8Array> {
  const all = Buffer.from(text as string);
  for (let at = 0; at < all.length; at += bytes) yield all.subarray(at, at + bytes);
}

const TEXT =
  '{"key":"a","value":"1"}\n\n  \r\n{"key":"k\u00e4se \\\\x00","value":""}\r\n{"value":null,"key":"b"}\n{"key":"","value":"\u{1f9c0}"}';

test('lines are the same in chunks of every size', () => {
  const cheese = Buffer.from('\u{1f9c0}').toString('latin1');
  const expected: Shown[] = [
    ['a', '1'],
    [`${Buffer.from('k\u00e4se ').toString('latin1')}\0`, ''],
    ['b', undefined],
    ['', cheese],
  ];
  for (let bytes = 1; bytes <= TEXT.length + 10; bytes++) {
    assert.deepEqual(read(chunksOf(TEXT, bytes)), expected, `${bytes}`);
    assert.deepEqual(read(chunksOf(`${TEXT}\n`, bytes)), expected, `${bytes}`);
  }
  assert.deepEqual(read(chunksOf('{"key":"00ff","value":"41"}', 5), parseHex), [['\0\xff', 'A']]);
  assert.deepEqual(read([]), []);
});

test('what is wrong is told with its line and its file', () => {
  const sound = '{"key":"a","value":"1"}\n';
  for (const [bad, message] of [
    ['{"key": "a"', 'line 3: not JSON'],
    ['7', 'line 3: not an object {"key":...,"value":...}'],
    ['null', 'line 3: not an object {"key":...,"value":...}'],
    ['[]', 'line 3: "key" and "value" must be strings, or "value" null for a deletion'],
    ['{"key":"a"}', 'line 3: "key" and "value" must be strings, or "value" null for a deletion'],
    ['{"key":null,"value":"a"}', 'line 3: "key" and "value" must be strings, or "value" null for a deletion'],
    [Buffer.from('{"key":"\xff","value":""}', 'latin1'), 'line 3: not UTF-8'],
  ] as const) {
    const text = Buffer.concat([
      Buffer.from(`${sound}\n`),
      Buffer.from(bad as string),
      Buffer.from(`\n${sound}`),
    ]);
    for (const bytes of [1, 7, 1000]) {
      assert.throws(
        () => read(chunksOf(text, bytes)),
        (error: LsmError) => {
          assert.equal(error.message, message);
          assert.equal(error.file, 'a file');
          assert.equal(error.code, 'invalid-argument');
          return true;
        },
      );
    }
  }
  assert.throws(() => read(chunksOf('{"key":"\\\\q","value":""}', 9)), /^Error: line 1: |line 1: /);
});

test('a line without an end is given up before it fills the memory', () => {
  const lines = new JsonLines('a file', unescapeBytes);
  const chunk = new Uint8Array(16 << 20).fill(0x20);
  assert.throws(() => {
    for (let i = 0; i < 17; i++) for (const _ of lines.take(chunk)) assert.fail('there is no line');
  }, /line 1: too long/);
});

test('batches end by their count and by their bytes, and before a line that is wrong', () => {
  const database = Database.openNow(new MemoryEnv(), '/db', { createIfMissing: true, infoLog: false });
  const lines = new LineImport(database, 'a file', unescapeBytes);
  const run = (steps: ReturnType<LineImport['end']>) => [...steps].filter((step) => typeof step === 'number');
  const line = (key: string, value: string | null) => Buffer.from(`${JSON.stringify({ key, value })}\n`);
  const many = Buffer.concat(Array.from({ length: 2500 }, (_, i) => line(`k${i}`, 'v')));
  assert.deepEqual(run(lines.take(many)), [1000, 2000]);
  assert.deepEqual(run(lines.take(line('large', 'x'.repeat(1 << 20)))), [2501]);
  assert.deepEqual(run(lines.take(line('k0', null))), []);
  assert.throws(() => run(lines.take(Buffer.from('{}\n'))), /line 2503: /);
  assert.equal(lines.operations, 2502);
  assert.equal(lines.batches, 4);
  assert.equal(database.get(Buffer.from('k0')).found, false);
  assert.equal(Buffer.from(database.get(Buffer.from('k2499')).value!).toString(), 'v');
  database.close();
});

/** So many lines in order, from a number on; with values of about 1000 bytes they are enough for a load in bulk. */
function* linesInOrder(from: number, count: number, bytes = 1000): Generator<Uint8Array> {
  for (let i = from; i < from + count; i++) {
    const key = `k${String(i).padStart(7, '0')}`;
    yield Buffer.from(`${JSON.stringify({ key, value: `${i} ${'x'.repeat(bytes)}` })}\n`);
  }
}

function importAll(chunks: Iterable<Uint8Array>, prepare: (database: Database) => void = () => {}) {
  const events: TraceEvent[] = [];
  const database = Database.openNow(new MemoryEnv(), '/db', {
    createIfMissing: true,
    infoLog: false,
    compression: 'none',
    background: 'stepped',
    trace: (event) => void events.push(event),
  });
  prepare(database);
  events.length = 0;
  const lines = new LineImport(database, 'a file', unescapeBytes);
  const written: number[] = [];
  let error: Error | undefined;
  const run = (steps: ReturnType<LineImport['end']>) => {
    for (const step of steps) if (typeof step === 'number') written.push(step);
  };
  try {
    for (const chunk of chunks) run(lines.take(chunk));
    run(lines.end());
  } catch (thrown) {
    error = thrown as Error;
  }
  const { operations, batches } = lines;
  const found: string[] = [];
  const iterator = database.iterator();
  for (iterator.cursor.seekToFirst(); iterator.cursor.valid; iterator.cursor.next()) {
    const { keyBuffer, keyStart, keyEnd } = iterator.cursor;
    found.push(Buffer.from(keyBuffer.subarray(keyStart, keyEnd)).toString());
  }
  iterator.close();
  const count = (type: TraceEvent['type']) => events.filter((event) => event.type === type).length;
  const tables = database.version.levels.map((files) => files.length);
  const flushes = count('flush-end');
  const edits = count('version');
  database.close();
  return { operations, batches, written, error, found, flushes, edits, tables };
}

test('a long import in order goes straight into tables, behind what a memtable holds', () => {
  const { operations, batches, written, error, found, flushes, edits, tables } = importAll(
    linesInOrder(0, 45_000),
  );
  assert.equal(error, undefined);
  assert.equal(operations, 45_000);
  assert.equal(batches, 45);
  assert.equal(found.length, 45_000);
  // The first 5 MB by the log, then two loads of 32 MB at most.
  assert.equal(flushes, 2);
  assert.equal(edits, 4);
  const [installed] = written.filter((n) => n > 5000);
  assert.ok(installed > 30_000 && installed < 45_000);
  assert.ok(tables[2] > 20);
  assert.deepEqual(
    [...new Set(written)],
    [1000, 2000, 3000, 4000, 5000, written.find((n) => n > 5000), 45_000],
  );
});

test('an import goes on by the log behind what is out of order, and among what is there', () => {
  function* outOfOrder() {
    yield* linesInOrder(1000, 9500);
    yield* linesInOrder(0, 900);
    yield Buffer.from('{"key":"k0001000","value":null}\n');
    yield* linesInOrder(20_000, 7000);
  }
  const unordered = importAll(outOfOrder());
  assert.equal(unordered.operations, 17_401);
  assert.equal(unordered.found.length, 17_399);
  assert.equal(unordered.error, undefined);
  assert.ok(unordered.flushes > 3);

  const among = importAll(linesInOrder(0, 8000), (database) => {
    database.put(Buffer.from('k0006000'), Buffer.from('old'));
    database.put(Buffer.from('k9'), Buffer.from('old'));
  });
  assert.equal(among.operations, 8000);
  assert.equal(among.found.length, 8001);
  assert.equal(among.edits, among.flushes);
});

test('what is wrong in the midst of a load in bulk is told once all before it is written', () => {
  function* wrong() {
    yield* linesInOrder(0, 7500);
    yield Buffer.from('{}\n');
    yield* linesInOrder(8000, 10);
  }
  const { operations, found, error } = importAll(wrong());
  assert.match(error!.message, /^line 7501: /);
  assert.equal(operations, 7500);
  assert.equal(found.length, 7500);
});
