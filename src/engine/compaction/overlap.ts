import type { Comparator } from '../keys/comparator';
import { type InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import type { Version } from '../manifest/version';
import type { FileMetaData } from '../manifest/version-edit';

export type Files = readonly FileMetaData[];

export function totalBytes(files: Files): number {
  return files.reduce((sum, { size }) => sum + Number(size), 0);
}

/** The smallest and the largest internal key of some files; at least one. */
export function rangeOf(
  comparator: InternalKeyComparator,
  files: Files,
): { smallest: Uint8Array; largest: Uint8Array } {
  let { smallest, largest } = files[0];
  for (const file of files) {
    if (compareKeys(comparator, file.smallest, smallest) < 0) smallest = file.smallest;
    if (compareKeys(comparator, file.largest, largest) > 0) largest = file.largest;
  }
  return { smallest, largest };
}

/**
 * The files of a level whose user keys meet [begin, end], both included; undefined leaves an end open. In level 0 a
 * file that reaches beyond the range widens it, and the search begins again (Version::GetOverlappingInputs).
 */
export function overlappingFiles(
  version: Version,
  level: number,
  begin: Uint8Array | undefined,
  end: Uint8Array | undefined,
): FileMetaData[] {
  const { user } = version.comparator;
  let from = begin;
  let to = end;
  for (;;) {
    const found: FileMetaData[] = [];
    let widened = false;
    for (const file of version.levels[level]) {
      const first = userKeyOf(file.smallest);
      const last = userKeyOf(file.largest);
      if (from !== undefined && compareKeys(user, last, from) < 0) continue;
      if (to !== undefined && compareKeys(user, first, to) > 0) continue;
      found.push(file);
      if (level > 0) continue;
      if (from !== undefined && compareKeys(user, first, from) < 0) {
        from = first;
        widened = true;
      } else if (to !== undefined && compareKeys(user, last, to) > 0) {
        to = last;
        widened = true;
      }
      if (widened) break;
    }
    if (!widened) return found;
  }
}

/** Whether some file of a level meets the user keys [begin, end] (Version::OverlapInLevel). */
export function overlapsLevel(
  version: Version,
  level: number,
  begin: Uint8Array | undefined,
  end: Uint8Array | undefined,
): boolean {
  const { user } = version.comparator;
  return version.levels[level].some(
    ({ smallest, largest }) =>
      (begin === undefined || compareKeys(user, userKeyOf(largest), begin) >= 0) &&
      (end === undefined || compareKeys(user, userKeyOf(smallest), end) <= 0),
  );
}

/**
 * Adds the files of a level that begin with the user key that the inputs end with: with the older versions of that key
 * left behind, a get would find them before the newer ones (AddBoundaryInputs). Returns what was added.
 */
export function addBoundaryFiles(
  comparator: InternalKeyComparator,
  levelFiles: Files,
  inputs: FileMetaData[],
): FileMetaData[] {
  const added: FileMetaData[] = [];
  if (inputs.length === 0) return added;
  let { largest } = rangeOf(comparator, inputs);
  for (;;) {
    const boundary = smallestBoundaryFile(comparator, levelFiles, largest);
    if (!boundary) return added;
    inputs.push(boundary);
    added.push(boundary);
    largest = boundary.largest;
  }
}

function smallestBoundaryFile(
  comparator: InternalKeyComparator,
  levelFiles: Files,
  largest: Uint8Array,
): FileMetaData | undefined {
  let found: FileMetaData | undefined;
  for (const file of levelFiles) {
    if (compareKeys(comparator, file.smallest, largest) <= 0) continue;
    if (compareKeys(comparator.user, userKeyOf(file.smallest), userKeyOf(largest)) !== 0) continue;
    if (!found || compareKeys(comparator, file.smallest, found.smallest) < 0) found = file;
  }
  return found;
}

/** A view; of a damaged key that has no room for a tag, nothing. */
export function userKeyOf(internalKey: Uint8Array): Uint8Array {
  return internalKey.subarray(0, Math.max(0, internalKey.length - TAG_BYTES));
}

export function compareKeys(comparator: Comparator, a: Uint8Array, b: Uint8Array): number {
  return comparator.compare(a, 0, a.length, b, 0, b.length);
}
