import { addU64, type U64 } from '../bytes/u64';
import type { Problem } from '../problem';
import { tableFileName } from './file-names';
import { collectCounters, isRecord, type ManifestContents } from './manifest-reader';
import type { FileMetaData } from './version-edit';
import { recoverVersions } from './version-set';

/** What a problem is about, for what would mend it. Edits are counted from 0. */
export type Subject =
  | { kind: 'damage'; offset: number }
  | { kind: 'tail' }
  | { kind: 'comparator'; edit: number }
  /** A counter that is missing or below `least`. */
  | {
      kind: 'counter';
      field: 'logNumber' | 'nextFileNumber' | 'lastSequence';
      least: U64;
    }
  | { kind: 'overlap'; level: number; left: FileMetaData; right: FileMetaData }
  | { kind: 'deletion'; edit: number; level: number; number: U64 }
  | { kind: 'table'; edit: number; level: number; number: U64 }
  | { kind: 'log'; number: U64 }
  /** There is no MANIFEST at all. */
  | { kind: 'base' }
  | { kind: 'current' };

export interface Finding {
  problem: Problem;
  subject: Subject | undefined;
}

/**
 * What can be said of a MANIFEST without its directory: damage, counters that are missing or too low, tables that
 * overlap, edits that delete what is not there.
 */
export function checkManifest(contents: ManifestContents, name: string): Problem[] {
  return manifestFindings(contents, name).map(({ problem }) => problem);
}

export function manifestFindings(contents: ManifestContents, name: string): Finding[] {
  const { version, nextFileNumber, comparatorKnown, problems } = recoverVersions(contents, name);
  const findings = problems.map((problem): Finding => ({ problem, subject: subjectOf(contents, problem) }));
  if (comparatorKnown) {
    for (const { level, left, right } of version.overlaps()) {
      const names = `${tableFileName(left.number)} and ${tableFileName(right.number)}`;
      const message = `overlapping ranges in level ${level}: ${names}`;
      findings.push({
        problem: { severity: 'error', file: name, code: 'overlap', message },
        subject: { kind: 'overlap', level, left, right },
      });
    }
  }
  for (const { file } of version.files()) {
    if (file.number < nextFileNumber) continue;
    const message = `table ${file.number} is not below the next file number, ${nextFileNumber}`;
    findings.push({
      problem: { severity: 'error', file: name, code: 'counter-too-low', message },
      subject: { kind: 'counter', field: 'nextFileNumber', least: addU64(file.number, 1) },
    });
  }
  const present = new Set<string>();
  for (const [i, { offset, edit }] of contents.items.filter(isRecord).entries()) {
    for (const { level, number } of edit.deletedFiles) {
      if (present.delete(`${level}/${number}`)) continue;
      const message = `deletes table ${number} from level ${level}, where it is not`;
      findings.push({
        problem: { severity: 'warning', file: name, offset, code: 'bad-version-edit', message },
        subject: { kind: 'deletion', edit: i, level, number },
      });
    }
    for (const { level, file } of edit.newFiles) present.add(`${level}/${file.number}`);
  }
  return findings;
}

/** Of what reading the MANIFEST found. */
function subjectOf(contents: ManifestContents, problem: Problem): Subject | undefined {
  if (contents.tail && problem.offset === contents.tail.offset && problem.message === contents.tail.message) {
    return { kind: 'tail' };
  }
  const { offset } = problem;
  if (offset !== undefined) {
    const item = contents.items.find((each) => each.offset === offset);
    if (item && !isRecord(item)) return { kind: 'damage', offset: item.offset };
    const edit = contents.items.filter(isRecord).findIndex((each) => each.offset === offset);
    return edit < 0 ? undefined : { kind: 'comparator', edit };
  }
  if (problem.code !== 'bad-version-edit') return undefined;
  const counters = collectCounters(contents.items.filter(isRecord).map(({ edit }) => edit));
  for (const field of ['nextFileNumber', 'logNumber', 'lastSequence'] as const) {
    if (counters[field] === undefined) return { kind: 'counter', field, least: 0 };
  }
  return undefined;
}
