import { WriteBatch } from '../engine/batch/write-batch';
import type { U64 } from '../engine/bytes/u64';
import { Database } from '../engine/db/database';
import type { DryRun } from '../engine/db/dry-run';
import type { Options } from '../engine/db/options';
import { EnvError } from '../engine/env/env';
import type { Version } from '../engine/manifest/version';
import { LsmError } from '../engine/problem';
import type { Steps } from '../engine/trace/events';
import type { ChangeRequest } from './change-api';
import { importLines } from './import-lines';

/** What stands in the dry run when a change is through. */
export interface ChangeEnd {
  version: Version;
  lastSequence: U64;
  /** Puts and deletes of the change itself. */
  operations: number;
}

/**
 * Makes a change in a dry run's view: opens the database, does what was asked, closes it. `read` is told how far an
 * import is, in bytes of its file.
 */
export function* changeIn(
  dryRun: DryRun,
  options: Options,
  request: ChangeRequest,
  read: (done: number, total: number) => void,
): Steps<ChangeEnd> {
  const database = yield* open(dryRun, options);
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
): Steps<number> {
  switch (request.kind) {
    case 'flush':
    case 'recover':
      // Opening makes tables of all that the logs hold.
      return 0;
    case 'put':
    case 'delete': {
      const batch = new WriteBatch();
      if (request.kind === 'put') batch.put(request.key, request.value);
      else batch.delete(request.key);
      database.write(batch);
      yield* flushed(database);
      return 1;
    }
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

/** Opens the database. A file of it that cannot be read is damage; one that this user may not read is not. */
function* open({ env, directory }: DryRun, options: Options): Steps<Database> {
  try {
    return yield* Database.open(env, directory, options);
  } catch (error) {
    if (error instanceof LsmError && error.code === 'invalid-argument') {
      // The folder is a database's, or there would be no dry run on it: CURRENT is lost.
      throw new LsmError(error.status, 'bad-current', error.message, 'CURRENT');
    }
    if (!(error instanceof EnvError) || error.code === 'permission') throw error;
    throw new LsmError('IO error', 'io', error.reason, error.path);
  }
}
