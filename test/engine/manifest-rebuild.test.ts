// MANIFESTs rebuilt from the tables present: nothing deleted comes back, nothing old hides what is new.

import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import type { Options } from '../../src/engine/db/options';
import { MemoryEnv } from '../../src/engine/env/memory';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { bytewiseComparator, findComparator } from '../../src/engine/keys/comparator';
import { readBase } from '../../src/engine/manifest/editing/base';
import { checkDocument, isSound } from '../../src/engine/manifest/editing/checks';
import { ManifestDocument } from '../../src/engine/manifest/editing/document';
import { editedManifest } from '../../src/engine/manifest/editing/edited-manifest';
import {
  ChoiceNeeded,
  OperationError,
  type RebuildInputs,
} from '../../src/engine/manifest/editing/operation';
import { checkOrder } from '../../src/engine/manifest/editing/order-check';
import { applyAll } from '../../src/engine/manifest/editing/resolve';
import { performSave, planSave } from '../../src/engine/manifest/editing/save';
import { versionOf } from '../../src/engine/manifest/editing/squash';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { runSteps } from '../../src/engine/trace/events';
import { copyWritable } from '../cli/copy';
import { ContentsDigest } from '../helpers/contents';
import { sharedFixtures } from '../helpers/fixtures';
import { Peer, randomNumbers } from '../helpers/leveldb';
import { ManyDatabases } from '../helpers/many-databases';
import { MemoryDatabase } from '../helpers/memory-database';
import { encode } from '../helpers/small-database';
import { finish } from './manifest-bases';

const root = mkdtempSync(join(tmpdir(), 'lsm-rebuild-'));
const peers = new ManyDatabases();
after(async () => {
  await peers.close();
  rmSync(root, { recursive: true, force: true });
});

const truth = JSON.parse(readFileSync(join(sharedFixtures, 'truth.json'), 'utf8'));

/** What is done to a folder before it is rebuilt. */
const LOSSES: Record<string, (directory: string) => void> = {
  'no MANIFEST': (directory) => removeManifests(directory),
  'neither MANIFEST nor CURRENT': (directory) => {
    removeManifests(directory);
    rmSync(join(directory, 'CURRENT'));
  },
  'a bad byte in the middle of the MANIFEST': (directory) => {
    const name = readFileSync(join(directory, 'CURRENT'), 'utf8').trim();
    const bytes = readFileSync(join(directory, name));
    bytes[bytes.length >> 1] ^= 0x10;
    writeFileSync(join(directory, name), bytes);
  },
  'the MANIFEST that CURRENT names is gone': (directory) =>
    rmSync(join(directory, readFileSync(join(directory, 'CURRENT'), 'utf8').trim())),
  'nothing lost': () => {},
};

function removeManifests(directory: string): void {
  for (const name of readdirSync(directory)) if (name.startsWith('MANIFEST-')) rmSync(join(directory, name));
}

test('rebuild: databases of C++ LevelDB read as they did before', async () => {
  let count = 0;
  const peer = Peer.start();
  after(() => peer.kill());
  for (const fixture of ['s-seq', 's-over', 's-rand', 's-compact', 's-stale']) {
    const losses = Object.entries(LOSSES);
    const isHard = fixture === 's-over' || fixture === 's-stale';
    for (const [loss, lose] of isHard ? losses : losses.slice(0, 1)) {
      const directory = join(root, String(++count));
      copyWritable(join(sharedFixtures, fixture), directory);
      lose(directory);
      const name = `${fixture}: ${loss}`;
      const folder = { env: new NodeReadableEnv(), directory, codec: {} };
      const document = new ManifestDocument(readBase(folder.env, directory, editedManifest(folder)));
      finish(applyAll(document, [{ op: 'rebuild' }, { op: 'fix-current' }], folder));
      const problems = [
        ...checkDocument(document, folder, { ranges: true }),
        ...finish(checkOrder(document, folder)),
      ];
      assert.ok(isSound(problems), `${name}: ${JSON.stringify(problems)}`);
      performSave(new NodeWritableEnv(), directory, planSave(document, folder, count % 2 === 0));
      const peer = await Peer.open(directory);
      try {
        const { entries, fnv1a64 } = await peer.digest();
        const expected = truth[fixture];
        assert.deepEqual(
          { entries, fnv1a64 },
          { entries: expected.entries, fnv1a64: expected.fnv1a64 },
          name,
        );
      } finally {
        await peer.close();
      }
      rmSync(directory, { recursive: true });
    }
  }
});

const DIRECTORY = '/db';
const OPTIONS: Options = { comparator: bytewiseComparator, infoLog: false };

/** A folder in memory that keeps the tables that the last steps removed, as a crash does. */
class KeepingEnv extends MemoryEnv {
  readonly removed = new Map<string, Uint8Array>();

