import { equalBytes } from '../bytes/compare';
import { escapeBytes } from '../bytes/escape';
import type { CodecOptions } from '../codec/codec';
import { EnvError, type ReadableEnv } from '../env/env';
import type { Comparator } from '../keys/comparator';
import { InternalKeyComparator, sequenceAt, TAG_BYTES } from '../keys/internal-key';
import { LsmError, type Problem } from '../problem';
import { Table } from '../table/table';
import type { Finding } from './check';
import { parseCurrent } from './current';
import { oldTableFileName, parseFileName, tableFileName } from './file-names';
import type { FileLife, TimelineCounters } from './timeline';

/** Keys in messages are cut after so many bytes. */
const SHOWN_KEY_BYTES = 64;

/** What a check of a MANIFEST against its folder needs. */
export interface DirectoryCheck {
  env: ReadableEnv;
  directory: string;
  manifest: string;
  /** The version after the last edit. */
  lives: readonly FileLife[];
  counters: TimelineCounters;
  /** The offset of each edit, for the place of a problem. */
  offsetOf: (edit: number) => number;
}

/** What the names and sizes in the folder say against the MANIFEST. Reads no table. */
export function* checkDirectory(check: DirectoryCheck): Generator<Problem> {
  for (const { problem } of directoryFindings(check)) yield problem;
}

export function* directoryFindings(check: DirectoryCheck): Generator<Finding> {
  const { env, directory, manifest, lives, counters } = check;
  const names = new Set<string>();
  try {
    for (const { name } of env.list(directory)) names.add(name);
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return;
  }
  yield* checkCurrent(check, names);
  for (const life of lives) {
    const { number, size, smallest, largest } = life.file;
    const name = [tableFileName(number), oldTableFileName(number)].find((each) => names.has(each));
    if (name === undefined)
      yield ofTable(check, life, 'missing-file', `${tableFileName(number)} is not in the folder`);
    else {
      const actual = sizeOf(env, env.join(directory, name));
      if (actual !== undefined && actual !== Number(size)) {
        yield ofTable(check, life, 'bad-size', `${name} has ${actual} bytes, the MANIFEST says ${size}`);
      }
    }
    const { lastSequence } = counters;
    const newest = [smallest, largest].map((key) => sequenceAt(key, key.length)).sort(descending)[0];
    if (lastSequence !== undefined && newest > lastSequence) {
      const message = `${tableFileName(number)} holds sequence ${newest}, above the last one, ${lastSequence}: new writes would be hidden by old ones`;
      yield {
        problem: problem(check, life, 'counter-too-low', message),
        subject: { kind: 'counter', field: 'lastSequence', least: newest },
      };
    }
  }
  const logNumber = counters.logNumber ?? 0;
  const hasLog = [...names].some((name) => {
    const parsed = parseFileName(name);
    return parsed?.kind === 'log' && parsed.number >= logNumber;
  });
  if (!hasLog && logNumber > 0) {
    const message = `no log with number ${logNumber} or above: writes after the last flush are lost, if there were any`;
    const warning: Problem = { severity: 'warning', file: manifest, code: 'missing-file', message };
    yield { problem: warning, subject: undefined };
  }
}

/** Opens each table and holds its first and last key against the MANIFEST's range. Yields once for each table. */
export function* checkRanges(
  check: DirectoryCheck,
  comparator: Comparator,
  codec: CodecOptions,
): Generator<Problem | undefined> {
  for (const finding of rangeFindings(check, comparator, codec)) yield finding?.problem;
}

export function* rangeFindings(
  { env, directory, lives, ...check }: DirectoryCheck,
  comparator: Comparator,
  codec: CodecOptions,
): Generator<Finding | undefined> {
  for (const life of lives) {
    const { number, size, smallest, largest } = life.file;
    const name = [tableFileName(number), oldTableFileName(number)].find((each) => {
      return sizeOf(env, env.join(directory, each)) !== undefined;
    });
    let found: Finding | undefined;
    if (name !== undefined) {
      try {
        const file = env.open(env.join(directory, name));
        try {
          const options = { name, comparator: new InternalKeyComparator(comparator), codec };
          const range = rangeIn(Table.open(file, options, Number(size)));
          for (const [word, stated, actual] of [
            ['smallest', smallest, range?.first],
            ['largest', largest, range?.last],
          ] as const) {
            if (found || (actual && equalBytes(actual, stated))) continue;
            const message = `${name}: the ${word} key is ${actual ? shown(actual) : 'none'}, the MANIFEST says ${shown(stated)}`;
            found = ofTable({ env, directory, lives, ...check }, life, 'bad-range', message);
          }
        } finally {
          file.close();
        }
      } catch (error) {
        if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
        found = ofTable({ env, directory, lives, ...check }, life, 'unreadable', `${name}: ${error.message}`);
      }
    }
    yield found;
  }
}

function rangeIn(table: Table): { first: Uint8Array; last: Uint8Array } | undefined {
  const cursor = table.cursor({ fillCache: false });
  cursor.seekToFirst();
  if (!cursor.valid) return undefined;
  const first = cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd);
  cursor.seekToLast();
  if (cursor.error) throw cursor.error;
  return { first, last: cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd) };
}

function* checkCurrent({ env, directory, manifest }: DirectoryCheck, names: Set<string>): Generator<Finding> {
  if (!names.has('CURRENT')) {
    const message = 'there is no CURRENT: LevelDB takes the folder for no database';
    yield ofCurrent({ severity: 'warning', file: 'CURRENT', code: 'bad-current', message });
    return;
  }
  try {
    const file = env.open(env.join(directory, 'CURRENT'));
    try {
      const bytes = new Uint8Array(Math.min(file.size(), 4096));
      const named = parseCurrent(bytes.subarray(0, file.read(0, bytes, 0, bytes.length)));
      if (named === manifest) return;
      const message = `CURRENT points to ${escapeBytes(new TextEncoder().encode(named))}: LevelDB does not read this MANIFEST`;
      yield ofCurrent({ severity: 'note', file: manifest, code: 'stale-file', message });
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof EnvError) && !(error instanceof LsmError)) throw error;
    yield ofCurrent({ severity: 'error', file: 'CURRENT', code: 'bad-current', message: error.message });
  }
}

function ofCurrent(problem: Problem): Finding {
  return { problem, subject: { kind: 'current' } };
}

function ofTable(check: DirectoryCheck, life: FileLife, code: Problem['code'], message: string): Finding {
  const { added: edit, level, file } = life;
  return {
    problem: problem(check, life, code, message),
    subject: { kind: 'table', edit, level, number: file.number },
  };
}

function problem(check: DirectoryCheck, life: FileLife, code: Problem['code'], message: string): Problem {
  return { severity: 'error', file: check.manifest, offset: check.offsetOf(life.added), code, message };
}

function sizeOf(env: ReadableEnv, path: string): number | undefined {
  try {
    return env.stat(path).size;
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}

function shown(key: Uint8Array): string {
  const end = Math.max(0, key.length - TAG_BYTES);
  const cut = Math.min(end, SHOWN_KEY_BYTES);
  return `"${escapeBytes(key, 0, cut)}"${cut < end ? '…' : ''} @ ${sequenceAt(key, key.length)}`;
}

function descending(a: number | bigint, b: number | bigint): number {
  return a > b ? -1 : a < b ? 1 : 0;
}
