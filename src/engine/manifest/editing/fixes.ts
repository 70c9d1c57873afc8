import { addU64, maxU64, type U64 } from '../../bytes/u64';
import type { Listing } from '../../db/listing';
import type { Finding, Subject } from '../check';
import { collectCounters } from '../manifest-reader';
import type { ManifestDocument } from './document';
import type { Operation } from './operation';
import { operationText } from './operation-text';
import { editsOf, stateOf } from './state';

/** Operations that mend a problem together, and what they are called. */
export interface Fix {
  label: string;
  operations: Operation[];
}

const REBUILD: Operation = { op: 'rebuild' };

/** The folder's files; a document out of a database has none. */
type Listed = (() => Listing | undefined) | undefined;

/** What would mend a finding. `all` are those of the same state: a counter is raised for all of them at once. */
export function fixesOf(
  { subject }: Finding,
  document: ManifestDocument,
  all: readonly Finding[],
  listed: Listed,
): Fix[] {
  if (!subject) return [];
  // Without the folder there is nothing to rebuild from.
  const rebuild = listed ? [one(REBUILD)] : [];
  switch (subject.kind) {
    case 'damage': {
      const { offset } = subject;
      const before = editsBefore(document, offset);
      const rollBack = before > 0 ? [one({ op: 'roll-back', edit: before - 1 })] : [];
      const hasSound = document.state.items.some(
        (item) => item.kind === 'damage' && item.source.offset === offset && item.salvage.length > 0,
      );
      const salvage = hasSound ? [one({ op: 'salvage-damage', offset })] : [];
      return [...salvage, ...rollBack, one({ op: 'drop-damage', offset }), ...rebuild];
    }
    case 'base':
      return rebuild;
    case 'tail':
      return [one({ op: 'drop-tail' })];
    case 'comparator':
      return [one({ op: 'set', edit: subject.edit, field: 'comparator', value: undefined })];
    case 'counter':
      return [...counterFix(subject, document, all, listed), ...rebuild];
    case 'overlap': {
      const { level, left, right } = subject;
      const remove = [right, left].map(({ number }) => one({ op: 'remove-file', level, number }));
      return [...rebuild, ...remove];
    }
    case 'deletion': {
      const { edit, level, number } = subject;
      return [one({ op: 'remove-entry', edit, kind: 'delete', level, number })];
    }
    case 'table': {
      const { edit, level, number } = subject;
      const isThere = listed?.()?.tables.has(number) ?? false;
      const measure = isThere ? [one({ op: 'measure-file', edit, level, number })] : [];
      return [...measure, one({ op: 'remove-file', level, number }), ...rebuild];
    }
    case 'log': {
      const { logNumber } = collectCounters(editsOf(stateOf(document.base)));
      const edit = lastEdit(document);
      return edit === undefined ? [] : [one({ op: 'set', edit, field: 'logNumber', value: logNumber })];
    }
    case 'current':
      return [one({ op: 'fix-current' })];
  }
}

function one(operation: Operation): Fix {
  return { label: operationText(operation), operations: [operation] };
}

function counterFix(
  { field }: Extract<Subject, { kind: 'counter' }>,
  document: ManifestDocument,
  all: readonly Finding[],
  listed: Listed,
): Fix[] {
  const edit = lastEdit(document);
  if (edit === undefined) return [];
  let least: U64 = 0;
  for (const { subject } of all) {
    if (subject?.kind === 'counter' && subject.field === field) least = maxU64(least, subject.least);
  }
  const counters = collectCounters(document.edits);
  if (counters[field] === undefined || field === 'nextFileNumber') {
    const found = missingCounter(field, document, listed);
    if (found === undefined) return [];
    least = maxU64(least, found);
  }
  return [one({ op: 'set', edit, field, value: least })];
}

/** Undefined where only reading the tables can tell. */
function missingCounter(
  field: 'logNumber' | 'nextFileNumber' | 'lastSequence',
  document: ManifestDocument,
  listed: Listed,
): U64 | undefined {
  const listing = listed?.();
  switch (field) {
    case 'nextFileNumber': {
      let next: U64 = 2;
      for (const { number } of listing?.files ?? []) next = maxU64(next, addU64(number, 1));
      for (const { newFiles } of document.edits) {
        for (const { file } of newFiles) next = maxU64(next, addU64(file.number, 1));
      }
      return next;
    }
    case 'logNumber':
      return listing?.logs[0]?.number ?? 0;
    case 'lastSequence':
      return document.edits.some(({ newFiles }) => newFiles.length > 0) ? undefined : 0;
  }
}

function lastEdit({ edits }: ManifestDocument): number | undefined {
  return edits.length === 0 ? undefined : edits.length - 1;
}

function editsBefore({ state }: ManifestDocument, offset: number): number {
  let edits = 0;
  for (const item of state.items) {
    if (item.kind === 'damage' && item.source.offset === offset) return edits;
    if (item.kind === 'edit') edits++;
  }
  return edits;
}
