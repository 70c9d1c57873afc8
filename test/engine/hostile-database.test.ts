// A small database with every file cut at every length and with every byte changed: what is read is right or an
// error names the damaged file, what is sound is still shown, nothing crashes and nothing hangs.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c, maskCrc } from '../../src/engine/bytes/crc32c';
import { readFixed16, writeFixed32 } from '../../src/engine/bytes/fixed';
import { BLOCK_SIZE } from '../../src/engine/log/format';
import { FOOTER_SIZE } from '../../src/engine/table/format';
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
import { readAlone, sealsOf } from '../helpers/single-files';
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
 * - the footer's last varint told to go on, into the padding: the same number;
 * - a log or MANIFEST that ends early: just so a crash leaves it, and nothing tells what stood there;
 * - a log that is gone, empty or all zeros (preallocated space): nothing names the logs that must be there;
 * - another log in the place of a log, or random bytes that happen to begin as a long record does.
 */
function unnoticed(db: SmallDatabase, damage: Damage): readonly KnownVersion[] | undefined {
  const { kind, file } = damage;
  const size = db.files.get(file)!.length;
  const isLog = file.endsWith('.log');
  if (kind === 'flip') {
    const padding = paddingStart(db.files.get(file)!);
    const isPadding = damage.at >= padding && damage.at < size - 8;
    const isLonger = damage.at === padding - 1 && damage.xor === 0x80;
    return file.endsWith('.ldb') && (isPadding || isLonger) ? db.versions : undefined;
  }
  if (kind === 'cut') {
    return isLog || (file === MANIFEST && damage.length > 0)
      ? versionsUpTo(db, file, damage.length)
      : undefined;
  }
  if (!isLog) return undefined;
  const isSilent =
    kind === 'missing' ||
    damage.by.endsWith('.log') ||
    damage.bytes.every((byte) => byte === 0) ||
    looksTorn(damage.bytes);
  return isSilent ? versionsUpTo(db, file, 0) : undefined;
}

/** Whether bytes can be the beginning of a record that was never finished. */
function looksTorn(bytes: Uint8Array): boolean {
  if (bytes.length < 7) return true;
  return bytes[6] <= 4 && 7 + readFixed16(bytes, 4) > bytes.length && bytes.length < BLOCK_SIZE;
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

/** A MANIFEST that ends early still has the table that a later edit deletes; one that is gone makes CURRENT wrong. */
function blamed(files: readonly string[], name: string): boolean {
  return files.includes(name) || (files.includes(MANIFEST) && ['000004.ldb', 'CURRENT'].includes(name));
}

function check(db: SmallDatabase, keys: readonly string[], damage: Damage): void {
  const what = show(damage);
  const { file } = damage;
  const observation = observe(damaged(db, [damage]), keys);
  const silent = unnoticed(db, damage);
  const isCulprit = (name: string) => blamed([file], name);
  judge(db, observation, silent ?? db.versions, soundVersions(db, [file]), isCulprit, what);
  if (silent) return;
  const { ok, problems } = observation.verified;
  assert.ok(
    problems.some((problem) => problem.severity === 'error' && blamed([file], problem.file)),
    `${what}: verification names no error in it: ${JSON.stringify(problems)}`,
  );
  assert.equal(ok, false, what);
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

test('hostile database: files replaced by something else, or missing', () => {
  for (const [file, bytes] of small.files) {
    const replacements: [string, Uint8Array][] = [
      ['nothing', new Uint8Array(0)],
      ['zeros', new Uint8Array(bytes.length)],
      ['a block of zeros', new Uint8Array(40_000)],
      ['ones', new Uint8Array(bytes.length).fill(0xff)],
    ];
    for (const [other, contents] of small.files)
      if (isAnother(file, other)) replacements.push([other, contents]);
    for (let seed = 1; seed <= 40; seed++) {
      const random = new Random(seed);
      const length = seed % 2 === 0 ? bytes.length : random.skewed(16);
      replacements.push([`random bytes, seed ${seed}`, Uint8Array.from({ length }, () => random.next())]);
    }
    check(small, keysOf(small), { kind: 'missing', file });
    for (const [by, contents] of replacements) {
      check(small, keysOf(small), { kind: 'replaced', file, by, bytes: contents });
      readAlone(contents, by);
    }
  }
});

test('hostile database: bytes behind a table, which LevelDB does not look at', () => {
  for (const [file, bytes] of small.files) {
    if (!file.endsWith('.ldb')) continue;
    const longer = new Uint8Array(bytes.length + 100).fill(0x77);
    longer.set(bytes);
    const damage: Damage = { kind: 'replaced', file, by: 'itself and more', bytes: longer };
    const { gets, forward, internal, verified } = observe(damaged(small, [damage]), keysOf(small));
    for (const [key, answer] of gets) {
      assert.equal('value' in answer && answer.value, newest(small.versions).get(key)?.value);
    }
    assert.deepEqual(forward, liveLines(small.versions));
    assert.equal(internal.length, small.versions.length);
    const found = verified.problems.map(({ severity, code, file: name }) => [severity, code, name]);
    assert.deepEqual(found, [['error', 'bad-size', file]]);
  }
});

test('hostile database: an entry of no known type is told of by a scan that leaves it out', () => {
  const file = '000006.ldb';
  const bytes = small.files.get(file)!.slice();
  const seals = sealsOf(file, bytes);
  bytes[Buffer.from(bytes).indexOf('k0') + 2] = 7;
  for (const { checksum, start, end } of seals) {
    writeFixed32(bytes, checksum, maskCrc(crc32c(bytes, start, end)));
  }
  const { problems } = observe(damaged(small, [{ kind: 'replaced', file, by: '', bytes }]), ABSENT);
  const errors = problems.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ message, file: name }) => [message, name]),
    [['corrupted internal key in DBIter', file]],
  );
});

