// Databases of many shapes made by C++ LevelDB, and what it says of them against what the engine reads.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EntryBatch } from '../../src/engine/db/entry-batch';
import { Inspection } from '../../src/engine/db/inspection';
import { digestScan, type Scan, type ScanOptions } from '../../src/engine/db/scan';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { Peer, type PeerEntry, type PeerRange, randomNumbers } from '../helpers/leveldb';
import { peerShapes, type Shape } from './peer-shapes';

const env = new NodeReadableEnv();

for (const shape of peerShapes) {
  test(`C++ LevelDB's database: ${shape.name}`, async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lsm-peer-'));
    const peer = await Peer.open(directory, shape.options);
    try {
      await checkShape(shape, peer, directory);
    } finally {
      await peer.kill();
      rmSync(directory, { recursive: true });
    }
  });
}

interface Moment {
  id: number;
  operations: number;
}

async function checkShape(shape: Shape, peer: Peer, directory: string): Promise<void> {
  const moments: Moment[] = [];
  const remember = async () => moments.push(await peer.snapshot());
  const deleted = await shape.write(peer, remember);
  const last = await peer.snapshot();
  const entries = await peer.entries();
  const random = randomNumbers(entries.length + 1);

  // The peer stays open and idle here, so that its snapshots keep the old versions.
  let db = Inspection.open(env, directory);
  assert.equal(db.lastSequence(), last.operations);
  shape.check?.(db);
  for (const moment of moments) await checkMoment(db, peer, moment, entries);
  await checkRanges(db, peer, entries, random);
  const keys = sampleKeys(entries, deleted, random);
  const values = await peer.getMany(keys);
  const digest = await peer.digest();
  checkWhole(db, digest, entries);
  db.close();

  if (shape.end === 'killed') await peer.kill();
  else await peer.close();

  // Closing may have dropped history, and nothing else.
  db = Inspection.open(env, directory);
  assert.equal(db.lastSequence(), last.operations);
  checkWhole(db, digest, entries);
  checkGets(db, keys, values);
  checkBatches(db, entries, random);
  checkZigzag(db, entries, random);
  assert.deepEqual(
    db.problems.filter((problem) => problem.severity !== 'note'),
    [],
  );
  db.close();
}

function checkWhole(db: Inspection, digest: object, entries: PeerEntry[]): void {
  assert.deepEqual(digestScan(db.scan()), digest);
  assertSameEntries(collect(db.scan()), entries);
  assertSameEntries(collect(db.scan({ reverse: true })), reversed(entries));
}

/** What a reader saw when the snapshot was taken: each operation took one sequence. */
async function checkMoment(db: Inspection, peer: Peer, moment: Moment, now: PeerEntry[]): Promise<void> {
  const { id, operations: sequence } = moment;
  const then = await peer.entries({ snapshot: id });
  assert.deepEqual(digestScan(db.scan({ sequence })), await peer.digest({ snapshot: id }));
  assertSameEntries(collect(db.scan({ sequence })), then);
  assertSameEntries(collect(db.scan({ sequence, reverse: true })), reversed(then));
  const keys = [...spread(then, 100), ...spread(now, 100)].map(([key]) => key);
  checkGets(db, keys, await peer.getMany(keys, id), sequence);
}

async function checkRanges(
  db: Inspection,
  peer: Peer,
  entries: PeerEntry[],
  random: (limit: number) => number,
): Promise<void> {
  const pick = () => somewhere(entries, random);
  const ranges: PeerRange[] = [];
  const bytes = entries.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  const rounds = bytes > 2_000_000 ? 1 : 6;
  for (let i = 0; i < rounds; i++) {
    // The two ends come in any order, so half of these ranges are inverted, hence empty.
    ranges.push({ gte: pick(), lt: pick() }, { gt: pick(), lte: pick() });
    ranges.push([{ gt: pick() }, { gte: pick() }, { lt: pick() }, { lte: pick() }][i % 4]);
  }
  const one = pick();
  ranges.push({ gte: one, lte: one }, { gt: one, lt: one }, { gte: one, lt: one }, { gt: one, lte: one });
  for (const range of ranges) {
    for (const reverse of [false, true]) {
      const ours = digestScan(db.scan({ ...scanOptions(range), reverse }));
      assert.deepEqual(ours, await peer.digest({ ...range, reverse }), describe(range, reverse));
      const { limit = 50, ...options } = { ...range, reverse };
      const head = collect(db.scan({ ...scanOptions(range), reverse }), limit);
      assertSameEntries(head, await peer.entries({ ...options, limit }));
    }
  }
  for (const prefix of [pick(), pick().subarray(0, 1), pick().subarray(0, 5), new Uint8Array(0)]) {
    const expected = entries.filter(([key]) => Buffer.compare(key.subarray(0, prefix.length), prefix) === 0);
    assertSameEntries(collect(db.scan({ prefix })), expected);
    assertSameEntries(collect(db.scan({ prefix, reverse: true })), reversed(expected));
  }
}

/** `from` takes its key in and `to` leaves it out; with a zero byte behind the key it is the other way round. */
function scanOptions({ gt, gte, lt, lte }: PeerRange): ScanOptions {
  return { from: gt ? after(gt) : gte, to: lte ? after(lte) : lt };
}

