import { ByteSlab } from '../bytes/byte-slab';
import type { U64 } from '../bytes/u64';
import { allowedSeeks } from '../compaction/limits';
import type { Cursor } from '../iterator/cursor';
import { sequenceAt, TAG_BYTES, TYPE_FOR_SEEK, typeAt, ValueType, writeTag } from '../keys/internal-key';
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
  /** A copy, whose buffer other copies may share; undefined if not found. */
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
  /** For one lookup after the other; one is made if it is left out. */
  scratch?: LookupScratch | undefined;
}

/** What lookups use again. */
export class LookupScratch {
  readonly cursor: BlockCursor;
  /** For values. */
  readonly slab = new ByteSlab();
  private key = new Uint8Array(64);

  constructor({ comparator }: Version) {
    this.cursor = new BlockCursor(comparator);
  }

  /** The internal key with which a lookup begins (LookupKey), up to the next call. */
  target(userKey: Uint8Array, sequence: U64): Uint8Array {
    const { length } = userKey;
    const needed = length + TAG_BYTES;
    // Of the same length as before, as a rule: then the view is there.
    if (this.key.length !== needed) this.key = new Uint8Array(needed);
    const { key } = this;
    for (let i = 0; i < length; i++) key[i] = userKey[i];
    writeTag(key, length, sequence, TYPE_FOR_SEEK);
    return key;
  }
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
  const scratch = state.scratch ?? new LookupScratch(state.version);
  const target = scratch.target(userKey, sequence);
  for (const { name, memtable } of state.memtables) {
    const cursor = memtable.cursor();
    cursor.seek(target, 0, target.length);
    const answer = answerAt(state.version, cursor, userKey, name, scratch);
    trace?.({ step: 'memtable', file: name, entries: memtable.entries, ...withSequence(answer) });
    if (answer.result !== 'absent') return finish(answer, { kind: 'log', name, level: undefined });
  }

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
  scratch: LookupScratch,
): LookupResult {
  const { version } = state;
  let firstLevel = 0;
  let first: FileMetaData | undefined;
  let isSecond = false;
  let found: LookupResult | undefined;
  for (const file of version.level0NewestFirst()) {
    if (!version.covers(file, userKey)) continue;
    if (first) isSecond = true;
    else first = file;
    found = askQuickly(state, userKey, target, 0, file, scratch);
    if (found) break;
  }
  for (let level = 1; level < LEVELS && !found; level++) {
    const files = version.levels[level];
    if (files.length === 0) continue;
    const file = files[findFile(version.comparator, files, target, 0, target.length)];
    if (!file || !version.covers(file, userKey)) continue;
    if (first) isSecond = true;
    else {
      first = file;
      firstLevel = level;
    }
    found = askQuickly(state, userKey, target, level, file, scratch);
  }
  if (first && isSecond) state.chargeSeek?.({ level: firstLevel, file: first });
  return found ?? { found: false, value: undefined, sequence: undefined, source: undefined };
}

/** Undefined if the table has no version of the key. */
function askQuickly(
  { version, tables }: LookupState,
  userKey: Uint8Array,
  target: Uint8Array,
  level: number,
  file: FileMetaData,
  scratch: LookupScratch,
): LookupResult | undefined {
  const table = tables.get(file);
  const quick = table.lookupQuickly(target);
  if (quick === 'absent') return undefined;
  if (quick) {
    const { sequence, memory, valueStart, valueEnd, isDeletion } = quick;
    const value = isDeletion ? undefined : scratch.slab.copyOf(memory, valueStart, valueEnd);
    return { found: !isDeletion, value, sequence, source: { kind: 'table', name: table.name, level } };
  }
  const { cursor } = scratch;
  if (table.lookup(target, 0, target.length, cursor) !== 'found') return undefined;
  const answer = answerAt(version, cursor, userKey, table.name, scratch);
  return answer.result === 'absent' ? undefined : finish(answer, { kind: 'table', name: table.name, level });
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
  scratch: LookupScratch,
  trace: (event: LookupEvent) => void,
): Answer {
  const { cursor } = scratch;
  const wasOpen = tables.has(file.number);
  const table = tables.get(file);
  const readBefore = wasOpen ? table.bytesRead : 0;
  let path: LookupTrace | undefined;
  const found = table.lookup(target, 0, target.length, cursor, (seen) => {
    path = seen;
  });
  const answer: Answer =
    found === 'found' ? answerAt(version, cursor, userKey, table.name, scratch) : { result: 'absent' };
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
function answerAt(
  version: Version,
  cursor: Cursor,
  userKey: Uint8Array,
  file: string,
  { slab }: LookupScratch,
): Answer {
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
  const value = slab.copyOf(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
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
