// Repairing CURRENT, MANIFESTs and logs, and several things at once.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { MemoryEnv } from '../../src/engine/env/memory';
import { bytewiseComparator } from '../../src/engine/keys/comparator';
import { encodeInternalKey, ValueType } from '../../src/engine/keys/internal-key';
import { PhysicalRecordScanner } from '../../src/engine/log/physical';
import { runSteps } from '../../src/engine/trace/events';
import { ManyDatabases } from '../helpers/many-databases';
import { MemoryDatabase } from '../helpers/memory-database';
import {
  checkRepair,
  contentsIn,
  cut,
  DIRECTORY,
  filesOf,
  flip,
  knownDatabase,
  logOf,
  manifestOf,
  memoryOf,
  repairAndApply,
  shapeOf,
  tablesOf,
} from './repair-harness';

const peers = new ManyDatabases();
after(() => peers.close());

const known = knownDatabase();
const manifest = manifestOf(known.files);
const log = logOf(known.files);
const encoder = new TextEncoder();

test('CURRENT missing, wrong or empty', async () => {
  for (const current of [undefined, '', 'MANIFEST-000777\n', manifest, '../x\n', '\0\0\0\0', 'nonsense\n']) {
    const files = new Map(known.files);
    if (current === undefined) files.delete('CURRENT');
    else files.set('CURRENT', encoder.encode(current));
    const { repair, different } = checkRepair(known, files, `CURRENT ${current}`, peers);
    assert.equal(repair.manifest.action, 'kept');
    assert.ok(repair.manifest.current);
    assert.deepEqual(different, []);
  }
  await peers.finish();
});

test('no MANIFEST, with and without CURRENT', async () => {
  for (const hasCurrent of [true, false]) {
    const files = new Map(known.files);
    files.delete(manifest);
    if (!hasCurrent) files.delete('CURRENT');
    const { repair, different } = checkRepair(known, files, 'no MANIFEST', peers);
    assert.equal(repair.manifest.action, 'rebuilt');
    assert.deepEqual(different, []);
  }
  await peers.finish();
});

/** Where the records of the MANIFEST begin. */
function recordsOf(name: string): { offset: number; size: number }[] {
  const scanner = new PhysicalRecordScanner(memoryOf(known.files).open(`${DIRECTORY}/${name}`));
  const records: { offset: number; size: number }[] = [];
  while (scanner.next()) records.push({ offset: scanner.offset, size: scanner.size });
  return records;
}

test('a flipped byte in each record of the MANIFEST', async () => {
  const actions = new Set<string>();
  for (const { offset, size } of recordsOf(manifest)) {
    for (const at of [0, 5, 6, size - 1]) {
      const files = new Map(known.files);
      flip(files, manifest, offset + at);
      const what = `MANIFEST, byte ${offset + at}`;
      const { repair, different } = checkRepair(known, files, what, peers);
      actions.add(repair.manifest.action);
      assert.deepEqual(different, [], what);
    }
  }
  assert.ok(actions.has('rebuilt') && actions.has('mended'), [...actions].join());
  await peers.finish();
});

test('a MANIFEST cut at every record, and within one', async () => {
  for (const { offset, size } of recordsOf(manifest)) {
    for (const length of [offset, offset + (size >> 1)]) {
      const files = new Map(known.files);
      cut(files, manifest, length);
      const what = `MANIFEST cut to ${length}`;
      const { different } = checkRepair(known, files, what, peers);
      assert.deepEqual(different, [], what);
    }
  }
  await peers.finish();
});

test('a log damaged in the middle keeps what stands behind, in order', async () => {
  const records = recordsOf(log);
  let saved = 0;
  for (const index of [0, 1, records.length >> 1, records.length - 3]) {
    for (const at of [0, 4, 5, 8]) {
      const files = new Map(known.files);
      flip(files, log, records[index].offset + at);
      const what = `log, record ${index}, byte ${at}`;
      const { repair, different } = checkRepair(known, files, what, peers);
      assert.ok(repair.isNeeded, what);
      assert.equal(repair.logs.length, 1, what);
      assert.equal(repair.logs[0].batchesRefused, 0, what);
      // One write may be lost, no other.
      assert.ok(different.length <= 1, `${what}: ${different}`);
      saved += repair.logs[0].batchesSaved;
      if (index > 0 && index < records.length - 3 && different.length === 1) {
        assert.equal(repair.logs[0].sequencesMissing, 1, what);
      }
    }
  }
  assert.ok(saved > 100);
  await peers.finish();
});

