// A table's worker, held against `lsm sst` and C++ LevelDB.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { ByteWriter } from '../../src/engine/bytes/byte-writer';
import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { emptyVersionEdit, encodeVersionEdit } from '../../src/engine/manifest/version-edit';
import { ITEM_KINDS } from '../../src/engine/recovery/log-survey';
import { type BlockHandle, encodeBlockHandle, encodeFooter } from '../../src/engine/table/format';
import { WorkerClient } from '../../src/worker/client';
import { type EntryRow, REGION_KINDS, type TableCalls, type TableJobs } from '../../src/worker/table-api';
import { ITEM_KINDS as PAGE_ITEM_KINDS } from '../../webview/protocol/log';
import { REGION_KINDS as PAGE_REGION_KINDS } from '../../webview/protocol/table';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer } from '../helpers/leveldb';

const folder = mkdtempSync(join(tmpdir(), 'lsm-table-session-'));
const clients: { dispose(): Promise<void> }[] = [];

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(folder, { recursive: true });
});

function newClient(): WorkerClient<TableCalls, TableJobs> {
  const client = new WorkerClient<TableCalls, TableJobs>(resolve('dist/workers'), 'table');
  clients.push(client);
  return client;
}

function sst(path: string, ...options: string[]) {
  const { stdout } = spawnSync(process.execPath, ['dist/cli.js', 'sst', path, '--json', ...options], {
    maxBuffer: 1 << 28,
  });
  return stdout.toString();
}

const table = join(sharedFixtures, 's-over', '000311.ldb');

async function allEntries(
  client: WorkerClient<TableCalls, TableJobs>,
  direction: 'forward' | 'backward',
): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  let anchor: Parameters<TableCalls['entries']>[0]['anchor'] = {
    at: direction === 'forward' ? 'first' : 'last',
  };
  for (;;) {
    const page = await client.call('entries', { anchor, direction, count: 157 });
    if (direction === 'forward') rows.push(...page.rows);
    else rows.unshift(...page.rows);
    if (direction === 'forward' ? page.atEnd : page.atStart) return rows;
    const edge = direction === 'forward' ? page.rows.at(-1) : page.rows[0];
    assert.ok(edge, 'a page without rows is an end');
    anchor = { at: 'key', key: edge.internalKey, after: true };
  }
}

test('regions, counts and entries are those of `lsm sst`, both ways', async () => {
  const client = newClient();
  const summary = await client.call('open', table);
  const expected = JSON.parse(sst(table));
  assert.equal(summary.bytes, expected.size);
  assert.equal(summary.regions, expected.blocks.length);
  const { rows } = await client.call('regions', 0, summary.regions);
  assert.deepEqual(
    rows.map(({ kind, offset, size, rawSize, crcOk, entries }) => ({
      kind,
      offset,
      size,
      rawSize,
      crcOk,
      entries,
    })),
    expected.blocks.map(({ kind, offset, size, rawSize, crcOk, entries }: Record<string, unknown>) => ({
      kind,
      offset,
      size,
      rawSize: rawSize ?? undefined,
      crcOk: crcOk ?? undefined,
      entries: entries ?? undefined,
    })),
  );
  const survey = await client.run('survey', []);
  assert.equal(survey.entries, expected.entryCount);
  assert.equal(survey.deletions, expected.deletions);
  assert.equal(survey.restartInterval, 16);
  assert.ok(survey.bitsPerKey && survey.bitsPerKey > 9.9 && survey.bitsPerKey < 11);
  const lines = sst(table, '--entries')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  for (const direction of ['forward', 'backward'] as const) {
    const all = await allEntries(client, direction);
    assert.deepEqual(
      all.map(({ userKey, sequence, type, valueBytes }) => [
        Buffer.from(userKey).toString(),
        sequence,
        type,
        valueBytes,
      ]),
      lines.map(({ key, sequence, type, value }) => [key, sequence, type === 'value' ? 1 : 0, value.length]),
    );
  }
  const map = await client.call('map');
  assert.equal(map.starts[0], 0);
  assert.equal(map.ends.at(-1), summary.bytes);
  for (let i = 1; i < map.starts.length; i++) assert.equal(map.starts[i], map.ends[i - 1]);
  assert.equal(REGION_KINDS[map.kinds.at(-1)!], 'footer');
});

