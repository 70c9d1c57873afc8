import { compareRanges } from '../bytes/compare';
import { copyOf } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import { EnvError } from '../env/env';
import type { Cursor } from '../iterator/cursor';
import {
  encodeInternalKey,
  MAX_SEQUENCE,
  parseInternalKey,
  TAG_BYTES,
  TYPE_FOR_SEEK,
  type ValueTypeName,
} from '../keys/internal-key';
import type { FileMetaData } from '../manifest/version-edit';
import { replayLog } from '../memtable/log-replay';
import { LsmError, type ProblemSink } from '../problem';
import { Table } from '../table/table';
import { endOfTable } from '../table/table-size';
import { isLiveLog } from './folder-state';
import type { Inspection } from './inspection';
import type { ListedFile } from './listing';

/** One version of a key in one file. */
export interface KeyVersion {
  sequence: U64;
  type: ValueTypeName;
  /** A copy; empty for a deletion. */
  value: Uint8Array;
  file: string;
  /** Of a live table. */
  level: number | undefined;
  /** Whether the file belongs to the present state: false for obsolete and orphan files. */
  live: boolean;
}

/** What a search through the files is at. */
export interface HistoryProgress {
  file: string;
  filesDone: number;
  filesTotal: number;
}

/**
 * Every version of a key in every table and log of the folder, obsolete and orphan files included, newest first.
 * Files that cannot be read go to `sink`; what is wrong with a file that nobody needs is a note.
 */
export function keyHistory(db: Inspection, userKey: Uint8Array, sink: ProblemSink): KeyVersion[] {
  const job = historyJob(db, userKey, sink);
  for (;;) {
    const step = job.next();
    if (step.done) return step.value;
  }
}

/** keyHistory file by file. */
export function* historyJob(
  db: Inspection,
  userKey: Uint8Array,
  sink: ProblemSink,
): Generator<HistoryProgress, KeyVersion[]> {
  const places = new Map<U64, TablePlace>();
  for (const place of db.version.files()) places.set(place.file.number, place);
  const { logNumber, prevLogNumber } = db.versions;
  const versions: KeyVersion[] = [];
  const files = db.listing.files.filter(({ kind }) => kind === 'table' || kind === 'log');
  for (const [i, file] of files.entries()) {
    if (file.kind === 'table') {
      const isNamed = db.listing.tables.get(file.number) === file.name;
      const place = isNamed ? places.get(file.number) : undefined;
      versions.push(...versionsInTable(db, file, place, userKey, sink));
    } else {
      const live = isLiveLog(file.number, logNumber, prevLogNumber);
      versions.push(...versionsInLog(db, file, live, userKey, sink));
    }
    yield { file: file.name, filesDone: i + 1, filesTotal: files.length };
  }
  return versions.sort((a, b) => (a.sequence > b.sequence ? -1 : a.sequence < b.sequence ? 1 : 0));
}

/** A live table in the version. */
interface TablePlace {
  level: number;
  file: FileMetaData;
}

function versionsInTable(
  db: Inspection,
  { name }: ListedFile,
  place: TablePlace | undefined,
  userKey: Uint8Array,
  sink: ProblemSink,
): KeyVersion[] {
  const live = place !== undefined;
  return readOr(name, live, sink, () => {
    const file = db.env.open(db.env.join(db.directory, name));
    try {
      const comparator = db.version.comparator;
      const ourSink: ProblemSink = (problem) => sink(live ? problem : { ...problem, severity: 'note' });
      const options = { name, comparator, codec: db.codec, sink: ourSink };
      const table = Table.open(file, options, endOfTable(file, place?.file.size, name));
      return collect(db, table.cursor(), userKey, { file: name, level: place?.level, live });
    } finally {
      file.close();
    }
  });
}

function versionsInLog(
  db: Inspection,
  { name }: ListedFile,
  live: boolean,
  userKey: Uint8Array,
  sink: ProblemSink,
): KeyVersion[] {
  return readOr(name, live, sink, () => {
    const file = db.env.open(db.env.join(db.directory, name));
    try {
      const { memtable, problems } = replayLog(file, name, db.version.comparator);
      for (const problem of problems) sink(live ? problem : { ...problem, severity: 'note' });
      return collect(db, memtable.cursor(), userKey, { file: name, level: undefined, live });
    } finally {
      file.close();
    }
  });
}

/** The versions of the key in one run. Where the order of keys is not known, all of it is looked through. */
function collect(
  db: Inspection,
  cursor: Cursor,
  userKey: Uint8Array,
  place: Pick<KeyVersion, 'file' | 'level' | 'live'>,
): KeyVersion[] {
  const { comparatorKnown, comparator } = db.versions;
  const versions: KeyVersion[] = [];
  if (comparatorKnown) {
    const target = encodeInternalKey(userKey, MAX_SEQUENCE, TYPE_FOR_SEEK);
    cursor.seek(target, 0, target.length);
  } else cursor.seekToFirst();
  const compare = comparatorKnown ? comparator.compare : compareRanges;
  for (; cursor.valid; cursor.next()) {
    const { keyBuffer, keyStart, keyEnd } = cursor;
    const same =
      keyEnd - keyStart >= TAG_BYTES &&
      compare(keyBuffer, keyStart, keyEnd - TAG_BYTES, userKey, 0, userKey.length) === 0;
    const parsed = same ? parseInternalKey(keyBuffer.subarray(keyStart, keyEnd)) : undefined;
    if (parsed) {
      const { sequence, type } = parsed;
      const value = copyOf(cursor.valueBuffer, cursor.valueStart, cursor.valueEnd);
      versions.push({ sequence, type, value, ...place });
    } else if (comparatorKnown && !same) break;
  }
  return versions;
}

function readOr(name: string, live: boolean, sink: ProblemSink, read: () => KeyVersion[]): KeyVersion[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
    const message = error instanceof EnvError ? error.reason : error.message;
    sink({ severity: live ? 'error' : 'note', file: name, code: 'unreadable', message });
    return [];
  }
}
