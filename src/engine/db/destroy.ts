import { EnvError, ignoreFailure, sortedNames, type WritableEnv } from '../env/env';
import { parseFileName } from '../manifest/file-names';

/**
 * Removes a database, and its directory if nothing else is in it (DestroyDB). Files with names that are not LevelDB's
 * stay. Nothing happens if there is no such directory. Throws EnvError: `locked` if it is open, or the first file that
 * could not be removed, after all others were.
 */
export function destroyDatabase(env: WritableEnv, directory: string): void {
  let names: string[];
  try {
    names = sortedNames(env, directory);
  } catch (error) {
    if (error instanceof EnvError) return;
    throw error;
  }
  const lockPath = env.join(directory, 'LOCK');
  const lock = env.lock(lockPath);
  let failure: EnvError | undefined;
  try {
    for (const name of names) {
      const parsed = parseFileName(name);
      // The lock goes last: until then nobody else may begin a database here.
      if (!parsed || parsed.kind === 'lock') continue;
      try {
        env.remove(env.join(directory, name));
      } catch (error) {
        if (!(error instanceof EnvError)) throw error;
        failure ??= error;
      }
    }
  } finally {
    lock.release();
  }
  ignoreFailure(() => env.remove(lockPath));
  ignoreFailure(() => env.removeDirectory(directory));
  if (failure) throw failure;
}
