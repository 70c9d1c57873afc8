// Damage to the files of a small database, and what must be true of everything that is read from it afterwards.

import assert from 'node:assert/strict';
import { keyHistory } from '../../src/engine/db/history';
import { Inspection } from '../../src/engine/db/inspection';
import type { Scan } from '../../src/engine/db/scan';
import { EnvError } from '../../src/engine/env/env';
import { parseInternalKey } from '../../src/engine/keys/internal-key';
import { parseFileName } from '../../src/engine/manifest/file-names';
import { LsmError, type Problem } from '../../src/engine/problem';
import { type VerifyResult, verifyDatabase } from '../../src/engine/recovery/verify';
import {
  DIRECTORY,
  encode,
  environment,
  type KnownVersion,
  MANIFEST,
  newest,
  type SmallDatabase,
} from './small-database';

export type Damage =
  | { kind: 'cut'; file: string; length: number }
  | { kind: 'flip'; file: string; at: number; xor: number }
  | { kind: 'replaced'; file: string; by: string; bytes: Uint8Array }
  | { kind: 'missing'; file: string };

export function show(damage: Damage): string {
  if (damage.kind === 'cut') return `${damage.file} cut to ${damage.length} bytes`;
  if (damage.kind === 'flip') return `${damage.file}, byte ${damage.at} ^ 0x${damage.xor.toString(16)}`;
  if (damage.kind === 'replaced') return `${damage.file} replaced by ${damage.by}`;
  return `${damage.file} missing`;
}

export function damaged(db: SmallDatabase, damages: readonly Damage[]): Map<string, Uint8Array> {
  const files = new Map(db.files);
  for (const damage of damages) {
    const bytes = files.get(damage.file)?.slice() ?? new Uint8Array(0);
    if (damage.kind === 'missing') files.delete(damage.file);
    else if (damage.kind === 'cut') files.set(damage.file, bytes.subarray(0, damage.length));
    else if (damage.kind === 'replaced') files.set(damage.file, damage.bytes);
    else if (damage.at < bytes.length) {
      bytes[damage.at] ^= damage.xor;
      files.set(damage.file, bytes);
    }
  }
  return files;
}

/** No walk over the small database comes near this many steps. */
const MAX_STEPS = 5000;

export type Answer = { value: string | undefined; errors: readonly Problem[] } | { error: LsmError };

/** Everything that inspection says of a database. */
export interface Observation {
  gets: Map<string, Answer>;
  forward: string[];
  backward: string[];
  /** key, sequence, value and file of each version. */
  internal: string[];
  history: string[];
  verified: VerifyResult;
  /** What was met before verification. */
  problems: readonly Problem[];
}

/** Reads in every way. Throws for anything but damage that is reported as an LsmError. */
export function observe(
  files: ReadonlyMap<string, Uint8Array>,
  keys: readonly string[],
  verifyChecksums = true,
): Observation {
  const db = Inspection.open(environment(files), DIRECTORY, { verifyChecksums });
  try {
    const gets = new Map<string, Answer>();
    for (const key of keys) gets.set(key, get(db, key));
    const forward = walk(db.scan(), ({ cursor }) => `${keyOf(cursor)}=${valueText(cursor)}`);
    const backward = walk(
      db.scan({ reverse: true }),
      ({ cursor }) => `${keyOf(cursor)}=${valueText(cursor)}`,
    );
    const internal = walk(db.scanInternal(), (scan) => internalLine(scan));
    const history: string[] = [];
    const ignored: Problem[] = [];
    for (const key of keys.slice(0, 2)) {
      for (const { sequence, type, value, file } of keyHistory(db, encode(key), (p) => ignored.push(p))) {
        history.push(versionLine(key, sequence, type === 'value' ? text(value) : undefined, file));
      }
    }
    const problems = [...db.problems];
    const job = verifyDatabase(db);
    for (let steps = 0; ; steps++) {
      const step = job.next();
      if (step.done) return { gets, forward, backward, internal, history, verified: step.value, problems };
      assert.ok(steps < MAX_STEPS, 'verification goes on and on');
    }
  } finally {
    db.close();
  }
}

function get(db: Inspection, key: string): Answer {
  try {
    const { value } = db.get(encode(key));
    const errors = db.problems.filter(({ severity }) => severity === 'error');
    return { value: value && text(value), errors };
  } catch (error) {
    if (error instanceof LsmError) return { error };
    throw error;
  }
}

function walk(scan: Scan, line: (scan: Scan) => string): string[] {
  const lines: string[] = [];
  for (; scan.valid; scan.next()) {
    lines.push(line(scan));
    assert.ok(lines.length < MAX_STEPS, 'a scan goes on and on');
  }
  return lines;
}

type ScanCursor = Scan['cursor'];

function keyOf({ keyBuffer, keyStart, keyEnd }: ScanCursor): string {
  return text(keyBuffer.subarray(keyStart, keyEnd));
}

function valueText({ valueBuffer, valueStart, valueEnd }: ScanCursor): string {
  return text(valueBuffer.subarray(valueStart, valueEnd));
}

