// Tables that several threads verify.

import type { U64 } from '../bytes/u64';
import type { CodecOptions } from '../codec/codec';
import { identityOf } from '../db/identity';
import type { Inspection } from '../db/inspection';
import type { Moment } from '../db/moment';
import { EnvError } from '../env/env';
import type { FileMetaData } from '../manifest/version-edit';
import { LsmError, type ProblemSink } from '../problem';
import { type SoundTable, TableBoard } from './table-board';
import { type TableCounts, verifyTable } from './verify-table';

/** Other threads that verify tables of the same folder. */
export interface VerifyHelpers {
  /** Whether they are worth their start for so many bytes of tables. */
  areWorthIt(tableBytes: number, checksumsOnly: boolean): boolean;
  /** They begin, by `helpVerify`. */
  begin(request: HelpRequest): void;
  /** Whether one of them is still at it. What one has put up before it ended is there. */
  readonly areWorking: boolean;
  /** Nothing more is wanted of them. */
  end(): void;
}

/** What a helper is told, as it crosses between threads. */
export interface HelpRequest {
  directory: string;
  /** What the helper sees must be the same: `identityOf`. */
  identity: string;
  lastSequence: U64;
  checksumsOnly: boolean;
  board: SharedArrayBuffer;
}

/** Throws an LsmError or EnvError if the file cannot be opened or read. */
export function verifyFile(
  db: Moment | Inspection,
  meta: FileMetaData,
  { lastSequence, checksumsOnly }: HowToVerify,
  codec: CodecOptions,
  sink: ProblemSink,
): TableCounts {
  const name = db.tables.nameOf(meta.number);
  const { comparator } = db.version;
  const orderKnown = db.versions.comparatorKnown;
  return db.tables.withFile(meta.number, (file) =>
    verifyTable(file, { name, comparator, orderKnown, codec, meta, lastSequence, checksumsOnly, sink }),
  );
}

/** Undefined if anything is wrong with the table: who tells of problems looks at it again, in its turn. */
function soundTable(db: Moment | Inspection, meta: FileMetaData, how: HowToVerify): SoundTable | undefined {
  let isSound = true;
  const codec = { ...db.codec, preferZlib: false };
  try {
    const counts = verifyFile(db, meta, how, codec, () => {
      isSound = false;
    });
    return isSound ? { ...counts, hasZlib: codec.preferZlib } : undefined;
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
    return undefined;
  }
}

export interface HowToVerify {
  lastSequence: U64;
  checksumsOnly: boolean;
}

interface LevelFile {
  file: FileMetaData;
}

/** Tables that are verified by several threads, in any order; what is told of them is told in theirs. */
export class VerifyHelp {
  private readonly db: Moment;
  private readonly files: readonly LevelFile[];
  private readonly how: HowToVerify;
  private readonly helpers: VerifyHelpers;
  private readonly board: TableBoard;

  constructor(db: Moment, files: readonly LevelFile[], how: HowToVerify, helpers: VerifyHelpers) {
    this.db = db;
    this.files = files;
    this.how = how;
    this.helpers = helpers;
    this.board = TableBoard.of(files.length);
    const { directory } = db;
    helpers.begin({ directory, identity: identityOf(db), ...how, board: this.board.memory });
  }

  /** True if a table is found or given up; else verifies another one, or waits for so many milliseconds. */
  isDone(table: number, milliseconds: number): boolean {
    const { board, helpers } = this;
    if (board.isFound(table, 0)) return true;
    const next = board.take();
    if (next !== undefined) board.put(next, soundTable(this.db, this.files[next].file, this.how));
    else return board.isFound(table, milliseconds) || !helpers.areWorking;
    return false;
  }

  /** What is known of a table, if it is sound. */
  take(table: number): TableCounts | undefined {
    const sound = this.board.found(table);
    if (sound?.hasZlib) this.db.codec.preferZlib = true;
    return sound;
  }

  end(): void {
    this.board.stop();
    this.helpers.end();
  }
}

export function beginHelp(
  db: Moment,
  files: readonly LevelFile[],
  how: HowToVerify,
  helpers: VerifyHelpers | undefined,
): VerifyHelp | undefined {
  const bytes = files.reduce((sum, { file }) => sum + Number(file.size), 0);
  if (files.length < 2 || !helpers?.areWorthIt(bytes, how.checksumsOnly)) return undefined;
  return new VerifyHelp(db, files, how, helpers);
}

/**
 * A helper's work: verifies tables of the request's board until all are taken, if the folder that it opened is in the same
 * state as the one that the request is about.
 */
export function helpVerify(inspection: Inspection, request: HelpRequest): void {
  if (identityOf(inspection) !== request.identity) return;
  const board = new TableBoard(request.board);
  const files = [...inspection.version.files()];
  for (let next = board.take(); next !== undefined; next = board.take()) {
    board.put(next, soundTable(inspection, files[next].file, request));
  }
}
