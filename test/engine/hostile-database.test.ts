// A small database with every file cut at every length and with every byte changed: what is read is right or an
// error names the damaged file, what is sound is still shown, nothing crashes and nothing hangs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchReader } from '../../src/engine/batch/batch-reader';
import { MemoryFile } from '../../src/engine/env/memory';
import { PhysicalRecordScanner } from '../../src/engine/log/physical';
import { LogReader } from '../../src/engine/log/reader';
import { checkManifest } from '../../src/engine/manifest/check';
import { ManifestContents } from '../../src/engine/manifest/manifest-reader';
import { FOOTER_SIZE } from '../../src/engine/table/format';
import { describeTableFile } from '../../src/engine/table/layout';
import {
  type Damage,
  damaged,
  judge,
  linesOf,
  liveLines,
  observe,
  show,
  versionsUpTo,
} from '../helpers/damage';
import {
  FILLER_BYTES,
  fragmentedDatabase,
  type KnownVersion,
  MANIFEST,
  newest,
  type SmallDatabase,
  smallDatabase,
} from '../helpers/small-database';
import { Random } from './table-harness';

const small = smallDatabase();
const fragmented = fragmentedDatabase();
const FLIPS = [0x01, 0x80, 0xff, 0x24];
const ABSENT = ['', 'a', 'a11', 'zz'];

function keysOf(db: SmallDatabase): string[] {
  return [...newest(db.versions).keys(), ...ABSENT];
}

/**
 * What LevelDB, and any reader, must take for a sound database, hence what is seen then; undefined for damage that
 * has to be noticed:
 * - zeros that nobody reads: the padding of a table's footer, the trailer of a log's block;
 * - a log or MANIFEST that ends early: just so a crash leaves it, and nothing tells what stood there;
 * - a log that is gone, empty or all zeros (preallocated space): nothing names the logs that must be there.
 */
function unnoticed(db: SmallDatabase, damage: Damage): readonly KnownVersion[] | undefined {
  const { kind, file } = damage;
  const size = db.files.get(file)!.length;
  const isLog = file.endsWith('.log');
  if (kind === 'flip') {
    if (file.endsWith('.ldb') && damage.at >= paddingStart(db.files.get(file)!) && damage.at < size - 8) {
      return db.versions;
    }
    return undefined;
  }
  if (kind === 'cut') {
    return isLog || (file === MANIFEST && damage.length > 0) ? versionsUpTo(db, file, damage.length) : undefined;
  }
  if (!isLog) return undefined;
  if (kind === 'missing' || damage.bytes.every((byte) => byte === 0)) return versionsUpTo(db, file, 0);
  return undefined;
}

/** Where the footer's two handles end: eight varints of at most two bytes in these tables. */
function paddingStart(table: Uint8Array): number {
  let position = table.length - FOOTER_SIZE;
  for (let varints = 0; varints < 4; position++) if (table[position] < 0x80) varints++;
  return position;
}

/** Versions that must be shown whatever was done to `files`. */
function soundVersions(db: SmallDatabase, files: readonly string[]): KnownVersion[] {
  if (files.includes(MANIFEST)) return [];
  return db.versions.filter(({ file }) => !files.includes(file));
}

function check(db: SmallDatabase, keys: readonly string[], damage: Damage): void {
  const what = show(damage);
  const { file } = damage;
  const observation = observe(damaged(db, [damage]), keys);
  const silent = unnoticed(db, damage);
  const isCulprit = (name: string) =>
    name === file || (file === MANIFEST && name === '000004.ldb');
  judge(db, observation, silent ?? db.versions, soundVersions(db, [file]), isCulprit, what);
  if (silent) return;
  const { ok, problems } = observation.verified;
  assert.ok(
    problems.some((problem) => problem.severity === 'error' && problem.file === file),
    `${what}: verification names no error in it: ${JSON.stringify(problems)}`,
  );
  assert.equal(ok, false, what);
}

/** What stands behind `lsm sst`, `wal` and `manifest`, for bytes of any kind. */
function readAlone(bytes: Uint8Array, what: string): void {
  const file = new MemoryFile('/db/file', bytes);
  let covered = 0;
  const scanner = new PhysicalRecordScanner(file);
  for (let items = 0; scanner.next(); items++) {
    assert.equal(scanner.offset, covered, what);
    covered += scanner.size;
    assert.ok(items <= bytes.length, what);
  }
  assert.equal(covered, bytes.length, what);
  const reader = new LogReader(file);
  const batch = new BatchReader();
  for (let end = 0; reader.next(); end = reader.recordEnd) {
    assert.ok(reader.recordEnd > end, what);
    if (batch.reset(reader.record)) while (batch.next());
  }
  const contents = ManifestContents.read(file, 'file');
  checkManifest(contents, 'file');
  let end = 0;
  for (const region of describeTableFile(file, bytes.length, { name: 'file' }, () => {})) {
    assert.ok(region.offset >= 0 && region.offset + region.size <= bytes.length, what);
    end = Math.max(end, region.offset + region.size);
  }
  assert.ok(end <= bytes.length, what);
}

test('hostile database: sound, everything reads right', () => {
  for (const db of [small, fragmented]) {
    const { gets, forward, internal, problems, verified } = observe(db.files, keysOf(db));
    for (const [key, answer] of gets) {
      assert.ok('value' in answer);
      assert.equal(answer.value, newest(db.versions).get(key)?.value, key);
    }
    assert.deepEqual(forward, liveLines(db.versions));
    assert.deepEqual([...internal].sort(), linesOf(db.versions).sort());
    assert.deepEqual(problems, []);
    assert.deepEqual(verified.problems, []);
  }
});

for (const file of small.files.keys()) {
  const bytes = small.files.get(file)!;

  test(`hostile database: ${file} cut at every length`, () => {
    for (let length = 0; length < bytes.length; length++) {
      const damage: Damage = { kind: 'cut', file, length };
      check(small, keysOf(small), damage);
      readAlone(bytes.subarray(0, length), show(damage));
    }
  });

  test(`hostile database: ${file}, every byte changed`, () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const xor of FLIPS) {
        const damage: Damage = { kind: 'flip', file, at, xor };
        check(small, keysOf(small), damage);
        readAlone(damaged(small, [damage]).get(file)!, show(damage));
      }
    }
  });
}

test('hostile database: checksums not verified: no crash and no hang', () => {
  for (const [file, bytes] of small.files) {
    for (let at = 0; at < bytes.length; at++) {
      observe(damaged(small, [{ kind: 'flip', file, at, xor: 0xff }]), keysOf(small), false);
    }
  }
});

void fragmented;
void FILLER_BYTES;
void Random;
