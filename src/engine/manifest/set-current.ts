import type { U64 } from '../bytes/u64';
import { ignoreFailure, type WritableEnv } from '../env/env';
import { manifestFileName, temporaryFileName } from './file-names';

/**
 * Makes CURRENT name a MANIFEST, through a temporary file that is renamed (db/filename.cc, SetCurrentFile). Throws
 * EnvError, and CURRENT is what it was then. The caller syncs the directory, which LevelDB leaves out.
 */
export function setCurrentFile(env: WritableEnv, directory: string, manifest: U64): void {
  const temporary = env.join(directory, temporaryFileName(manifest));
  try {
    const file = env.create(temporary);
    try {
      file.append(new TextEncoder().encode(`${manifestFileName(manifest)}\n`));
      file.sync();
    } finally {
      file.close();
    }
    env.rename(temporary, env.join(directory, 'CURRENT'));
  } catch (error) {
    removeIfThere(env, temporary);
    throw error;
  }
}

/** Removes a file; what cannot be removed stays. */
export function removeIfThere(env: WritableEnv, path: string): void {
  ignoreFailure(() => env.remove(path));
}
