// Looking at a database while C++ LevelDB writes to it: whatever is read must be what the database held at one
// moment not before the writes that were acknowledged when it was opened.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EntryBatch } from '../../src/engine/db/entry-batch';
import { Inspection } from '../../src/engine/db/inspection';
import type { Scan } from '../../src/engine/db/scan';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { forkTestChild, killChild } from '../helpers/leveldb';
import {
  batchOf,
  GROUPS,
  groupKeys,
  OPERATIONS_PER_BATCH,
  passingKey,
  passingPresence,
  passingValue,
  possibleValues,
  readProgress,
  stateAfter,
  writeProgress,
} from './beside-writer-model';

const env = new NodeReadableEnv();

test('opening, getting and scanning beside a writer', async (t) => {
  const writer = await Writer.start();
  try {
    await during(10_000, () => {
      for (let i = 0; i < 10; i++) lookOnce(writer, (db, since) => checkSomeGets(db, writer, since));
      lookOnce(writer, (db, since) => checkScan(db, writer, since));
    });
    writer.report(t);
    assert.ok(counts.opens > 1000 && counts.scans > 100, JSON.stringify(counts));
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
    await during(6000, () => {
      checkSomeGets(db, writer, seen);
      // Later answers are never of an earlier moment.
      seen = checkScan(db, writer, seen);
    });
    db.refresh();
    const now = writer.acknowledged();
    db.refresh();
    checkScan(db, writer, now);
    assertNoErrors(db);
    db.close();
    assert.ok(now > since + 1000, `only ${now - since} batches were written meanwhile`);
    writer.report(t);
  } finally {
    await writer.end();
  }
});

test('a scan that is held while the writer goes on sees one moment', async (t) => {
  const writer = await Writer.start();
  try {
    await during(6000, async () => {
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

test('beside a process that closes and opens the database again and again', async (t) => {
  const writer = await Writer.start(40);
  try {
    await during(6000, () => {
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
    const looking = during(7000, () => {
      lookOnce(writer, (db, since) => checkSomeGets(db, writer, since));
      lookOnce(writer, (db, since) => checkScan(db, writer, since));
    });
    let kills = 0;
    const killing = during(6500, async () => {
      await pause(150);
      await writer.restart();
      kills++;
    });
    await Promise.all([looking, killing]);
    assert.ok(kills >= 5, `${kills} kills`);
    t.diagnostic(`${kills} kills`);
    writer.report(t);
  } finally {
    await writer.end();
  }
});

const counts = { opens: 0, gets: 0, scans: 0 };

/** Another process that writes batch after batch. */
class Writer {
  readonly directory: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'lsm-beside-'));
  private readonly progress: number;
  private readonly batchesPerOpen: number;
  private readonly before = { ...counts };
  private child: ChildProcess | undefined;

  private constructor(batchesPerOpen: number) {
    this.batchesPerOpen = batchesPerOpen;
    this.directory = join(this.folder, 'db');
    mkdirSync(this.directory);
    writeFileSync(this.progressFile, '');
    this.progress = openSync(this.progressFile, 'r+');
    writeProgress(this.progress, 'begun', 0);
    writeProgress(this.progress, 'acknowledged', 0);
  }

  static async start(batchesPerOpen = 0): Promise<Writer> {
    const writer = new Writer(batchesPerOpen);
    await writer.fork();
    return writer;
  }

  /** No answer may be older than this was before the reader looked. */
  acknowledged(): number {
    return readProgress(this.progress, 'acknowledged');
  }

  /** No answer may be newer than this is after the reader looked. */
  begun(): number {
    return readProgress(this.progress, 'begun');
  }

  async restart(): Promise<void> {
    if (this.child) await killChild(this.child);
    await this.fork();
  }

  async end(): Promise<void> {
    if (this.child) await killChild(this.child);
    closeSync(this.progress);
    rmSync(this.folder, { recursive: true });
  }

  report(t: TestContext): void {
    const done = (what: keyof typeof counts) => `${counts[what] - this.before[what]} ${what}`;
    const files = readdirSync(this.directory);
    const tables = Math.max(...files.map((name) => Number.parseInt(name, 10) || 0));
    t.diagnostic(`${done('opens')}, ${done('gets')}, ${done('scans')}`);
    t.diagnostic(`beside ${this.begun()} batches; file numbers up to ${tables}`);
    assert.ok(tables > 20, 'no flushes happened meanwhile');
  }

  private get progressFile(): string {
    return join(this.folder, 'progress');
  }

  private async fork(): Promise<void> {
    const { directory, progressFile, batchesPerOpen } = this;
    const child = forkTestChild('engine/beside-writer.child.mjs', [
      directory,
      progressFile,
      `${batchesPerOpen}`,
    ]);
    this.child = child;
    const ended = once(child, 'exit').then(([code]) => assert.fail(`the writer ended with ${code}`));
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended]);
  }
}

/** Opens, looks and closes. `since` is the batch that was acknowledged before. */
function lookOnce(writer: Writer, look: (db: Inspection, since: number) => void): void {
  const since = writer.acknowledged();
  const db = Inspection.open(env, writer.directory);
  counts.opens++;
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

/** Repeats for some milliseconds, and lets events in between. */
async function during(milliseconds: number, work: () => void | Promise<void>): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    await work();
    await pause(0);
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
