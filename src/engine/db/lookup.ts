import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import { allowedSeeks } from '../compaction/limits';
import type { Cursor } from '../iterator/cursor';
import {
  encodeInternalKey,
  sequenceAt,
  TAG_BYTES,
  TYPE_FOR_SEEK,
  typeAt,
  ValueType,
} from '../keys/internal-key';
import { findFile, type Version } from '../manifest/version';
import { type FileMetaData, LEVELS } from '../manifest/version-edit';
import { corruption } from '../problem';
import { BlockCursor } from '../table/block';
import type { LookupTrace, Table } from '../table/table';
import type { LookupAnswer, LookupEvent } from '../trace/lookup-events';

/** Where a version of a key was found. */
export interface LookupSource {
  kind: 'log' | 'table';
  name: string;
  level: number | undefined;
}

export interface LookupResult {
  /** False if there is no version at the sequence, or if the newest one is a deletion. */
  found: boolean;
  /** A copy; undefined if not found. */
  value: Uint8Array | undefined;
  /** Of the version that decided, a deletion too; undefined if there is none. */
  sequence: U64 | undefined;
  source: LookupSource | undefined;
}

export interface NamedMemTable {
  name: string;
  memtable: { readonly entries: number; cursor(): Cursor };
}

/** A table and the level it stands in. */
export interface TableAtLevel {
  level: number;
  file: FileMetaData;
}

/** What a lookup needs of a moment of the database. Memtables are newest first. */
export interface LookupState {
  version: Version;
  memtables: readonly NamedMemTable[];
  tables: { get(file: FileMetaData): Table; has(number: U64): boolean; nameOf(number: U64): string };
  /** Told of the first table asked, once a second one has to be (Version::UpdateStats). */
  chargeSeek?: ((table: TableAtLevel) => void) | undefined;
  /** For the blocks of one lookup after the other; one is made if it is left out. */
  scratch?: BlockCursor | undefined;
}

interface Answer {
  result: LookupAnswer;
  sequence?: U64;
  value?: Uint8Array;
}

/**
 * The newest version of a user key at or below a sequence, found as LevelDB finds it: memtables, level 0 by
 * descending file number, then one table a level. Each step is given to `trace`. Throws an LsmError if a table or
 * block that had to be asked is damaged: an older version must not pass for the answer.
 */
export function lookUp(
  state: LookupState,
  userKey: Uint8Array,
  sequence: U64,
  trace?: (event: LookupEvent) => void,
): LookupResult {
  const target = encodeInternalKey(userKey, sequence, TYPE_FOR_SEEK);
  for (const { name, memtable } of state.memtables) {
    const cursor = memtable.cursor();
    cursor.seek(target, 0, target.length);
    const answer = answerAt(state.version, cursor, userKey, name);
    trace?.({ step: 'memtable', file: name, entries: memtable.entries, ...withSequence(answer) });
    if (answer.result !== 'absent') return finish(answer, { kind: 'log', name, level: undefined });
  }

  const scratch = state.scratch ?? new BlockCursor(state.version.comparator);
  if (!trace) return lookUpInTables(state, userKey, target, scratch);
  const asked: TableAtLevel[] = [];
  for (const { level, file } of candidates(state, userKey, target, trace)) {
    asked.push({ level, file });
    const answer = askTable(state, userKey, target, level, file, scratch, trace);
    if (answer.result === 'absent') continue;
    chargeFirst(state, asked, trace);
    return finish(answer, { kind: 'table', name: state.tables.nameOf(file.number), level });
  }
  chargeFirst(state, asked, trace);
  return { found: false, value: undefined, sequence: undefined, source: undefined };
}

/** The same as below without a trace, and without an object for each step. */
function lookUpInTables(
  state: LookupState,
  userKey: Uint8Array,
  target: Uint8Array,
  scratch: BlockCursor,
): LookupResult {
  const { version } = state;
  let first: TableAtLevel | undefined;
  let asked = 0;
  const ask = (level: number, file: FileMetaData): LookupResult | undefined => {
    if (++asked === 1) first = { level, file };
    const table = state.tables.get(file);
    if (table.lookup(target, 0, target.length, scratch) !== 'found') return undefined;
    const answer = answerAt(version, scratch, userKey, table.name);
    return answer.result === 'absent'
      ? undefined
      : finish(answer, { kind: 'table', name: table.name, level });
  };
  let found: LookupResult | undefined;
  for (const file of version.level0NewestFirst()) {
    if (version.covers(file, userKey)) found = ask(0, file);
    if (found) break;
  }
  for (let level = 1; level < LEVELS && !found; level++) {
    const files = version.levels[level];
    if (files.length === 0) continue;
    const file = files[findFile(version.comparator, files, target, 0, target.length)];
    if (file && version.covers(file, userKey)) found = ask(level, file);
  }
  if (first && asked >= 2) state.chargeSeek?.(first);
  return found ?? { found: false, value: undefined, sequence: undefined, source: undefined };
}

