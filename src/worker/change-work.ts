import type { U64 } from '../engine/bytes/u64';
import type { Database } from '../engine/db/database';
import type { DryRun } from '../engine/db/dry-run';
import { Inspection } from '../engine/db/inspection';
import { openKnownDatabase } from '../engine/db/open-for-writing';
import type { Options } from '../engine/db/options';
import type { RebuildInputs } from '../engine/manifest/editing/operation';
import type { Version } from '../engine/manifest/version';
import { LsmError } from '../engine/problem';
import { repairDatabase } from '../engine/recovery/repair/repair';
import type { Steps } from '../engine/trace/events';
import type { ChangeRequest } from './change-api';
import { importLines } from './import-lines';
import { type RepairReport, reportOf } from './repair-report';

/** What stands in the dry run when a change is through. */
export interface ChangeEnd {
  version: Version;
  lastSequence: U64;
  /** Operations that were imported. */
  operations: number;
  repair?: RepairReport;
}

/** What it yields is told to the trace as well, or to `read`: it says no more than that there was a step. */
export type ChangeSteps<Result> = Generator<unknown, Result>;

/**
 * Makes a change in a dry run's view: opens the database, does what was asked, closes it. `read` is told how far an
 * import is, in bytes of its file.
 */
export function* changeIn(
  dryRun: DryRun,
  options: Options,
  request: ChangeRequest,
  read: (done: number, total: number) => void,
): ChangeSteps<ChangeEnd> {
  if (request.kind === 'repair') return yield* repaired(dryRun, options, request.inputs);
  const database = yield* openKnownDatabase(dryRun.env, dryRun.directory, options);
  try {
    const operations = yield* doIn(database, request, read);
    if (database.failure) throw database.failure;
    return { version: database.version, lastSequence: database.lastSequence, operations };
  } finally {
    database.close();
  }
}

/** Throws an LsmError where it cannot be repaired, with `choice-needed` where `inputs` have to be chosen. */
function* repaired(
  dryRun: DryRun,
  options: Options,
  inputs: RebuildInputs | undefined,
): ChangeSteps<ChangeEnd> {
  const repair = yield* repairDatabase(dryRun, options, { inputs });
  const { refusal, result } = repair;
  if (refusal) {
    const code = refusal.choose ? 'choice-needed' : 'invalid-argument';
    throw new LsmError('Invalid argument', code, refusal.reason, dryRun.directory);
  }
  if (!result?.ok) {
    const reason = `LevelDB would not open what a repair makes of it: ${result?.error}`;
    throw new LsmError('Invalid argument', 'invalid-argument', reason, dryRun.directory);
  }
  const db = Inspection.open(dryRun.env, dryRun.directory, { comparator: dryRun.comparator });
  try {
    const { version } = db;
    return { version, lastSequence: result.lastSequence ?? 0, operations: 0, repair: reportOf(repair) };
  } finally {
    db.close();
  }
}

function* doIn(
  database: Database,
  request: Exclude<ChangeRequest, { kind: 'repair' }>,
  read: (done: number, total: number) => void,
): ChangeSteps<number> {
  switch (request.kind) {
    case 'flush':
    case 'recover':
      // Opening makes tables of all that the logs hold.
      return 0;
    case 'import': {
      const operations = yield* importLines(database, request.path, read);
      if (operations > 0) yield* flushed(database);
      yield* database.settleSteps();
      return operations;
    }
    default:
      // What is due after opening comes first, as LevelDB's background thread begins at once.
      yield* database.settleSteps();
      if (database.failure || request.kind === 'compact-auto') return 0;
      if (request.kind === 'compact') yield* database.compactRange(request.from, request.to);
      else yield* database.compactLevel(request.level);
      return 0;
  }
}

/** All that was written into tables: a log is not applied, since LevelDB would replay it into the old state, too. */
function* flushed(database: Database): Steps<void> {
  yield* database.flush();
  if (database.failure) throw database.failure;
}