test('a lookup takes the way of `lsm get --explain`', async () => {
  const client = newClient();
  await client.call('open', table);
  const found = await client.call('lookup', new TextEncoder().encode('user0000000042'));
  assert.equal(found.found, true);
  assert.deepEqual(found.block, { offset: 3397, size: 3331 });
  assert.deepEqual(found.filter, { index: 1, mayMatch: true });
  assert.equal(found.restartPoint, 0);
  assert.equal(Buffer.from(found.indexKey!.userKey).toString(), 'user0000000066');
  const absent = await client.call('lookup', new TextEncoder().encode('zzz'));
  assert.deepEqual([absent.found, absent.block, absent.indexKey], [false, undefined, undefined]);
});

test('values and exported lines are those of the table', async () => {
  const client = newClient();
  await client.call('open', table);
  const target = join(folder, 'entries.jsonl');
  const count = await client.run('export', [target]);
  assert.equal(readFileSync(target, 'utf8'), sst(table, '--entries'));
  assert.equal(count, 5999);
  const { rows } = await client.call('entries', {
    anchor: { at: 'fraction', fraction: 0.5 },
    direction: 'forward',
    count: 3,
  });
  const value = await client.call('value', rows[0].internalKey, 1 << 20);
  assert.equal(value?.length, rows[0].valueBytes);
  assert.deepEqual(value?.subarray(0, 256), rows[0].preview);
  const { history } = await client.call('open', table);
  assert.deepEqual([history?.level, history?.changes.length, history?.manifest], [1, 1, 'MANIFEST-000002']);
});

test('bytes have fields that cover a block without a gap, and name its entries', async () => {
  const client = newClient();
  const summary = await client.call('open', table);
  const { rows } = await client.call('regions', 0, summary.regions);
  for (const row of [rows[0], ...rows.filter(({ kind }) => kind !== 'data')]) {
    for (const form of ['stored', 'decoded'] as const) {
      const page = await client.call('bytes', row.index, form);
      let at = 0;
      for (const field of page.fields) {
        assert.equal(field.start, at, `${row.kind} ${form} ${field.name}`);
        at = field.end;
      }
      assert.equal(at, page.bytes.length, `${row.kind} ${form}`);
      assert.ok(page.fields.every(({ bad }) => !bad));
      const groups = new Set(
        page.fields.flatMap(({ groupName }) => (groupName?.startsWith('entry ') ? [groupName] : [])),
      );
      if (form === 'decoded' && row.kind !== 'filter' && row.kind !== 'footer') {
        assert.equal(groups.size, row.entries, row.kind);
      }
    }
  }
});

test('a file out of its directory, damaged, cut and empty: what is sound is shown', async () => {
  const alone = join(folder, 'some-table.ldb');
  copyFileSync(table, alone);
  const client = newClient();
  assert.equal((await client.call('open', alone)).history, undefined);

  const bytes = readFileSync(table);
  bytes[5000] ^= 0xff;
  writeFileSync(alone, bytes);
  assert.equal(await client.call('hasChanged'), true);
  await client.call('refresh');
  const survey = await client.run('survey', []);
  assert.equal(survey.damagedBlocks, 1);
  const map = await client.call('map');
  assert.equal(map.damaged.indexOf(1), await client.call('regionAt', 5000));
  const whole = JSON.parse(sst(table)).blocks.filter(({ kind }: { kind: string }) => kind === 'data');
  const hit = whole.find(
    ({ offset, size }: { offset: number; size: number }) => offset <= 5000 && 5000 < offset + size,
  );
  assert.equal((await allEntries(client, 'forward')).length, 5999 - hit.entries);
  const stored = await client.call('bytes', map.damaged.indexOf(1), 'stored');
  assert.equal(stored.fields.at(-1)?.bad, true);

  for (const length of [0, 20, 100_000]) {
    writeFileSync(alone, readFileSync(table));
    truncateSync(alone, length);
    const summary = await client.call('refresh');
    assert.equal(summary.readable, false);
    assert.ok(summary.problems.some(({ severity }) => severity === 'error'));
    assert.deepEqual(
      (await client.call('entries', { anchor: { at: 'first' }, direction: 'forward', count: 9 })).rows,
      [],
    );
    await client.run('survey', []);
    if (length > 0) assert.equal((await client.call('bytes', 0, 'stored')).totalBytes, length);
    await assert.rejects(client.call('lookup', new Uint8Array(1)), /footer or index are lost/);
  }
});

