import { addU64, type U64 } from '../bytes/u64';
import type { Inspection } from '../db/inspection';
import type { Moment } from '../db/moment';
import { ProblemList } from '../db/problem-list';
import { EnvError } from '../env/env';
import { parseFileName } from '../manifest/file-names';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError, type Problem, type ProblemSink } from '../problem';
import { beginHelp, type HowToVerify, type VerifyHelpers, verifyFile } from './verify-help';
import { verifyLogRecords } from './verify-log';
import type { TableCounts } from './verify-table';

export interface VerifyOptions {
  /** Only the checksums of blocks and records. */
  checksumsOnly?: boolean;
  helpers?: VerifyHelpers | undefined;
}

export interface VerifyProgress {
  file: string;
  filesDone: number;
  filesTotal: number;
}

export interface VerifyResult {
  /** No problem is an error. */
  ok: boolean;
  filesChecked: number;
  blocksChecked: number;
  entriesChecked: number;
  problems: Problem[];
}

/** How long nothing else is heard while helpers are waited for. */
const WAIT_MS = 5;

/**
 * Verifies a database: the MANIFEST's records and counters, each live table block by block, each live log record by
 * record, and what the files say against what the MANIFEST says of them. Changes nothing; runs beside a writer.
 */
export function* verifyDatabase(
  inspection: Inspection,
  options: VerifyOptions = {},
): Generator<VerifyProgress, VerifyResult> {
  const moment = inspection.holdMoment();
  try {
    return yield* verifyMoment(moment, options.checksumsOnly === true, options.helpers);
  } finally {
    moment.release();
  }
}

function* verifyMoment(
  db: Moment,
  checksumsOnly: boolean,
  helpers: VerifyHelpers | undefined,
): Generator<VerifyProgress, VerifyResult> {
  const problems = new ProblemList();
  problems.addAll(db.problems);
  const sink: ProblemSink = (problem) => problems.add(problem);
  const { versions, liveLogs } = db;
  const files = [...versions.version.files()];
  const filesTotal = files.length + liveLogs.length + 1;
  const result = { filesChecked: 1, blocksChecked: 0, entriesChecked: 0 };
  const progress = (file: string): VerifyProgress => ({ file, filesDone: result.filesChecked, filesTotal });
  const lastSequence = checksumsOnly ? 0 : db.lastSequence();
  const help = beginHelp(db, files, { lastSequence, checksumsOnly }, helpers);
  try {
    if (!checksumsOnly) checkVersion(db, sink);
    yield progress(versions.manifest);

    const damaged = db.problems.some(({ severity, file }) => severity === 'error' && isAboutVersion(file));
    let nextSequence = damaged ? undefined : addU64(versions.lastSequence, 1);
    for (const [i, { name, file }] of liveLogs.entries()) {
      const counts = verifyLogRecords(file, name, i === liveLogs.length - 1, nextSequence, sink);
      nextSequence = counts.nextSequence;
      result.filesChecked++;
      result.blocksChecked += counts.records;
      result.entriesChecked += counts.operations;
      yield progress(name);
    }

    for (const [i, { file }] of files.entries()) {
      const name = db.tables.nameOf(file.number);
      while (help && !help.isDone(i, WAIT_MS)) yield progress(name);
      const counts = help?.take(i) ?? verifyOneTable(db, file, { lastSequence, checksumsOnly }, sink);
      if (counts) {
        result.filesChecked++;
        result.blocksChecked += counts.blocks;
        result.entriesChecked += counts.entries;
      }
      yield progress(name);
    }
  } finally {
    help?.end();
  }
  const { all } = problems;
  return { ok: all.every(({ severity }) => severity !== 'error'), ...result, problems: all };
}

/** Whether a problem of this file leaves the version and the counters in doubt. */
function isAboutVersion(file: string): boolean {
  return file === 'CURRENT' || parseFileName(file)?.kind === 'manifest';
}

/** Undefined if the table cannot be read at all. */
function verifyOneTable(
  db: Moment,
  meta: FileMetaData,
  how: HowToVerify,
  sink: ProblemSink,
): TableCounts | undefined {
  const name = db.tables.nameOf(meta.number);
  try {
    return verifyFile(db, meta, how, db.codec, sink);
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
    const code = error instanceof LsmError && error.code === 'missing-file' ? 'missing-file' : 'unreadable';
    // A missing file was reported when the database was opened, but not a link to one.
    const isKnown = db.problems.some((known) => known.code === 'missing-file' && known.file === name);
    if (code === 'unreadable' || !isKnown)
      sink({ severity: 'error', file: name, code, message: error.message });
    return undefined;
  }
}

/** The version against itself and against the counters. */
function checkVersion(db: Moment, sink: ProblemSink): void {
  const { version, nextFileNumber, manifest, logNumber, comparatorKnown } = db.versions;
  if (comparatorKnown) {
    for (const { level, left, right } of version.overlaps()) {
      const names = `${db.tables.nameOf(left.number)} and ${db.tables.nameOf(right.number)}`;
      const message = `overlapping ranges in level ${level}: ${names}`;
      sink({ severity: 'error', file: manifest, code: 'overlap', message });
    }
  }
  const places = new Map<U64, number>();
  for (const { level, file } of version.files()) {
    const name = db.tables.nameOf(file.number);
    if (file.number >= nextFileNumber) {
      const message = `the next file number is ${nextFileNumber}: LevelDB would overwrite this table`;
      sink({ severity: 'error', file: name, code: 'counter-too-low', message });
    }
    const other = places.get(file.number);
    if (other !== undefined) {
      const message = `named twice, in levels ${other} and ${level}`;
      sink({ severity: 'error', file: name, code: 'overlap', message });
    }
    places.set(file.number, level);
  }
  const hasLog = db.listing.logs.some(({ number }) => number >= logNumber);
  if (!hasLog && logNumber > 0) {
    const message = `no log with number ${logNumber} or above: writes after the last flush are lost, if there were any`;
    sink({ severity: 'warning', file: manifest, code: 'missing-file', message });
  }
}
