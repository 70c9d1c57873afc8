// A MANIFEST edited in its worker: what is saved is opened by C++ LevelDB.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { AppliedChange, ChangeCalls, ChangeJobs } from '../../src/worker/change-api';
import { WorkerClient, type WorkerError } from '../../src/worker/client';
import type { ManifestCalls, ManifestJobs } from '../../src/worker/manifest-api';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer } from '../helpers/leveldb';

const scratch = mkdtempSync(join(tmpdir(), 'lsm-manifest-editing-'));
const clients: { dispose(): Promise<void> }[] = [];
type Client = WorkerClient<ManifestCalls, ManifestJobs>;
let copies = 0;

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(scratch, { recursive: true });
});

function newFolder(): string {
  const folder = join(scratch, `${++copies}`);
  mkdirSync(folder);
  return folder;
}

/** A copy of a fixture, and its MANIFEST opened. */
async function opened(name = 's-over'): Promise<{ client: Client; directory: string; manifest: string }> {
  const directory = join(newFolder(), 'db');
  cpSync(join(sharedFixtures, name), directory, { recursive: true });
  const manifest = join(directory, manifestIn(directory));
  return { client: await open(manifest), directory, manifest };
}

async function open(manifest: string): Promise<Client> {
  const client: Client = new WorkerClient(resolve('dist/workers'), 'manifest');
  clients.push(client);
  await client.call('open', manifest);
  return client;
}

function manifestIn(directory: string): string {
  return readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
}

/** What C++ LevelDB reads, of a copy: it changes what it opens. */
async function digest(directory: string) {
  const copy = join(newFolder(), 'copy');
  cpSync(directory, copy, { recursive: true });
  const peer = await Peer.open(copy);
  const found = await peer.digest();
  await peer.close();
  return found;
}

