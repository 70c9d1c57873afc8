import type { U64 } from '../../../bytes/u64';
import type { Listing } from '../../../db/listing';
import { ignoreFailure } from '../../../env/env';
import { collectCounters, isRecord, ManifestContents, type ManifestCounters } from '../../manifest-reader';
import { recoverVersions } from '../../version-set';
import { currentManifest } from '../edited-manifest';
import type { DocumentFolder } from '../folder';

/** What the MANIFESTs of a folder prove of its tables. */
export interface Evidence {
  /** The level that a table was in last. */
  levels: ReadonlyMap<U64, number>;
  /** Tables that were taken out, or that were there and not named when a MANIFEST began. */
  isObsolete(number: U64): boolean;
  /**
   * Whether the MANIFEST that CURRENT names is sound: what it does not name is no part of the database, and its log
   * number holds.
   */
  isComplete: boolean;
  counters: ManifestCounters;
}

/** Read in order of their numbers: a later MANIFEST knows better. */
export function manifestEvidence(folder: DocumentFolder, listing: Listing): Evidence {
  const { env, directory } = folder;
  const levels = new Map<U64, number>();
  const removed = new Set<U64>();
  let begun: U64 = 0;
  let counters = collectCounters([]);
  const current = currentManifest(folder);
  let isComplete = false;
  for (const { name, number } of listing.manifests) {
    const file = ignoreFailure(() => env.open(env.join(directory, name)));
    if (!file) continue;
    let contents: ManifestContents;
    try {
      contents = ManifestContents.read(file, name);
    } finally {
      file.close();
    }
    const [first] = contents.items;
    if (first && isRecord(first) && first.edit.comparator !== undefined) {
      // A snapshot: what it leaves out was obsolete.
      for (const table of levels.keys()) removed.add(table);
      levels.clear();
      begun = number;
    }
    const records = contents.items.filter(isRecord);
    for (const { edit } of records) {
      for (const { level, number: table } of edit.deletedFiles) {
        if (levels.get(table) !== level) continue;
        levels.delete(table);
        removed.add(table);
      }
      for (const {
        level,
        file: { number: table },
      } of edit.newFiles) {
        levels.set(table, level);
        removed.delete(table);
      }
    }
    const found = collectCounters(records.map(({ edit }) => edit));
    counters = { ...counters, ...withoutUndefined(found) };
    if (name === current) {
      isComplete = recoverVersions(contents, name).problems.every(({ severity }) => severity !== 'error');
    }
  }
  return {
    levels,
    isObsolete: (number) => removed.has(number) || (number < begun && !levels.has(number)),
    isComplete,
    counters,
  };
}

function withoutUndefined(counters: ManifestCounters): Partial<ManifestCounters> {
  return Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== undefined));
}
