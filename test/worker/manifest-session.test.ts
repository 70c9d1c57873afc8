// A MANIFEST's worker, held against `lsm manifest`, plain recomputation, and C++ LevelDB's own LOG.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import {
  emptyVersionEdit,
  encodeVersionEdit,
  type VersionEdit,
} from '../../src/engine/manifest/version-edit';
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
  const client: Client = new WorkerClient(resolve('dist/workers'), 'manifest');
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
  assert.match(
    await client.call('versionText', 100, 500),
    /^level 0: .*\nfile .*\n… cut: the version goes on\n$/s,
  );
  assert.match(await client.call('versionText', 100, 1 << 20), /^level 0: 9 files, \d+ bytes\nfile /);
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

/** A folder with a MANIFEST of these edits, after one with a comparator and counters, and a CURRENT. */
function makeManifest(name: string, edits: Iterable<Partial<VersionEdit>>): string {
  const parts: Uint8Array[] = [];
  const writer = new LogWriter((bytes) => parts.push(bytes.slice()));
  const add = (edit: Partial<VersionEdit>) =>
    writer.addRecord(encodeVersionEdit({ ...emptyVersionEdit(), ...edit }));
  add({ comparator: bytewiseComparator.name, logNumber: 3, nextFileNumber: 10_000_000, lastSequence: 9 });
  for (const edit of edits) add(edit);
  mkdirSync(join(folder, name));
  const path = join(folder, name, 'MANIFEST-000009');
  writeFileSync(path, Buffer.concat(parts));
  writeFileSync(join(folder, name, 'CURRENT'), 'MANIFEST-000009\n');
  return path;
}

function newFiles(count: number, level: number, numberOf = (i: number) => i + 7): VersionEdit['newFiles'] {
  const key = (n: number) =>
    encodeInternalKey(new TextEncoder().encode(`key${String(n).padStart(9, '0')}`), 1, 1);
  return Array.from({ length: count }, (_, i) => ({
    level,
    file: { number: numberOf(i), size: 1000, smallest: key(2 * i), largest: key(2 * i + 1) },
  }));
}

test('edits of 200,000 files: all are counted, and what a page gets is bounded', async () => {
  const files = newFiles(200_000, 0);
  const deletedFiles = files.map(({ level, file }) => ({ level, number: file.number }));
  const path = makeManifest('wide', [{ logNumber: 4, newFiles: files }, { deletedFiles }, { deletedFiles }]);
  const client = newClient();
  const { edits, problems } = await client.call('open', path);
  assert.equal(edits, 4);
  assert.equal(problems.length, 1000);
  const { rows } = await client.call('rows', 0, 100, {});
  assert.deepEqual(
    rows.map(({ what, added, removed }) => [what.kind, added, removed]),
    [
      ['created', 0, 0],
      ['opened', 200_000, 0],
      ['compaction', 0, 200_000],
      ['compaction', 0, 200_000],
    ],
  );
  assert.ok(JSON.stringify(rows).length < 2000);
  const { lines, totalLines } = await client.call('edit', 1);
  assert.deepEqual([lines.length, totalLines], [1000, 200_001]);
  // What fits of an edit is in the text, though not all of it does.
  const text = await client.call('text', 1 << 20);
  assert.match(text, /^edit 1 @ \d+\nlog-number 4\nadd level 0 file 7 size /m);
  assert.match(text, /\n… cut: the MANIFEST goes on\n$/);
  assert.ok((await client.call('versionText', 1, 1 << 20)).length < 1.1 * (1 << 20));
});

test('a table that comes and goes 10,000 times, and 50,000 of one number', async () => {
  const [added] = newFiles(1, 2);
  const cycle = [{ newFiles: [added] }, { deletedFiles: [{ level: 2, number: 7 }] }];
  const client = newClient();
  await client.call(
    'open',
    makeManifest(
      'cycle',
      Array.from({ length: 20_000 }, (_, i) => cycle[i % 2]),
    ),
  );
  const { stays } = await client.call('life', 0);
  assert.deepEqual([stays.rows.length, stays.total], [1000, 10_000]);
  const same = makeManifest('same', [{ newFiles: newFiles(50_000, 2, () => 7) }]);
  const { edits } = await client.call('open', same);
  assert.equal(edits, 2);
});

test('errors come before the warnings that a damaged beginning leads to', async () => {
  const deletedFiles = Array.from({ length: 2000 }, (_, i) => ({ level: 1, number: i + 100 }));
  const path = makeManifest('first-lost', [{ deletedFiles }, { newFiles: newFiles(1, 2) }]);
  const client = newClient();
  const { problems } = await client.call('open', path);
  assert.deepEqual([problems[0].code, problems[0].severity], ['missing-file', 'error']);
  assert.equal(problems.length, 1000);
});

test('keys and names as long as a file are cut where they are shown', async () => {
  const long = encodeInternalKey(new Uint8Array(300_000).fill(1), 1, 1);
  const file = { number: 7, size: 5, smallest: long, largest: long };
  const comparator = 'c'.repeat(300_000);
  const client = newClient();
  const summary = await client.call(
    'open',
    makeManifest('long', [{ comparator, newFiles: [{ level: 1, file }] }]),
  );
  assert.ok(JSON.stringify(summary).length < 20_000);
  assert.ok(JSON.stringify(await client.call('edit', 1)).length < 20_000);
  assert.ok((await client.call('text', 1 << 24)).length > 2_000_000);
});

test('the tail behind the last record is in the text', async () => {
  const path = makeManifest('tail', [{ logNumber: 4 }]);
  const size = statSync(path).size;
  appendFileSync(path, Uint8Array.of(1, 2, 3, 4, 200, 0, 1, 5, 5));
  const client = newClient();
  await client.call('open', path);
  assert.match(
    await client.call('text', 1 << 20),
    new RegExp(`^tail @ ${size}, 9 bytes: incomplete record`, 'm'),
  );
});

test('a check under way ends when the MANIFEST is read again', async () => {
  const path = makeManifest('check', [{ newFiles: newFiles(20_000, 2) }]);
  const client = newClient();
  await client.call('open', path);
  const check = client.run('check', []).then(
    () => 'done',
    (error) => error.code,
  );
  await client.call('refresh');
  assert.equal(await check, 'vanished');
});

test('CURRENT is part of what surrounds a MANIFEST', async () => {
  const path = makeManifest('current', [{ logNumber: 4 }]);
  const client = newClient();
  assert.equal((await client.call('open', path)).current, true);
  assert.equal(await client.call('hasChanged'), false);
  writeFileSync(join(folder, 'current', 'CURRENT'), 'MANIFEST-000009');
  assert.equal(await client.call('hasChanged'), true);
  const { problems } = await client.call('refresh');
  assert.ok(problems.some(({ code }) => code === 'bad-current'));
});
