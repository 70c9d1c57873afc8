import { manifestIn } from '../engine/db/table-history';
import { EnvError, type ReadableEnv } from '../engine/env/env';

/**
 * A text that differs when a file's size or time differs, or the MANIFEST of its folder: by that a table or a log is live
 * or not. Throws EnvError if the file is gone.
 */
export function fileFingerprint(env: ReadableEnv, path: string): string {
  const { size, modified } = env.stat(path);
  return `${size} ${modified} ${manifestFingerprint(env, env.split(path).directory)}`;
}

function manifestFingerprint(env: ReadableEnv, directory: string): string {
  try {
    const manifest = manifestIn(env, directory);
    return manifest === undefined ? '' : `${manifest} ${env.stat(env.join(directory, manifest)).size}`;
  } catch (error) {
    if (error instanceof EnvError) return '';
    throw error;
  }
}
