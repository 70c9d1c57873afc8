import { addU64, maxU64, type U64 } from '../../bytes/u64';
import { ignoreFailure, readRange } from '../../env/env';
import { LsmError } from '../../problem';
import { MAX_CURRENT_BYTES, parseCurrent } from '../current';
import { manifestFileName, parseFileName } from '../file-names';
import { type DocumentFolder, listingOf } from './folder';

/**
 * The MANIFEST of a folder that is to be edited: the one that CURRENT names, there or not; else the newest one; else a
 * new name, for one that is rebuilt.
 */
export function editedManifest(folder: DocumentFolder): string {
  const named = currentManifest(folder);
  if (named !== undefined && parseFileName(named)?.kind === 'manifest') return named;
  const listing = listingOf(folder);
  const newest = listing?.manifests.at(-1);
  if (newest) return newest.name;
  let number: U64 = 1;
  for (const file of listing?.files ?? []) number = maxU64(number, addU64(file.number, 1));
  return manifestFileName(number);
}

/** What CURRENT names; undefined if it cannot be read. */
export function currentManifest({ env, directory }: DocumentFolder): string | undefined {
  const file = ignoreFailure(() => env.open(env.join(directory, 'CURRENT')));
  if (!file) return undefined;
  try {
    return parseCurrent(readRange(file, 0, MAX_CURRENT_BYTES + 1));
  } catch (error) {
    if (error instanceof LsmError) return undefined;
    throw error;
  } finally {
    file.close();
  }
}