test('a log that fills several memtables: batches that were saved hide nothing newer', () => {
  const options = { comparator: bytewiseComparator, createIfMissing: true, infoLog: false } as const;
  const env = new MemoryEnv();
  const database = Database.openNow(env, DIRECTORY, options);
  // The last memtable has none of the keys that were overwritten.
  for (let i = 0; i < 2000; i++) {
    const key = i < 1000 ? `key${i % 50}` : `other${i}`;
    database.put(encoder.encode(key), encoder.encode(`${i}/`.padEnd(200, 'v')));
  }
  database.close();
  const files = filesOf(env);
  const name = logOf(files);
  flip(files, name, 40);
  const repaired = memoryOf(files);
  const repair = repairAndApply(repaired, undefined, undefined, { writeBufferSize: 64 << 10 });
  assert.ok(repair.logs[0].batchesSaved > 50);
  assert.ok(tablesOf(filesOf(repaired)).length > 3);
  const keys = Array.from({ length: 50 }, (_, i) => `key${i}`);
  const { entries } = contentsIn(repaired, keys);
  for (const [i, key] of keys.entries()) {
    assert.ok(new TextDecoder().decode(entries.get(key)).startsWith(`${950 + i}/`), key);
  }
});

test('a value that holds a log is not taken for writes', () => {
  const env = new MemoryEnv();
  const options = { comparator: bytewiseComparator, createIfMissing: true, infoLog: false } as const;
  const other = new MemoryEnv();
  const inner = Database.openNow(other, DIRECTORY, options);
  for (let i = 0; i < 50; i++) inner.put(encoder.encode(`inner${i}`), encoder.encode('old'));
  inner.close();
  const value = filesOf(other).get(logOf(filesOf(other)))!;
  const database = Database.openNow(env, DIRECTORY, options);
  for (let i = 0; i < 40; i++) database.put(encoder.encode(`before${i}`), encoder.encode('x'));
  database.put(encoder.encode('log'), value);
  for (let i = 0; i < 40; i++) database.put(encoder.encode(`after${i}`), encoder.encode('y'));
  database.close();
  const files = filesOf(env);
  const name = logOf(files);
  const scanner = new PhysicalRecordScanner(memoryOf(files).open(`${DIRECTORY}/${name}`));
  const places: number[] = [];
  while (scanner.next()) places.push(scanner.offset);
  flip(files, name, places[40] + 9);
  const repaired = memoryOf(files);
  const repair = repairAndApply(repaired);
  assert.equal(repair.result?.ok, true);
  assert.ok(repair.logs[0].batchesRefused > 0);
  const found = Database.openNow(repaired, DIRECTORY, options);
  assert.equal(found.get(encoder.encode('inner3')).value, undefined);
  assert.deepEqual(found.get(encoder.encode('after39')).value, encoder.encode('y'));
  assert.deepEqual(found.get(encoder.encode('before39')).value, encoder.encode('x'));
  found.close();
});

test('several things at once', async () => {
  const shapes = tablesOf(known.files).map((name) => shapeOf(known.files, name));
  const records = recordsOf(log);
  for (const loss of ['CURRENT', manifest, undefined]) {
    for (const [i, shape] of shapes.entries()) {
      const files = new Map(known.files);
      if (loss !== undefined) files.delete(loss);
      flip(files, shape.name, shape.blocks[i % shape.blocks.length].handle.offset + 3);
      const next = shapes[(i + 1) % shapes.length];
      flip(files, next.name, next.footer.index.offset + 1);
      flip(files, log, records[records.length >> 1].offset + 3);
      checkRepair(known, files, `${loss}, ${shape.name} and the log`, peers, 'keep');
    }
  }
  await peers.finish();
});

test('without a MANIFEST, a flush that was cut short does not make its log look flushed', async () => {
  const limits = { maxFlushLevel: 0 };
  const options = { comparator: bytewiseComparator, createIfMissing: true, infoLog: false, limits } as const;
  const env = new MemoryEnv();
  const database = Database.openNow(env, DIRECTORY, options);
  // The newest write has the first key: it is in the part of the table that was written.
  for (let i = 999; i >= 0; i--) {
    database.put(encoder.encode(`key${String(i).padStart(4, '0')}`), encoder.encode(`${i}`.repeat(20)));
  }
  database.close();
  const before = filesOf(env);
  const flushed = memoryOf(before);
  Database.openNow(flushed, DIRECTORY, options).close();
  const files = new Map(before);
  const [table] = tablesOf(filesOf(flushed));
  files.set(table, filesOf(flushed).get(table)!);
  cut(files, table, 5000);
  files.delete(manifestOf(files));
  const repaired = memoryOf(files);
  const repair = repairAndApply(repaired);
  assert.equal(repair.result?.digest?.entries, 1000);
  assert.equal(repair.tables.length, 0);
  assert.match(repair.manifest.leftOut[0].reason, /in the logs/);
});

