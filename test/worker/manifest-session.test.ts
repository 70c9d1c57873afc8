// A MANIFEST's worker, held against `lsm manifest`, plain recomputation, and C++ LevelDB's own LOG.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { WorkerClient } from '../../src/worker/client';
import { type LivesData, type ManifestCalls, type ManifestJobs, NEVER } from '../../src/worker/manifest-api';
import { sharedFixtures } from '../helpers/fixtures';
import { makeLargeManifest } from '../helpers/large-files';
import { Peer } from '../helpers/leveldb';

const folder = mkdtempSync(join(tmpdir(), 'lsm-manifest-session-'));
const clients: { dispose(): Promise<void> }[] = [];
type Client = WorkerClient<ManifestCalls, ManifestJobs>;

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(folder, { recursive: true });
});

function newClient(): Client {
  const client: Client = new WorkerClient(resolve('dist/worker.js'), 'manifest');
  clients.push(client);
  return client;
}

function lsm(...args: string[]): string {
  return spawnSync(process.execPath, ['dist/cli.js', ...args], { maxBuffer: 1 << 28 }).stdout.toString();
}

const manifest = join(sharedFixtures, 's-over', 'MANIFEST-000002');

/** Level and number of the files after an edit, in order. */
function versionAt(lives: LivesData, edit: number): string[] {
  const files: string[] = [];
  for (let i = 0; i < lives.levels.length; i++) {
    if (lives.added[i] <= edit && lives.removed[i] > edit)
      files.push(`${lives.levels[i]}/${lives.numbers[i]}`);
  }
  return files.sort();
}

