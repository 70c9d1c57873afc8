// The same operations through C++ LevelDB and through the engine leave the same files, byte for byte: write-ahead log,
// MANIFEST, CURRENT and tables. LOG, which tells the time, and LOCK are left out.
//
// C++ LevelDB works in a thread of its own. What it does is certain as long as no memtable fills up while it is written
// to: tables come from the log at the next opening, and from CompactRange.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Database } from '../../src/engine/db/database';
import { MemoryFile } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { logFileName, parseFileName } from '../../src/engine/manifest/file-names';
import { bloomFilterPolicy } from '../../src/engine/table/filter';
import { Table } from '../../src/engine/table/table';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';
import { Peer, type PeerOperation, type PeerOptions, randomNumbers } from '../helpers/leveldb';
import { PrivateEnv } from '../helpers/private-env';

const env = new PrivateEnv();
const peer = Peer.start();
after(() => peer.kill());

/** One database on both sides. */
class Twins {
  readonly root = mkdtempSync(join(tmpdir(), 'lsm-same-bytes-'));
  private readonly theirs = join(this.root, 'theirs');
  private readonly ours = join(this.root, 'ours');
  private database: Database | undefined;

  /** Waits until C++ LevelDB has no work left that the opening made. */
  async open({ compression = false, ...options }: PeerOptions = {}): Promise<void> {
    await peer.openDatabase(this.theirs, { compression, createIfMissing: true, ...options });
    this.database = Database.openNow(env, this.ours, {
      createIfMissing: true,
      ...options,
      compression: compression ? 'snappy' : 'none',
      filterPolicy: bloomFilterPolicy(10),
    });
    await this.idle();
  }

  /** One batch after the other. */
  async write(batches: PeerOperation[][]): Promise<void> {
    await peer.writeEach(batches);
    for (const operations of batches) {
      const batch = new WriteBatch();
      for (const [key, value] of operations) {
        if (value) batch.put(key, value);
        else batch.delete(key);
      }
      this.database!.write(batch);
    }
  }

  async compactRange(
    from: Uint8Array,
    to: Uint8Array,
    trace: (event: TraceEvent) => void = () => {},
  ): Promise<void> {
    await peer.compactRange(from, to);
    runSteps(this.database!.compactRange(from, to), trace);
    await this.idle();
  }

  async close(): Promise<void> {
    await peer.closeDatabase();
    this.database?.close();
  }

  async reopen(options: PeerOptions = {}): Promise<void> {
    await this.close();
    await this.open(options);
  }

  /** Numbers of our logs. */
  get logs(): number[] {
    return readdirSync(this.ours).flatMap((name) => {
      const parsed = parseFileName(name);
      return parsed?.kind === 'log' ? [Number(parsed.number)] : [];
    });
  }

  get logSize(): number {
    return statSync(join(this.ours, logFileName(this.logs[0]))).size;
  }

  /** Of each level how many files there are. */
  get shape(): number[] {
    return this.database!.version.levels.map((files) => files.length);
  }

  /** Asserts that both directories hold the same files with the same bytes. Returns their names. */
  compare(
    what: string,
    same: (name: string, theirs: Buffer, ours: Buffer) => string | undefined = difference,
  ) {
    const [theirs, ours] = [this.theirs, this.ours].map((directory) =>
      readdirSync(directory)
        .filter((name) => !['LOG', 'LOG.old', 'LOCK'].includes(name))
        .sort(),
    );
    const differences: string[] = [];
    for (const name of theirs.filter((name) => ours.includes(name))) {
      const found = same(name, readFileSync(join(this.theirs, name)), readFileSync(join(this.ours, name)));
      if (found !== undefined) differences.push(`${name}: ${found}`);
    }
    assert.deepEqual({ files: ours, differences }, { files: theirs, differences: [] }, what);
    return theirs;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.root, { recursive: true });
  }

  /** Level 0 asks for nothing more, and the files stand still. No database here outgrows a deeper level. */
  private async idle(): Promise<void> {
    for (let before = ''; ; ) {
      const listing = readdirSync(this.theirs).sort().join(' ');
      const files = await peer.property('leveldb.num-files-at-level0');
      if (listing === before && Number(files) < 4) return;
      before = listing;
      await sleep(50);
    }
  }
}

/** Where two files part, and what stands there. */
function difference(_name: string, theirs: Buffer, ours: Buffer): string | undefined {
  if (theirs.equals(ours)) return undefined;
  let at = 0;
  while (theirs[at] === ours[at]) at++;
  const around = (file: Buffer) => file.subarray(Math.max(0, at - 8), at + 24).toString('hex');
  const sizes = `${theirs.length} and ${ours.length} bytes`;
  return `${sizes}, different from ${at} on; 8 bytes before: C++ ${around(theirs)}, the engine ${around(ours)}`;
}

async function withTwins(body: (twins: Twins) => Promise<void>): Promise<void> {
  const twins = new Twins();
  try {
    await body(twins);
  } finally {
    await twins.remove();
  }
}

