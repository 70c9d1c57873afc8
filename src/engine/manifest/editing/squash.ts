import { bytewiseComparator, type Comparator, findComparator } from '../../keys/comparator';
import { InternalKeyComparator } from '../../keys/internal-key';
import { collectCounters } from '../manifest-reader';
import { Version, VersionBuilder } from '../version';
import { emptyVersionEdit, type VersionEdit } from '../version-edit';

/** The version after edits. Keys are ordered as the edits say; bytewise where that is not known. */
export function versionOf(edits: readonly VersionEdit[]): Version {
  const builder = new VersionBuilder(Version.empty(new InternalKeyComparator(comparatorOf(edits))));
  for (const edit of edits) builder.apply(edit);
  return builder.build();
}

export function comparatorOf(edits: readonly VersionEdit[]): Comparator {
  return findComparator(collectCounters(edits).comparator ?? '') ?? bytewiseComparator;
}

/**
 * Edits as one. LevelDB's own snapshots carry no counters, since a record with them follows; a single record must, or
 * LevelDB does not open it.
 */
export function squashed(edits: readonly VersionEdit[]): VersionEdit {
  const version = versionOf(edits);
  const counters = collectCounters(edits);
  const edit: VersionEdit = emptyVersionEdit();
  if (counters.comparator !== undefined) edit.comparator = counters.comparator;
  for (const name of ['logNumber', 'prevLogNumber', 'nextFileNumber', 'lastSequence'] as const) {
    const value = counters[name];
    if (value !== undefined) edit[name] = value;
  }
  for (const [level, key] of version.compactPointers.entries()) {
    if (key) edit.compactPointers.push({ level, key });
  }
  for (const { level, file } of version.files()) edit.newFiles.push({ level, file });
  return edit;
}
