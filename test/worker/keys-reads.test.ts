// What the Keys grid reads of a large database when somebody goes to a key, counted in file offsets against the tables'
// own blocks; and that its pages are those of a scan.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../src/engine/bytes/random';
import { Inspection } from '../../src/engine/db/inspection';
import { readFile } from '../../src/engine/env/env';
import { bloomFilterPolicy } from '../../src/engine/table/bloom';
import { internalFilterPolicy } from '../../src/engine/table/filter';
import type { KeysRequest } from '../../src/worker/api';
import { Session } from '../../src/worker/session';
import { keyRowsOf } from '../../webview/protocol/key-rows';
import type { KeyRow } from '../../webview/protocol/keys';
import { MemoryDatabase, type StoredVersion } from '../helpers/memory-database';
import { BlockReadCounter, ReadLogEnv } from '../helpers/read-log';

const encoder = new TextEncoder();
const KEYS = 60_000;
/** Tables of levels 0 to 4; level 0 and each level below have about as many of the keys, and each table many blocks. */
const TABLES = [3, 2, 4, 8, 16];

function keyAt(number: number): Uint8Array {
  return encoder.encode(`user:${String(number).padStart(8, '0')}`);
}

/** Newer versions higher up; every seventh version is a deletion. */
function makeTree(): MemoryDatabase {
  const random = new Random(11);
  const db = new MemoryDatabase();
  const options = { filterPolicy: internalFilterPolicy(bloomFilterPolicy(10)), blockSize: 1024 };
  let sequence = 1_000_000;
  let number = 100;
  for (const [level, tables] of TABLES.entries()) {
    for (let i = 0; i < tables; i++) {
      const [low, high] = level === 0 ? [0, KEYS] : [(KEYS / tables) * i, (KEYS / tables) * (i + 1)];
      const versions: StoredVersion[] = [];
      const step = level === 0 ? 10 : TABLES.length - level;
      for (let key = low + random.uniform(step); key < high; key += 1 + random.uniform(2 * step)) {
        const value = sequence % 7 === 0 ? undefined : encoder.encode(`${key} `.repeat(random.uniform(20)));
        versions.push({ key: keyAt(key), sequence: sequence--, ...(value ? { value } : {}) });
      }
      db.addTable(level, number++, versions, options);
    }
  }
  return db.addLog(90, [{ key: keyAt(77), sequence: 1_000_001, value: encoder.encode('new') }]).finish();
}

const tree = makeTree();
const counter = new BlockReadCounter(tree.env);

/** What a session that was just opened reads for one page. */
function coldPage(request: KeysRequest) {
  const env = new ReadLogEnv(tree.env);
  const session = new Session({ env });
  session.open(tree.directory);
  env.reads.length = 0;
  const page = keysOf(session, request);
  return { page, session, reads: env.reads };
}

function keysOf(session: Session, request: KeysRequest) {
  const page = session.keys(request);
  return { ...page, rows: keyRowsOf(page.rows) };
}

function levelOf(path: string): number {
  let first = 100;
  const number = Number(/(\d+)\.\w+$/.exec(path)?.[1]);
  for (const [level, tables] of TABLES.entries()) {
    first += tables;
    if (number < first) return level;
  }
  throw new Error(path);
}

for (const versions of ['live', 'all'] as const) {
  test(`going to a key, cold: an index block and a data block of each level, one more if it is not there (${versions})`, () => {
    const random = new Random(12);
    const scan = new Expected(versions);
    for (let i = 0; i < 60; i++) {
      const isThere = i % 2 === 0;
      const [some] = scan.from(keyAt(random.uniform(KEYS)), 1);
      const key = isThere ? encoder.encode(some.split(' ')[0]) : keyAt(random.uniform(KEYS));
      const jump: KeysRequest = { anchor: { at: 'key', key }, direction: 'forward', count: 130, versions };
      const { page, reads } = coldPage(jump);
      assert.ok(page.rows.length > 0);
      const counts = [...counter.count(reads)];
      assert.ok(counts.length >= TABLES.length - 1, 'the reads are not seen');
      // Where a key is not there, or more of its versions may follow, the block that ends at it does not tell.
      if (isThere && versions === 'live') {
        const below = counts.map(([path]) => levelOf(path)).filter((level) => level > 0);
        assert.equal(new Set(below).size, below.length, 'two tables of a level were read');
      }
      const most = isThere && versions === 'live' ? 1 : 2;
      for (const [path, { index, data, other }] of counts) {
        assert.ok(
          index === 1 && data >= 1 && data <= most && other === 0,
          `${path}: ${index}, ${data}, ${other}`,
        );
      }
      assert.deepEqual(page.rows.map(shown), scan.from(key, page.rows.length));
    }
  });
}

test('going to a share of the whole, cold: not one block more', () => {
  for (const fraction of [0.01, 0.3, 0.77]) {
    const { page, reads } = coldPage({
      anchor: { at: 'fraction', fraction },
      direction: 'forward',
      count: 130,
      versions: 'live',
    });
    assert.ok(page.rows.length > 0);
    assert.ok(Math.abs(page.position - fraction) < 0.05);
    for (const [path, { index, data, other }] of counter.count(reads)) {
      assert.deepEqual({ index, data, other }, { index: 1, data: 1, other: 0 }, path);
    }
  }
});

