// A table's worker, held against `lsm sst` and C++ LevelDB.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
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
import { LogWriter } from '../../src/engine/log/writer';
import { emptyVersionEdit, encodeVersionEdit } from '../../src/engine/manifest/version-edit';
import { ITEM_KINDS } from '../../src/engine/recovery/log-survey';
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
  const client = new WorkerClient<TableCalls, TableJobs>(resolve('dist/worker.js'), 'table');
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
