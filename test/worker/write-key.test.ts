// A put or a delete that was typed: written at once, read by C++ LevelDB, refused where opening would lose something.

import assert from 'node:assert/strict';
import {
  appendFileSync,
  cpSync,
  existsSync,
  linkSync,
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
import { after, before, test } from 'node:test';
import type { ChangeCalls, ChangeJobs, KeyWrite, KeyWriteOptions } from '../../src/worker/change-api';
import { WorkerClient, type WorkerError } from '../../src/worker/client';
import { Peer, workloadKey } from '../helpers/leveldb';

const folder = mkdtempSync(join(tmpdir(), 'lsm-write-key-'));
const made = join(folder, 'made');
const client = new WorkerClient<ChangeCalls, ChangeJobs>(resolve('dist/workers'), 'change');
let contents: Awaited<ReturnType<Peer['digest']>>;
let copies = 0;

before(async () => {
  const peer = await Peer.open(made, { writeBufferSize: 64 << 10 });
  await peer.fill({
    seed: 5,
    keys: 1000,
    order: 'random',
    valueBytes: 60,
    deletePercent: 20,
    operations: 5000,
  });
  contents = await peer.digest();
  await peer.close();
});

after(async () => {
  await client.dispose();
  rmSync(folder, { recursive: true });
});

function copy(): string {
  const directory = join(folder, `copy-${++copies}`);
  cpSync(made, directory, { recursive: true });
  return directory;
}

function write(directory: string, request: KeyWrite, options: Partial<KeyWriteOptions> = {}) {
  return client.run('write', [directory, request, { maxFormerBytes: 1 << 20, ...options }]);
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function text(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString();
}

/** Every file's bytes by its name; of LOCK nobody knows more than that it is there. */
function filesOf(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => name !== 'LOCK');
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'base64')]));
}

function logOf(directory: string): string {
  return join(directory, readdirSync(directory).find((name) => name.endsWith('.log'))!);
}

/** Refused with this code, and no file changed. */
async function refuses(directory: string, code: string, message: RegExp): Promise<void> {
  const untouched = filesOf(directory);
  await assert.rejects(write(directory, PUT), (error: WorkerError) => {
    assert.equal(error.code, code, error.message);
    assert.match(`${error.file}: ${error.message}`, message);
    return true;
  });
  assert.deepEqual(filesOf(directory), untouched);
}

const PUT = { kind: 'put', key: bytes('a new key'), value: bytes('its value') } as const;

test('put, again, delete: C++ LevelDB reads each, and what was there stays', async () => {
  const directory = copy();
  const first = await write(directory, PUT);
  assert.equal(first.former?.found, false);
  const second = await write(directory, { ...PUT, value: bytes('') });
  assert.equal(text(second.former?.value), 'its value');
  assert.equal(second.former?.valueBytes, 9);
  assert.equal(second.former?.sequence, first.sequence);
  assert.ok(second.sequence > first.sequence);
  const peer = await Peer.open(directory);
  assert.deepEqual((await peer.getMany([PUT.key])).map(text), ['']);
  await peer.del(PUT.key);
  assert.deepEqual(await peer.digest(), contents);
  await peer.put(bytes('another'), bytes('by C++'));
  await peer.close();
  const third = await write(directory, { kind: 'delete', key: bytes('another') });
  assert.equal(text(third.former?.value), 'by C++');
  const again = await Peer.open(directory);
  assert.deepEqual(await again.digest(), contents);
  await again.close();
  assert.equal(existsSync(`${directory}.lsm-backup`), false);
});

test('a former value above the bound is only begun', async () => {
  const directory = copy();
  await write(directory, { ...PUT, value: bytes('x'.repeat(1000)) });
  const { former } = await write(directory, PUT, { maxFormerBytes: 999 });
  assert.equal(former?.value, undefined);
  assert.equal(former?.valueBytes, 1000);
  assert.equal(text(former?.start), 'x'.repeat(200));
  const whole = await write(directory, { kind: 'delete', key: PUT.key }, { maxFormerBytes: 9 });
  assert.equal(text(whole.former?.value), 'its value');
});

