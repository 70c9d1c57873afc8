import type { Inflate } from '../codec/codec';
import { EnvError, type ReadableEnv, type WritableEnv } from '../env/env';
import type { Comparator } from '../keys/comparator';
import { corruption, LsmError } from '../problem';
import type { Steps } from '../trace/events';
import { Database } from './database';
import { type ChosenWays, DryRun } from './dry-run';
import { Inspection } from './inspection';
import type { Options } from './options';

export interface WritingOptions {
  /** For a database whose MANIFEST cannot be asked. */
  comparator?: Comparator | undefined;
  inflate?: Inflate | undefined;
  /** How tables are to be written; what is left out is as the tables present show. */
  chosen?: ChosenWays | undefined;
  /** What else it is opened with: sizes, a listener. */
  options?: Options | undefined;
  /**
   * Refuse where the logs hold damage that LevelDB would drop without a word, and remove with the log. A record that a
   * crash cut off is none: it never was acknowledged as durable.
   */
  refuseLoss?: boolean | undefined;
}

/**
 * Opens a database to write to it at once, with its lock and in the ways that its tables show. Throws as DryRun and its
 * `options` do for what cannot be rewritten, and as Database.open. LOG is let be: LevelDB begins it before it has the
 * lock, which may be another's.
 */
export function* openForWriting(
  env: WritableEnv,
  directory: string,
  options: WritingOptions = {},
): Steps<Database> {
  return yield* openKnownDatabase(env, directory, optionsForWriting(env, directory, options));
}

/** `openForWriting` in one go: with large logs that is faster than steps that somebody may watch. */
export function openForWritingNow(
  env: WritableEnv,
  directory: string,
  options: WritingOptions = {},
): Database {
  const chosen = optionsForWriting(env, directory, options);
  try {
    return Database.openNow(env, directory, chosen);
  } catch (error) {
    throw failureOfKnown(error);
  }
}

function optionsForWriting(
  env: WritableEnv,
  directory: string,
  { comparator, inflate, chosen, options, refuseLoss = false }: WritingOptions,
): Options {
  const dryRun = new DryRun(env, directory, { comparator, inflate });
  let ways: Options;
  try {
    ways = dryRun.options(chosen);
  } finally {
    dryRun.end();
  }
  if (refuseLoss) requireNothingLost(env, directory);
  // Paranoid, what is damaged since that look is refused as well.
  return { ...ways, ...options, paranoidChecks: refuseLoss };
}

/**
 * Opens a database that is known to be there. A file of it that cannot be read is damage; one that this user may not
 * read is not, and neither is a lock.
 */
export function* openKnownDatabase(env: WritableEnv, directory: string, options: Options): Steps<Database> {
  try {
    return yield* Database.open(env, directory, options);
  } catch (error) {
    throw failureOfKnown(error);
  }
}

function failureOfKnown(error: unknown): unknown {
  if (error instanceof LsmError && error.code === 'invalid-argument') {
    // The folder is a database's: CURRENT is lost.
    return new LsmError(error.status, 'bad-current', error.message, 'CURRENT');
  }
  if (!(error instanceof EnvError) || OUTSIDE.has(error.code)) return error;
  return new LsmError('IO error', 'io', error.reason, error.path);
}

/** What does not come of the database's files. */
const OUTSIDE = new Set<EnvError['code']>(['permission', 'locked', 'lock-lost', 'unsupported']);

/**
 * Throws the first damage of the MANIFEST and the live logs, or a table that is missing. More than paranoid_checks finds:
 * LevelDB takes any bytes at a log's end for what a crash leaves.
 */
function requireNothingLost(env: ReadableEnv, directory: string): void {
  const db = Inspection.open(env, directory);
  try {
    // Reads the logs.
    db.memtables();
    const damage = db.problems.find(({ severity }) => severity === 'error');
    if (damage) throw corruption(damage.code, damage.message, damage.file, damage.offset);
  } finally {
    db.close();
  }
}
