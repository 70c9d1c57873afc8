// Looking at a database while C++ LevelDB writes to it: whatever is read must be what the database held at one
// moment not before the writes that were acknowledged when it was opened.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EntryBatch } from '../../src/engine/db/entry-batch';
import { Inspection } from '../../src/engine/db/inspection';
import { digestScan, type Scan } from '../../src/engine/db/scan';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { Peer, workloadKey } from '../helpers/leveldb';
import {
  batchOf,
  GROUPS,
  groupKeys,
  OPERATIONS_PER_BATCH,
  passingKey,
  passingPresence,
  passingValue,
  possibleValues,
  stateAfter,
} from './beside-writer-model';
import { counts, during, pause, Writer } from './beside-writer-process';

const env = new NodeReadableEnv();

test('opening, getting and scanning beside a writer', async (t) => {
  const writer = await Writer.start();
  try {
    await during(9000, () => {
      for (let i = 0; i < 6; i++) lookOnce(writer, (db, since) => checkSomeGets(db, writer, since));
      lookOnce(writer, (db, since) => checkScan(db, writer, since));
    });
    writer.report(t);
    assert.ok(counts.opens > 300 && counts.listedLater > 100 && counts.scans > 50, JSON.stringify(counts));
  } finally {
    await writer.end();
  }
});

test('one inspection while the database grows', async (t) => {
  const writer = await Writer.start();
  try {
    const since = writer.acknowledged();
    const db = Inspection.open(env, writer.directory);
    counts.opens++;
    let seen = since;
    let rounds = 0;
    let movedOn = 0;
    await during(5000, async () => {
      if (rounds++ % 4 === 0) {
        seen = writer.acknowledged();
        db.refresh();
        // Tables that were not opened yet are gone in a while, so that the answers need a newer moment.
        await pause(15);
      }
      const { manifestSize } = db;
      checkSomeGets(db, writer, seen);
      // Later answers are never of an earlier moment.
      seen = checkScan(db, writer, seen);
      if (db.manifestSize !== manifestSize) movedOn++;
      assertNoErrors(db);
    });
    t.diagnostic(`the inspection took a newer moment by itself ${movedOn} times`);
    assert.ok(movedOn > 0, `${movedOn}`);
    db.close();
    const written = writer.acknowledged() - since;
    assert.ok(written > 300, `only ${written} batches were written meanwhile`);
    writer.report(t);
  } finally {
    await writer.end();
  }
});

test('a scan that is held while the writer goes on sees one moment', async (t) => {
  const writer = await Writer.start();
  try {
    await during(5000, async () => {
      const since = writer.acknowledged();
      const db = Inspection.open(env, writer.directory);
      const scan = db.scan();
      const until = writer.begun();
      counts.opens++;
      const batch = new EntryBatch(1 << 14, 100);
      const entries: [string, string][] = [];
      while (scan.readBatch(batch) > 0) {
        for (let i = 0; i < batch.count; i++) entries.push([text(batch.key(i)), text(batch.value(i))]);
        await pause(10);
      }
      checkState(entries, since, until);
      assertNoErrors(db);
      db.close();
    });
    writer.report(t);
  } finally {
    await writer.end();
  }
});

test('a scan goes on when a get of the same inspection needs a newer moment', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lsm-held-'));
  const peer = await Peer.open(directory, {
    maxFileSize: 1 << 20,
    writeBufferSize: 64 << 10,
    compression: false,
  });
  const workload = { operations: 12_000, keys: 12_000, order: 'sequential', valueBytes: 200 } as const;
  const middle = workloadKey(6000);
  try {
    await peer.fill({ ...workload, seed: 1 });
    await peer.compactRange(workloadKey(0), workloadKey(99_999));
    const expected = await peer.digest({ lt: middle });
    const db = Inspection.open(env, directory);
    const { manifestSize } = db;
    const held = db.scan({ to: middle });
    const tables = db.version.levels.flat().map(({ number }) => number);

    await peer.fill({ ...workload, seed: 2 });
    await peer.compactRange(workloadKey(0), workloadKey(99_999));
    assert.ok(tables.length > 5);
    const [value] = await peer.getMany([workloadKey(11_900)]);
    assert.deepEqual(db.get(workloadKey(11_900)).value, value);
    assert.notEqual(db.manifestSize, manifestSize, 'the get found its table where it was');
    assert.ok(tables.every((number) => !db.listing.tables.has(number)));

    assert.deepEqual(digestScan(held), expected);
    assert.deepEqual(digestScan(db.scan()), await peer.digest());
    // What nobody reads any more is not kept for ever, and a scan of it does not pass for a whole one.
    const late = db.scan();
    db.close();
    assert.throws(() => digestScan(late), { code: 'vanished' });
  } finally {
    await peer.kill();
    rmSync(directory, { recursive: true });
  }
});