/** The tables that may hold the key, in the order in which they are asked (Version::ForEachOverlapping). */
function* candidates(
  { version, tables }: LookupState,
  userKey: Uint8Array,
  target: Uint8Array,
  trace: (event: LookupEvent) => void,
): Generator<TableAtLevel> {
  for (const file of version.level0NewestFirst()) {
    if (version.covers(file, userKey)) yield { level: 0, file };
    else
      trace({ step: 'skipped', level: 0, file: tables.nameOf(file.number), reason: 'key outside its range' });
  }
  for (let level = 1; level < LEVELS; level++) {
    const files = version.levels[level];
    if (files.length === 0) continue;
    const file = files[findFile(version.comparator, files, target, 0, target.length)];
    if (file && version.covers(file, userKey)) yield { level, file };
    else trace({ step: 'level', level, files: files.length, reason: 'no table covers the key' });
  }
}

function askTable(
  { version, tables }: LookupState,
  userKey: Uint8Array,
  target: Uint8Array,
  level: number,
  file: FileMetaData,
  cursor: BlockCursor,
  trace: (event: LookupEvent) => void,
): Answer {
  const wasOpen = tables.has(file.number);
  const table = tables.get(file);
  const readBefore = wasOpen ? table.bytesRead : 0;
  let path: LookupTrace | undefined;
  const found = table.lookup(target, 0, target.length, cursor, (seen) => {
    path = seen;
  });
  const answer: Answer =
    found === 'found' ? answerAt(version, cursor, userKey, table.name) : { result: 'absent' };
  if (path) {
    const { result } = answer;
    trace({
      step: 'table',
      level,
      file: table.name,
      ...withSequence(answer),
      result: found === 'filtered' ? 'filtered' : result,
      ...describePath(path),
      bytesRead: table.bytesRead - readBefore,
      ...(path.filterAnswer === true ? { falsePositive: result === 'absent' } : {}),
    });
  }
  return answer;
}

function describePath(path: LookupTrace) {
  const { indexKey, filterIndex, filterAnswer, handle, block, restartPoint, comparisons } = path;
  return {
    ...(indexKey ? { indexKey } : {}),
    ...(filterIndex !== undefined ? { filter: { index: filterIndex, mayMatch: filterAnswer === true } } : {}),
    ...(handle && block ? { block: { offset: handle.offset, size: handle.size, restartPoint } } : {}),
    comparisons,
  };
}

/** What the entry under a cursor says about the user key. Throws `corrupted key for` for an entry of no known type. */
function answerAt(version: Version, cursor: Cursor, userKey: Uint8Array, file: string): Answer {
  if (!cursor.valid) return { result: 'absent' };
  const { keyBuffer, keyStart, keyEnd } = cursor;
  if (keyEnd - keyStart < TAG_BYTES || typeAt(keyBuffer, keyEnd) > ValueType.value) {
    throw corruption('bad-block', 'corrupted key for', file);
  }
  const { user } = version.comparator;
  if (user.compare(keyBuffer, keyStart, keyEnd - TAG_BYTES, userKey, 0, userKey.length) !== 0) {
    return { result: 'absent' };
  }
  const sequence = sequenceAt(keyBuffer, keyEnd);
  if (typeAt(keyBuffer, keyEnd) === ValueType.deletion) return { result: 'deletion', sequence };
  const value = copyOf(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
  return { result: 'value', sequence, value };
}

function withSequence({ result, sequence }: Answer): { result: LookupAnswer; sequence?: U64 } {
  return sequence === undefined ? { result } : { result, sequence };
}

function finish(answer: Answer, source: LookupSource): LookupResult {
  return { found: answer.result === 'value', value: answer.value, sequence: answer.sequence, source };
}

function chargeFirst(
  { tables, chargeSeek }: LookupState,
  asked: readonly TableAtLevel[],
  trace: (event: LookupEvent) => void,
): void {
  if (asked.length < 2) return;
  const [first] = asked;
  const { level, file } = first;
  chargeSeek?.(first);
  trace({
    step: 'seek-charge',
    level,
    file: tables.nameOf(file.number),
    allowedSeeks: allowedSeeks(Number(file.size)),
  });
}
