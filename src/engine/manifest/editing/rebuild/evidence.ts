import type { U64 } from '../../../bytes/u64';
import type { Listing } from '../../../db/listing';
import { ignoreFailure, readFile } from '../../../env/env';
import { MemoryFile } from '../../../env/memory';
import { collectCounters, ManifestContents, type ManifestCounters } from '../../manifest-reader';
import { recoverVersions } from '../../version-set';
import { baseOf } from '../base';
import { currentManifest } from '../edited-manifest';
import type { DocumentFolder } from '../folder';

/** What the MANIFESTs of a folder prove of its tables. */
export interface Evidence {
  /** The level that a table was in last. */
  levels: ReadonlyMap<U64, number>;
  /** Tables that an edit took out, or that the MANIFEST that came next does not name. */
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
  let counters = collectCounters([]);
  const current = currentManifest(folder);
  let isComplete = false;
  for (const { name } of listing.manifests) {
    const bytes = ignoreFailure(() => readFile(env, env.join(directory, name)));
    if (!bytes) continue;
    const { items } = baseOf(name, bytes);
    // What LevelDB drops with a bad record is evidence too.
    const edits = items.flatMap((item) => (item.kind === 'edit' ? [item.edit] : item.salvage));
    if (items[0]?.kind === 'edit' && items[0].edit.comparator !== undefined) {
      // A snapshot: what it leaves out was obsolete.
      for (const table of levels.keys()) removed.add(table);
      levels.clear();
    }
    for (const { deletedFiles, newFiles } of edits) {
      for (const { level, number } of deletedFiles) {
        if (levels.get(number) !== level) continue;
        levels.delete(number);
        removed.add(number);
      }
      for (const { level, file } of newFiles) {
        levels.set(file.number, level);
        removed.delete(file.number);
      }
    }
    counters = { ...counters, ...withoutUndefined(collectCounters(edits)) };
    if (name === current) {
      const contents = ManifestContents.read(new MemoryFile(name, bytes), name);
      isComplete = recoverVersions(contents, name).problems.every(({ severity }) => severity !== 'error');
    }
  }
  return {
    levels,
    isObsolete: (number) => removed.has(number),
    isComplete,
    counters,
  };
}

function withoutUndefined(counters: ManifestCounters): Partial<ManifestCounters> {
  return Object.fromEntries(Object.entries(counters).filter(([, value]) => value !== undefined));
}
