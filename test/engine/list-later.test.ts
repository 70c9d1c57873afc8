// A database that is opened by its CURRENT and MANIFEST alone: the folder is listed when somebody asks for what depends
// on it, and what is seen then is one moment all the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { Inspection } from '../../src/engine/db/inspection';
import type { RandomAccessFile } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { runSteps } from '../../src/engine/trace/events';
import { fixture } from '../helpers/fixtures';
import { bytes } from './table-harness';

const DIRECTORY = '/db';
/** Edits with keys of this length make a MANIFEST that is read in one call of the kernel. */
const KEY_BYTES = 1000;
const LATER = { listLater: true };

/** Counts listings and files that are open, and runs `beforeListing` once. */
class WatchedEnv extends MemoryEnv {
  listings = 0;
  beforeListing: (() => void) | undefined;
  readonly opened = new Set<RandomAccessFile>();

  override list(directory: string) {
    this.listings++;
    const { beforeListing } = this;
    this.beforeListing = undefined;
    beforeListing?.();
    return super.list(directory);
  }

  // What MemoryEnv asks by a listing of its own is no listing of the folder.
  override stat(path: string) {
    const { listings } = this;
    try {
      return super.stat(path);
    } finally {
      this.listings = listings;
    }
  }

  override open(path: string): RandomAccessFile {
    const file = super.open(path);
    const { opened } = this;
    const watched: RandomAccessFile = {
      path: file.path,
      size: () => file.size(),
      read: (...args) => file.read(...args),
      close() {
        opened.delete(watched);
        file.close();
      },
    };
    opened.add(watched);
    return watched;
  }
}

const keyOf = (name: string) => bytes(name.padEnd(KEY_BYTES, '.'));

function openForWriting(env: WatchedEnv): Database {
  return Database.openNow(env, DIRECTORY, { createIfMissing: true, background: 'stepped' });
}

/** Four tables with a key each, and one more key in a log. */
function written(): WatchedEnv {
  const env = new WatchedEnv();
  const db = openForWriting(env);
  for (const name of ['a', 'b', 'c', 'd']) {
    db.put(keyOf(name), bytes(`${name} in a table`));
    runSteps(db.flush());
  }
  db.put(keyOf('e'), bytes('e in a log'));
  db.close();
  env.opened.clear();
  env.listings = 0;
  return env;
}

function textIn(db: Inspection, name: string): string | undefined {
  const { value } = db.get(keyOf(name));
  return value && Buffer.from(value).toString();
}

function shapeOf({ version, versions, manifestSize }: Inspection): unknown {
  const { version: _, comparator: __, ...rest } = versions;
  const levels = version.levels.map((files) =>
    files.map(({ number, size, smallest, largest }) => [number, size, [...smallest], [...largest]]),
  );
  return { levels, rest, manifestSize };
}

