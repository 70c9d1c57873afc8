// Changes of databases in a worker: dry runs, held against C++ LevelDB, and what is left when they are dropped.

import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { escapeBytes } from '../../src/engine/bytes/escape';
import { EntryBatch } from '../../src/engine/db/entry-batch';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { LogWriter } from '../../src/engine/log/writer';
import { emptyVersionEdit, encodeVersionEdit } from '../../src/engine/manifest/version-edit';
import type { ChangeCalls, ChangeJobs, ChangeRequest, ChangeSummary } from '../../src/worker/change-api';
import { WorkerClient, type WorkerError } from '../../src/worker/client';
import { hashFolder } from '../helpers/hash-folder';
import { Peer, workloadKey } from '../helpers/leveldb';

type Client = WorkerClient<ChangeCalls, ChangeJobs>;

const folder = mkdtempSync(join(tmpdir(), 'lsm-change-'));
const spill = join(folder, 'spill');
const made = join(folder, 'made');
const clients: Client[] = [];
let contents: Awaited<ReturnType<Peer['digest']>>;
let copies = 0;

before(async () => {
  mkdirSync(spill);
  const peer = await Peer.open(made, { writeBufferSize: 64 << 10 });
  const workload = { seed: 5, keys: 4000, order: 'random', valueBytes: 60, deletePercent: 20 } as const;
  await peer.fill({ ...workload, operations: 20_000 });
  contents = await peer.digest();
  await peer.close();
});

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(folder, { recursive: true });
});

function newClient(): Client {
  const client: Client = new WorkerClient(resolve('dist/workers'), 'change');
  clients.push(client);
  return client;
}

/** A copy of the database, to be changed. */
function copy(): string {
  const directory = join(folder, `copy-${++copies}`);
  cpSync(made, directory, { recursive: true });
  return directory;
}

function tryOut(client: Client, directory: string, request: ChangeRequest): Promise<ChangeSummary> {
  return client.run('tryOut', [directory, request, { spill }]);
}

async function digestOf(directory: string) {
  const peer = await Peer.open(directory);
  const digest = await peer.digest();
  await peer.close();
  return digest;
}

