import type { U64 } from '../engine/bytes/u64';
import type { Database } from '../engine/db/database';
import type { DryRun } from '../engine/db/dry-run';
import { openKnownDatabase } from '../engine/db/open-for-writing';
import type { Options } from '../engine/db/options';
import type { Version } from '../engine/manifest/version';
import type { Steps } from '../engine/trace/events';
import type { ChangeRequest } from './change-api';
import { importLines } from './import-lines';

/** What stands in the dry run when a change is through. */
export interface ChangeEnd {
  version: Version;
  lastSequence: U64;
  /** Operations that were imported. */
  operations: number;
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
  const database = yield* openKnownDatabase(dryRun.env, dryRun.directory, options);
  try {
    const operations = yield* doIn(database, request, read);
    if (database.failure) throw database.failure;
    return { version: database.version, lastSequence: database.lastSequence, operations };
  } finally {
    database.close();
  }
}

function* doIn(
  database: Database,
  request: ChangeRequest,
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