/** Digests of the files that make up a database: LOCK is nobody's, LOG whoever's that opened it. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !/^LO(CK|G)/.test(name));
  const hashOf = (name: string) =>
    createHash('sha256')
      .update(readFileSync(join(directory, name)))
      .digest('hex');
  return Object.fromEntries(names.map((name) => [name, hashOf(name)]));
}

async function save(client: Client, asNew = false): Promise<AppliedChange> {
  const report = await client.run('trySave', [{ asNew }]);
  assert.equal(report.refusal, undefined);
  const account = await client.run('save', [{ label: 'edit MANIFEST' }]);
  assert.ok(account);
  return account;
}

async function restore(directory: string, backup: string, force: boolean): Promise<void> {
  const client = new WorkerClient<ChangeCalls, ChangeJobs>(resolve('dist/workers'), 'change');
  clients.push(client);
  await client.run('restore', [directory, backup, { force }]);
}

test('operations, undo and redo: the state, its label, and what is dirty', async () => {
  const { client, manifest } = await opened();
  const first = await client.call('text', 1 << 20);
  const { edits } = await client.call('refresh');
  const done = await client.run('edit', [[{ op: 'squash' }]]);
  assert.deepEqual(done, { operations: 1, label: 'squash to one record', leftOut: [] });
  const summary = await client.call('editing');
  assert.equal(summary.isDirty, true);
  assert.equal(summary.undoLabel, 'squash to one record');
  assert.deepEqual(await client.call('rowOf', 100, {}), 0);
  assert.equal((await client.call('rows', 0, 10, {})).total, 1);
  assert.equal((await client.call('rows', 0, 10, {})).rows[0].changed, true);
  const undone = await client.call('undo', 1);
  assert.equal(undone.isDirty, false);
  assert.equal(undone.redoLabel, 'squash to one record');
  assert.equal((await client.call('rows', 0, 1, {})).total, edits);
  assert.equal(await client.call('text', 1 << 20), first);
  assert.deepEqual(Buffer.from(await client.call('bytes')), readFileSync(manifest));
  assert.equal((await client.call('redo', 1)).isDirty, true);
  assert.deepEqual(await client.call('script'), [{ op: 'squash' }]);
});

test('several operations are done together or not at all', async () => {
  const { client } = await opened();
  await client.run('edit', [[{ op: 'duplicate-edit', edit: 0 }]]);
  await client.call('undo', 1);
  await assert.rejects(
    client.run('edit', [[{ op: 'squash' }, { op: 'delete-edit', edit: 7 }]]),
    (error: WorkerError) => error.code === 'invalid-argument' && /there is no edit 7/.test(error.message),
  );
  const state = await client.call('editing');
  assert.equal(state.isDirty, false);
  // What could be done again before still can.
  assert.equal(state.redoLabel, 'duplicate edit 0');
});

test('saved in place: C++ LevelDB reads the same; undone past the save and saved, the first bytes are back', async () => {
  const { client, directory, manifest } = await opened();
  const [before, contents] = [readFileSync(manifest), await digest(directory)];
  await client.run('edit', [[{ op: 'squash' }]]);
  const report = await client.run('trySave', [{ asNew: false }]);
  assert.equal(report.isSound, true);
  assert.deepEqual(report.keys, { same: contents.entries, changed: 0, lost: 0, came: 0 });
  const account = await client.run('save', [{ label: 'edit MANIFEST' }]);
  assert.ok(account && existsSync(join(account.backup, basename(manifest))));
  assert.equal((await client.call('editing')).isDirty, false);
  assert.equal(await client.call('hasChanged'), false);
  assert.deepEqual(Buffer.from(await client.call('bytes')), readFileSync(manifest));
  assert.deepEqual(await digest(directory), contents);
  assert.equal((await client.call('undo', 1)).isDirty, true);
  await save(client);
  assert.deepEqual(readFileSync(manifest), before);
});

test('saved as new: CURRENT names the new one, and C++ LevelDB reads it', async () => {
  const { client, directory, manifest } = await opened();
  const contents = await digest(directory);
  await client.run('edit', [[{ op: 'squash' }]]);
  const report = await client.run('trySave', [{ asNew: true }]);
  assert.equal(report.switchesCurrent, true);
  await client.run('save', [{ label: 'edit MANIFEST' }]);
  assert.equal(manifestIn(directory), report.name);
  assert.notEqual(report.name, basename(manifest));
  assert.deepEqual(await digest(directory), contents);
});

test('a table that is dropped: the report tells of the keys, the backup keeps the table that LevelDB deletes', async () => {
  const { client, directory } = await opened('s-seq');
  const untouched = filesOf(directory);
  const contents = await digest(directory);
  const lives = await client.call('lives');
  const at = lives.removed.findIndex((removed, i) => removed === 0xffff_ffff && lives.levels[i] > 0);
  const [level, number] = [lives.levels[at], lives.numbers[at]];
  const { rows } = await client.call('rows', 0, 1000, {});
  await client.run('edit', [[{ op: 'remove-file', level, number }]]);
  const differences = await client.call('differences');
  assert.deepEqual(
    differences.removed.rows.map((file) => [file.level, file.number]),
    [[level, number]],
  );
  assert.equal((await client.call('lives')).gone.numbers[0], number);
  assert.equal((await client.call('rows', 0, 1000, {})).total, rows.length + 1);
  const report = await client.run('trySave', [{ asNew: false }]);
  assert.ok(report.opening && report.opening.failure === undefined);
  const file = `${`${number}`.padStart(6, '0')}.ldb`;
  assert.ok(report.opening.deleted.rows.includes(file));
  assert.ok(report.keys && report.keys.lost + report.keys.changed > 0);
  assert.ok(report.shownKeys.length > 0);
  const account = await client.run('save', [{ label: 'edit MANIFEST' }]);
  assert.ok(account && existsSync(join(account.backup, file)));
  const peer = await Peer.open(directory);
  const found = await peer.digest();
  await peer.close();
  assert.equal(found.entries, report.opening.entries);
  assert.equal(existsSync(join(directory, file)), false);
  await restore(directory, account.backup, true);
  assert.deepEqual(filesOf(directory), untouched);
  assert.deepEqual(await digest(directory), contents);
});

test('a file that changed on the disk is not written over; the log is done again on it', async () => {
  const { client, manifest } = await opened();
  await client.run('edit', [[{ op: 'set', edit: 0, field: 'logNumber', value: 0 }]]);
  appendFileSync(manifest, readFileSync(manifest).subarray(0, 0));
  assert.equal(await client.call('fileChanged'), false);
  const other = readFileSync(join(sharedFixtures, 's-seq', manifestIn(join(sharedFixtures, 's-seq'))));
  writeFileSync(manifest, other);
  assert.equal(await client.call('fileChanged'), true);
  await assert.rejects(
    client.run('trySave', [{ asNew: false }]),
    (error: WorkerError) => error.code === 'moved-on',
  );
  const state = await client.call('rebase');
  assert.equal(state.isDirty, true);
  assert.deepEqual(await client.call('script'), [{ op: 'set', edit: 0, field: 'logNumber', value: 0 }]);
  await client.call('undo', 1);
  assert.deepEqual(Buffer.from(await client.call('bytes')), other);
});

test('a hot exit keeps the log alone, and it is done again on the same file only', async () => {
  const { client, manifest, directory } = await opened();
  await client.run('edit', [[{ op: 'squash' }]]);
  await save(client);
  await client.run('edit', [
    [
      { op: 'duplicate-edit', edit: 0 },
      { op: 'move-edit', edit: 1, to: 0 },
    ],
  ]);
  const backup = await client.call('backup');
  assert.equal(backup.log.length, 2);
  const bytes = Buffer.from(await client.call('bytes'));
  const again = await open(manifest);
  const state = await again.call('restore', JSON.parse(JSON.stringify(backup)));
  assert.equal(state.isDirty, true);
  assert.deepEqual(Buffer.from(await again.call('bytes')), bytes);
  // Undone past the save: what is kept leads from the file on the disk.
  await client.call('undo', 3);
  const further = await client.call('backup');
  const third = await open(manifest);
  await third.call('restore', further);
  assert.equal(await third.call('text', 1 << 20), await client.call('text', 1 << 20));
  writeFileSync(manifest, readFileSync(join(directory, 'CURRENT')));
  const fourth = await open(manifest);
  await assert.rejects(fourth.call('restore', backup), (error: WorkerError) => error.code === 'moved-on');
});

test('a MANIFEST that was deleted is rebuilt, saved, and CURRENT stays', async () => {
  const { client: first, directory, manifest } = await opened();
  await first.dispose();
  const contents = await digest(directory);
  rmSync(manifest);
  const client = await open(manifest);
  assert.equal((await client.call('editing')).exists, false);
  const problem = (await client.call('refresh')).problems.find(({ code }) => code === 'missing-file');
  assert.ok(problem);
  assert.deepEqual(problem.fixes[0].operations, [{ op: 'rebuild' }]);
  await client.run('edit', [problem.fixes[0].operations]);
  await save(client);
  assert.deepEqual(await digest(directory), contents);
  await assert.rejects(
    open(join(dirname(manifest), 'MANIFEST-999999')),
    (error: WorkerError) => error.code === 'not-found',
  );
});

test('a MANIFEST for itself is checked by itself and just written', async () => {
  const folder = newFolder();
  const name = manifestIn(join(sharedFixtures, 's-over'));
  cpSync(join(sharedFixtures, 's-over', name), join(folder, name));
  const client = await open(join(folder, name));
  await client.run('edit', [[{ op: 'squash' }]]);
  const report = await client.run('trySave', [{ asNew: false }]);
  assert.equal(report.opening, undefined);
  assert.equal(report.isSound, true);
  assert.equal(await client.run('save', [{ label: 'edit MANIFEST' }]), undefined);
  assert.deepEqual(readdirSync(folder), [name]);
  assert.deepEqual(Buffer.from(await client.call('bytes')), readFileSync(join(folder, name)));
});

test('the text form: its own says nothing new; wrong lines have places; the checks have lines and fixes', async () => {
  const { client } = await opened();
  const text = await client.call('text', 1 << 20);
  assert.deepEqual(await client.call('textOperations', text), []);
  const broken = text.replace(/^log-number (\d+)$/m, 'log-number many');
  const [wrong] = await client.call('checkText', broken);
  assert.deepEqual([wrong.column, wrong.characters], [12, 4]);
  assert.equal(broken.split('\n')[wrong.line - 1], 'log-number many');
  await assert.rejects(client.call('textOperations', broken), /line \d+, column 12/);
  const low = text.replace(/^last-sequence \d+$/gm, 'last-sequence 1');
  const problems = await client.call('checkText', low);
  const counter = problems.find(({ code }) => code === 'counter-too-low');
  assert.ok(counter?.fixes.length);
  const lines = low.split('\n');
  assert.equal(counter.line - 1, lines.lastIndexOf('last-sequence 1'));
  const mended = await client.run('changeText', [low, counter.fixes[0].operations]);
  assert.equal(
    (await client.call('checkText', mended)).some(({ code }) => code === 'counter-too-low'),
    false,
  );
  assert.equal((await client.call('editing')).isDirty, false);
  await client.run('edit', [await client.call('textOperations', mended)]);
  assert.equal(await client.call('text', 1 << 20), mended);
});

test('the text form: what needs the folder is read off it; tables are offered by the beginning of their numbers', async () => {
  const { client, directory } = await opened();
  const text = await client.call('text', 1 << 20);
  const last = /^add level \d file (\d+) size (\d+) .*\n(?![\s\S]*^add)/m.exec(text);
  assert.ok(last);
  const [line, number, size] = last;
  const wrong = text.replace(line, line.replace(`size ${size}`, 'size 5'));
  const problem = (await client.call('checkText', wrong)).find(({ code }) => code === 'bad-size');
  assert.equal(wrong.split('\n')[problem!.line - 1], line.replace(`size ${size}`, 'size 5').trimEnd());
  const measure = problem?.fixes.find(({ label }) => /take size and range/.test(label));
  assert.ok(measure);
  assert.equal(await client.run('changeText', [wrong, measure.operations]), text);
  const rebuilt = await client.run('changeText', [text, [{ op: 'rebuild' }]]);
  assert.match(rebuilt, new RegExp(`^add level \\d file ${number} size ${size} `, 'm'));
  assert.deepEqual(await client.call('checkText', rebuilt), []);
  assert.equal((await client.call('editing')).isDirty, false);

  const there = readdirSync(directory).filter((name) => name.endsWith('.ldb'));
  const all = await client.call('tableChoices', 'folder', '');
  assert.equal(all.total, there.length);
  // The newest is an orphan.
  assert.deepEqual(all.rows[0].levels, []);
  const table = all.rows.find((row) => `${row.number}` === number);
  assert.ok(table);
  assert.deepEqual([`${table.bytes}`, table.levels.length], [size, 1]);
  rmSync(join(directory, there.find((name) => name.includes(number))!));
  assert.deepEqual(await client.call('tableChoices', 'folder', number), { rows: [], total: 0 });
  assert.deepEqual(await client.call('tableChoices', 'version', number), { rows: [table], total: 1 });
});

test('a form of an edit has its fields, and pages of its tables', async () => {
  const { client } = await opened();
  await client.run('edit', [[{ op: 'squash' }]]);
  const form = await client.call('form', 0, { start: 0, end: 3 });
  assert.equal(form.additions.rows.length, 3);
  assert.ok(form.additions.total > 3);
  const { number } = form.additions.rows[2];
  const one = await client.call('form', 0, { start: 0, end: 3, file: number });
  assert.deepEqual(one.additions, { rows: [form.additions.rows[2]], total: 1 });
  const { smallest } = form.additions.rows[0];
  assert.equal(smallest.type, 'value');
  assert.equal(smallest.isWhole, true);
});

test('all checks of an edited state read the tables', async () => {
  const { client } = await opened();
  const { rows } = await client.call('rows', 0, 1000, {});
  const { additions } = await client.call('form', rows.length - 1, { start: 0, end: 1 });
  const [file] = additions.rows;
  if (!file) return assert.fail('the last edit adds a table');
  const key = { userKey: 'a', sequence: 1, type: 'value' };
  const { level, number } = file;
  await client.run('edit', [
    [{ op: 'set-file', edit: rows.length - 1, level, number, to: { smallest: key } }],
  ]);
  const problems = await client.run('check', []);
  const range = problems.find(({ code }) => code === 'bad-range');
  assert.ok(range);
  const measure = range.fixes.find(({ label }) => /take size and range/.test(label));
  assert.ok(measure);
  await client.run('edit', [measure.operations]);
  assert.deepEqual(await client.run('check', []), []);
  assert.deepEqual((await client.call('form', rows.length - 1, { start: 0, end: 1 })).additions, additions);
});
