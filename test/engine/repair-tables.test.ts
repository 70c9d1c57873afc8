// Repairing damaged tables: only what stood in damaged blocks may be missing.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { DryRun } from '../../src/engine/db/dry-run';
import { EnvError, type RandomAccessFile } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, InternalKeyComparator } from '../../src/engine/keys/internal-key';
import { ascendingBlocks, findBlocks } from '../../src/engine/recovery/repair/find-blocks';
import { repairDatabase } from '../../src/engine/recovery/repair/repair';
import { TableBuilder } from '../../src/engine/table/table-builder';
import { ManyDatabases } from '../helpers/many-databases';
import {
  checkRepair,
  contentsIn,
  cut,
  DIRECTORY,
  filesOf,
  finish,
  flip,
  knownDatabase,
  logOf,
  memoryOf,
  repairAndApply,
  shapeOf,
  tablesOf,
} from './repair-harness';

const peers = new ManyDatabases();
after(() => peers.close());

for (const compression of ['none', 'snappy'] as const) {
  const known = knownDatabase(compression);
  const shapes = tablesOf(known.files).map((name) => shapeOf(known.files, name));

  test(`${compression}: a database without damage needs no repair, and nothing is written`, () => {
    const { repair, env } = checkRepair(known, known.files, 'no damage');
    assert.equal(repair.isNeeded, false);
    assert.deepEqual(
      env
        .list('/db')
        .map(({ name }) => name)
        .sort(),
      [...known.files.keys()].sort(),
    );
  });

  test(`${compression}: a damaged data block costs its own entries`, async () => {
    for (const { name, blocks, entries } of shapes) {
      for (const at of new Set([0, blocks.length >> 1, blocks.length - 1])) {
        const files = new Map(known.files);
        flip(files, name, blocks[at].handle.offset + 5);
        const what = `${name}: block ${at} of ${blocks.length}`;
        const { repair } = checkRepair(known, files, what, peers);
        const [table] = repair.tables;
        assert.equal(repair.tables.length, 1, what);
        const left = entries - blocks[at].entries;
        assert.equal(table.entriesKept, left, what);
        assert.equal(table.action, left > 0 ? 'rewritten' : 'left out', what);
        assert.equal(table.rangesLost, 1, what);
      }
    }
    await peers.finish();
  });

  test(`${compression}: with the index or the footer lost all entries come back`, async () => {
    for (const { name, footer, entries } of shapes) {
      const size = known.files.get(name)!.length;
      for (const [part, at] of [
        ['index', footer.index.offset + 3],
        ['footer', size - 5],
        ['footer handle', size - 48],
        ['metaindex', footer.metaindex.offset],
        ['filter', footer.metaindex.offset - 20],
      ] as const) {
        const files = new Map(known.files);
        flip(files, name, at);
        const what = `${name}: ${part}`;
        const { repair, different } = checkRepair(known, files, what, peers);
        assert.equal(repair.tables.length, 1, what);
        assert.equal(repair.tables[0].entriesKept, entries, what);
        assert.equal(repair.tables[0].rangesLost, 0, what);
        assert.deepEqual(different, [], what);
      }
    }
    await peers.finish();
  });

  test(`${compression}: an index and data blocks that are damaged: the blocks behind are found`, async () => {
    for (const { name, blocks, footer, entries } of shapes) {
      if (blocks.length < 3) continue;
      for (const at of [0, 1, blocks.length - 2]) {
        const files = new Map(known.files);
        flip(files, name, footer.index.offset + 3);
        flip(files, name, blocks[at].handle.offset + 7);
        const what = `${name}: index and block ${at}`;
        const { repair } = checkRepair(known, files, what, peers);
        assert.equal(repair.tables[0].entriesKept, entries - blocks[at].entries, what);
        assert.equal(repair.tables[0].rangesLost, 1, what);
        assert.ok(repair.tables[0].bytesLost >= blocks[at].handle.size, what);
      }
    }
    await peers.finish();
  });

  test(`${compression}: a table cut short keeps its whole blocks`, async () => {
    for (const { name, blocks } of shapes) {
      const size = known.files.get(name)!.length;
      for (const length of [0, 100, size >> 1, size - 60, size - 1]) {
        const files = new Map(known.files);
        cut(files, name, length);
        const what = `${name} cut to ${length}`;
        const { repair } = checkRepair(known, files, what, peers);
        const whole = blocks.filter(({ handle }) => handle.offset + handle.size + 5 <= length);
        const left = whole.reduce((sum, { entries }) => sum + entries, 0);
        assert.equal(repair.tables[0].entriesKept, left, what);
      }
    }
    await peers.finish();
  });

  test(`${compression}: a missing table is left out, and its range told`, async () => {
    for (const { name } of shapes) {
      const files = new Map(known.files);
      files.delete(name);
      const { repair } = checkRepair(known, files, `${name} missing`, peers);
      assert.equal(repair.tables[0].action, 'left out');
      assert.ok(repair.tables[0].lost[0].after && repair.tables[0].lost[0].before);
    }
    await peers.finish();
  });

  test(`${compression}: several tables at once`, async () => {
    const files = new Map(known.files);
    for (const [i, { name, blocks, footer }] of shapes.entries()) {
      if (i % 4 === 0) files.delete(name);
      else flip(files, name, i % 2 === 0 ? footer.index.offset : blocks[i % blocks.length].handle.offset);
    }
    const { repair } = checkRepair(known, files, 'all of them', peers);
    assert.equal(repair.tables.length, shapes.length);
    await peers.finish();
  });
}

