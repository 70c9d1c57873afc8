// A write-ahead log's worker, held against `lsm wal` and against what C++ LevelDB makes of the same bytes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { LogWriter } from '../../src/engine/log/writer';
import { emptyVersionEdit, encodeVersionEdit } from '../../src/engine/manifest/version-edit';
import { WorkerClient } from '../../src/worker/client';
import type { LogCalls, LogJobs, OperationRow } from '../../src/worker/log-api';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer } from '../helpers/leveldb';

const folder = mkdtempSync(join(tmpdir(), 'lsm-log-session-'));
const clients: { dispose(): Promise<void> }[] = [];
type Client = WorkerClient<LogCalls, LogJobs>;

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(folder, { recursive: true });
});

function newClient(): Client {
  const client: Client = new WorkerClient(resolve('dist/workers'), 'log');
  clients.push(client);
  return client;
}

function wal(path: string, ...options: string[]) {
  const { stdout } = spawnSync(process.execPath, ['dist/cli.js', 'wal', path, '--json', ...options], {
    maxBuffer: 1 << 28,
  });
  return stdout.toString();
}

function lines(text: string) {
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function allOperations(client: Client): Promise<OperationRow[]> {
  const rows: OperationRow[] = [];
  for (;;) {
    const page = await client.call('operations', rows.length, rows.length + 333);
    rows.push(...page.rows);
    if (rows.length >= page.total) return rows;
  }
}

const log = join(sharedFixtures, 's-over', '000327.log');

test('records, batches and operations are those of `lsm wal`', async () => {
  const client = newClient();
  const { state } = await client.call('open', log);
  assert.deepEqual([state?.live, state?.manifest], [true, 'MANIFEST-000002']);
  const survey = await client.run('survey', []);
  const records = lines(wal(log, '--records'));
  const { rows } = await client.call('items', 0, 10_000);
  assert.deepEqual(
    rows
      .filter(({ length }) => length !== undefined)
      .map(({ offset, length, kind }) => [offset, length, kind]),
    records.map(({ offset, length, type }) => [offset, length, type]),
  );
  for (const [i, row] of rows.entries())
    assert.equal(row.offset, i === 0 ? 0 : rows[i - 1].offset + rows[i - 1].size);
  const batches = lines(wal(log));
  const page = await client.call('batches', 0, 10_000);
  assert.deepEqual(
    page.rows.map(({ offset, sequence, count }) => [offset, sequence, count]),
    batches.map(({ offset, sequence, count }) => [offset, sequence, count]),
  );
  const expected = batches.flatMap(({ sequence, ops }) =>
    ops.map(({ type, key, value }: { type: string; key: string; value?: string }, i: number) => [
      sequence + i,
      type,
      key,
      value?.length ?? 0,
    ]),
  );
  assert.equal(survey.operations, expected.length);
  assert.deepEqual(
    (await allOperations(client)).map(({ sequence, type, key, valueBytes }) => [
      sequence,
      type,
      Buffer.from(key).toString(),
      valueBytes,
    ]),
    expected,
  );
  assert.deepEqual(survey.jumps, { rows: [], total: 0 });
  assert.deepEqual(survey.lenient, survey.paranoid);
  const target = join(folder, 'batches.jsonl');
  assert.equal(await client.run('export', [target]), batches.length);
  assert.equal(readFileSync(target, 'utf8'), wal(log));
});

test('operations are filtered by key and type, and their values read', async () => {
  const client = newClient();
  await client.call('open', log);
  const survey = await client.run('survey', []);
  const all = await allOperations(client);
  assert.equal(await client.run('filter', [{ type: 'deletion' }]), survey.deletions);
  const key = new TextEncoder().encode('0042');
  const wanted = all.filter((row) => Buffer.from(row.key).includes('0042') && row.type === 'value');
  assert.equal(await client.run('filter', [{ key, type: 'value' }]), wanted.length);
  assert.ok(wanted.length > 0);
  const { rows } = await client.call('operations', 0, 1000);
  assert.deepEqual(
    rows.map(({ sequence }) => sequence),
    wanted.map(({ sequence }) => sequence),
  );
  const value = await client.call('value', 0, 1 << 20);
  assert.equal(value?.length, wanted[0].valueBytes);
  assert.equal(await client.run('filter', [{}]), survey.operations);
});

test('bytes have fields without a gap: of a record, and of a batch over several fragments', async () => {
  const path = join(folder, '000005.log');
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((bytes) => parts.push(bytes.slice()));
  const batch = new WriteBatch();
  batch.put(new TextEncoder().encode('large'), new Uint8Array(40_000).fill(7));
  batch.delete(new TextEncoder().encode('gone'));
  writer.addRecord(batch.contents());
  writeFileSync(path, Buffer.concat(parts));
  const client = newClient();
  assert.equal((await client.call('open', path)).state, undefined);
  await client.run('survey', []);
  const { rows } = await client.call('batches', 0, 10);
  assert.deepEqual(
    rows.map(({ fragments, count }) => [fragments, count]),
    [[2, 2]],
  );
  for (const page of [
    await client.call('itemBytes', 0),
    await client.call('itemBytes', 1),
    await client.call('batchBytes', 0),
  ]) {
    let at = 0;
    for (const { start, end } of page.fields) {
      assert.equal(start, at);
      at = end;
    }
    assert.equal(at, page.bytes.length);
    assert.ok(page.fields.every(({ bad }) => !bad));
  }
});

test('a stale log says which edit flushed it, and into which table', async () => {
  const path = join(folder, 'stale');
  cpSync(join(sharedFixtures, 's-over'), path, { recursive: true });
  copyFileSync(log, join(path, '000185.log'));
  const client = newClient();
  const { state } = await client.call('open', join(path, '000185.log'));
  assert.equal(state?.live, false);
  const edits = lines(
    spawnSync(process.execPath, [
      'dist/cli.js',
      'manifest',
      join(path, 'MANIFEST-000002'),
      '--json',
    ]).stdout.toString(),
  );
  const { edit, tables } = state!.flushedBy!;
  assert.ok(edits[edit].edit.logNumber > 185);
  assert.ok(
    edits.slice(1, edit).every((each) => each.edit.logNumber === undefined || each.edit.logNumber <= 185),
  );
  assert.deepEqual(
    tables,
    edits[edit].edit.newFiles.map(({ number }: { number: number }) => number),
  );
});

/** What C++ LevelDB holds after opening a copy of a database whose only log has these bytes. */
async function leveldbReads(name: string, bytes: Uint8Array): Promise<string[]> {
  const path = join(folder, name);
  cpSync(join(folder, 'whole'), path, { recursive: true });
  const file = readdirSync(path).find((each) => each.endsWith('.log'))!;
  writeFileSync(join(path, file), bytes);
  const peer = await Peer.open(path);
  const entries = await peer.entries({});
  await peer.close();
  return entries.map(([key]) => Buffer.from(key).toString());
}

test('damaged logs: what is applied leniently is what C++ LevelDB recovers', async () => {
  const path = join(folder, 'whole');
  const peer = await Peer.open(path, {});
  await peer.fill({ seed: 1, operations: 3000, keys: 3000, order: 'sequential', valueBytes: 40 });
  await peer.close();
  const file = readdirSync(path).find((name) => name.endsWith('.log'))!;
  const sound = readFileSync(join(path, file));
  assert.ok(sound.length > 3 * 32768, `${sound.length} bytes`);
  const client = newClient();
  const copy = join(folder, 'copy', file);
  cpSync(path, join(folder, 'copy'), { recursive: true });
  const cases: [string, (bytes: Buffer) => Uint8Array][] = [
    ['sound', (bytes) => bytes],
    ['payload', (bytes) => flipped(bytes, 40_000)],
    ['checksum', (bytes) => flipped(bytes, 0)],
    ['length', (bytes) => flipped(bytes, 4)],
    ['type', (bytes) => flipped(bytes, 6)],
    ['two', (bytes) => flipped(flipped(bytes, 20_000), 70_000)],
    ['torn', (bytes) => bytes.subarray(0, bytes.length - 11)],
    ['cut', (bytes) => bytes.subarray(0, 50_000)],
  ];
  for (const [name, damage] of cases) {
    const bytes = damage(Buffer.from(sound));
    writeFileSync(copy, bytes);
    await client.call('open', copy);
    const { lenient, paranoid, sound: saved, operations } = await client.run('survey', []);
    const rows = await allOperations(client);
    assert.equal(rows.length, operations);
    const keys = [...new Set(rows.map(({ key }) => Buffer.from(key).toString()))].sort();
    assert.deepEqual(keys, await leveldbReads(`peer-${name}`, bytes), name);
    const isDamaged = !['sound', 'torn', 'cut'].includes(name);
    assert.equal(lenient.drops.total > 0, isDamaged, name);
    assert.equal(paranoid.failure !== undefined, isDamaged, name);
    assert.equal(lenient.stop.why === 'torn tail', name === 'torn' || name === 'cut', name);
    if (isDamaged) {
      assert.ok(paranoid.batches < lenient.batches || name === 'two' || paranoid.batches === 0, name);
      // The records behind the damaged one in its block are whole, and LevelDB gives them up with it.
      assert.ok(name === 'type' || saved.total > 0, name);
    } else assert.deepEqual(saved.rows, [], name);
  }
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] ^= 0x5a;
  return copy;
}

/** A log of single puts. */
function putsOf(count: number): Uint8Array {
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((bytes) => parts.push(bytes.slice()));
  for (let i = 0; i < count; i++) {
    const batch = new WriteBatch();
    batch.put(new TextEncoder().encode(`key${String(i).padStart(6, '0')}`), Uint8Array.of(7));
    batch.sequence = i + 1;
    writer.addRecord(batch.contents());
  }
  return new Uint8Array(Buffer.concat(parts));
}

test('of two filters the newer one holds, whichever is done first', async () => {
  const path = join(folder, '000012.log');
  writeFileSync(path, putsOf(40_000));
  const client = newClient();
  await client.call('open', path);
  await client.run('survey', []);
  const key = new TextEncoder().encode('key000001');
  const older = client.run('filter', [{ key }]);
  const newer = client.run('filter', [{}]);
  assert.equal(await newer, 40_000);
  assert.equal(await older, undefined);
  assert.equal((await client.call('operations', 0, 1)).total, 40_000);
  assert.equal(await client.run('filter', [{ key }]), 1);
});

test('the export of a damaged log has its damage in its place, as `lsm wal` has it', async () => {
  const path = join(folder, '000013.log');
  const bytes = putsOf(3000);
  bytes[9000] ^= 0x5a;
  writeFileSync(path, bytes.subarray(0, bytes.length - 4));
  const client = newClient();
  await client.call('open', path);
  await client.run('survey', []);
  const target = join(folder, 'damaged.jsonl');
  const count = await client.run('export', [target]);
  const expected = wal(path);
  assert.equal(readFileSync(target, 'utf8'), expected);
  assert.equal(count, lines(expected).length);
  assert.ok(lines(expected).filter(({ damage }) => damage).length >= 2);
});

test('a log becomes stale when the MANIFEST goes on: that is a change, though the log is as it was', async () => {
  const path = join(folder, 'moved-on');
  cpSync(join(sharedFixtures, 's-over'), path, { recursive: true });
  const client = newClient();
  const { state } = await client.call('open', join(path, '000327.log'));
  assert.equal(state?.live, true);
  assert.equal(await client.call('hasChanged'), false);
  const manifest = join(path, 'MANIFEST-000002');
  const { size } = statSync(manifest);
  const writer = new LogWriter((bytes) => appendFileSync(manifest, bytes), size);
  writer.addRecord(encodeVersionEdit({ ...emptyVersionEdit(), logNumber: 328 }));
  assert.equal(await client.call('hasChanged'), true);
  assert.equal((await client.call('refresh')).state?.live, false);
});

test('a file that is opened anew ends the job that reads it, and no damage is made of that', async () => {
  const path = join(folder, '000014.log');
  writeFileSync(path, putsOf(60_000));
  const client = newClient();
  await client.call('open', path);
  const first = client.run('survey', []).then(
    (survey) => survey.lenient.drops.total,
    (error) => error.code,
  );
  await client.call('refresh');
  assert.equal(await first, 'vanished');
  const { lenient } = await client.run('survey', []);
  assert.deepEqual([lenient.drops.total, lenient.batches], [0, 60_000]);
});

test('a page of a batch with very many operations, read forward, backward and at its end', async () => {
  const path = join(folder, '000015.log');
  const parts: Uint8Array[] = [];
  const batch = new WriteBatch();
  const operations = 200_000;
  for (let i = 0; i < operations; i++) batch.put(Uint8Array.of(i & 0xff, i >>> 8), Uint8Array.of(1));
  batch.sequence = 1;
  new LogWriter((bytes) => parts.push(bytes.slice())).addRecord(batch.contents());
  writeFileSync(path, Buffer.concat(parts));
  const client = newClient();
  await client.call('open', path);
  await client.run('survey', []);
  for (const start of [0, operations - 150, 100_000, 99_900]) {
    const { rows } = await client.call('operations', start, start + 150);
    assert.deepEqual(
      rows.map(({ sequence }) => sequence),
      Array.from({ length: 150 }, (_, i) => start + i + 1),
    );
  }
});

test('empty and tiny files, and a file that shrinks', async () => {
  const path = join(folder, '000009.log');
  const client = newClient();
  for (const length of [0, 1, 6, 7, 100]) {
    copyFileSync(log, path);
    truncateSync(path, length);
    await client.call('open', path);
    const survey = await client.run('survey', []);
    assert.equal(survey.batches, 0);
    const map = await client.call('map');
    assert.equal(map.ends.at(-1) ?? 0, length);
  }
  truncateSync(path, 50);
  assert.equal(await client.call('hasChanged'), true);
});

test('a log of hundreds of thousands of operations: a page is a page', async () => {
  const path = join(folder, '000010.log');
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((bytes) => parts.push(bytes.slice()));
  const key = new Uint8Array(16);
  const view = new DataView(key.buffer);
  const batches = 30_000;
  for (let i = 0; i < batches; i++) {
    const batch = new WriteBatch();
    for (let j = 0; j < 10; j++) {
      view.setUint32(0, i * 10 + j);
      batch.put(key, key);
    }
    const contents = batch.contents();
    new DataView(contents.buffer, contents.byteOffset).setBigUint64(0, BigInt(1 + i * 10), true);
    writer.addRecord(contents);
  }
  writeFileSync(path, Buffer.concat(parts));
  const client = newClient();
  await client.call('open', path);
  const survey = await client.run('survey', []);
  assert.deepEqual([survey.batches, survey.operations, survey.jumps.total], [batches, 300_000, 0]);
  const page = await client.call('operations', 150_005, 150_105);
  assert.equal(page.rows.length, 100);
  assert.deepEqual(
    page.rows.map(({ sequence }) => sequence),
    Array.from({ length: 100 }, (_, i) => 150_006 + i),
  );
});
