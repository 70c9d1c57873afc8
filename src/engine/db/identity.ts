import type { Inspection } from './inspection';
import type { Moment } from './moment';

/** What two looks at a folder have in common if they have the same version with the same comparator. */
export function identityOf({ versions, manifestSize }: Moment | Inspection): string {
  const { manifest, comparator, comparatorKnown, nextFileNumber, lastSequence, edits, end, version } =
    versions;
  const files = version.levels.map((level) => level.length);
  const counters = [nextFileNumber, lastSequence, edits, manifestSize, end, ...files];
  return [manifest, comparator.name, comparatorKnown, ...counters].join(' ');
}

/** As identityOf, with what is in the logs. */
export function contentsOf(db: Moment | Inspection): string {
  const logs = db
    .memtables()
    .map(({ name, memtable, lastSequence }) => [name, memtable.entries, lastSequence]);
  return [identityOf(db), ...logs.flat()].join(' ');
}
