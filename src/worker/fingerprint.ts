import { u64Low } from '../engine/bytes/u64';
import { type Listing, listDatabase } from '../engine/db/listing';
import { EnvError, type ReadableEnv } from '../engine/env/env';

/**
 * A text that differs when the names in a folder differ, or the size of a file that is no table: tables never change,
 * and asking for tens of thousands of sizes takes long. Tables are summed up. What cannot be read counts as empty.
 */
export function folderFingerprint(
  env: ReadableEnv,
  directory: string,
  listing = list(env, directory),
): string {
  if (!listing) return '';
  const rest = listing.rest.filter(({ kind }) => kind !== 'table').map(({ name }) => name);
  const lines = [...rest, ...listing.others].map(
    (name) => `${name}\0${sizeOf(env, env.join(directory, name))}`,
  );
  return [sumOfTables(listing), ...lines].join('\n');
}

/** Undefined if the folder cannot be read. */
function list(env: ReadableEnv, directory: string): Listing | undefined {
  try {
    return listDatabase(env, directory);
  } catch (error) {
    if (error instanceof EnvError) return undefined;
    throw error;
  }
}

/** How many tables there are, and FNV-1a over their numbers; names that LevelDB would not give now are told. */
function sumOfTables({ tables, rest }: Listing): string {
  let hash = 0x811c9dc5;
  for (const number of tables.keys()) hash = Math.imul(hash ^ u64Low(number), 0x01000193);
  const names = rest.filter(({ kind }) => kind === 'table').map(({ name }) => name);
  return [tables.size, hash >>> 0, ...names].join(' ');
}

/** -1 for a folder, whose size says nothing, and for what cannot be read. */
function sizeOf(env: ReadableEnv, path: string): number {
  try {
    const { size, isDirectory } = env.stat(path);
    return isDirectory ? -1 : size;
  } catch {
    return -1;
  }
}
