// A MANIFEST read in one call of the kernel gives what reading it edit by edit gives, or is left to that.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Random } from '../../src/engine/bytes/random';
import { MemoryEnv } from '../../src/engine/env/memory';
import { kernel } from '../../src/engine/kernel/kernel';
import { encodeInternalKey, ValueType } from '../../src/engine/keys/internal-key';
import { LogWriter } from '../../src/engine/log/writer';
import { ManifestContents } from '../../src/engine/manifest/manifest-reader';
import { recoverQuickly } from '../../src/engine/manifest/quick-manifest';
import {
  emptyVersionEdit,
  encodeVersionEdit,
  type FileMetaData,
  LEVELS,
  type VersionEdit,
} from '../../src/engine/manifest/version-edit';
import { type RecoveredVersions, recoverVersions } from '../../src/engine/manifest/version-set';

const NAME = 'MANIFEST-000002';

/** Short ones are read by it once it is there. */
before(() => assert.ok(kernel()));

function manifestOf(edits: readonly VersionEdit[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const log = new LogWriter((bytes) => pieces.push(bytes.slice()));
  for (const edit of edits) log.addRecord(encodeVersionEdit(edit));
  return Buffer.concat(pieces);
}

function fileOf(bytes: Uint8Array) {
  const env = new MemoryEnv();
  env.setFile(NAME, bytes);
  return env.open(NAME);
}

function plainly(bytes: Uint8Array): RecoveredVersions {
  return recoverVersions(ManifestContents.read(fileOf(bytes), NAME), NAME);
}

/** Everything that is recovered, in plain objects. */
function outline({ version, ...rest }: RecoveredVersions) {
  const levels = version.levels.map((files) =>
    files.map(({ number, size, smallest, largest }) => ({
      number,
      size,
      smallest: Buffer.from(smallest).toString('latin1'),
      largest: Buffer.from(largest).toString('latin1'),
    })),
  );
  const pointers = version.compactPointers.map((key) => key && Buffer.from(key).toString('latin1'));
  return { ...rest, levels, pointers };
}

function agree(bytes: Uint8Array, label: string): boolean {
  const quick = recoverQuickly(fileOf(bytes), NAME);
  if (quick) assert.deepEqual(outline(quick), outline(plainly(bytes)), label);
  return quick !== undefined;
}

/** Edits as compactions make them: tables come, move down and go. */
function randomEdits(
  random: Random,
  count: number,
  comparator = 'leveldb.BytewiseComparator',
): VersionEdit[] {
  const edits: VersionEdit[] = [{ ...emptyVersionEdit(), comparator }];
  const live: { level: number; file: FileMetaData }[] = [];
  let number = 3;
  const key = () => {
    const user = Uint8Array.from({ length: random.uniform(random.oneIn(20) ? 40_000 : 30) }, () =>
      random.uniform(4),
    );
    return encodeInternalKey(user, random.uniform(1000), ValueType.value);
  };
  for (let i = 0; i < count; i++) {
    const edit = emptyVersionEdit();
    if (live.length > 0 && random.oneIn(2)) {
      const [gone] = live.splice(random.uniform(live.length), 1);
      edit.deletedFiles.push({ level: gone.level, number: gone.file.number });
      if (random.oneIn(2) && gone.level + 1 < LEVELS) edit.newFiles.push({ ...gone, level: gone.level + 1 });
    }
    for (let n = random.uniform(4); n > 0; n--) {
      const file = { number: number++, size: random.uniform(1e6), smallest: key(), largest: key() };
      edit.newFiles.push({ level: random.uniform(LEVELS), file });
    }
    live.push(...edit.newFiles);
    if (random.oneIn(3)) edit.compactPointers.push({ level: random.uniform(LEVELS), key: key() });
    edits.push({ ...edit, logNumber: number, prevLogNumber: 0, nextFileNumber: number + 1, lastSequence: i });
  }
  return edits;
}

test('quick manifest: random edits give the same version', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const bytes = manifestOf(randomEdits(new Random(seed), 60));
    assert.ok(agree(bytes, `seed ${seed}`), `seed ${seed} is read in one pass`);
  }
});

/** Tables that are added to a level one by one, and moved to the next all together. */
function movedDown(tables: number, from: number): VersionEdit[] {
  const user = new TextEncoder();
  const numbers = Array.from({ length: tables }, (_, i) => 5 + i);
  const at = (level: number) =>
    numbers.map((number) => {
      const key = encodeInternalKey(user.encode(`user${String(number).padStart(10)}`), 1, ValueType.value);
      return { level, file: { number, size: 1, smallest: key, largest: key } };
    });
  const deletedFiles = numbers.map((number) => ({ level: from, number }));
  return [
    { ...emptyVersionEdit(), comparator: 'leveldb.BytewiseComparator', logNumber: 2, lastSequence: 7 },
    ...at(from).map((file) => ({ ...emptyVersionEdit(), newFiles: [file], nextFileNumber: 10_000 })),
    { ...emptyVersionEdit(), deletedFiles, newFiles: at(from + 1) },
  ];
}