function internalLine(scan: Scan): string {
  const { cursor } = scan;
  const parsed = parseInternalKey(cursor.keyBuffer.subarray(cursor.keyStart, cursor.keyEnd));
  if (!parsed) return 'bad key';
  const value = parsed.type === 'value' ? valueText(cursor) : undefined;
  return versionLine(text(parsed.userKey), parsed.sequence, value, scan.source().name);
}

function versionLine(key: string, sequence: unknown, value: string | undefined, file: string): string {
  return `${key}@${sequence} ${value === undefined ? 'deleted' : `=${value}`} in ${file}`;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}

function withoutFile(line: string): string {
  return line.slice(0, line.lastIndexOf(' in '));
}

export function linesOf(versions: readonly KnownVersion[]): string[] {
  return versions.map(({ key, sequence, value, file }) => versionLine(key, sequence, value, file));
}

/** The versions that LevelDB itself would see where a file is silently shorter: records up to `length` bytes. */
export function versionsUpTo(db: SmallDatabase, file: string, length: number): KnownVersion[] {
  const records = db.records.get(file)!.filter(({ end }) => end <= length);
  if (file !== MANIFEST) {
    const kept = new Set(records.flatMap(({ versions }) => versions));
    return db.versions.filter((version) => version.file !== file || kept.has(version));
  }
  const tables = new Set<unknown>();
  let logNumber = 0;
  for (const { edit } of records) {
    for (const { number } of edit!.deletedFiles) tables.delete(number);
    for (const { file: table } of edit!.newFiles) tables.add(table.number);
    logNumber = Number(edit!.logNumber ?? logNumber);
  }
  return db.versions.filter((version) => {
    const { kind, number } = parseFileName(version.file)!;
    return kind === 'log' ? number >= logNumber : tables.has(number);
  });
}

/**
 * Holds an observation against what is known. `seen` are the versions that the damaged database still shows to
 * LevelDB without a word: all of them, unless the damage is one that nobody can notice. `sound` are those in
 * files that are whole and that a sound MANIFEST names: they must be there.
 */
export function judge(
  db: SmallDatabase,
  observation: Observation,
  seen: readonly KnownVersion[],
  sound: readonly KnownVersion[],
  isCulprit: (file: string) => boolean,
  what: string,
): void {
  const { gets, forward, backward, internal, history } = observation;
  const truth = newest(seen);
  for (const [key, answer] of gets) {
    if ('error' in answer) {
      const { file, message } = answer.error;
      assert.ok(file !== undefined && isCulprit(file), `${what}: get ${key} blames ${file}: ${message}`);
      continue;
    }
    const { value, errors } = answer;
    if (value === truth.get(key)?.value) continue;
    assert.ok(
      errors.some(({ file }) => isCulprit(file)),
      `${what}: get ${key} gives ${value} for ${truth.get(key)?.value} without an error`,
    );
  }
  // In which file a version stands is not asked here: one table may have been put in the place of another.
  const known = new Set(linesOf(db.versions).map(withoutFile));
  for (const line of [...internal, ...history]) {
    assert.ok(known.has(withoutFile(line)), `${what}: there is no ${line}`);
  }
  for (const { value, key } of knownAnswers(gets)) {
    const exists = value === undefined || db.versions.some((v) => v.key === key && v.value === value);
    assert.ok(exists, `${what}: get ${key} gives ${value}, which nobody wrote`);
  }
  const shown = new Set(internal);
  for (const line of linesOf(sound)) assert.ok(shown.has(line), `${what}: the sound ${line} is not shown`);
  // Another table in the place of this one has keys outside its range: an error, and no order is promised then.
  if (observation.problems.some(({ code }) => code === 'bad-size')) return;
  assert.deepEqual([...backward].reverse(), forward, `${what}: the two directions differ`);
  const clean = observation.problems.every(({ severity }) => severity !== 'error');
  if (clean) assert.deepEqual(forward, liveLines(seen), `${what}: a scan without an error`);
  // The newest version of a key stands in a sound file: nothing that is damaged can come before it.
  const soundSet = new Set(sound);
  const live = new Set(forward);
  for (const version of newest(db.versions).values()) {
    if (!soundSet.has(version)) continue;
    const line = `${version.key}=${version.value}`;
    if (version.value !== undefined) assert.ok(live.has(line), `${what}: ${line} is not in the scan`);
    else assert.ok(!forward.some((l) => l.startsWith(`${version.key}=`)), `${what}: ${version.key} is back`);
  }
}

function* knownAnswers(gets: Map<string, Answer>): Generator<{ key: string; value: string | undefined }> {
  for (const [key, answer] of gets) if (!('error' in answer)) yield { key, value: answer.value };
}

export function liveLines(versions: readonly KnownVersion[]): string[] {
  return [...newest(versions).values()]
    .filter(({ value }) => value !== undefined)
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, value }) => `${key}=${value}`);
}

export function assertExpected(error: unknown, what: string): void {
  if (error instanceof LsmError || error instanceof EnvError) return;
  throw new Error(`${what}: ${error instanceof Error ? error.stack : error}`);
}