/** Room for everything that is written between two openings. */
const ROOM = { writeBufferSize: 256 << 20 };
const FIRST = Uint8Array.of(0);
const LAST = new Uint8Array(9).fill(0xff);

const noise = randomNumbers(17);
const NOISE = Uint8Array.from({ length: 1 << 18 }, () => noise(256));

/** Makes up batches: the same ones for the same seed. */
class Writes {
  readonly random: (limit: number) => number;
  private readonly keys: number;

  constructor(seed: number, keys: number) {
    this.random = randomNumbers(seed);
    this.keys = keys;
  }

  /** Batches of one operation, mostly; one value in `bigEvery` has up to 100 KB. */
  batches(count: number, bigEvery = 200): PeerOperation[][] {
    return Array.from({ length: count }, () => {
      const size = this.random(8) === 0 ? 1 + this.random(50) : 1;
      return Array.from({ length: size }, (): PeerOperation => {
        if (this.random(4) === 0) return [this.key()];
        return [this.key(), this.value(this.random(bigEvery) === 0 ? 100_000 : 300)];
      });
    });
  }

  key(): Uint8Array {
    const { random } = this;
    const number = random(this.keys);
    if (number === 0) return new Uint8Array(0);
    if (number === 1) return new Uint8Array(1 + random(4)).fill(0xff);
    return keyOf(number);
  }

  value(limit: number): Uint8Array {
    const length = this.random(20) === 0 ? 0 : this.random(limit + 1);
    const start = this.random(NOISE.length - length);
    return NOISE.subarray(start, start + length);
  }
}

function keyOf(number: number): Uint8Array {
  return Buffer.from(`key${String(number).padStart(6, '0')}`);
}

test('the write-ahead log of 10,000 writes', () =>
  withTwins(async (twins) => {
    await twins.open(ROOM);
    twins.compare('a database just made');
    await twins.write(new Writes(1, 5000).batches(10_000));
    const files = twins.compare('after the writes');
    assert.deepEqual(files, ['000003.log', 'CURRENT', 'MANIFEST-000002']);
    assert.ok(twins.logSize > 5_000_000, `${twins.logSize} bytes`);
  }));

test('a log whose records end just before a block does', () =>
  withTwins(async (twins) => {
    await twins.open(ROOM);
    for (let left = 20; left >= 0; left--) {
      // A record with a value of three bytes of length is 7 + 12 + 1 + 2 + 3 bytes long, and the value.
      const value = NOISE.subarray(0, 2 * 32768 - (twins.logSize % 32768) - left - 25 - 7 * 2);
      await twins.write([[[Uint8Array.of(left), value]], [[keyOf(left), NOISE.subarray(0, left)]]]);
    }
    twins.compare('after the writes');
  }));

test('MANIFEST and a table of level 0 after the log was recovered', () =>
  withTwins(async (twins) => {
    await twins.open(ROOM);
    for (let round = 1; round <= 3; round++) {
      await twins.write(new Writes(round, 3000).batches(1000));
      await twins.reopen(ROOM);
      twins.compare(`opening ${round}`);
      assert.deepEqual(twins.shape, [round, 0, 0, 0, 0, 0, 0]);
    }
    // Nothing was written: only numbers change.
    await twins.reopen(ROOM);
    twins.compare('the opening after nothing was written');
    // The fourth makes a compaction due.
    await twins.write(new Writes(4, 3000).batches(100));
    await twins.reopen(ROOM);
    twins.compare('after the compaction of level 0');
    assert.equal(twins.shape[0], 0);
  }));

test('recovery with a small write buffer: several tables of one log', () =>
  withTwins(async (twins) => {
    await twins.open(ROOM);
    await twins.write(new Writes(9, 3000).batches(150, 1e9));
    await twins.reopen({ writeBufferSize: 65536 });
    twins.compare('after recovery');
    assert.deepEqual(twins.shape, [2, 0, 0, 0, 0, 0, 0]);
  }));

test('recovery with a small write buffer: so many tables that they are compacted', () =>
  withTwins(async (twins) => {
    await twins.open(ROOM);
    await twins.write(new Writes(10, 20000).batches(2500));
    const [log] = twins.logs;
    await twins.reopen({ writeBufferSize: 65536, maxFileSize: 1 << 20 });
    const [next] = twins.logs;
    assert.ok(next - log > 12, 'numbers of many tables');
    twins.compare('after recovery and the compaction');
    assert.equal(twins.shape[0], 0);
    assert.ok(twins.shape[1] > 1, String(twins.shape));
  }));