test('keys that an older table answers below what is lost are told', () => {
  const known = knownDatabase();
  let told = 0;
  for (const { name, blocks } of tablesOf(known.files).map((each) => shapeOf(known.files, each))) {
    const files = new Map(known.files);
    flip(files, name, blocks[0].handle.offset);
    const { repair, different } = checkRepair(known, files, name);
    const [{ uncovered }] = repair.tables;
    assert.ok(uncovered);
    // Those that read as an older version, or came back.
    const shown = different.filter((key) => known.versions.get(key)!.at(-1)!.value === undefined);
    assert.ok(uncovered.keys >= shown.length, name);
    if (uncovered.keys < 10) {
      const examples = uncovered.examples.map((key) => Buffer.from(key).toString());
      for (const key of shown) assert.ok(examples.includes(key), `${name}: ${key}`);
    }
    told += uncovered.keys;
  }
  assert.ok(told > 0);
});

/** A disk that does not give some bytes of a file. */
class BadSectors extends MemoryEnv {
  bad: { name: string; from: number; to: number } | undefined;

  override open(path: string): RandomAccessFile {
    const file = super.open(path);
    const { bad } = this;
    if (!bad || !path.endsWith(bad.name)) return file;
    const read: RandomAccessFile['read'] = (offset, target, start, length) => {
      if (offset < bad.to && offset + length > bad.from) throw new EnvError('io', path, 'Input/output error');
      return file.read(offset, target, start, length);
    };
    return { path, size: () => file.size(), read, close: () => file.close() };
  }
}

test('bytes that the disk does not give cost what stands in them', () => {
  const known = knownDatabase();
  const [name] = tablesOf(known.files);
  const { blocks, entries, footer } = shapeOf(known.files, name);
  const size = known.files.get(name)!.length;
  const { offset } = blocks[2].handle;
  // Without the index the sector is lost that a bad byte lies in.
  const inFront = (at: number) =>
    blocks
      .filter(({ handle }) => handle.offset + handle.size + 5 <= at - (at % 4096))
      .reduce((sum, block) => sum + block.entries, 0);
  for (const [from, to, left] of [
    [offset + 10, offset + 20, entries - blocks[2].entries],
    [footer.index.offset, footer.index.offset + 5, inFront(footer.index.offset)],
    [size - 10, size, inFront(size - 10)],
  ]) {
    const env = new BadSectors();
    env.makeDirectory(DIRECTORY);
    for (const [each, bytes] of known.files) env.setFile(`${DIRECTORY}/${each}`, bytes.slice());
    env.bad = { name, from, to };
    const { tables, result } = repairAndApply(env);
    assert.equal(result?.ok, true);
    assert.equal(tables[0].entriesKept, left, `${from} to ${to}`);
    assert.ok(tables[0].rangesLost === 1);
  }
});

test('bytes of a log that the disk does not give', () => {
  const known = knownDatabase();
  const env = new BadSectors();
  env.makeDirectory(DIRECTORY);
  for (const [each, bytes] of known.files) env.setFile(`${DIRECTORY}/${each}`, bytes.slice());
  env.bad = { name: logOf(known.files), from: 9000, to: 9010 };
  // It is not applied: no backup can be made of such a log.
  assert.throws(() => repairAndApply(env), /Input\/output error; nothing was changed/);
  const dryRun = new DryRun(env, DIRECTORY);
  const { logs, result } = finish(repairDatabase(dryRun, dryRun.options()));
  assert.equal(result?.ok, true);
  assert.equal(logs.length, 1);
  assert.equal(logs[0].reason, 'Input/output error');
  assert.ok(logs[0].batchesSaved > 50);
  assert.ok(Number(logs[0].sequencesMissing) > 0 && Number(logs[0].sequencesMissing) < 60);
  const found = contentsIn(memoryOf(filesOf(dryRun.env))).entries;
  dryRun.end();
  for (const [key, versions] of known.versions) {
    const { value, sequence } = versions.at(-1)!;
    const isLost = logs[0].missing.some(({ from, to }) => sequence >= from && sequence <= to);
    const read = found.get(key);
    if (!isLost) assert.equal(read && new TextDecoder().decode(read), value, key);
  }
});

