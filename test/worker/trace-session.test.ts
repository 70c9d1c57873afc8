// Traces in a worker: recorded on a dry run, saved and opened again, applied, and recoveries compared with C++ LevelDB.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { Inspection } from '../../src/engine/db/inspection';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { PhysicalRecordScanner } from '../../src/engine/log/physical';
import type { TraceEvent } from '../../src/engine/trace/events';
import { WorkerClient, type WorkerError } from '../../src/worker/client';
import type {
  LostKey,
  RecordOptions,
  TraceCalls,
  TraceFrame,
  TraceJobs,
  TraceRequest,
} from '../../src/worker/trace-api';
import { TraceRecorder } from '../../src/worker/trace-recorder';
import { sharedFixtures } from '../helpers/fixtures';
import { hashFolder } from '../helpers/hash-folder';
import { Peer, type PeerOperation, workloadKey } from '../helpers/leveldb';

type Client = WorkerClient<TraceCalls, TraceJobs>;

const folder = mkdtempSync(join(tmpdir(), 'lsm-trace-'));
const spill = join(folder, 'spill');
const clients: Client[] = [];
let copies = 0;

after(async () => {
  for (const client of clients) await client.dispose();
  rmSync(folder, { recursive: true });
});

function newClient(): Client {
  const client: Client = new WorkerClient(resolve('dist/workers'), 'trace');
  clients.push(client);
  return client;
}

function copyOf(name: string): string {
  const directory = join(folder, `copy-${++copies}`);
  cpSync(join(sharedFixtures, name), directory, { recursive: true });
  return directory;
}

function record(client: Client, directory: string, request: TraceRequest, options: RecordOptions = {}) {
  return client.run('record', [directory, request, { spill, ...options }]);
}

/** Frames of a whole trace, some hundred of them. */
async function framesOf(client: Client): Promise<TraceFrame[]> {
  const { events } = await client.call('summary');
  const step = Math.max(1, Math.floor(events / 150));
  const frames: TraceFrame[] = [];
  for (let k = 0; k <= events; k += step) frames.push(await client.call('frame', k));
  frames.push(await client.call('frame', events));
  return frames;
}

async function refused(promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: WorkerError) => {
    assert.match(error.message, message);
    return true;
  });
}

test('a compaction is recorded without touching the folder, and applied as it was shown', async () => {
  const client = newClient();
  const directory = copyOf('s-rand');
  const contents = hashFolder(directory);
  const summary = await record(client, directory, { kind: 'compact' });
  assert.equal(hashFolder(directory), contents);
  assert.deepEqual(summary.leftOut, []);
  assert.equal(summary.error, undefined);
  const start = await client.call('frame', 0);
  assert.equal(start.phase, 'before');
  assert.equal(start.event, undefined);

  const frames = await framesOf(client);
  const drawn = new Map<number, number>();
  for (const frame of frames) {
    const tables = await client.call('tables', frame.versionId);
    const files = frame.levels.map(({ level }) => tables.levels.filter((each) => each === level).length);
    assert.deepEqual(
      files,
      frame.levels.map((level) => level.files),
    );
    for (const [i, number] of tables.numbers.entries()) {
      // On one axis for the whole trace: a table never moves.
      assert.equal(drawn.get(number) ?? tables.left[i], tables.left[i]);
      drawn.set(number, tables.left[i]);
      assert.ok(tables.left[i] <= tables.right[i]);
    }
    const { compaction } = frame;
    if (!compaction) continue;
    const sum = (name: 'entries' | 'kept' | 'shadowed' | 'deletions') =>
      compaction.inputs.rows.reduce((total, row) => total + row[name], 0);
    assert.ok(sum('entries') <= compaction.entries);
    if (compaction.state === 'done') assert.equal(sum('kept'), compaction.kept);
    assert.equal(compaction.inputs.total, compaction.inputFiles[0] + compaction.inputFiles[1]);
    assert.equal(compaction.outputs.total, compaction.marks.outputs.length);
    for (const output of compaction.outputs.rows) assert.ok(output.left! <= output.right!);
  }
  const end = frames.at(-1)!;
  assert.equal(end.phase, 'idle');
  assert.equal(end.due, undefined);
  assert.deepEqual(
    summary.levelsAfter,
    end.levels.map(({ files, bytes }) => ({ files, bytes })),
  );
  assert.equal(end.work.spaceBefore, liveBytes(directory));
  assert.equal(summary.applicable, true);
  const peer = await Peer.open(copyOf('s-rand'));
  const digest = await peer.digest();
  await peer.close();

  await client.run('apply', ['compact', {}]);
  assert.equal(end.work.spaceNow, tableBytes(directory));
  assert.equal((await client.call('summary')).applicable, false);
  await refused(client.run('apply', ['again', {}]), /no dry run/);
  assert.equal((await client.call('frame', end.at)).at, end.at, 'the trace stays');
  const reader = await Peer.open(directory);
  assert.deepEqual(await reader.digest(), digest);
  await reader.close();
  assert.deepEqual(existsSync(spill) ? readdirSync(spill) : [], []);
});

