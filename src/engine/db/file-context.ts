import { EnvError, type ReadableEnv } from '../env/env';
import { bytewiseComparator, type Comparator, findComparator } from '../keys/comparator';
import { isRecord, ManifestContents } from '../manifest/manifest-reader';
import { listDatabase } from './listing';

/**
 * The name of the comparator that the database around a file uses, from the newest MANIFEST in its folder that has
 * one; undefined if there is none, as for a file that was taken out of its database.
 */
export function comparatorNameAround(env: ReadableEnv, path: string): string | undefined {
  const { directory } = env.split(path);
  try {
    for (const { name } of listDatabase(env, directory).manifests.reverse()) {
      const file = env.open(env.join(directory, name));
      try {
        const named = ManifestContents.read(file, name)
          .items.filter(isRecord)
          .find(({ edit }) => edit.comparator);
        if (named) return named.edit.comparator;
      } finally {
        file.close();
      }
    }
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
  }
  return undefined;
}

/** The order for a single file: the one asked for, that of its database, or bytewise; and whether it is certain. */
export function comparatorAround(
  env: ReadableEnv,
  path: string,
  override: Comparator | undefined,
): { comparator: Comparator; known: boolean } {
  if (override) return { comparator: override, known: true };
  const name = comparatorNameAround(env, path) ?? bytewiseComparator.name;
  const comparator = findComparator(name);
  return { comparator: comparator ?? bytewiseComparator, known: comparator !== undefined };
}