function errorsOf(db: Inspection): string[] {
  return db.problems.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

test('the version is there without a listing, and is what opening with one gives', () => {
  const env = written();
  const later = Inspection.open(env, DIRECTORY, LATER);
  const shape = shapeOf(later);
  const names = later.version.levels.flat().map(({ number }) => later.tableName(number));
  assert.equal(names.length, 4);
  assert.deepEqual([env.listings, later.isComplete], [0, false]);

  const eager = Inspection.open(env, DIRECTORY);
  assert.ok(env.listings > 0 && eager.isComplete);
  assert.deepEqual(shape, shapeOf(eager));
  assert.deepEqual(
    names,
    names.map((_, i) => eager.tables.nameOf(eager.version.levels.flat()[i].number)),
  );

  assert.deepEqual(later.problems, eager.problems);
  assert.ok(later.isComplete);
  assert.deepEqual(later.listing.files, eager.listing.files);
  assert.deepEqual(
    later.liveLogs.map(({ name }) => name),
    eager.liveLogs.map(({ name }) => name),
  );
  eager.close();
  later.close();
  assert.deepEqual([...env.opened], []);
});

test('a read lists the folder, once', () => {
  const env = written();
  const reads: ((db: Inspection) => unknown)[] = [
    (db) => textIn(db, 'e'),
    (db) => db.lastSequence(),
    (db) => db.memtables().length,
    (db) => db.holdPresent().release(),
    (db) => db.holdMoment().release(),
    (db) => db.scan().close(),
    (db) => db.cursor(),
    (db) => db.readNear('live', keyOf('b'), {}, ({ valid }) => valid),
  ];
  for (const read of reads) {
    const db = Inspection.open(env, DIRECTORY, LATER);
    env.listings = 0;
    read(db);
    assert.deepEqual([env.listings, db.isComplete], [1, true], read.toString());
    assert.deepEqual(
      ['a', 'd', 'e', 'f'].map((name) => textIn(db, name)),
      ['a in a table', 'd in a table', 'e in a log', undefined],
    );
    db.close();
    assert.deepEqual([...env.opened], [], read.toString());
  }
});

test('a log that no number of the MANIFEST tells of is read', () => {
  const env = written();
  const [log] = Inspection.open(env, DIRECTORY).liveLogs;
  const path = env.join(DIRECTORY, log.name);
  const writing = new WatchedEnv();
  const db = Database.openNow(writing, DIRECTORY, { createIfMissing: true, background: 'stepped' });
  db.put(keyOf('f'), bytes('f in another log'));
  db.close();
  const [other] = Inspection.open(writing, DIRECTORY).liveLogs;
  const contents = new Uint8Array(other.file.size());
  other.file.read(0, contents, 0, contents.length);
  const later = Inspection.open(env, DIRECTORY, LATER);
  // As a writer does whose memtable is full: the new log is in no edit until the old one is in a table.
  env.setFile(path.replace(log.name, '000999.log'), contents);
  assert.deepEqual([textIn(later, 'e'), textIn(later, 'f')], ['e in a log', 'f in another log']);
  later.close();
});

test('a database that moves on between opening and the listing is seen as it is then', () => {
  const env = written();
  const changes: [name: string, change: (db: Database) => void][] = [
    ['a flush', (db) => runSteps(db.flush())],
    ['a compaction', (db) => runSteps(db.compactRange())],
    ['nothing but an opening', () => {}],
  ];
  for (const [name, change] of changes) {
    const later = Inspection.open(env, DIRECTORY, LATER);
    const before = later.versions;
    const db = openForWriting(env);
    db.put(keyOf('f'), bytes(name));
    change(db);
    db.close();
    assert.equal(textIn(later, 'f'), name);
    assert.notEqual(later.versions, before, name);
    assert.deepEqual(errorsOf(later), [], name);
    assert.deepEqual(
      ['a', 'e'].map((key) => textIn(later, key)),
      ['a in a table', 'e in a log'],
      name,
    );
    later.close();
  }
});

test('a database that moves on while the folder is listed', () => {
  const env = written();
  const later = Inspection.open(env, DIRECTORY, LATER);
  let isMoved = false;
  env.beforeListing = () => {
    const db = openForWriting(env);
    db.put(keyOf('f'), bytes('new'));
    runSteps(db.compactRange());
    db.close();
    isMoved = true;
  };
  assert.equal(textIn(later, 'f'), 'new');
  assert.ok(isMoved);
  assert.deepEqual(errorsOf(later), []);
  later.close();
});

test('a table that is missing, or has the name of old, is found out when the folder is listed', () => {
  const env = written();
  const [first, second] = Inspection.open(env, DIRECTORY).version.levels.flat();
  const path = (number: unknown, ending: string) => `${DIRECTORY}/${`${number}`.padStart(6, '0')}.${ending}`;
  env.removeFile(path(first.number, 'ldb'));
  env.rename(path(second.number, 'ldb'), path(second.number, 'sst'));
  const later = Inspection.open(env, DIRECTORY, LATER);
  assert.match(later.tableName(first.number), /\.ldb$/);
  assert.match(later.tableName(second.number), /\.sst$/);
  assert.equal(later.isComplete, false);
  assert.match(errorsOf(later).join(), /^1 missing files/);
  assert.match(later.tableName(second.number), /\.sst$/);
  later.close();
});

test('what is unusual about CURRENT or the MANIFEST is told at once', () => {
  const damage: ((env: WatchedEnv, manifest: string) => void)[] = [
    (env) => env.removeFile(`${DIRECTORY}/CURRENT`),
    (env) => env.setFile(`${DIRECTORY}/CURRENT`, bytes('MANIFEST-000001')),
    (env) => env.setFile(`${DIRECTORY}/CURRENT`, bytes('MANIFEST-000777\n')),
    (env, manifest) => {
      const file = env.open(`${DIRECTORY}/${manifest}`);
      const contents = new Uint8Array(file.size());
      file.read(0, contents, 0, contents.length);
      file.close();
      contents[3000] ^= 1;
      env.setFile(`${DIRECTORY}/${manifest}`, contents);
    },
  ];
  for (const spoil of damage) {
    const env = written();
    const sound = Inspection.open(env, DIRECTORY);
    const { manifest } = sound.versions;
    sound.close();
    spoil(env, manifest);
    const later = Inspection.open(env, DIRECTORY, LATER);
    assert.ok(later.isComplete);
    assert.ok(errorsOf(later).length > 0);
    later.close();
    assert.deepEqual([...env.opened], []);
  }
});

test("another engine's folder is told at once by its MANIFEST, or where there is no table, and else when it is listed", () => {
  const foreign = { code: 'other-engine' };
  assert.throws(() => Inspection.open(new NodeReadableEnv(), fixture('rocksdb'), LATER), foreign);
  const empty = new WatchedEnv();
  const none = openForWriting(empty);
  none.put(keyOf('a'), bytes('in a log'));
  none.close();
  empty.opened.clear();
  empty.setFile(`${DIRECTORY}/IDENTITY`, bytes('8f2c'));
  assert.throws(() => Inspection.open(empty, DIRECTORY, LATER), foreign);
  assert.deepEqual([...empty.opened], []);

  const late = written();
  late.setFile(`${DIRECTORY}/OPTIONS-000007`, bytes('rocksdb_version=7'));
  const db = Inspection.open(late, DIRECTORY, LATER);
  for (let i = 0; i < 2; i++) assert.throws(() => db.get(keyOf('a')), foreign);
  // Also where the database moved on before somebody asked.
  const writer = openForWriting(late);
  writer.put(keyOf('f'), bytes('new'));
  writer.close();
  assert.throws(() => db.problems, foreign);
  db.close();
});
