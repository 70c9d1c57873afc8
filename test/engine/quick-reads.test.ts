// The quick ways of a lookup and of a seek give what the plain ones give: blocks read into the kernel, index keys by their
// prefixes, the walk within a block, blocks that are used again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WriteBatch } from '../../src/engine/batch/write-batch';
import { Random } from '../../src/engine/bytes/random';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import { MemoryEnv } from '../../src/engine/env/memory';
import { takeKernel } from '../../src/engine/kernel/kernel';
import { bytewiseComparator, type Comparator } from '../../src/engine/keys/comparator';
import {
  encodeInternalKey,
  InternalKeyComparator,
  sequenceAt,
  typeAt,
  ValueType,
} from '../../src/engine/keys/internal-key';
import { LsmError } from '../../src/engine/problem';
import { Block, BlockCursor } from '../../src/engine/table/block';
import { BlockBuilder } from '../../src/engine/table/block-builder';
import { decodeBlockHandle } from '../../src/engine/table/format';
import { IndexPrefixes } from '../../src/engine/table/index-prefixes';
import { KeySearch, SEARCH_BYTES } from '../../src/engine/table/key-search';
import { STAGE_BYTES } from '../../src/engine/table/read-quickly';

const fast = new InternalKeyComparator(bytewiseComparator);
/** The same order under another identity: nothing quick is done for it. */
const slow = new InternalKeyComparator({ ...bytewiseComparator } as Comparator);

function randomKey(random: Random): Uint8Array {
  const user = Uint8Array.from({ length: random.uniform(12) }, () => [0, 1, 97, 255][random.uniform(4)]);
  return encodeInternalKey(
    user,
    random.uniform(4),
    random.uniform(2) === 0 ? ValueType.value : ValueType.deletion,
  );
}

function randomBlock(random: Random, restartInterval: number): { bytes: Uint8Array; keys: Uint8Array[] } {
  const compare = (a: Uint8Array, b: Uint8Array) => fast.compare(a, 0, a.length, b, 0, b.length);
  const keys = Array.from({ length: 1 + random.uniform(60) }, () => randomKey(random)).sort(compare);
  const unique = keys.filter((key, i) => i === 0 || compare(keys[i - 1], key) !== 0);
  const builder = new BlockBuilder(restartInterval);
  for (const [i, key] of unique.entries()) {
    // An index's values are handles.
    const value = restartInterval === 1 ? Uint8Array.of(i, 1) : Uint8Array.of(i);
    builder.add(key, value);
  }
  return { bytes: builder.finish().slice(), keys: unique };
}

function place(cursor: BlockCursor) {
  const { valid, entryOffset, keyBuffer, keyStart, keyEnd, comparisons, error } = cursor;
  const key = valid ? Buffer.from(keyBuffer.subarray(keyStart, keyEnd)).toString('hex') : '';
  return { valid, entryOffset, key, comparisons, error: error?.message };
}

test('quick reads: a seek in a block, sound and with bytes changed', () => {
  const random = new Random(301);
  for (let round = 0; round < 3000; round++) {
    const { bytes } = randomBlock(random, 1 + random.uniform(6));
    for (let n = random.oneIn(2) ? random.uniform(4) : 0; n > 0; n--) {
      bytes[random.uniform(bytes.length)] = random.uniform(256);
    }
    const [quick, plain] = [fast, slow].map((order) => new BlockCursor(order, new Block(bytes)));
    for (let n = 0; n < 6; n++) {
      const target = randomKey(random);
      for (const cursor of [quick, plain]) {
        if (cursor.valid && n % 2 === 0) cursor.next();
        cursor.seek(target, 0, target.length);
      }
      assert.deepEqual(place(quick), place(plain), `round ${round}, seek ${n}`);
    }
  }
});

test('quick reads: a key found in a block that lies in a kernel, sound and with bytes changed', () => {
  const random = new Random(77);
  const inKernel = takeKernel();
  assert.ok(inKernel);
  const search = new KeySearch(inKernel);
  const room = STAGE_BYTES + SEARCH_BYTES;
  const seen = { found: 0, absent: 0, unusual: 0 };
  for (let round = 0; round < 6000; round++) {
    const { bytes } = randomBlock(random, 1 + random.uniform(6));
    const isDamaged = random.oneIn(2);
    for (let n = isDamaged ? 1 + random.uniform(3) : 0; n > 0; n--) {
      bytes[random.uniform(bytes.length)] = random.uniform(256);
    }
    const address: number = inKernel.heap + room;
    inKernel.room(room + bytes.length)?.set(bytes, address);
    for (let n = 0; n < 6; n++) {
      const target = randomKey(random);
      const outcome = search.find(address, bytes.length, target, 0, target.length);
      seen[outcome]++;
      assert.ok(isDamaged || outcome !== 'unusual', `round ${round} is usual`);
      if (outcome === 'unusual') continue;
      const plain = new BlockCursor(slow, new Block(bytes));
      plain.seek(target, 0, target.length);
      const { keyBuffer, keyStart, keyEnd } = plain;
      const isVersion =
        plain.valid && slow.user.compare(keyBuffer, keyStart, keyEnd - 8, target, 0, target.length - 8) === 0;
      assert.equal(plain.error, undefined, `round ${round}`);
      assert.equal(outcome === 'found', isVersion, `round ${round}, search ${n}`);
      if (!isVersion) continue;
      const { valueStart, valueEnd, sequence, isDeletion } = search;
      const found: unknown = { from: valueStart - address, to: valueEnd - address, sequence, isDeletion };
      const wanted = {
        from: plain.valueStart,
        to: plain.valueEnd,
        sequence: sequenceAt(keyBuffer, keyEnd),
        isDeletion: typeAt(keyBuffer, keyEnd) === ValueType.deletion,
      };
      assert.deepEqual(found, wanted, `round ${round}, search ${n}`);
    }
  }
  const { found, absent, unusual } = seen;
  assert.ok(Math.min(found, absent, unusual) > 2000, `${found} ${absent} ${unusual}`);
  const long = encodeInternalKey(new Uint8Array(5000), 1, ValueType.value);
  assert.equal(search.find(inKernel.heap + room, 8, long, 0, long.length), 'unusual');
});