test('hostile database: a record in two blocks, each header changed and each cut around it', () => {
  const file = '000006.log';
  const bytes = fragmented.files.get(file)!;
  const keys = keysOf(fragmented);
  const dense = (at: number) => at < 60 || at > FILLER_BYTES - 20;
  for (let at = 0; at < bytes.length; at += dense(at) ? 1 : 997) {
    check(fragmented, keys, { kind: 'cut', file, length: at });
    for (const xor of FLIPS) check(fragmented, keys, { kind: 'flip', file, at, xor });
  }
});

test('hostile database: two damages at once', () => {
  const names = [...small.files.keys()];
  const keys = keysOf(small);
  for (let seed = 1; seed <= 3000; seed++) {
    const random = new Random(seed);
    const damages = [0, 1].map((): Damage => {
      const file = names[random.uniform(names.length)];
      const size = small.files.get(file)!.length;
      if (random.uniform(8) === 0) return { kind: 'missing', file };
      if (random.uniform(4) === 0) return { kind: 'cut', file, length: random.uniform(size) };
      return { kind: 'flip', file, at: random.uniform(size), xor: 1 + random.uniform(255) };
    });
    const what = `seed ${seed}: ${damages.map(show).join('; ')}`;
    const files = damages.map(({ file }) => file);
    const observation = observe(damaged(small, damages), keys);
    const isCulprit = (name: string) => blamed(files, name);
    // What is silent by itself is silent here too; what both do together may be seen or not.
    if (damages.some((damage) => unnoticed(small, damage)) || files[0] === files[1]) continue;
    judge(small, observation, small.versions, soundVersions(small, files), isCulprit, what);
    assert.equal(observation.verified.ok, false, what);
  }
});

test('hostile database: bytes changed under checksums that fit: no crash and no hang', () => {
  const keys = keysOf(small);
  for (const [file, bytes] of small.files) {
    const seals = sealsOf(file, bytes);
    for (let at = 0; at < bytes.length; at++) {
      for (const xor of [0x01, 0x40, 0x80, 0xff]) {
        const changed = bytes.slice();
        changed[at] ^= xor;
        for (const { checksum, start, end } of seals) {
          writeFixed32(changed, checksum, maskCrc(crc32c(changed, start, end)));
        }
        observe(damaged(small, [{ kind: 'replaced', file, by: '', bytes: changed }]), keys);
        readAlone(changed, `${file}, byte ${at} ^ ${xor}, sealed`);
      }
    }
  }
});

/** A MANIFEST in the place of a log, or the other way round, has records with sound checksums. */
function isAnother(file: string, other: string): boolean {
  const kinds = [file, other].map((name) => name.replace(/[0-9]+/, ''));
  return file !== other && !(kinds.includes('.log') && kinds.includes('MANIFEST-'));
}
