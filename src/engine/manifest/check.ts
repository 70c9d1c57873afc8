import type { Problem } from '../problem';
import { tableFileName } from './file-names';
import { isRecord, type ManifestContents } from './manifest-reader';
import { recoverVersions } from './version-set';

/**
 * What can be said of a MANIFEST without its directory: damage, counters that are missing or too low, tables that
 * overlap, edits that delete what is not there.
 */
export function checkManifest(contents: ManifestContents, name: string): Problem[] {
  const { version, nextFileNumber, comparatorKnown, problems } = recoverVersions(contents, name);
  if (comparatorKnown) {
    for (const { level, left, right } of version.overlaps()) {
      const names = `${tableFileName(left.number)} and ${tableFileName(right.number)}`;
      const message = `overlapping ranges in level ${level}: ${names}`;
      problems.push({ severity: 'error', file: name, code: 'overlap', message });
    }
  }
  for (const { file } of version.files()) {
    if (file.number < nextFileNumber) continue;
    const message = `table ${file.number} is not below the next file number, ${nextFileNumber}`;
    problems.push({ severity: 'error', file: name, code: 'counter-too-low', message });
  }
  const present = new Set<string>();
  for (const { offset, edit } of contents.items.filter(isRecord)) {
    for (const { level, number } of edit.deletedFiles) {
      if (present.delete(`${level}/${number}`)) continue;
      const message = `deletes table ${number} from level ${level}, where it is not`;
      problems.push({ severity: 'warning', file: name, offset, code: 'bad-version-edit', message });
    }
    for (const { level, file } of edit.newFiles) present.add(`${level}/${file.number}`);
  }
  return problems;
}