/** Every file's bytes by its name; of LOCK nobody knows more than that it is there. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => name !== 'LOCK');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'base64')]));
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test('a dry run of compacting everything tells levels, files and what is dropped, and changes nothing', async () => {
  const client = newClient();
  const directory = copy();
  const untouched = hashFolder(directory);
  const summary = await tryOut(client, directory, { kind: 'compact' });
  const filesAfter = summary.levels.map((level) => level.filesAfter);
  assert.equal(filesAfter.filter((count) => count > 0).length, 1, 'all is in one level');
  const tables = (fate: string) =>
    summary.files.filter((file) => file.fate === fate && file.kind === 'table' && file.level !== undefined)
      .length;
  const sum = (name: 'filesBefore' | 'filesAfter') =>
    summary.levels.reduce((total, level) => total + level[name], 0);
  assert.equal(sum('filesAfter') - sum('filesBefore'), tables('created') - tables('deleted'));
  // In the last pass every live entry is kept once, and everything else is gone.
  const last = summary.compactions.at(-1)!;
  assert.equal(last.entriesKept, contents.entries);
  assert.ok(summary.history.shadowed > 0);
  assert.ok(summary.history.edits > 1);
  assert.equal(
    summary.bytesWritten,
    summary.compactions.reduce((total, each) => total + each.bytesWritten, 0),
  );
  assert.deepEqual(
    summary.files.filter(({ kind }) => kind === 'current').map(({ fate }) => fate),
    ['replaced'],
  );
  assert.equal(summary.ways.compression, 'snappy');
  assert.equal(summary.ways.bitsPerKey, 10);
  const levels = await client.call('levels');
  const count = (fate: number) => levels.fates.filter((each) => each === fate).length;
  assert.equal(count(0) + count(2), sum('filesBefore'));
  assert.equal(count(0) + count(1), sum('filesAfter'));
  const table = await client.call('table', levels.fates.indexOf(1));
  assert.equal(table.number, levels.numbers[levels.fates.indexOf(1)]);
  assert.equal(hashFolder(directory), untouched);
  await client.call('discard');
  await assert.rejects(client.call('levels'), { code: 'invalid-argument' });
  assert.deepEqual(readdirSync(spill), []);
  assert.equal(hashFolder(directory), untouched);
});

test('a range, a level, and what LevelDB would do are less than everything', async () => {
  const client = newClient();
  const directory = copy();
  const all = await tryOut(client, directory, { kind: 'compact' });
  // What is due by itself comes first in both.
  const range = await tryOut(client, directory, {
    kind: 'compact',
    from: workloadKey(100),
    to: workloadKey(200),
  });
  assert.ok(range.compactionsTotal > 0);
  assert.ok(range.bytesWritten <= all.bytesWritten);
  const level = await tryOut(client, directory, { kind: 'compact-level', level: 0 });
  assert.equal(level.levels[0].filesAfter, 0);
  const auto = await tryOut(client, directory, { kind: 'compact-auto' });
  assert.ok(auto.compactionsTotal <= level.compactionsTotal);
  assert.ok(auto.compactions.every(({ reason }) => reason === 'size'));
});

test('flushing and recovering make a table of what the log holds', async () => {
  const client = newClient();
  const directory = copy();
  for (const kind of ['flush', 'recover'] as const) {
    const { recovery, compactionsTotal, files } = await tryOut(client, directory, { kind });
    assert.ok(recovery.logsReplayed > 0);
    assert.ok(recovery.operations > 0);
    assert.ok(recovery.tables.length > 0);
    assert.equal(compactionsTotal, 0);
    assert.deepEqual(
      files.filter((file) => file.kind === 'log').map(({ fate }) => fate),
      ['created', 'deleted'],
    );
  }
});

test('a damaged log: what recovery drops is told', async () => {
  const directory = copy();
  const log = readdirSync(directory).find((name) => name.endsWith('.log'))!;
  const damaged = readFileSync(join(directory, log));
  damaged[40] ^= 0xff;
  writeFileSync(join(directory, log), damaged);
  const { recovery } = await tryOut(newClient(), directory, { kind: 'recover' });
  assert.ok(recovery.bytesDropped > 0);
  assert.match(recovery.faults[0], /checksum mismatch/);
});

test('a repair tells what comes back, and C++ LevelDB reads that', async () => {
  const client = newClient();
  const directory = copy();
  const [name] = readdirSync(directory).filter((each) => each.endsWith('.ldb'));
  const table = readFileSync(join(directory, name));
  table[100] ^= 0xff;
  writeFileSync(join(directory, name), table);
  const manifest = readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
  rmSync(join(directory, manifest));
  const { repair, files } = await tryOut(client, directory, { kind: 'repair' });
  assert.ok(repair?.isNeeded);
  assert.equal(repair.manifest.action, 'rebuilt');
  assert.deepEqual(
    repair.tables.map((each) => [each.name, each.action, each.rangesLost]),
    [[name, 'rewritten', 1]],
  );
  assert.ok(repair.tables[0].problems.some((line) => line.includes('checksum mismatch')));
  assert.ok(repair.entriesAfter! <= contents.entries && repair.entriesAfter! > contents.entries - 200);
  assert.ok(files.some(({ kind, fate }) => kind === 'current' && fate === 'replaced'));
  await client.run('apply', ['repair', {}]);
  assert.equal((await digestOf(directory)).entries, repair.entriesAfter);
  const again = await tryOut(client, directory, { kind: 'repair' });
  assert.equal(again.repair?.isNeeded, false);
  assert.deepEqual(again.files, []);
});

test('a repair asks what becomes of inputs of a compaction, where no MANIFEST tells', async () => {
  const client = newClient();
  const directory = copy();
  const before = readdirSync(directory);
  await tryOut(client, directory, { kind: 'compact' });
  const { backup } = await client.run('apply', ['compact', {}]);
  for (const name of readdirSync(backup)) {
    if (before.includes(name) && name.endsWith('.ldb')) cpSync(join(backup, name), join(directory, name));
  }
  for (const name of readdirSync(directory)) if (/^MANIFEST/.test(name)) rmSync(join(directory, name));
  await assert.rejects(tryOut(client, directory, { kind: 'repair' }), { code: 'choice-needed' });
  const { repair } = await tryOut(client, directory, { kind: 'repair', inputs: 'leave-out' });
  assert.equal(repair?.entriesAfter, contents.entries);
  await client.run('apply', ['repair', {}]);
  assert.deepEqual(await digestOf(directory), contents);
});

test('cancelled, a dry run leaves nothing', async () => {
  const client = newClient();
  const directory = copy();
  const untouched = hashFolder(directory);
  const running = client.run('tryOut', [directory, { kind: 'compact' }, { spill }], {
    onCancel: (cancel) => cancel(),
  });
  await assert.rejects(running, { code: 'cancelled' });
  await assert.rejects(client.call('levels'), { code: 'invalid-argument' });
  assert.deepEqual(readdirSync(spill), []);
  assert.equal(hashFolder(directory), untouched);
  // And the session is free for the next.
  await tryOut(client, directory, { kind: 'recover' });
});

test('an unknown comparator is refused before anything is tried', async () => {
  const directory = copy();
  const manifest = join(directory, readFileSync(join(directory, 'CURRENT'), 'utf8').trim());
  const edit = {
    ...emptyVersionEdit(),
    comparator: 'a.stranger',
    logNumber: 900,
    nextFileNumber: 901,
    lastSequence: 9,
  };
  const pieces: Uint8Array[] = [];
  new LogWriter((piece) => pieces.push(piece.slice())).addRecord(encodeVersionEdit(edit));
  writeFileSync(manifest, Buffer.concat(pieces));
  await assert.rejects(tryOut(newClient(), directory, { kind: 'compact' }), { code: 'unknown-comparator' });
});

test('exported lines imported into another database are the same contents', async () => {
  const client = newClient();
  const path = join(folder, 'made.jsonl');
  const { lines, problems } = await client.run('exportLines', [made, path]);
  assert.equal(lines, contents.entries);
  assert.deepEqual(problems, []);
  const db = Inspection.open(new NodeReadableEnv(), made, { inflate: nodeInflate });
  const batch = new EntryBatch();
  let expected = '';
  for (const scan = db.scan(); scan.readBatch(batch) > 0; ) {
    for (let i = 0; i < batch.count; i++) {
      const [key, value] = [escapeBytes(batch.key(i)), escapeBytes(batch.value(i))];
      expected += `${JSON.stringify({ key, value })}\n`;
    }
  }
  db.close();
  assert.ok(readFileSync(path, 'latin1') === expected);
  const empty = join(folder, 'empty');
  await (await Peer.open(empty)).close();
  const summary = await tryOut(client, empty, { kind: 'import', path });
  assert.equal(summary.operations, contents.entries);
});

test('a long import in order is tried out, applied, read by LevelDB and taken back as any other', async () => {
  const client = newClient();
  const path = join(folder, 'ordered.jsonl');
  const line = (i: number) =>
    JSON.stringify({ key: `order ${String(i).padStart(6, '0')}`, value: `${i} `.repeat(90) });
  writeFileSync(path, Array.from({ length: 20_000 }, (_, i) => `${line(i)}\n`).join(''));
  const directory = copy();
  const untouched = filesOf(directory);
  const { operations } = await tryOut(client, directory, { kind: 'import', path });
  assert.equal(operations, 20_000);
  assert.deepEqual(filesOf(directory), untouched);
  const { backup } = await client.run('apply', ['import', {}]);
  const applied = join(folder, 'applied-import');
  cpSync(directory, applied, { recursive: true });
  const peer = await Peer.open(applied);
  assert.equal((await peer.digest({ gte: bytes('order'), lt: bytes('ordes') })).entries, 20_000);
  assert.equal((await peer.digest()).entries, contents.entries + 20_000);
  await peer.close();
  await client.run('restore', [directory, backup!, {}]);
  assert.deepEqual(filesOf(directory), untouched);
});

test('a line that is not as it should be refuses the whole import, with its number', async () => {
  const client = newClient();
  const directory = copy();
  const path = join(folder, 'wrong.jsonl');
  for (const [line, message] of [
    ['{"key": "a"', /line 2: not JSON/],
    ['{"value": "b"}', /line 2: "key" and "value" must be strings/],
    ['{"key": "a", "value": 7}', /line 2: "key" and "value" must be strings/],
    ['{"key": "a\\\\q", "value": "b"}', /line 2: a backslash/],
  ] as const) {
    writeFileSync(path, `{"key": "x", "value": null}\n${line}\n`);
    await assert.rejects(tryOut(client, directory, { kind: 'import', path }), message);
  }
  writeFileSync(path, new Uint8Array([0x7b, 0xff, 0xfe]));
  await assert.rejects(tryOut(client, directory, { kind: 'import', path }), /line 1: not UTF-8/);
  await assert.rejects(client.call('levels'), { code: 'invalid-argument' });
});

test('a backup of a database in use is whole, and never lies in the database', async () => {
  const client = newClient();
  const directory = copy();
  const peer = await Peer.open(directory);
  await peer.put(bytes('more'), bytes('value'));
  const digest = await peer.digest();
  const target = join(folder, 'backup');
  const { problems } = await client.run('backUp', [directory, target]);
  assert.deepEqual(problems, []);
  await assert.rejects(client.run('backUp', [directory, join(directory, 'inside')]), /own folder/);
  await assert.rejects(client.run('backUp', [directory, target]), { code: 'not-empty' });
  assert.equal(existsSync(join(directory, 'inside')), false);
  await peer.close();
  assert.deepEqual(await digestOf(target), digest);
});

for (const request of [
  { kind: 'compact' },
  { kind: 'compact-auto' },
  { kind: 'flush' },
] satisfies ChangeRequest[]) {
  test(`applied, ${request.kind} is what C++ LevelDB reads; restored, every byte is as before`, async () => {
    const client = newClient();
    const directory = copy();
    const untouched = filesOf(directory);
    const { lastSequence } = await tryOut(client, directory, request);
    const account = await client.run('apply', [request.kind, {}]);
    assert.deepEqual(account.unfinished, []);
    assert.deepEqual(readdirSync(spill), []);
    const applied = join(folder, `applied-${request.kind}`);
    cpSync(directory, applied, { recursive: true });
    const peer = await Peer.open(applied);
    assert.deepEqual(await peer.digest(), contents);
    await peer.close();
    assert.ok(lastSequence >= 20_000);

    const [backup, ...others] = await client.call('backups', directory);
    assert.deepEqual(others, []);
    assert.equal(backup.folder, account.backup);
    assert.equal(backup.label, request.kind);
    assert.equal((await client.call('previewRestore', directory, backup.folder)).lost, undefined);
    await client.run('restore', [directory, backup.folder, {}]);
    assert.deepEqual(filesOf(directory), untouched);
    // The restore can be undone in the same way.
    assert.equal((await client.call('backups', directory)).length, 2);
  });
}

test('what was imported is what C++ LevelDB reads, deletions too', async () => {
  const client = newClient();
  const directory = copy();
  const path = join(folder, 'changes.jsonl');
  const doomed = workloadKey(7);
  writeFileSync(
    path,
    '{"key": "caf\\\\xc3\\\\xa9", "value": "1"}\n\n{"key": "käse", "value": ""}\n{"key": "key00000007", "value": null}',
  );
  await tryOut(client, directory, { kind: 'import', path });
  await client.run('apply', ['import', {}]);
  const peer = await Peer.open(directory);
  const [cafe, cheese, gone] = await peer.getMany([bytes('café'), bytes('käse'), doomed]);
  assert.equal(Buffer.from(cafe!).toString(), '1');
  assert.equal(cheese!.length, 0);
  assert.equal(gone, undefined);
  await peer.close();
});

test('a database that is held is refused with the pid, and the dry run stays', async () => {
  const client = newClient();
  const directory = copy();
  await tryOut(client, directory, { kind: 'compact' });
  const untouched = filesOf(directory);
  const peer = Peer.start();
  // Opening changes the folder, so another one's lock is borrowed: LevelDB holds LOCK by its file.
  await peer.openDatabase(join(folder, 'made'));
  rmSync(join(directory, 'LOCK'));
  linkSync(join(made, 'LOCK'), join(directory, 'LOCK'));
  await assert.rejects(client.run('apply', ['compact', {}]), (error: WorkerError) => {
    assert.equal(error.code, 'locked');
    if (process.platform === 'linux') assert.match(error.message, new RegExp(`process ${peer.pid}`));
    return true;
  });
  assert.deepEqual(filesOf(directory), untouched);
  await peer.close();
  await client.run('apply', ['compact', {}]);
  await assert.rejects(client.call('levels'), { code: 'invalid-argument' });
});

test('a database that has moved on is refused, and nothing of it is lost', async () => {
  const client = newClient();
  const directory = copy();
  await tryOut(client, directory, { kind: 'compact' });
  const peer = await Peer.open(directory);
  await peer.put(bytes('meanwhile'), bytes('written'));
  await peer.close();
  const untouched = hashFolder(directory);
  await assert.rejects(client.run('apply', ['compact', {}]), { code: 'moved-on' });
  assert.equal(hashFolder(directory), untouched);
  assert.deepEqual(await client.call('backups', directory), []);
});

test('an apply that is cancelled takes back what it did', async () => {
  const client = newClient();
  const directory = copy();
  await tryOut(client, directory, { kind: 'compact' });
  const untouched = filesOf(directory);
  const running = client.run('apply', ['compact', {}], { onCancel: (cancel) => cancel() });
  await assert.rejects(running, { code: 'cancelled' });
  assert.deepEqual(filesOf(directory), untouched);
  assert.deepEqual(await client.call('backups', directory), []);
});