test('an undo takes nobody’s later write away', async () => {
  const directory = copy();
  const { sequence } = await write(directory, PUT);
  await write(directory, { ...PUT, value: bytes('later') });
  const undo = write(directory, { kind: 'delete', key: PUT.key }, { newest: sequence });
  await assert.rejects(undo, { code: 'moved-on' });
  const other = await write(directory, { kind: 'delete', key: workloadKey(3) });
  await write(directory, { ...PUT, key: workloadKey(3) }, { newest: other.sequence });
  const peer = await Peer.open(directory);
  const values = await peer.getMany([PUT.key, workloadKey(3)]);
  assert.deepEqual(values.map(text), ['later', 'its value']);
  await peer.close();
});

test('damage of a log that LevelDB would drop refuses the write; what a crash cut off does not', async () => {
  const damaged = copy();
  const log = readFileSync(logOf(damaged));
  log[40]! ^= 0xff;
  writeFileSync(logOf(damaged), log);
  await refuses(damaged, 'checksum-mismatch', /checksum mismatch/);

  const foreign = copy();
  appendFileSync(logOf(foreign), Buffer.alloc(20, 0xee));
  await refuses(foreign, 'bad-record', /no record/);

  const torn = copy();
  truncateSync(logOf(torn), statSync(logOf(torn)).size - 5);
  await write(torn, PUT);
  const peer = await Peer.open(torn);
  assert.deepEqual((await peer.getMany([PUT.key])).map(text), ['its value']);
  await peer.close();
});

test('a table that is missing, and a damaged MANIFEST, refuse the write', async () => {
  const directory = copy();
  const table = readdirSync(directory).find((name) => /\.(ldb|sst)$/.test(name))!;
  rmSync(join(directory, table));
  await refuses(directory, 'missing-file', new RegExp(table));
  const other = copy();
  const manifest = join(other, readFileSync(join(other, 'CURRENT'), 'utf8').trim());
  const contents = readFileSync(manifest);
  contents[20]! ^= 0xff;
  writeFileSync(manifest, contents);
  await refuses(other, 'checksum-mismatch', /./);
});

test('damage before what the key holds does not keep it from being written', async () => {
  const directory = copy();
  for (const name of readdirSync(directory).filter((each) => /\.(ldb|sst)$/.test(each))) {
    const table = readFileSync(join(directory, name));
    table.fill(0xff, 0, table.length - 200);
    writeFileSync(join(directory, name), table);
  }
  const key = workloadKey(5);
  const { former } = await write(directory, { kind: 'put', key, value: bytes('over damage') });
  assert.equal(former, undefined);
  const peer = await Peer.open(directory);
  assert.deepEqual((await peer.getMany([key])).map(text), ['over damage']);
  await peer.close();
});

test('a database that is held refuses the write with the pid', async () => {
  const directory = copy();
  const peer = Peer.start();
  // Opening changes the folder, so another one's lock is borrowed: LevelDB holds LOCK by its file.
  await peer.openDatabase(join(folder, 'made'));
  rmSync(join(directory, 'LOCK'));
  linkSync(join(made, 'LOCK'), join(directory, 'LOCK'));
  await refuses(
    directory,
    'locked',
    process.platform === 'linux' ? new RegExp(`process ${peer.pid}`) : /held by/,
  );
  await peer.close();
  await write(directory, PUT);
});

test('tables of a compression that is not written: another one has to be chosen', async () => {
  const directory = join(folder, 'zstd');
  cpSync(resolve('test/fixtures/leveldb-zstd'), directory, { recursive: true });
  await refuses(directory, 'unwritten-compression', /stored with zstd/);
  const { former } = await write(directory, PUT, { chosen: { compression: 'snappy' } });
  assert.equal(former?.found, false);
  const { former: now } = await write(
    directory,
    { kind: 'delete', key: PUT.key },
    { chosen: { compression: 'none' } },
  );
  assert.equal(text(now?.value), 'its value');
});
