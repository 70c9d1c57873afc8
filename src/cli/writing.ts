import { Database } from '../engine/db/database';
import { DryRun } from '../engine/db/dry-run';
import type { Options } from '../engine/db/options';
import { EnvError, type WritableEnv } from '../engine/env/env';
import { nodeInflate } from '../engine/env/node';
import { LsmError } from '../engine/problem';
import { bloomFilterPolicy } from '../engine/table/filter';
import { runSteps, type Steps } from '../engine/trace/events';
import { env } from './database';
import { writableEnv } from './locking';
import type { Arguments } from './options';
import { chosenSizes, chosenWays } from './write-options';

/**
 * Opens a database that is known to be there. A file of it that cannot be read is damage; one that this user may not
 * read is not, and neither is a lock.
 */
export function* openDatabase(files: WritableEnv, directory: string, options: Options): Steps<Database> {
  try {
    return yield* Database.open(files, directory, options);
  } catch (error) {
    if (error instanceof LsmError && error.code === 'invalid-argument') {
      // The folder is a database's: CURRENT is lost.
      throw new LsmError(error.status, 'bad-current', error.message, 'CURRENT');
    }
    if (!(error instanceof EnvError) || OUTSIDE.has(error.code)) throw error;
    throw new LsmError('IO error', 'io', error.reason, error.path);
  }
}

/** What does not come of the database's files. */
const OUTSIDE = new Set<EnvError['code']>(['permission', 'locked', 'lock-lost', 'unsupported']);

/**
 * Opens a database to write to it at once, with its lock and in the ways that its tables show. Throws as DryRun does for
 * what cannot be rewritten. LOG is let be: LevelDB begins it before it has the lock, which may be another's.
 */
export function openForWriting(args: Arguments, directory: string): Database {
  const dryRun = new DryRun(env, directory, { comparator: args.comparator(), inflate: nodeInflate });
  let options: Options;
  try {
    options = { ...dryRun.options(chosenWays(args)), ...chosenSizes(args) };
  } finally {
    dryRun.end();
  }
  return runSteps(openDatabase(writableEnv(args), directory, options));
}

/** Whether there is nothing in a folder, or no folder. */
export function isNewOrEmpty(directory: string): boolean {
  try {
    return env.list(directory).length === 0;
  } catch (error) {
    if (error instanceof EnvError && error.code === 'not-found') return true;
    throw error;
  }
}

/** Creates a database to write to at once. */
export function createForWriting(args: Arguments, directory: string): Database {
  return Database.openNow(writableEnv(args), directory, { ...newDatabaseOptions(args), infoLog: false });
}

/** Options for a database that shows no ways of its own yet. */
export function newDatabaseOptions(args: Arguments): Options {
  const { bitsPerKey = 0, ...ways } = chosenWays(args);
  return {
    ...ways,
    ...chosenSizes(args),
    comparator: args.comparator(),
    filterPolicy: bitsPerKey > 0 ? bloomFilterPolicy(bitsPerKey) : undefined,
    createIfMissing: true,
    errorIfExists: true,
    background: 'stepped',
  };
}