test('quick manifest: tables stand in the order of the comparator', () => {
  for (let seed = 1; seed <= 10; seed++) {
    const edits = randomEdits(new Random(seed), 60, 'leveldb.ReverseBytewiseComparator');
    assert.ok(agree(manifestOf(edits), `seed ${seed}`), `seed ${seed} is read in one pass`);
  }
});

test('quick manifest: a long run of tables that moves to the next level is read in one pass', () => {
  for (let tables = 50; tables < 1000; tables += 50) {
    for (let from = 0; from + 1 < LEVELS; from++) {
      const label = `${tables} tables from level ${from}`;
      assert.ok(agree(manifestOf(movedDown(tables, from)), label), label);
    }
  }
});

test('quick manifest: damage of every kind is left to who tells of it', () => {
  const random = new Random(301);
  const bytes = manifestOf(randomEdits(random, 25));
  let left = 0;
  for (let i = 0; i < 400; i++) {
    const damaged = bytes.slice();
    damaged[random.uniform(damaged.length)] ^= 1 << random.uniform(8);
    if (!agree(damaged, `bit ${i}`)) left++;
  }
  assert.ok(left >= 390, `${left} of 400 were seen as damaged`);
  for (let i = 0; i < 100; i++) agree(bytes.subarray(0, random.uniform(bytes.length)), `cut ${i}`);
});

test('quick manifest: hostile edits under sound checksums give the same, or are left', () => {
  const random = new Random(17);
  for (let i = 0; i < 300; i++) {
    const edits = randomEdits(random, 6);
    const pieces: Uint8Array[] = [];
    const log = new LogWriter((piece) => pieces.push(piece.slice()));
    for (const edit of edits) {
      const record = encodeVersionEdit(edit);
      for (let n = random.uniform(3); n > 0; n--) record[random.uniform(record.length)] = random.uniform(256);
      log.addRecord(record);
    }
    agree(Buffer.concat(pieces), `script ${i}`);
  }
});

test('quick manifest: what is unusual is left', () => {
  const table = (number: number | bigint, level = 1): VersionEdit['newFiles'][number] => {
    const key = encodeInternalKey(Uint8Array.of(Number(number) % 256), 1, ValueType.value);
    return { level, file: { number, size: 1, smallest: key, largest: key } };
  };
  const sound = {
    logNumber: 2,
    nextFileNumber: 9,
    lastSequence: 7,
    comparator: 'leveldb.BytewiseComparator',
  };
  const of = (...edits: Partial<VersionEdit>[]) =>
    manifestOf([sound, ...edits].map((edit) => ({ ...emptyVersionEdit(), ...edit })));
  const deletedFiles = [{ level: 1, number: 5 }];
  assert.ok(agree(of({ newFiles: [table(5)] }), 'sound'));
  assert.ok(agree(of({ newFiles: [table(5)] }, { deletedFiles, newFiles: [table(5, 2)] }), 'moved'));
  const unusual: [string, Uint8Array][] = [
    ['added twice', of({ newFiles: [table(5), table(5)] })],
    ['added again', of({ newFiles: [table(5)] }, { deletedFiles }, { newFiles: [table(5)] })],
    ['deleted, never added', of({ deletedFiles })],
    ['deleted behind what the edit adds', inOneRecord(sound, { newFiles: [table(5)] }, { deletedFiles })],
    ['two with one key', of({ newFiles: [table(5), table(5 + 256)] })],
    ['a large number', of({ newFiles: [table(2n ** 60n)] })],
    ['another comparator', of({ comparator: 'other' })],
    ['no counters', of({}).subarray(0, 0)],
    [
      'numbers that collide',
      of(...Array.from({ length: 500 }, (_, i) => ({ newFiles: [table(i * 2 ** 32)] }))),
    ],
  ];
  for (const [label, bytes] of unusual) assert.equal(agree(bytes, label), false, label);
  // LevelDB keeps what an edit adds, wherever in it the deletion stands.
  const kept = plainly(unusual[3][1]).version.levels[1];
  assert.deepEqual(
    kept.map(({ number }) => number),
    [5],
  );
});

/** Edits whose fields stand in one record, in another order than LevelDB writes them. */
function inOneRecord(...edits: Partial<VersionEdit>[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  const log = new LogWriter((bytes) => pieces.push(bytes.slice()));
  log.addRecord(Buffer.concat(edits.map((edit) => encodeVersionEdit({ ...emptyVersionEdit(), ...edit }))));
  return Buffer.concat(pieces);
}