function checkGets(
  db: Inspection,
  keys: Uint8Array[],
  values: (Uint8Array | undefined)[],
  sequence?: number,
): void {
  keys.forEach((key, i) => {
    const { found, value, source } = sequence === undefined ? db.get(key) : db.get(key, sequence);
    assert.equal(found, values[i] !== undefined, hex(key));
    assert.equal(hex(value), hex(values[i]), hex(key));
    if (found) assert.ok(source);
  });
}

/** Batches of few bytes or few entries deliver the same as the cursor. */
function checkBatches(db: Inspection, entries: PeerEntry[], random: (limit: number) => number): void {
  for (const [bytes, count] of [
    [1, 1000],
    [1 << 12, 7],
    [1 << 18, 4096],
    [1 + random(1 << 16), 1 + random(2000)],
  ]) {
    for (const reverse of [false, true]) {
      const batch = new EntryBatch(bytes, count);
      const scan = db.scan({ reverse });
      const read: PeerEntry[] = [];
      while (scan.readBatch(batch) > 0) {
        assert.ok(batch.count <= count);
        for (let i = 0; i < batch.count; i++) read.push([batch.key(i).slice(), batch.value(i).slice()]);
      }
      assert.equal(scan.valid, false);
      assertSameEntries(read, reverse ? reversed(entries) : entries);
    }
  }
}

/** A walk to and fro, with jumps, against the same walk over the peer's entries. */
function checkZigzag(db: Inspection, entries: PeerEntry[], random: (limit: number) => number): void {
  const { cursor } = db.scan();
  let at = 0;
  let bias = 50;
  for (let step = 0; step < 1500; step++) {
    const valid = at >= 0 && at < entries.length;
    const choice = random(100);
    if (choice < 2) bias = random(101);
    if (choice < 2) {
      cursor.seekToFirst();
      at = 0;
    } else if (choice < 4) {
      cursor.seekToLast();
      at = entries.length - 1;
    } else if (choice < 12 || !valid) {
      const target = somewhere(entries, random);
      cursor.seek(target, 0, target.length);
      at = lowerBound(entries, target);
    } else if (random(100) < bias) {
      cursor.next();
      at++;
    } else {
      cursor.prev();
      at--;
    }
    assert.equal(cursor.valid, at >= 0 && at < entries.length, `step ${step}: at ${at} of ${entries.length}`);
    if (!cursor.valid) continue;
    const [key, value] = entries[at];
    assert.equal(hex(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd)), hex(key));
    const found = cursor.valueBuffer.subarray(cursor.valueStart, cursor.valueEnd);
    assert.equal(Buffer.compare(found, value), 0, `step ${step}: the value of ${hex(key)}`);
  }
  assert.equal(cursor.error, undefined);
}

function collect(scan: Scan, limit = Number.POSITIVE_INFINITY): PeerEntry[] {
  const entries: PeerEntry[] = [];
  for (const { cursor } = scan; scan.valid && entries.length < limit; scan.next()) {
    const { keyStart, keyEnd, valueStart, valueEnd } = cursor;
    entries.push([cursor.keyBuffer.slice(keyStart, keyEnd), cursor.valueBuffer.slice(valueStart, valueEnd)]);
  }
  return entries;
}

function assertSameEntries(actual: PeerEntry[], expected: PeerEntry[]): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    const [key, value] = actual[i];
    if (Buffer.compare(key, expected[i][0]) !== 0) assert.equal(hex(key), hex(expected[i][0]));
    if (Buffer.compare(value, expected[i][1]) !== 0) assert.fail(`entry ${i}: the value of ${hex(key)}`);
  }
}

/** Keys that are there, neighbours of them that mostly are not, and keys that were deleted. */
function sampleKeys(
  entries: PeerEntry[],
  deleted: Uint8Array[],
  random: (limit: number) => number,
): Uint8Array[] {
  const keys = spread(entries, 400).map(([key]) => key);
  for (let i = 0; i < 200; i++) keys.push(somewhere(entries, random));
  // LevelDB answers for the empty key, its binding does not.
  return [...keys, ...deleted].filter((key) => key.length > 0);
}

/** A key of the database, or one just before or behind it, or a stranger. */
function somewhere(entries: PeerEntry[], random: (limit: number) => number): Uint8Array {
  const way = random(6);
  if (entries.length === 0 || way === 0) return Uint8Array.from({ length: 1 + random(6) }, () => random(256));
  const [key] = entries[random(entries.length)];
  if (way === 1) return after(key);
  if (way === 2 && key.length > 1) return key.slice(0, -1);
  if (way === 3) {
    const next = key.slice();
    next[key.length - 1]++;
    return next;
  }
  return key;
}

function lowerBound(entries: PeerEntry[], target: Uint8Array): number {
  let low = 0;
  for (let high = entries.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(entries[middle][0], target) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function spread<T>(items: T[], count: number): T[] {
  const step = Math.max(1, Math.floor(items.length / count));
  return items.filter((_, i) => i % step === 0);
}

function reversed<T>(items: readonly T[]): T[] {
  return [...items].reverse();
}

function after(key: Uint8Array): Uint8Array {
  return Uint8Array.of(...key, 0);
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes ? Buffer.from(bytes).toString('hex') : 'absent';
}

function describe(range: PeerRange, reverse: boolean): string {
  const ends = Object.entries(range).map(([name, key]) => `${name} ${hex(key as Uint8Array)}`);
  return `${ends.join(' ')}${reverse ? ' reverse' : ''}`;
}