/** Of the tables that the MANIFEST names: orphans are none. */
function liveBytes(directory: string): number {
  const db = Inspection.open(new NodeReadableEnv(), directory);
  const names = [...db.version.files()].map(({ file }) => db.tables.nameOf(file.number));
  db.close();
  return names.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

function tableBytes(directory: string): number {
  const tables = readdirSync(directory).filter((name) => name.endsWith('.ldb'));
  return tables.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
}

test('a saved trace gives the same frames without the database, and a damaged one its line', async () => {
  const client = newClient();
  const directory = copyOf('s-over');
  await record(client, directory, { kind: 'compact' });
  const frames = await framesOf(client);
  const path = join(folder, 'made.lsmtrace');
  const saved = await client.run('save', [path]);
  assert.equal(statSync(path).size, saved.bytes);
  const tables = await client.call('tables', frames[frames.length >> 1].versionId);
  await refused(client.run('save', [join(directory, 'x.lsmtrace')]), /own folder/);
  assert.equal(existsSync(join(directory, 'x.lsmtrace')), false);

  const text = join(folder, 'made.txt');
  await client.run('exportText', [text]);
  const lines = readFileSync(text, 'utf8').split('\n');
  assert.equal(lines.length, saved.events + 2, 'a title, a line for each event, an end');
  assert.ok(lines.some((line) => line.includes('pick by')));

  const reader = newClient();
  rmSync(directory, { recursive: true });
  const summary = await reader.run('openFile', [path]);
  assert.equal(summary.source.kind, 'file');
  assert.equal(summary.applicable, false);
  assert.equal(summary.events, saved.events);
  assert.deepEqual(await framesOf(reader), frames);
  assert.deepEqual(await reader.call('tables', tables.versionId), tables);
  const again = join(folder, 'again.lsmtrace');
  await reader.run('save', [again]);
  assert.deepEqual(readFileSync(again), readFileSync(path));

  // What a recording left out is told of the file, too, and of its copies.
  const [head, ...rest] = readFileSync(path, 'utf8').split('\n');
  const leftOut = [{ without: 'entries', from: 12, events: 3456 }];
  const cut = join(folder, 'cut.lsmtrace');
  writeFileSync(cut, [JSON.stringify({ ...JSON.parse(head), leftOut }), ...rest].join('\n'));
  const cutCopy = join(folder, 'cut-copy.lsmtrace');
  for (const file of [cut, cutCopy]) {
    assert.deepEqual((await reader.run('openFile', [file])).leftOut, leftOut);
    await reader.run('save', [cutCopy]);
  }
  await reader.run('openFile', [path]);

  const damaged = join(folder, 'damaged.lsmtrace');
  const whole = readFileSync(path, 'utf8').split('\n');
  whole[41] = whole[41].slice(0, -3);
  writeFileSync(damaged, whole.join('\n'));
  await refused(reader.run('openFile', [damaged]), /^line 42: not JSON/);
  writeFileSync(damaged, '');
  await refused(reader.run('openFile', [damaged]), /the file is empty/);
  // A trace that could not be read leaves the one that is there.
  assert.equal((await reader.call('summary')).events, saved.events);
});

test('events are paged, filtered, found and jumped to', async () => {
  const client = newClient();
  const { events } = await record(client, copyOf('s-over'), { kind: 'compact' });
  const page = await client.call('events', 10, 20, {});
  assert.equal(page.total, events);
  assert.deepEqual(
    page.rows.map(({ index }) => index),
    [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  );
  const picks = await client.call('events', 0, 1000, { types: ['pick'] });
  assert.ok(picks.total > 0 && picks.rows.every(({ type }) => type === 'pick'));
  const jumps: number[] = [];
  for (let from = -1; ; from = jumps.at(-1)!) {
    const next = await client.call('nextOf', 'decision', from, 'forward');
    if (!next) break;
    jumps.push(next.index);
  }
  assert.deepEqual(
    jumps,
    picks.rows.map(({ index }) => index),
  );
  const back = await client.call('nextOf', 'decision', events, 'backward');
  assert.equal(back?.index, jumps.at(-1));
  assert.equal(await client.call('rowOf', jumps[1], { types: ['pick'] }), 1);
  const marks = await client.call('landmarks', ['decision', 'edit', 'log']);
  assert.ok(marks.rows.some(({ kind }) => kind === 'log'));
  assert.deepEqual(
    marks.rows.filter(({ kind }) => kind === 'decision').map(({ index }) => index),
    jumps,
  );

  const frame = await client.call('frame', jumps[0] + 1);
  const [input] = frame.compaction!.inputs.rows;
  const named = await client.call('events', 0, 1000, { table: input.number });
  assert.ok(named.rows.some(({ index }) => index === jumps[0]));
  const found = await client.call('find', { text: 'PICK BY' }, 0, 'forward');
  assert.equal(found.found?.index, jumps[0]);
  const last = await client.call('find', { types: ['pick'] }, events - 1, 'backward');
  assert.equal(last.found?.index, jumps.at(-1));
  const none = await client.call('find', { text: 'no such words' }, 0, 'forward');
  assert.deepEqual(none, { found: undefined, next: undefined });
  assert.equal(JSON.parse(await client.call('eventJson', jumps[0])).type, 'pick');

  const details = await client.call('tableDetails', input.number, jumps[0] + 1);
  assert.equal(details?.level, input.level);
  assert.equal(details?.bytes, input.bytes);
  assert.equal(details?.to?.how, 'compaction');
  const output = frame.compaction!.outputs;
  assert.equal(output.total, 0);
  const whole = await client.call('frame', details!.to!.event + 1);
  const [made] = whole.compaction!.outputs.rows;
  const madeDetails = await client.call('tableDetails', made.number, details!.to!.event + 1);
  assert.equal(madeDetails?.from?.how, 'compaction');
  assert.ok(madeDetails?.from?.tables.rows.includes(input.number));
  assert.equal(await client.call('tableDetails', 999_999, 5), undefined);
});

test('single entries add up to what is told of their blocks and tables', async () => {
  const client = newClient();
  const { events } = await record(client, copyOf('s-over'), { kind: 'compact' }, { grain: 'entries' });
  const { compaction } = await client.call('frame', events);
  let kept = 0;
  for (const { number, entries, blocksRead } of compaction!.inputs.rows) {
    const request = { table: number, role: 'input' } as const;
    const blocks = await client.call('blocks', number, 'input', events, 0, 1000);
    assert.equal(blocks.total, blocksRead);
    let sum = 0;
    for (const block of blocks.rows) {
      sum += block.entries!;
      const rows = await client.call('entries', { ...request, block: block.offset }, 0, 1000);
      assert.equal(rows.total, block.entries);
      assert.ok(rows.rows.every((row) => row.block === block.offset && row.from === number));
      assert.equal(rows.rows.filter((row) => row.kept).length, block.kept);
      assert.equal(rows.rows.filter((row) => row.why === 'shadowed').length, block.shadowed);
    }
    assert.equal(sum, entries);
  }
  for (const { number, entries } of compaction!.outputs.rows) {
    const rows = await client.call('entries', { table: number, role: 'output' }, 0, 3);
    assert.equal(rows.total, entries);
    assert.ok(rows.rows.every((row) => row.output === number));
    kept += entries;
  }
  assert.equal(kept, compaction!.kept);
});

test('limits of a what-if decide what is picked, and are told', async () => {
  const client = newClient();
  const directory = copyOf('s-rand');
  const usual = await record(client, directory, { kind: 'compact-auto' });
  const decisions = async () => (await client.call('events', 0, 0, { types: ['pick'] })).total;
  const before = await decisions();
  const limits = { level0Files: 1, level1Bytes: 1 << 17 };
  const other = await record(client, directory, { kind: 'compact-auto' }, { limits });
  assert.ok((await decisions()) > before);
  assert.equal(other.options?.limits.level1Bytes, 1 << 17);
  assert.notEqual(usual.options?.limits.level1Bytes, 1 << 17);
  const end = await client.call('frame', other.events);
  assert.equal(end.levels[1].limit, 1 << 17);
  for (const { level, score, limit, files, bytes } of end.levels.slice(0, 6)) {
    assert.ok(Math.abs(score! - (level === 0 ? files : bytes) / limit!) < 1e-9);
    assert.ok(score! < 1);
  }
});

test('a recovery that fails ends with the step, the file and the offset', async () => {
  const client = newClient();
  const directory = copyOf('s-over');
  const manifest = join(directory, 'MANIFEST-000002');
  const bytes = readFileSync(manifest);
  bytes[bytes.length >> 1] ^= 0x40;
  writeFileSync(manifest, bytes);
  const summary = await record(client, directory, { kind: 'recover' });
  assert.equal(summary.applicable, false);
  assert.equal(summary.error?.file, 'MANIFEST-000002');
  assert.ok(Number(summary.error?.offset) <= bytes.length >> 1);
  assert.match(summary.error!.message, /^Corruption: /);
  const frame = await client.call('frame', summary.events);
  assert.equal(frame.phase, 'failed');
  assert.equal(frame.error?.during, 'recovery');
  assert.ok(frame.manifest!.edits > 0 && !frame.manifest!.isRead);
  await refused(client.run('apply', ['x', {}]), /no dry run/);

  rmSync(join(directory, 'CURRENT'));
  const lost = await record(client, directory, { kind: 'recover' });
  assert.match(lost.error!.message, /does not exist/);
  await assert.rejects(record(client, folder, { kind: 'recover' }), { code: 'not-a-database' });
});

test('a recording is bounded: entries go first, then blocks, and what ended it is told', () => {
  const recorder = new TraceRecorder({ events: 100, bytes: 1 << 30 });
  const entry: TraceEvent = {
    type: 'entry-dropped',
    key: new Uint8Array(9),
    valueBytes: 1,
    why: 'shadowed',
    by: 3,
    from: 1,
    block: 0,
  };
  for (let i = 0; i < 90; i++) recorder.listen(entry);
  assert.equal(recorder.replay.length, 80);
  for (let i = 0; i < 20; i++)
    recorder.listen({ type: 'input-block', table: 1, level: 0, offset: i, bytes: 1 });
  assert.equal(recorder.replay.length, 95);
  for (let i = 0; i < 10; i++) recorder.listen({ type: 'remove', file: 'x', kind: 'log' });
  recorder.listen({ type: 'error', message: 'x', file: undefined, offset: undefined });
  assert.equal(recorder.replay.length, 101);
  assert.deepEqual(recorder.leftOut, [
    { without: 'entries', from: 80, events: 10 },
    { without: 'blocks', from: 95, events: 5 },
    { without: 'everything', from: 100, events: 5 },
  ]);
});

const bytes = (text: string) => new TextEncoder().encode(text);
const value = (of: string, n: number) => bytes(`${of} ${n} `.padEnd(300, '.'));

/** A database of known contents with damage in the middle of its log, and the operations that stand in no damaged record. */
async function damagedLog(): Promise<{ directory: string; sound: Map<string, string> }> {
  const directory = join(folder, `damaged-${++copies}`);
  const peer = await Peer.open(directory);
  const old: PeerOperation[] = Array.from({ length: 600 }, (_, n) => [workloadKey(n), value('old', n)]);
  await peer.write(old);
  await peer.compactRange(workloadKey(0), workloadKey(999));
  const batches: PeerOperation[][] = [];
  for (let n = 0; n < 600; n++) {
    if (n % 3 === 0) batches.push([[workloadKey(n), value('new', n)]]);
    else if (n % 3 === 1) batches.push([[workloadKey(n)]]);
    else batches.push([[workloadKey(1000 + n), value('added', n)]]);
  }
  await peer.writeEach(batches);
  await peer.close();

  const [log] = readdirSync(directory).filter(
    (name) => name.endsWith('.log') && statSync(join(directory, name)).size > 0,
  );
  const path = join(directory, log);
  const scanner = new PhysicalRecordScanner(new NodeReadableEnv().open(path));
  const records: number[] = [];
  while (scanner.next()) if (scanner.kind === 'record' && scanner.type === 1) records.push(scanner.offset);
  const contents = readFileSync(path);
  const hit = records[40];
  // The batch's number: 12 bytes of its header lie behind the record's, the sequence first.
  const sequence = Number(contents.readBigUInt64LE(hit + 7));
  contents[hit + 7 + 14] ^= 0xff;
  writeFileSync(path, contents);
  const sound = new Map<string, string>();
  const apply = ([key, of]: PeerOperation) => {
    const name = Buffer.from(key).toString();
    if (of) sound.set(name, Buffer.from(of).toString());
    else sound.delete(name);
  };
  for (const operation of old) apply(operation);
  for (const [i, [operation]] of batches.entries()) if (601 + i !== sequence) apply(operation);
  return { directory, sound };
}

test('what lenient recovery loses of a damaged log is what C++ LevelDB does not read, key by key', async () => {
  const client = newClient();
  const { directory, sound } = await damagedLog();
  const contents = hashFolder(directory);
  const { lenient, paranoid, salvageable, unsalvageable } = await client.run('compare', [
    directory,
    { spill },
  ]);
  assert.equal(hashFolder(directory), contents);
  assert.equal(unsalvageable, undefined);
  assert.equal(salvageable?.entries, sound.size);

  const copy = `${directory}-read`;
  cpSync(directory, copy, { recursive: true });
  const peer = await Peer.open(copy);
  const read = new Map(
    (await peer.entries({})).map(([key, of]) => [Buffer.from(key).toString(), Buffer.from(of).toString()]),
  );
  await peer.close();
  assert.equal(lenient.entries, read.size);
  const expected = new Map<string, LostKey['change']>();
  for (const [key, of] of sound) {
    if (!read.has(key)) expected.set(key, 'gone');
    else if (read.get(key) !== of) expected.set(key, 'older');
  }
  for (const key of read.keys()) if (!sound.has(key)) expected.set(key, 'back');
  const lost = new Map(lenient.lost.rows.map(({ key, change }) => [Buffer.from(key).toString(), change]));
  assert.deepEqual(new Map([...lost].sort()), new Map([...expected].sort()));
  for (const change of ['gone', 'older', 'back'] as const) {
    assert.equal(lenient.losses[change], [...expected.values()].filter((each) => each === change).length);
    assert.ok(lenient.losses[change] > 0, change);
  }
  assert.ok(lenient.lost.rows.every(({ file, offset }) => file?.endsWith('.log') && offset! > 0));
  assert.equal(lenient.failure, undefined);
  assert.ok(lenient.droppedBytes > 0);

  assert.match(paranoid.failure!.message, /checksum mismatch/);
  assert.match(paranoid.failure!.file!, /\.log$/);
  assert.equal(paranoid.entries, undefined);
  assert.equal(paranoid.losses.gone, sound.size);
  assert.equal(paranoid.lost.total, sound.size);
  assert.ok(paranoid.operations < lenient.operations);
});

test('recoveries of a sound database lose nothing, and agree', async () => {
  const client = newClient();
  const directory = copyOf('s-rand');
  appendFileSync(join(directory, '000017.log'), Buffer.from([1, 2, 3]));
  const { lenient, paranoid, salvageable } = await client.run('compare', [directory, { spill }]);
  const peer = await Peer.open(directory);
  const { entries } = await peer.digest();
  await peer.close();
  for (const side of [lenient, paranoid]) {
    assert.equal(side.failure, undefined);
    assert.equal(side.entries, entries);
    assert.deepEqual(side.losses, { gone: 0, older: 0, back: 0 });
  }
  assert.deepEqual(salvageable, { entries, records: 0, operations: 0 });
});