test('a table is surveyed as often as somebody asks, with the same result', async () => {
  const client = newClient();
  await client.call('open', table);
  const first = await client.run('survey', []);
  for (let i = 0; i < 6; i++) assert.deepEqual(await client.run('survey', []), first);
  assert.deepEqual(first.problems, []);
});

test('what a survey finds is told: damage in a block that no page has read', async () => {
  const path = join(folder, '000311.ldb');
  const bytes = readFileSync(table);
  bytes[500_000] ^= 0xff;
  writeFileSync(path, bytes);
  const client = newClient();
  assert.deepEqual((await client.call('open', path)).problems, []);
  const { problems } = await client.run('survey', []);
  assert.deepEqual(
    problems.map(({ code, severity }) => [code, severity]),
    [['checksum-mismatch', 'error']],
  );
});

test('a table leaves the version when the MANIFEST goes on: that is a change, though the table is as it was', async () => {
  const path = join(folder, 'moved-on');
  cpSync(join(sharedFixtures, 's-over'), path, { recursive: true });
  const client = newClient();
  const { history } = await client.call('open', join(path, '000311.ldb'));
  assert.equal(history?.level, 1);
  const manifest = join(path, 'MANIFEST-000002');
  const writer = new LogWriter((bytes) => appendFileSync(manifest, bytes), statSync(manifest).size);
  writer.addRecord(encodeVersionEdit({ ...emptyVersionEdit(), deletedFiles: [{ level: 1, number: 311 }] }));
  assert.equal(await client.call('hasChanged'), true);
  assert.equal((await client.call('refresh')).history?.level, undefined);
  assert.equal(await client.call('hasChanged'), false);
});

test('a table that is opened anew ends the survey under way', async () => {
  const client = newClient();
  await client.call('open', table);
  const first = client.run('survey', []).then(
    () => 'done',
    (error) => error.code,
  );
  await client.call('refresh');
  assert.ok(['vanished', 'done'].includes(await first));
  assert.equal((await client.run('survey', [])).damagedBlocks, 0);
});

test('the kinds of regions and items are the same on both sides of the page', () => {
  assert.deepEqual(PAGE_REGION_KINDS, REGION_KINDS);
  assert.deepEqual(PAGE_ITEM_KINDS, ITEM_KINDS);
});

test('every entry of a table by C++ LevelDB, with what C++ LevelDB reads', async () => {
  const path = join(folder, 'peer');
  const peer = await Peer.open(path, { compression: true });
  await peer.fill({ seed: 9, operations: 5000, keys: 5000, order: 'sequential', valueBytes: 50 });
  await peer.close();
  const again = await Peer.open(path);
  const entries = await again.entries({});
  await again.close();
  const [name] = readdirTables(path);
  const client = newClient();
  await client.call('open', join(path, name));
  const rows = await allEntries(client, 'forward');
  assert.deepEqual(
    rows.map(({ userKey, valueBytes }) => [Buffer.from(userKey).toString(), valueBytes]),
    entries.map(([key, value]) => [Buffer.from(key).toString(), value.length]),
  );
});

function readdirTables(path: string): string[] {
  return JSON.parse(
    spawnSync(process.execPath, ['dist/cli.js', 'info', path, '--json']).stdout.toString(),
  ).levels.flatMap(({ files }: { files: { number: number }[] }) =>
    files.map(({ number }) => `${String(number).padStart(6, '0')}.ldb`),
  );
}

type Entry = [shared: number, suffix: Uint8Array, value: Uint8Array];

/** A block with one restart point, unless others are given. */
function blockOf(
  count: number,
  entryAt: (i: number) => Entry,
  restarts: readonly number[] = [0],
): Uint8Array {
  const out = new ByteWriter();
  for (let i = 0; i < count; i++) {
    const [shared, suffix, value] = entryAt(i);
    for (const length of [shared, suffix.length, value.length]) out.varint32(length);
    out.bytes(suffix);
    out.bytes(value);
  }
  for (const restart of [...restarts, restarts.length]) out.fixed32(restart);
  return out.toBytes();
}