  override remove(path: string): void {
    const file = this.open(path);
    const bytes = new Uint8Array(file.size());
    file.read(0, bytes, 0, bytes.length);
    this.removed.set(path, bytes);
    super.remove(path);
  }
}

test('rebuild: without a MANIFEST, with inputs of the last compaction left over, it is exact or it refuses', async () => {
  let exact = 0;
  let refused = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const random = randomNumbers(seed);
    const env = new KeepingEnv();
    env.makeDirectory(DIRECTORY);
    const database = Database.openNow(env, DIRECTORY, { ...OPTIONS, createIfMissing: true });
    const model = new Map<string, string>();
    for (let i = 2 + random(20); i > 0; i--) {
      for (let j = 1 + random(8); j > 0; j--) {
        const key = `key${random(12)}`;
        if (random(3) === 0) {
          model.delete(key);
          database.delete(encode(key));
        } else {
          const value = `${seed}.${i}.${j}`;
          model.set(key, value);
          database.put(encode(key), encode(value));
        }
      }
      // Something of each table lives on: what vanished without a trace cannot be told.
      model.set(`own${i}`, 'x');
      database.put(encode(`own${i}`), encode('x'));
      if (random(5) > 0) runSteps(database.flush());
      if (random(6) === 0) {
        env.removed.clear();
        const level = random(3);
        runSteps(database.compactLevel(level));
      }
    }
    database.close();
    for (const { name } of env.list(DIRECTORY)) {
      if (parseFileName(name)?.kind === 'manifest') env.removeFile(env.join(DIRECTORY, name));
    }
    for (const [path, bytes] of env.removed) {
      const kind = parseFileName(env.split(path).name)?.kind;
      // A log that was flushed may be left over, too.
      if ((kind === 'table' || kind === 'log') && random(2) === 0) env.setFile(path, bytes);
    }
    const saved = rebuilt(env, DIRECTORY);
    if (saved === undefined) {
      refused++;
      continue;
    }
    exact++;
    const expected = digestOf(model);
    assert.equal(contentsOf(saved, model), expected, `seed ${seed}`);
    peers.add(saved, DIRECTORY, (contents) =>
      assert.deepEqual(contents, { first: expected, again: expected }, `seed ${seed}`),
    );
  }
  await peers.finish();
  assert.ok(exact >= 30, `${exact} exact, ${refused} refused`);
});

/** The folder with a new MANIFEST; undefined if it is refused. */
function rebuilt(env: MemoryEnv, directory: string, inputs?: RebuildInputs): MemoryEnv | undefined {
  const folder = { env, directory, codec: {} };
  const document = new ManifestDocument(readBase(env, directory, editedManifest(folder)));
  try {
    finish(applyAll(document, [inputs ? { op: 'rebuild', inputs } : { op: 'rebuild' }], folder));
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    return undefined;
  }
  performSave(env, directory, planSave(document, folder, true));
  return env;
}

function digestOf(model: ReadonlyMap<string, string>): string {
  const digest = new ContentsDigest();
  for (const [key, value] of [...model].sort(([a], [b]) => (a < b ? -1 : 1)))
    digest.add(encode(key), encode(value));
  return digest.digest();
}

/** As an iterator and as gets have it, on a copy. */
function contentsOf(env: MemoryEnv, model: ReadonlyMap<string, string>): string {
  const copy = new MemoryEnv();
  copy.makeDirectory(DIRECTORY);
  for (const { name } of env.list(DIRECTORY)) {
    const file = env.open(env.join(DIRECTORY, name));
    const bytes = new Uint8Array(file.size());
    file.read(0, bytes, 0, bytes.length);
    copy.setFile(copy.join(DIRECTORY, name), bytes);
  }
  const database = Database.openNow(copy, DIRECTORY, { ...OPTIONS, background: 'stepped' });
  for (let i = 0; i < 12; i++) {
    const { value } = database.get(encode(`key${i}`)) as { value?: Uint8Array };
    assert.equal(value && new TextDecoder().decode(value), model.get(`key${i}`), `key${i}`);
  }
  const iterator = database.iterator();
  const { cursor } = iterator;
  const digest = new ContentsDigest();
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
    digest.add(
      cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd),
      cursor.valueBuffer.slice(cursor.valueStart, cursor.valueEnd),
    );
  }
  iterator.close();
  database.close();
  return digest.digest();
}

type Version = readonly [key: string, sequence: number, value?: string];

/** Tables by their numbers, without a MANIFEST. */
function tables(contents: Record<number, Version[]>): MemoryEnv {
  const db = new MemoryDatabase();
  for (const [number, versions] of Object.entries(contents)) {
    db.addTable(
      0,
      Number(number),
      versions.map(([key, sequence, value]) => ({
        key: encode(key),
        sequence,
        ...(value === undefined ? {} : { value: encode(value) }),
      })),
    );
  }
  return db.env;
}

