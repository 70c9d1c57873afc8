import type { ReadableEnv } from '../engine/env/env';
import { parseFileName } from '../engine/manifest/file-names';

/**
 * A text that differs when the names in a folder differ, or the size of a file that is no table: tables never change,
 * and asking for tens of thousands of sizes takes long. What cannot be read counts as empty.
 */
export function folderFingerprint(env: ReadableEnv, directory: string): string {
  try {
    const lines = env.list(directory).map(({ name, isDirectory }) => {
      if (isDirectory || parseFileName(name)?.kind === 'table') return name;
      return `${name}\0${sizeOf(env, env.join(directory, name))}`;
    });
    return lines.sort().join('\n');
  } catch {
    return '';
  }
}

function sizeOf(env: ReadableEnv, path: string): number {
  try {
    return env.stat(path).size;
  } catch {
    return -1;
  }
}