const NOTHING = blockOf(0, () => [0, new Uint8Array(0), new Uint8Array(0)]);

/** A table file of these blocks, under checksums that fit; an index or metaindex is made from the blocks' handles. */
function writeTable(
  name: string,
  data: readonly Uint8Array[],
  indexOf: (handles: BlockHandle[]) => Uint8Array,
  metaindexOf: (handles: BlockHandle[]) => Uint8Array = () => NOTHING,
): string {
  const out = new ByteWriter();
  const add = (block: Uint8Array): BlockHandle => {
    const handle = { offset: out.length, size: block.length };
    const stored = new Uint8Array(block.length + 1);
    stored.set(block);
    out.bytes(stored);
    out.fixed32(maskCrc(crc32c(stored, 0, stored.length)));
    return handle;
  };
  const handles = data.map(add);
  const metaindex = add(metaindexOf(handles));
  const index = add(indexOf(handles));
  out.bytes(encodeFooter({ metaindex, index }));
  const path = join(folder, name);
  writeFileSync(path, out.toBytes());
  return path;
}

const keyOf = (i: number) =>
  encodeInternalKey(new TextEncoder().encode(`k${String(i).padStart(9, '0')}`), 1, 1);
const one = Uint8Array.of(1);

/** A page from each end both ways, a lookup, the map, the survey. */
async function lookAround(path: string): Promise<WorkerClient<TableCalls, TableJobs>> {
  const client = newClient();
  await client.call('open', path);
  for (const at of ['first', 'last'] as const) {
    for (const direction of ['forward', 'backward'] as const) {
      const { problems } = await client.call('entries', { anchor: { at }, direction, count: 300 });
      assert.ok(problems.length <= 1000);
    }
  }
  await client.call('entries', {
    anchor: { at: 'fraction', fraction: 0.5 },
    direction: 'forward',
    count: 300,
  });
  await client.call('map');
  await client.call('regions', 0, 200);
  await client.run('survey', []);
  return client;
}

test('an index that leads to 10,000 empty, lost, overlapping or equal blocks, with one restart point', async () => {
  const index = (handleAt: (i: number) => Uint8Array) => blockOf(10_000, (i) => [0, keyOf(i), handleAt(i)]);
  const empty = Array.from({ length: 10_000 }, () => NOTHING);
  await lookAround(writeTable('empty.ldb', empty, (handles) => index((i) => encodeBlockHandle(handles[i]))));
  const nothing = Array.from({ length: 10_000 }, () => new Uint8Array(0));
  await lookAround(
    writeTable('zero-length.ldb', nothing, (handles) => index((i) => encodeBlockHandle(handles[i]))),
  );
  const wide = [new Uint8Array(60_000)];
  await lookAround(
    writeTable('overlap.ldb', wide, () => index((i) => encodeBlockHandle({ offset: i, size: 100 }))),
  );
  await lookAround(
    writeTable('beyond.ldb', [], () => index((i) => encodeBlockHandle({ offset: 2 ** 40 + i, size: 9 }))),
  );
  const single = [blockOf(1, () => [0, keyOf(0), one])];
  const client = await lookAround(
    writeTable('equal.ldb', single, ([handle]) => index(() => encodeBlockHandle(handle))),
  );
  assert.equal((await allEntries(client, 'forward')).length, 1);
});

test('keys of 1 MiB that 3000 entries share: pages are bounded, and every entry is in one', async () => {
  const long = encodeInternalKey(new Uint8Array(1 << 20).fill(0x6b), 1, 1);
  const block = blockOf(3000, (i) => (i === 0 ? [0, long, one] : [1 << 20, keyOf(i), one]));
  const path = writeTable('long.ldb', [block], ([handle]) =>
    blockOf(1, () => [0, encodeInternalKey(Uint8Array.of(0x6c), 1, 1), encodeBlockHandle(handle)]),
  );
  const client = newClient();
  await client.call('open', path);
  for (const direction of ['forward', 'backward'] as const) {
    const anchor = { at: direction === 'forward' ? 'first' : 'last' } as const;
    const { rows } = await client.call('entries', { anchor, direction, count: 300 });
    assert.ok(rows.length > 0 && rows.length < 10);
  }
  const survey = await client.run('survey', []);
  assert.deepEqual([survey.entries, survey.userKeys, survey.shadowed], [3000, 3000, 0]);
  const { fields } = await client.call('bytes', 0, 'decoded');
  assert.ok(fields.length < 10);
});

