import { crc32c } from '../bytes/crc32c';
import { Fnv1a64 } from '../bytes/fnv';
import { EnvError, type ReadableEnv, readRange, sortedNames } from '../env/env';
import { MAX_CURRENT_BYTES, parseCurrent } from '../manifest/current';
import { parseFileName } from '../manifest/file-names';
import { LsmError } from '../problem';
import { count, object, optional, text } from '../trace/json-form';

/** By what a database is known again, and by what it shows that it has moved on. */
export interface DatabaseFingerprint {
  /** CURRENT without its newline; undefined if it cannot be read. */
  current: string | undefined;
  /** The MANIFEST's name, if there is a file of it. */
  manifest: string | undefined;
  manifestSize: number;
  /** Files that LevelDB owns by their names; LOCK, LOG, LOG.old and temporary ones apart. */
  files: number;
  /** FNV-1a over the names of these files and their sizes, in order: 16 hex digits. */
  listing: string;
  /** CRC-32C over the bytes of the MANIFEST and of all logs: 8 hex digits. Undefined in traces of before. */
  contents: string | undefined;
}

/** Its JSON form. */
export const fingerprintForm = object<DatabaseFingerprint>({
  current: optional(text),
  manifest: optional(text),
  manifestSize: count,
  files: count,
  listing: text,
  contents: optional(text),
});

/** `ignored` are names that are passed by as if they were not there. Of LevelDB's temporary files none counts. */
export function fingerprintOf(
  env: ReadableEnv,
  directory: string,
  ignored: ReadonlySet<string> = new Set(),
): DatabaseFingerprint {
  const names = stateFiles(env, directory).filter((name) => !ignored.has(name));
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
    contents: digestOf(
      env,
      directory,
      names.filter((name) => name === manifest || parseFileName(name)?.kind === 'log'),
    ),
  };
}

/** Files that make up a database's state, in order: those that LevelDB owns without LOCK, LOG and temporary ones. */
export function stateFiles(env: ReadableEnv, directory: string): string[] {
  return sortedNames(env, directory).filter((name) => {
    const kind = parseFileName(name)?.kind;
    return kind !== undefined && kind !== 'lock' && kind !== 'info-log' && kind !== 'temporary';
  });
}

/** How a fingerprint differs from an earlier one, in words; undefined if it does not. */
export function whatMovedOn(before: DatabaseFingerprint, now: DatabaseFingerprint): string | undefined {
  if (now.current !== before.current) {
    const name = (current: string | undefined) => current ?? 'nothing that can be read';
    return `CURRENT names ${name(now.current)}, and named ${name(before.current)}`;
  }
  if (now.manifest !== before.manifest) return 'the MANIFEST came or went';
  if (now.manifestSize !== before.manifestSize) {
    return `${now.manifest} has ${now.manifestSize} bytes, and had ${before.manifestSize}`;
  }
  if (now.files !== before.files) return `there are ${now.files} files, and were ${before.files}`;
  if (now.listing !== before.listing) return 'names or sizes of files differ';
  return now.contents === before.contents ? undefined : 'the contents of the MANIFEST or of a log differ';
}

const READ_BYTES = 1 << 20;

function digestOf(env: ReadableEnv, directory: string, names: readonly string[]): string {
  let crc = 0;
  for (const name of names) {
    crc = crc32c(new TextEncoder().encode(`${name}\0`), undefined, undefined, crc);
    crc = unlessUnreadable(() => digestFile(env, env.join(directory, name), crc)) ?? crc;
  }
  return crc.toString(16).padStart(8, '0');
}

/** The checksum of a file's bytes, continued from `crc`. */
export function digestFile(env: ReadableEnv, path: string, crc = 0): number {
  const file = env.open(path);
  try {
    const buffer = new Uint8Array(Math.max(1, Math.min(READ_BYTES, file.size())));
    for (let offset = 0; ; ) {
      const count = file.read(offset, buffer, 0, buffer.length);
      if (count === 0) return crc;
      crc = crc32c(buffer, 0, count, crc);
      offset += count;
    }
  } finally {
    file.close();
  }
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