test('rows are those of `lsm manifest`, and versions those of `lsm manifest --at`', async () => {
  const client = newClient();
  const summary = await client.call('open', manifest);
  const edits = lsm('manifest', manifest, '--json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(summary.edits, edits.length);
  assert.equal(summary.current, true);
  const { rows, total } = await client.call('rows', 0, 1000, {});
  assert.equal(total, edits.length);
  assert.deepEqual(
    rows.map(({ offset, added, removed }) => [offset, added, removed]),
    edits.map(({ offset, edit }) => [offset, edit.newFiles.length, edit.deletedFiles.length]),
  );
  const lives = await client.call('lives');
  for (const at of [1, 2, 3, 50, 100, 101, 102, 103, 176]) {
    const version = JSON.parse(lsm('manifest', manifest, '--json', '--at', `${at + 1}`));
    const expected = version.levels.flatMap(
      ({ level, files }: { level: number; files: { number: number }[] }) =>
        files.map(({ number }) => `${level}/${number}`),
    );
    assert.deepEqual(versionAt(lives, at), expected.sort(), `after edit ${at}`);
    const { counters } = await client.call('edit', at);
    assert.equal(counters.nextFileNumber, version.nextFileNumber);
    assert.equal(counters.lastSequence, version.lastSequence);
  }
  for (let i = 0; i < lives.levels.length; i++) assert.ok(lives.left[i] <= lives.right[i]);
});

test('what edits did is what C++ LevelDB wrote in its LOG', async () => {
  const path = join(folder, 'peer');
  const peer = await Peer.open(path, { writeBufferSize: 64 << 10, maxFileSize: 1 << 20 });
  await peer.fill({ seed: 3, operations: 60_000, keys: 8000, order: 'random', valueBytes: 60 });
  await peer.fill({ seed: 4, operations: 8000, keys: 8000, order: 'sequential', valueBytes: 60 });
  await peer.close();
  const client = newClient();
  const { kinds, current } = await client.call('open', join(path, currentOf(path)));
  assert.equal(current, true);
  const log = readFileSync(join(path, 'LOG'), 'utf8');
  const count = (pattern: RegExp) => log.match(pattern)?.length ?? 0;
  // What LevelDB was at when it was closed may have come to a line in LOG, but to no edit.
  const isCount = (edits: number | undefined, lines: number) =>
    assert.ok(lines - (edits ?? 0) === 0 || lines - (edits ?? 0) === 1, `${edits} edits, ${lines} lines`);
  isCount(kinds.flush, count(/Level-0 table #\d+: [1-9]\d* bytes OK/g));
  isCount(kinds.compaction, count(/compacted to:/g));
  isCount(kinds.move, count(/Moved #/g));
  assert.ok((kinds.flush ?? 0) > 10 && (kinds.compaction ?? 0) > 2);
  const lives = await client.call('lives');
  const info = JSON.parse(lsm('info', path, '--json'));
  const live = info.levels.flatMap(({ level, files }: { level: number; files: { number: number }[] }) =>
    files.map(({ number }) => `${level}/${number}`),
  );
  assert.deepEqual(versionAt(lives, NEVER - 1), live.sort());
  assert.deepEqual(await client.run('check', []), []);
});

function currentOf(path: string): string {
  return readFileSync(join(path, 'CURRENT'), 'utf8').trim();
}

test('rows are filtered by kind and by table, and an edit is found among them', async () => {
  const client = newClient();
  await client.call('open', manifest);
  const compactions = await client.call('rows', 0, 1000, { kinds: ['compaction'] });
  assert.ok(compactions.total > 5 && compactions.rows.every(({ what }) => what.kind === 'compaction'));
  const edit = compactions.rows[3].edit!;
  assert.equal(await client.call('rowOf', edit, { kinds: ['compaction'] }), 3);
  assert.equal(await client.call('rowOf', edit + 1, { kinds: ['compaction'] }), 3);
  const ofTable = await client.call('rows', 0, 1000, { file: 171 });
  assert.deepEqual(
    ofTable.rows.map((row) => row.edit),
    [94, 102],
  );
  const life = await client.call('life', await client.call('lifeOf', 171));
  assert.deepEqual([life.level, life.added, life.removed, life.name], [1, 94, 102, undefined]);
  assert.equal(await client.call('editAt', 7503), 100);
  assert.equal(await client.call('editAt', 7502), 99);
});

test('a folder that does not fit its MANIFEST: each check says what is wrong', async () => {
  const path = join(folder, 'wrong');
  cpSync(join(sharedFixtures, 's-over'), path, { recursive: true });
  const client = newClient();
  const name = join(path, 'MANIFEST-000002');
  const codes = (problems: { code: string; severity: string }[]) =>
    problems.filter(({ severity }) => severity !== 'note').map(({ code }) => code);
  assert.deepEqual(codes((await client.call('open', name)).problems), []);
  assert.deepEqual(codes(await client.run('check', [])), []);
  // Another table under its name: as large, with another range.
  const table = join(path, '000311.ldb');
  const bytes = readFileSync(table);
  truncateSync(table, 1000);
  assert.deepEqual(codes((await client.call('refresh')).problems), ['bad-size']);
  assert.deepEqual(codes(await client.run('check', [])), ['bad-size', 'unreadable']);
  writeFileSync(table, bytes);
  cpSync(join(path, '000328.ldb'), table);
  assert.ok(codes(await client.run('check', [])).includes('bad-size'));
  unlinkSync(table);
  assert.deepEqual(codes((await client.call('refresh')).problems), ['missing-file']);
  writeFileSync(table, bytes);
  unlinkSync(join(path, '000327.log'));
  unlinkSync(join(path, '000329.log'));
  assert.deepEqual(codes((await client.call('refresh')).problems), ['missing-file']);
  writeFileSync(join(path, 'CURRENT'), 'MANIFEST-000001\n');
  const { problems } = await client.call('refresh');
  assert.ok(problems.some(({ message }) => message.startsWith('CURRENT points to MANIFEST-000001')));
});

test('damage stands in its place, and what is sound around it is read', async () => {
  const alone = join(folder, 'MANIFEST-000002');
  const bytes = readFileSync(manifest);
  bytes[7600] ^= 0x40;
  writeFileSync(alone, bytes);
  const client = newClient();
  const summary = await client.call('open', alone);
  assert.equal(summary.current, undefined);
  assert.equal(summary.kinds.damage, 1);
  assert.ok(summary.problems.some(({ severity, offset }) => severity === 'error' && offset !== undefined));
  const { rows } = await client.call('rows', 0, 1000, {});
  const damage = rows.findIndex(({ what }) => what.kind === 'damage');
  assert.ok(damage > 0 && rows[damage - 1].offset < rows[damage].offset);
  assert.match(await client.call('text', 1 << 20), /^damage @ 7575, \d+ bytes: checksum mismatch$/m);
  for (const length of [0, 5, 5000]) {
    writeFileSync(alone, readFileSync(manifest));
    truncateSync(alone, length);
    const cut = await client.call('refresh');
    assert.equal(cut.bytes, length);
    assert.equal((await client.call('rows', 0, 1000, {})).total, cut.rows);
    assert.equal((await client.call('lives')).levels.length, cut.lives);
  }
});

test('the text has every field of every edit, a paragraph each', async () => {
  const client = newClient();
  await client.call('open', manifest);
  const paragraphs = (await client.call('text', 1 << 24)).trim().split('\n\n');
  const edits = lsm('manifest', manifest, '--json')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(paragraphs.length, edits.length);
  for (const [i, { offset, edit }] of edits.entries()) {
    const lines = paragraphs[i].split('\n');
    assert.equal(lines[0], `edit ${i} @ ${offset}`);
    const fields =
      ['comparator', 'logNumber', 'prevLogNumber', 'nextFileNumber', 'lastSequence'].filter(
        (name) => edit[name] !== undefined,
      ).length +
      edit.compactPointers.length +
      edit.deletedFiles.length +
      edit.newFiles.length;
    assert.equal(lines.length, fields + 1);
  }
  assert.match(await client.call('text', 500), /… cut: the MANIFEST goes on\n$/);
  assert.match(await client.call('versionText', 100), /^level 0: 9 files, \d+ bytes\nfile /);
});

test('a hundred thousand edits: versions are right, and a step needs no more than its own details', async () => {
  const path = join(folder, 'MANIFEST-000009');
  const edits = 100_000;
  const versions = makeLargeManifest(path, edits);
  const client = newClient();
  const summary = await client.call('open', path);
  assert.equal(summary.edits, edits);
  const lives = await client.call('lives');
  for (const [edit, expected] of versions) assert.deepEqual(versionAt(lives, edit), expected);
  // All that a step of the slider asks for.
  const details = await client.call('edit', 54_321);
  assert.ok(JSON.stringify(details).length < 2000);
  const page = await client.call('rows', 54_000, 54_100, {});
  assert.equal(page.rows.length, 100);
});