function levelsOf(env: MemoryEnv, inputs?: RebuildInputs): string {
  const folder = { env, directory: DIRECTORY, codec: {} };
  const document = new ManifestDocument(readBase(env, DIRECTORY, editedManifest(folder)));
  finish(applyAll(document, [inputs ? { op: 'rebuild', inputs } : { op: 'rebuild' }], folder));
  return versionOf(document.edits)
    .levels.flatMap((files, level) =>
      files.length > 0 ? [`${level}: ${files.map(({ number }) => number)}`] : [],
    )
    .join('; ');
}

test('rebuild: an older table of a higher number goes below', () => {
  assert.equal(levelsOf(tables({ 5: [['a', 9, 'new']], 7: [['a', 3, 'old']] })), '0: 5; 1: 7');
  assert.equal(levelsOf(tables({ 5: [['a', 9, 'new']], 7: [['b', 3, 'old']] })), '0: 5,7');
  // Three versions in rising numbers, the newest first.
  const three = tables({ 5: [['a', 9, 'x']], 7: [['a', 6, 'y']], 8: [['a', 3, 'z']] });
  assert.equal(levelsOf(three), '0: 5; 1: 7; 2: 8');
});

test('rebuild: inputs whose outputs are complete are left out, outputs of an unfinished compaction too', () => {
  const old = (more: Version[]): Record<number, Version[]> => ({
    4: [['a', 1, 'old'], ['c', 2, 'c'], ...more],
    5: [
      ['a', 3],
      ['d', 4, 'd'],
    ],
  });
  assert.equal(
    levelsOf(
      tables({
        ...old([]),
        6: [
          ['c', 2, 'c'],
          ['d', 4, 'd'],
        ],
      }),
    ),
    '0: 6',
  );
  // The output ends before d: table 5 is needed, table 4 is not.
  assert.equal(levelsOf(tables({ ...old([]), 6: [['c', 2, 'c']] })), '0: 5,6');
  // Nor was e written, which only table 4 has.
  assert.equal(levelsOf(tables({ ...old([['e', 5, 'e']]), 6: [['c', 2, 'c']] })), '0: 5,4');
});

test('rebuild: where a deletion may have gone with a compaction it refuses, and takes a choice', () => {
  // Table 5, with the deletion of a, is gone already.
  const env = () =>
    tables({
      4: [
        ['a', 1, 'old'],
        ['c', 2, 'c'],
      ],
      6: [
        ['c', 2, 'c'],
        ['d', 4, 'd'],
      ],
    });
  assert.throws(
    () => levelsOf(env()),
    (error) =>
      error instanceof ChoiceNeeded &&
      /^operation 0 \(rebuild\): inputs: 000004.ldb seem .* "a" reads differently/.test(error.message),
  );
  assert.equal(levelsOf(env(), 'leave-out'), '0: 6');
  assert.equal(levelsOf(env(), 'keep'), '0: 4,6');
});

test('rebuild: tables that no order reads right are refused', () => {
  const env = tables({
    5: [
      ['a', 9, 'x'],
      ['b', 1, 'x'],
    ],
    6: [
      ['a', 2, 'y'],
      ['b', 8, 'y'],
    ],
  });
  assert.throws(() => levelsOf(env), /no order of them reads right/);
  const many = tables(
    Object.fromEntries(Array.from({ length: 8 }, (_, i) => [5 + i, [['a', 20 - i, 'x'] satisfies Version]])),
  );
  assert.throws(() => levelsOf(many), /no level is left for 000012.ldb/);
});

test('rebuild: keys in another order than the comparator is told', () => {
  const reverse = findComparator('leveldb.ReverseBytewiseComparator')!;
  const db = new MemoryDatabase(reverse);
  db.addTable(0, 5, [
    { key: encode('a'), sequence: 1, value: encode('x') },
    { key: encode('b'), sequence: 2, value: encode('x') },
  ]);
  assert.throws(() => levelsOf(db.env), /not in the order of leveldb.BytewiseComparator/);
});

test('rebuild: an unreadable table is told and left out', () => {
  const env = tables({ 5: [['a', 9, 'x']], 6: [['b', 10, 'x']] });
  env.setFile('/db/000006.ldb', new Uint8Array(100));
  const folder = { env, directory: DIRECTORY, codec: {} };
  const document = new ManifestDocument(readBase(env, DIRECTORY, editedManifest(folder)));
  const leftOut = finish(applyAll(document, [{ op: 'rebuild' }], folder));
  assert.deepEqual(leftOut, [{ number: 6, reason: 'unreadable: not an sstable (bad magic number)' }]);
});