test('CURRENT names a MANIFEST of before, whose tables are gone: the newer one is used', async () => {
  const files = new Map(known.files);
  const old = memoryOf(known.files);
  const database = Database.openNow(old, DIRECTORY, { comparator: bytewiseComparator, infoLog: false });
  runSteps(database.compactRange());
  database.close();
  const newer = filesOf(old);
  for (const name of tablesOf(files)) files.delete(name);
  files.delete(log);
  for (const [name, bytes] of newer) if (name !== 'CURRENT') files.set(name, bytes);
  assert.ok(manifestOf(newer) !== manifest && files.has(manifest));
  const { repair, different } = checkRepair(known, files, 'an old CURRENT', peers);
  assert.equal(repair.manifest.action, 'switched');
  assert.equal(repair.manifest.name, manifestOf(newer));
  assert.deepEqual(different, []);
  await peers.finish();
});

test('a new MANIFEST that a crash left unfinished is not taken for want of CURRENT', async () => {
  const files = new Map(known.files);
  files.delete('CURRENT');
  // LevelDB writes the snapshot first, without counters.
  files.set('MANIFEST-000900', known.files.get(manifest)!.slice(0, recordsOf(manifest)[0].size));
  const { repair, different } = checkRepair(known, files, 'an unfinished MANIFEST', peers);
  assert.equal(repair.manifest.name, manifest);
  assert.deepEqual(different, []);
  await peers.finish();
});

test('a MANIFEST in the place of a log: its records are no batches', async () => {
  const files = new Map(known.files);
  files.set(log, files.get(manifest)!);
  const { repair } = checkRepair(known, files, 'a MANIFEST for the log', peers);
  assert.ok(repair.logs[0].batchesRefused > 0);
  // The last sequence is none that they would make.
  assert.ok(Number(repair.result?.lastSequence) < 10_000);
  await peers.finish();
});

test('without a MANIFEST, inputs of a compaction of which an output is lost: somebody has to choose', () => {
  const files = new Map([...known.files, ...known.obsolete]);
  files.delete(manifest);
  files.delete(tablesOf(known.files)[1]);
  const env = memoryOf(files);
  const asked = repairAndApply(env);
  assert.equal(asked.refusal?.choose, true);
  assert.equal(asked.result, undefined);
  assert.deepEqual(filesOf(env), filesOf(memoryOf(files)), 'nothing was changed');
  for (const inputs of ['keep', 'leave-out'] as const) {
    const chosen = memoryOf(files);
    const repair = repairAndApply(chosen, inputs);
    assert.equal(repair.refusal, undefined);
    assert.equal(repair.result?.ok, true);
    contentsIn(chosen, [...known.versions.keys()], inputs);
  }
});

test('without an edit that is lost, another one takes out what is not there: an older table does not come back', () => {
  const database = new MemoryDatabase();
  const key = encoder.encode('key');
  const compacted = { number: 20, size: 100, smallest: internal(key, 9), largest: internal(key, 9) };
  database
    .addTable(1, 10, [{ key, sequence: 5, value: encoder.encode('old') }])
    // A compaction, and another one, whose inputs a crash may have left.
    .addEdit({
      deletedFiles: [{ level: 1, number: 10 }],
      newFiles: [{ level: 2, file: compacted }],
    })
    .addTable(3, 11, [{ key, sequence: 9, value: encoder.encode('new') }])
    .addEdit({ deletedFiles: [{ level: 2, number: 20 }] })
    .finish();
  const files = new Map(filesOf(database.env));
  const name = manifestOf(files);
  const scanner = new PhysicalRecordScanner(database.env.open(database.path(name)));
  for (let record = 0; record <= 2; record++) assert.ok(scanner.next());
  flip(files, name, scanner.offset + scanner.size - 1);
  const env = memoryOf(files);
  const repair = repairAndApply(env);
  assert.equal(repair.manifest.action, 'rebuilt');
  assert.ok(
    repair.manifest.rejected.some((rejected) => rejected.name === name && /20/.test(rejected.reason)),
  );
  const { entries } = contentsIn(env, ['key']);
  assert.equal(new TextDecoder().decode(entries.get('key')), 'new');
});

function internal(key: Uint8Array, sequence: number): Uint8Array {
  return encodeInternalKey(key, sequence, ValueType.value);
}