test('names in the metaindex that share 100 KB are cut', async () => {
  const name = new Uint8Array(100_000).fill(0x61);
  const path = writeTable(
    'names.ldb',
    [blockOf(1, () => [0, keyOf(0), one])],
    ([handle]) => blockOf(1, () => [0, keyOf(1), encodeBlockHandle(handle)]),
    ([handle]) => blockOf(5000, (i) => [i && name.length, i ? one : name, encodeBlockHandle(handle)]),
  );
  const client = newClient();
  await client.call('open', path);
  const { rows } = await client.call('regions', 0, 10);
  assert.ok(rows.every((row) => (row.name ?? '').length <= 256));
  assert.equal((await allEntries(client, 'forward')).length, 1);
});

test('a block of one restart point is paged back to its beginning; restart points of garbage end nothing', async () => {
  const index = (handles: BlockHandle[]) => blockOf(1, () => [0, keyOf(1e6), encodeBlockHandle(handles[0])]);
  const single = blockOf(200_000, (i) => [0, keyOf(i), one]);
  const client = newClient();
  await client.call('open', writeTable('single.ldb', [single], index));
  let anchor: Parameters<TableCalls['entries']>[0]['anchor'] = { at: 'last' };
  for (let seen = 0; seen < 200; ) {
    const { rows }: { rows: EntryRow[] } = await client.call('entries', {
      anchor,
      direction: 'backward',
      count: 100,
    });
    seen += rows.length;
    assert.deepEqual(rows[0].internalKey, keyOf(200_000 - seen));
    anchor = { at: 'key', key: rows[0].internalKey };
  }
  const restarts = Array.from({ length: 200_000 }, (_, i) => (i * 7919) >>> 0);
  const garbage = blockOf(1000, (i) => [0, keyOf(i), one], restarts);
  const other = await lookAround(writeTable('garbage.ldb', [garbage], index));
  assert.ok((await other.call('bytes', 0, 'decoded')).fields.length < 20_000);
});

test('a page of regions reads a few megabytes; the survey reads the rest', async () => {
  const data = Array.from({ length: 8 }, (_, j) => blockOf(1, () => [0, keyOf(j), new Uint8Array(3 << 20)]));
  const path = writeTable('wide.ldb', data, (handles) =>
    blockOf(data.length, (i) => [0, keyOf(i), encodeBlockHandle(handles[i])]),
  );
  const client = newClient();
  await client.call('open', path);
  const read = async () => {
    const { rows } = await client.call('regions', 0, 8);
    return rows.filter(({ entries }) => entries === 1).length;
  };
  assert.equal(await read(), 2);
  await client.run('survey', []);
  assert.equal(await read(), 8);
});

test('a table that came and went often has the last edits of its history', async () => {
  const directory = join(folder, 'history');
  mkdirSync(directory);
  copyFileSync(table, join(directory, '000311.ldb'));
  const writer = new LogWriter((bytes) => appendFileSync(join(directory, 'MANIFEST-000002'), bytes));
  const file = { number: 311, size: 1, smallest: keyOf(0), largest: keyOf(1) };
  for (let i = 0; i < 300; i++) {
    writer.addRecord(encodeVersionEdit({ ...emptyVersionEdit(), newFiles: [{ level: 1, file }] }));
    const deletedFiles = [{ level: 1, number: 311 }];
    writer.addRecord(encodeVersionEdit({ ...emptyVersionEdit(), deletedFiles }));
  }
  const { history } = await newClient().call('open', join(directory, '000311.ldb'));
  assert.equal(history?.changes.length, 200);
  assert.equal(history?.changes.at(-1)?.edit, 599);
});
