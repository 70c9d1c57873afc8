import { Database } from '../engine/db/database';
import { openForWritingNow } from '../engine/db/open-for-writing';
import type { Options } from '../engine/db/options';
import { EnvError } from '../engine/env/env';
import { nodeInflate } from '../engine/env/node';
import { logBytes } from '../engine/recovery/recovered-tables';
import { bloomFilterPolicy } from '../engine/table/filter';
import { backgroundWorker, env as readable } from './database';
import { writableEnv } from './locking';
import type { Arguments } from './options';
import { chosenSizes, chosenWays } from './write-options';

/** Opens a database to write to it at once (engine/db/open-for-writing.ts). With `isLong`, or where its logs are large, a further thread helps. */
export function openForWriting(args: Arguments, directory: string, { isLong = false } = {}): Database {
  const env = writableEnv(args);
  const thread = backgroundWorker(env);
  const isWorthIt = isLong || thread.isWorthIt(logBytes(env, directory));
  return openForWritingNow(env, directory, {
    comparator: args.comparator(),
    inflate: nodeInflate,
    chosen: chosenWays(args),
    options: { ...chosenSizes(args), thread: isWorthIt ? thread : undefined },
  });
}

/** Whether there is nothing in a folder, or no folder. */
export function isNewOrEmpty(directory: string): boolean {
  try {
    return readable.list(directory).length === 0;
  } catch (error) {
    if (error instanceof EnvError && error.code === 'not-found') return true;
    throw error;
  }
}

/** Creates a database to write much to at once. */
export function createForWriting(args: Arguments, directory: string): Database {
  const env = writableEnv(args);
  const options = { ...newDatabaseOptions(args), infoLog: false, thread: backgroundWorker(env) };
  return Database.openNow(env, directory, options);
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
