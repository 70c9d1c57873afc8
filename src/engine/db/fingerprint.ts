import { Fnv1a64 } from '../bytes/fnv';
import { EnvError, type ReadableEnv, readRange } from '../env/env';
import { MAX_CURRENT_BYTES, parseCurrent } from '../manifest/current';
import { parseFileName } from '../manifest/file-names';
import { LsmError } from '../problem';

/** By what a database is known again, and by what it shows that it has moved on. */
export interface DatabaseFingerprint {
  /** CURRENT without its newline; undefined if it cannot be read. */
  current: string | undefined;
  /** The MANIFEST's name, if there is a file of it. */
  manifest: string | undefined;
  manifestSize: number;
  /** Files that LevelDB owns by their names, LOCK, LOG and LOG.old apart. */
  files: number;
  /** FNV-1a over the names of these files and their sizes, in order: 16 hex digits. */
  listing: string;
}

export function fingerprintOf(env: ReadableEnv, directory: string): DatabaseFingerprint {
  const names = env
    .list(directory)
    .map(({ name }) => name)
    .filter((name) => {
      const kind = parseFileName(name)?.kind;
      return kind !== undefined && kind !== 'lock' && kind !== 'info-log';
    })
    .sort();
  const encoder = new TextEncoder();
  const fnv = new Fnv1a64();
  for (const name of names) fnv.update(encoder.encode(`${name}\0${sizeOf(env, directory, name) ?? -1}\n`));
  const current = readCurrent(env, directory);
  const manifest = current === undefined ? undefined : manifestOf(current);
  const manifestSize = manifest === undefined ? undefined : sizeOf(env, directory, manifest);
  return {
    current: current === undefined ? undefined : new TextDecoder().decode(current).replace(/\n$/, ''),
    manifest: manifestSize === undefined ? undefined : manifest,
    manifestSize: manifestSize ?? 0,
    files: names.length,
    listing: fnv.digest(),
  };
}

function readCurrent(env: ReadableEnv, directory: string): Uint8Array | undefined {
  return unlessUnreadable(() => {
    const file = env.open(env.join(directory, 'CURRENT'));
    try {
      return readRange(file, 0, MAX_CURRENT_BYTES + 1);
    } finally {
      file.close();
    }
  });
}

function manifestOf(current: Uint8Array): string | undefined {
  try {
    return parseCurrent(current);
  } catch (error) {
    if (error instanceof LsmError) return undefined;
    throw error;
  }
}

function sizeOf(env: ReadableEnv, directory: string, name: string): number | undefined {
  return unlessUnreadable(() => env.stat(env.join(directory, name)).size);
}

function unlessUnreadable<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}