for (const options of [
  {},
  { maxFileSize: 1 << 20, blockSize: 1024 },
  { maxFileSize: 1 << 20, blockSize: 65536, blockRestartInterval: 1 },
  { maxFileSize: 1 << 20, blockRestartInterval: 5 },
]) {
  test(`tables of several levels after CompactRange: ${JSON.stringify(options)}`, () =>
    withTwins(async (twins) => {
      const all = { ...ROOM, ...options };
      const writes = new Writes(5, 8000);
      await twins.open(all);
      // Into an empty database a memtable goes down to level 2.
      await twins.write(writes.batches(2500, 100));
      await twins.compactRange(FIRST, LAST);
      twins.compare('the first memtable');
      assert.equal(twins.shape[2], 1);
      for (let round = 1; round <= 3; round++) {
        await twins.write(writes.batches(800, 100));
        await twins.reopen(all);
        twins.compare(`recovered, round ${round}`);
        if (round < 3) await twins.compactRange(keyOf(2000 * round), keyOf(3000 * round));
        else await twins.compactRange(FIRST, LAST);
        twins.compare(`compacted, round ${round}`);
      }
      assert.ok(twins.shape[2] > 1, String(twins.shape));
    }));
}

test('outputs that end because of what they overlap two levels below', () =>
  withTwins(async (twins) => {
    const options = { ...ROOM, maxFileSize: 1 << 20 };
    await twins.open(options);
    // Side by side, so that each memtable goes down to level 2: 15 MB, of which an output may overlap 10.
    const wide = (from: number, count: number, bytes: number) =>
      Array.from({ length: count }, (_, i): PeerOperation[] => [
        [keyOf(from + i), NOISE.subarray(i, i + bytes)],
      ]);
    for (let part = 0; part < 5; part++) {
      await twins.write(wide(1000 * part, 300, 10_000));
      await twins.compactRange(FIRST, LAST);
    }
    assert.deepEqual(twins.shape, [0, 0, 5, 0, 0, 0, 0]);
    await twins.write(Array.from({ length: 500 }, (_, i) => wide(10 * i, 1, 10)[0]));
    await twins.reopen(options);
    assert.deepEqual(twins.shape, [1, 0, 5, 0, 0, 0, 0]);
    const seen: string[] = [];
    await twins.compactRange(FIRST, LAST, (event) => {
      if (event.type === 'output-end') seen.push(event.why);
    });
    assert.ok(seen.includes('grandparent overlap'), seen.join(', '));
    twins.compare('compacted');
  }));

/** `LSM_SEED` goes other ways. */
const SEED = Number(process.env.LSM_SEED ?? 1);

for (const seed of [SEED, SEED + 1, SEED + 2, SEED + 3]) {
  test(`writes, openings and compactions in any order: seed ${seed}`, () =>
    withTwins(async (twins) => {
      const writes = new Writes(seed, 4000);
      const { random } = writes;
      const options = () => ({
        writeBufferSize: ROOM.writeBufferSize,
        maxFileSize: 1 << 20,
        blockSize: 1024 << random(4),
        blockRestartInterval: [1, 16][random(2)],
      });
      await twins.open(options());
      const done: string[] = [];
      for (let step = 0; step < 40; step++) {
        const way = random(4);
        if (way < 2) {
          await twins.write(writes.batches(random(300), 100));
          done.push('write');
        } else if (way === 2 || twins.shape[0] >= 3) {
          // With a fourth table in level 0, two threads would be about to compact it.
          await twins.reopen(options());
          done.push('open');
        } else {
          const range = random(3) === 0 ? [FIRST, LAST] : [keyOf(random(4000)), keyOf(random(4000))];
          await twins.compactRange(range[0], range[1]);
          done.push('compact');
        }
        twins.compare(done.join(', '));
      }
    }));
}

test('with Snappy the blocks of tables are the same once they are decoded', () =>
  withTwins(async (twins) => {
    const options = { ...ROOM, compression: true };
    const writes = new Writes(6, 4000);
    await twins.open(options);
    for (let round = 0; round < 2; round++) {
      await twins.write(writes.batches(600));
      await twins.write(Array.from({ length: 600 }, () => [[writes.key(), new Uint8Array(300).fill(round)]]));
      await twins.reopen(options);
    }
    let blocks = 0;
    const compared = (name: string, theirs: Buffer, ours: Buffer) => {
      if (parseFileName(name)?.kind !== 'table') return undefined;
      const [a, b] = [theirs, ours].map((file) => decodedBlocks(name, file));
      blocks += a.length;
      const at = a.findIndex((block, i) => !b[i] || Buffer.compare(block, b[i]) !== 0);
      if (a.length === b.length && at < 0) return undefined;
      return `${a.length} and ${b.length} blocks, different from block ${at} on`;
    };
    twins.compare('after recovery', compared);
    await twins.compactRange(FIRST, LAST);
    twins.compare('after CompactRange', compared);
    assert.ok(blocks > 100, `${blocks} blocks`);
  }));

/** The data blocks of a table, decoded. */
function decodedBlocks(name: string, contents: Buffer): Uint8Array[] {
  const comparator = new InternalKeyComparator(bytewiseComparator);
  const table = Table.open(new MemoryFile(name, contents), { name, comparator });
  const blocks: Uint8Array[] = [];
  const index = table.indexCursor();
  for (index.seekToFirst(); index.valid; index.next()) {
    blocks.push(table.loadBlock(table.indexedHandle(index)).bytes);
  }
  return blocks;
}