test('the total that a jump tells is near that of a page that reads more for it', () => {
  const jump: KeysRequest = {
    anchor: { at: 'key', key: keyAt(30_000) },
    direction: 'forward',
    count: 130,
    versions: 'live',
  };
  const { page, session } = coldPage(jump);
  const after = keysOf(session, { ...jump, anchor: { at: 'key', key: keyAt(30_000), after: true } });
  assert.ok(page.estimatedTotal > after.estimatedTotal / 2 && page.estimatedTotal < after.estimatedTotal * 2);
  // From then on both tell the same.
  assert.equal(keysOf(session, jump).estimatedTotal, after.estimatedTotal);
});

test('pages on and on behind a jump, forward and backward, are a scan', () => {
  const random = new Random(13);
  for (let i = 0; i < 40; i++) {
    const versions = i % 2 === 0 ? 'live' : 'all';
    const session = new Session({ env: tree.env });
    session.open(tree.directory);
    const at = random.uniform(KEYS);
    const range = [
      {},
      { from: keyAt(at - 200), to: keyAt(at + random.uniform(300)) },
      { prefix: encoder.encode(`user:${String(at).padStart(8, '0').slice(0, 6)}`) },
    ][i % 3];
    const request = { count: 1 + random.uniform(100), versions, ...range } as const;
    const first = keysOf(session, {
      ...request,
      anchor: i % 5 === 0 ? { at: 'fraction', fraction: at / KEYS } : { at: 'key', key: keyAt(at) },
      direction: 'forward',
    });
    const rows = [...first.rows];
    if (rows.length === 0) continue;
    let { atEnd } = first;
    for (let pages = 0; !atEnd && pages < 3; pages++) {
      const key = rows[rows.length - 1].key;
      const page = keysOf(session, {
        ...request,
        anchor: { at: 'key', key, after: true },
        direction: 'forward',
      });
      rows.push(...page.rows);
      atEnd = page.atEnd;
    }
    let { atStart } = first;
    for (let pages = 0; !atStart && pages < 3; pages++) {
      const key = rows[0].key;
      const page = keysOf(session, { ...request, anchor: { at: 'key', key }, direction: 'backward' });
      rows.unshift(...page.rows);
      atStart = page.atStart;
    }
    const expected = new Expected(versions, range).from(atStart ? undefined : rows[0].key, rows.length + 1);
    assert.deepEqual(rows.map(shown), expected.slice(0, rows.length));
    if (atEnd) assert.equal(expected.length, rows.length);
  }
});

test('a table that a writer deleted meanwhile: jumps and pages are those of the newer state', () => {
  const version = (key: number, text: string) => ({
    key: keyAt(key),
    sequence: 100 + key,
    value: encoder.encode(text),
  });
  const keys = Array.from({ length: 300 }, (_, key) => key);
  const made = (text: string, ...numbers: number[]) => {
    const db = new MemoryDatabase();
    for (const number of numbers)
      db.addTable(
        number % 2,
        number,
        keys.map((key) => version(key, text)),
      );
    return db.finish();
  };
  for (const anchor of [{ at: 'key', key: keyAt(9) }, { at: 'first' }] as const) {
    const { env, directory } = made('old', 11);
    const after = made('newer', 12, 13).env;
    const session = new Session({ env });
    session.open(directory);
    for (const { name } of after.list(directory)) {
      env.setFile(env.join(directory, name), readFile(after, env.join(directory, name)));
    }
    env.removeFile(env.join(directory, '000011.ldb'));
    const { rows } = keysOf(session, { anchor, direction: 'forward', count: 500, versions: 'live' });
    assert.ok(rows.length > 0 && rows.every(({ valueBytes }) => valueBytes === 'newer'.length));
  }
});

/** The same by a scan of the whole. */
class Expected {
  private readonly db = Inspection.open(tree.env, tree.directory);
  private readonly versions: 'live' | 'all';
  private readonly range: object;

  constructor(versions: 'live' | 'all', range: object = {}) {
    this.versions = versions;
    this.range = range;
  }

  from(key: Uint8Array | undefined, count: number): string[] {
    const rows: string[] = [];
    const range = { ...this.range, ...(key ? { from: key } : {}) };
    const scan = this.versions === 'all' ? this.db.scanInternal(range) : this.db.scan(range);
    for (; scan.valid && rows.length < count; scan.next()) {
      const { keyBuffer, keyStart, keyEnd, valueStart, valueEnd } = scan.cursor;
      const end = keyEnd - (this.versions === 'all' ? 8 : 0);
      const text = Buffer.from(keyBuffer.subarray(keyStart, end)).toString('latin1');
      rows.push(`${text} ${scan.sequence} ${valueEnd - valueStart}`);
    }
    scan.close();
    return rows;
  }
}

function shown({ key, sequence, valueBytes }: KeyRow): string {
  return `${Buffer.from(key).toString('latin1')} ${sequence} ${valueBytes}`;
}