test('a folder in the place of a table, or of a log', () => {
  const known = knownDatabase();
  for (const name of [tablesOf(known.files)[0], logOf(known.files)]) {
    const files = new Map(known.files);
    files.delete(name);
    const env = memoryOf(files);
    env.makeDirectory(`${DIRECTORY}/${name}`);
    const dryRun = new DryRun(env, DIRECTORY);
    const repair = finish(repairDatabase(dryRun, dryRun.options()));
    dryRun.end();
    assert.equal(repair.refusal, undefined);
    if (name.endsWith('.ldb')) assert.equal(repair.tables[0].action, 'left out');
  }
});

test('a table within a value is not taken for entries, where the index is lost', () => {
  const encoder = new TextEncoder();
  const options = {
    comparator: bytewiseComparator,
    createIfMissing: true,
    infoLog: false,
    blockSize: 1024,
    compression: 'none',
  } as const;
  const tableWith = (entries: readonly (readonly [string, Uint8Array])[]) => {
    const env = new MemoryEnv();
    const database = Database.openNow(env, DIRECTORY, options);
    for (const [key, value] of entries) database.put(encoder.encode(key), value);
    database.close();
    Database.openNow(env, DIRECTORY, options).close();
    return { files: filesOf(env), name: tablesOf(filesOf(env))[0] };
  };
  const rows = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, i) => {
      return [`${prefix}${String(i).padStart(3, '0')}`, encoder.encode('v'.repeat(100))] as const;
    });
  // Keys that fit in where the table stands, and others that would cost all that follow.
  for (const prefix of ['m5', 'z']) {
    for (const behind of [60, 0]) {
      const inner = tableWith(rows(prefix, 200));
      const value = inner.files.get(inner.name)!;
      const outer = tableWith([...rows('a', 60), ['m', value], ...rows('n', behind)]);
      const { name } = outer;
      const { blocks, footer } = shapeOf(outer.files, name);
      const holder = blocks.find(({ handle }) => handle.size > 10_000)!;
      flip(outer.files, name, footer.index.offset + 2);
      flip(outer.files, name, holder.handle.offset + 1);
      const env = memoryOf(outer.files);
      const { tables, result } = repairAndApply(env);
      assert.equal(result?.ok, true);
      const keys = [...contentsIn(env).entries.keys()];
      assert.ok(!keys.some((key) => key.startsWith(prefix)), `${prefix}, ${behind}`);
      assert.ok(keys.length >= 50 + behind, `${prefix}, ${behind}: ${keys.length}`);
      assert.equal(tables[0].rangesLost, 1);
    }
  }
});

test('an index is not taken for entries where there is one data block', () => {
  const encoder = new TextEncoder();
  const options = { comparator: bytewiseComparator, createIfMissing: true, infoLog: false } as const;
  const env = new MemoryEnv();
  // Long enough for the index key to be another one than the last.
  const keys = ['aa', 'bb', 'cc'];
  for (let i = 0; i < 2; i++) {
    const database = Database.openNow(env, DIRECTORY, options);
    if (i === 0) for (const key of keys) database.put(encoder.encode(key), encoder.encode('value'));
    database.close();
  }
  const files = filesOf(env);
  const [name] = tablesOf(files);
  flip(files, name, files.get(name)!.length - 1);
  const repaired = memoryOf(files);
  const { tables } = repairAndApply(repaired);
  assert.equal(tables[0].entriesKept, 3);
  assert.equal(tables[0].rangesLost, 0);
  assert.deepEqual([...contentsIn(repaired).entries.keys()], keys);
});

test('another table under the name of one is left out, damaged or not', async () => {
  const known = knownDatabase();
  const names = tablesOf(known.files);
  for (const name of names) {
    for (const other of names) {
      if (other === name) continue;
      for (const isDamaged of [false, true]) {
        const files = new Map(known.files);
        files.set(name, files.get(other)!);
        if (isDamaged) flip(files, name, shapeOf(files, name).blocks[1].handle.offset);
        const { repair } = checkRepair(known, files, `${other} for ${name}, ${isDamaged}`, peers);
        assert.equal(repair.tables[0].action, 'left out', `${other} for ${name}`);
      }
    }
  }
  await peers.finish();
});

test('blocks are found throughout a table that is looked through in several parts', () => {
  const comparator = new InternalKeyComparator(bytewiseComparator);
  const parts: Uint8Array[] = [];
  const builder = new TableBuilder({ comparator }, (bytes) => parts.push(bytes.slice()));
  const key = (i: number) =>
    encodeInternalKey(new TextEncoder().encode(`key${String(i).padStart(7, '0')}`), 7, 1);
  const value = new Uint8Array(2000);
  for (let i = 0; i < 9000; i++) builder.add(key(i), value.fill(i & 0xff));
  builder.finish();
  const bytes = new Uint8Array(Buffer.concat(parts));
  assert.ok(bytes.length > 17 << 20);
  bytes[(11 << 20) + 5] ^= 1;
  const blocks = ascendingBlocks(finish(findBlocks(bytes, comparator, {})), bytes, comparator);
  const entries = blocks.reduce((sum, block) => sum + block.entries, 0);
  assert.ok(entries < 9000 && entries >= 8996, `${entries}`);
});