test('beside a process that closes and opens the database again and again', async (t) => {
  const writer = await Writer.start(40);
  try {
    await during(5000, () => {
      for (let i = 0; i < 5; i++) lookOnce(writer, (db, since) => checkSomeGets(db, writer, since));
      lookOnce(writer, (db, since) => checkScan(db, writer, since));
    });
    writer.report(t);
  } finally {
    await writer.end();
  }
});

test('beside a process that is killed and started again and again', async (t) => {
  const writer = await Writer.start();
  try {
    const looking = during(6000, () => {
      lookOnce(writer, (db, since) => checkSomeGets(db, writer, since));
      lookOnce(writer, (db, since) => checkScan(db, writer, since));
    });
    let kills = 0;
    const killing = during(5500, async () => {
      await pause(150);
      await writer.restart();
      kills++;
    });
    await Promise.all([looking, killing]);
    assert.ok(kills >= 3, `${kills} kills`);
    t.diagnostic(`${kills} kills`);
    writer.report(t);
  } finally {
    await writer.end();
  }
});

/** Opens, looks and closes. `since` is the batch that was acknowledged before. */
function lookOnce(writer: Writer, look: (db: Inspection, since: number) => void): void {
  const since = writer.acknowledged();
  // Every other one takes its listing and logs when the first look asks for them.
  const db = Inspection.open(env, writer.directory, { listLater: counts.opens++ % 2 === 1 });
  if (!db.isComplete) counts.listedLater++;
  look(db, since);
  assertNoErrors(db);
  db.close();
}

let turn = 0;

function checkSomeGets(db: Inspection, writer: Writer, since: number): void {
  const group = turn++ % GROUPS;
  for (const key of groupKeys(group)) {
    const answer = get(db, key);
    const possible = possibleValues(group, since, writer.begun());
    assert.ok(possible.includes(answer), `${key} was ${answer}; it can be ${possible}`);
  }
  // Keys that came just now, that are about to come, and that are about to go.
  for (const batch of [since, since + 1, since + 100, since - 390, since - 400, since - 700]) {
    if (batch < 1) continue;
    const answer = get(db, passingKey(batch));
    const presence = passingPresence(batch, since, writer.begun());
    const message = `${passingKey(batch)} was ${answer} with ${since} acknowledged before: ${presence}`;
    if (presence === 'absent' || (presence === 'either' && answer === undefined)) {
      assert.equal(answer, undefined, message);
    } else assert.equal(answer, passingValue(batch), message);
  }
}

function get(db: Inspection, key: string): string | undefined {
  const { value } = db.get(Buffer.from(key));
  counts.gets++;
  return value && text(value);
}

/** Scans everything, forward or back, and returns the moment that the scan saw. */
function checkScan(db: Inspection, writer: Writer, since: number): number {
  const reverse = turn++ % 2 === 1;
  const scan = db.scan({ reverse });
  const entries = collect(scan);
  if (reverse) entries.reverse();
  const moment = checkState(entries, since, writer.begun());
  assert.equal(db.lastSequence(), moment * OPERATIONS_PER_BATCH);
  return moment;
}

/** Entries that are those of one moment. */
function checkState(entries: [string, string][], since: number, until: number): number {
  counts.scans++;
  const moment = entries.length === 0 ? 0 : batchOf(entries[0][1]);
  assert.ok(moment >= since, `${since} was acknowledged before, and ${moment} was seen`);
  assert.ok(moment <= until, `${until} was begun at the end, and ${moment} was seen`);
  assert.deepEqual(entries, stateAfter(moment));
  return moment;
}

function collect(scan: Scan): [string, string][] {
  const entries: [string, string][] = [];
  for (const { cursor } = scan; scan.valid; scan.next()) {
    const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd } = cursor;
    entries.push([text(keyBuffer, keyStart, keyEnd), text(valueBuffer, valueStart, valueEnd)]);
  }
  return entries;
}

function text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function assertNoErrors(db: Inspection): void {
  assert.deepEqual(
    db.problems.filter((problem) => problem.severity === 'error'),
    [],
  );
}