test('quick reads: the prefixes of an index lead to the same entry', () => {
  const random = new Random(17);
  let made = 0;
  for (let round = 0; round < 2000; round++) {
    const { bytes } = randomBlock(random, 1);
    const isDamaged = random.oneIn(3);
    if (isDamaged) bytes[random.uniform(bytes.length)] = random.uniform(256);
    const block = new Block(bytes);
    const prefixes = IndexPrefixes.of(block, fast);
    assert.ok(isDamaged || prefixes, `round ${round} is usual`);
    if (!prefixes) continue;
    made++;
    for (let n = 0; n < 8; n++) {
      const target = randomKey(random);
      const plain = new BlockCursor(slow, block);
      plain.seek(target, 0, target.length);
      const entry: number = prefixes.find(target, 0, target.length);
      assert.equal(entry >= 0, plain.valid, `round ${round}`);
      if (entry < 0) continue;
      const handle = decodeBlockHandle(bytes, plain.valueStart, plain.valueEnd);
      const found: unknown = { offset: prefixes.offsetOf(entry), size: prefixes.sizeOf(entry) };
      assert.deepEqual(found, handle, `round ${round}`);
    }
  }
  assert.ok(made > 1300);
  assert.equal(IndexPrefixes.of(new Block(randomBlock(random, 1).bytes), slow), undefined);
});

const ENTRIES = 3000;
const keyOf = (i: number) => new TextEncoder().encode(`key${String(i * 7).padStart(6, '0')}`);
const makeValue = (i: number) => new TextEncoder().encode(`${i}`.repeat(1 + (i % 40)));

function database(compression: 'none' | 'snappy'): MemoryEnv {
  const env = new MemoryEnv();
  const options = { createIfMissing: true, writeBufferSize: 64 << 10, maxFileSize: 1 << 20, compression };
  const db = Database.openNow(env, '/db', options);
  for (let i = 0; i < ENTRIES; i++) {
    const batch = new WriteBatch();
    if (i % 11 === 3) batch.delete(keyOf(i));
    else batch.put(keyOf(i), makeValue(i));
    db.write(batch);
  }
  db.close();
  return env;
}

/** A get or a seek as text, damage too. */
function told(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    return `${error.file} ${error.offset} ${error.message}`;
  }
}

function textOf(value: Uint8Array | undefined): string {
  return value ? Buffer.from(value).toString('latin1') : 'none';
}

for (const compression of ['none', 'snappy'] as const) {
  test(`quick reads: gets and seeks again and again in a small cache, ${compression}`, () => {
    const db = Inspection.open(database(compression), '/db', { blockCacheBytes: 20 << 10 });
    const cursor = db.cursor();
    const random = new Random(5);
    const kept: [Uint8Array | undefined, string][] = [];
    for (let n = 0; n < 4000; n++) {
      const i = random.uniform(ENTRIES);
      const wanted = i % 11 === 3 ? undefined : makeValue(i);
      const { value } = db.get(keyOf(i));
      assert.equal(textOf(value), textOf(wanted), `get ${i}`);
      kept.push([value, textOf(wanted)]);
      const next = i % 11 === 3 ? i + 1 : i;
      cursor.seek(keyOf(i), 0, keyOf(i).length);
      assert.equal(cursor.valid, next < ENTRIES);
      if (!cursor.valid) continue;
      const { valueBuffer, valueStart, valueEnd } = cursor;
      assert.equal(textOf(valueBuffer.subarray(valueStart, valueEnd)), textOf(makeValue(next)), `seek ${i}`);
    }
    for (const [value, text] of kept) assert.equal(textOf(value), text);
    db.close();
  });
}

test('quick reads: damaged tables say the same with a trace, which takes the plain way, and without', () => {
  const env = database('snappy');
  const random = new Random(99);
  const table = env.list('/db').find(({ name }) => name.endsWith('.ldb'))?.name ?? '';
  const file = env.open(`/db/${table}`);
  const sound = new Uint8Array(file.size());
  file.read(0, sound, 0, sound.length);
  let differing = 0;
  for (let round = 0; round < 120; round++) {
    const damaged = sound.slice();
    for (let n = 0; n < 3; n++) damaged[random.uniform(damaged.length)] ^= 1 << random.uniform(8);
    env.setFile(`/db/${table}`, damaged);
    const [quick, plain] = [0, 1].map(() =>
      Inspection.open(env, '/db', { verifyChecksums: round % 2 === 0 }),
    );
    for (let n = 0; n < 60; n++) {
      const key = keyOf(random.uniform(ENTRIES));
      const without = told(() => textOf(quick.get(key).value));
      const traced = told(() => textOf(plain.get(key, undefined, () => {}).value));
      assert.equal(without, traced, `round ${round}`);
      if (/checksum|bad|corrupt/.test(without)) differing++;
    }
    assert.deepEqual(quick.problems, plain.problems);
    quick.close();
    plain.close();
  }
  assert.ok(differing > 20, 'damage was met');
});
