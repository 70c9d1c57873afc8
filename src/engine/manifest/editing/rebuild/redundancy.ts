import { escapeBytes } from '../../../bytes/escape';
import type { InternalKeyComparator } from '../../../keys/internal-key';
import { TAG_BYTES, ValueType } from '../../../keys/internal-key';
import { tableFileName } from '../../file-names';
import { ChoiceNeeded, type RebuildInputs } from '../operation';
import { eachKey, type PresentTable, type TableVersion } from './present-tables';

/** A table that is not part of the database, and why. */
export interface Redundant {
  table: PresentTable;
  reason: string;
}

/**
 * Finds tables whose entries were written anew by a compaction whose outputs are there too. Only a compaction copies an
 * entry with its sequence, so the same internal key in two tables makes the one with the lower number an input and the
 * other an output. Keeping both may bring back what was deleted: the deletion went with the compaction, the old value
 * is still in the input.
 *
 * - If every key reads the same without the inputs, the outputs hold all there is: the inputs are left out.
 * - If only keys behind the last key of the outputs read differently, and the outputs hold nothing of their own, then
 *   the compaction was not finished: the outputs are left out.
 * - Else it cannot be told whether a deletion or an output is missing: `choice` decides; by default a ChoiceNeeded
 *   names the tables and a key.
 */
export function* findRedundant(
  tables: readonly PresentTable[],
  comparator: InternalKeyComparator,
  choice: RebuildInputs,
): Generator<void, Redundant[]> {
  const inputs = new Set<number>();
  const outputs = new Set<number>();
  yield* eachKey(tables, comparator, (_, versions) => {
    for (const [older, newer] of copies(tables, versions)) {
      inputs.add(older);
      outputs.add(newer);
    }
  });
  if (inputs.size === 0 || choice === 'keep') return [];
  const leftOut = (indices: Iterable<number>, reason: string): Redundant[] =>
    [...indices].map((i) => ({ table: tables[i], reason }));
  const inputsLeftOut = leftOut(inputs, 'a compaction wrote it anew: its outputs are here');
  if (choice === 'leave-out') return inputsLeftOut;

  // An output that was compacted again is an input.
  const last = [...outputs].filter((i) => !inputs.has(i));
  const end = last
    .map((i) => tables[i].file.largest)
    .reduce((a, b) => (comparator.compare(a, 0, a.length, b, 0, b.length) < 0 ? b : a));
  let example: Uint8Array | undefined;
  let isPrefix = last.length === outputs.size;
  yield* eachKey(tables, comparator, (key, versions) => {
    if (isPrefix && versions.some(({ table }) => outputs.has(table)))
      isPrefix = areCopies(versions, inputs, outputs);
    if (readsSame(versions, inputs)) return;
    const isBehind = comparator.user.compare(key, 0, key.length, end, 0, end.length - TAG_BYTES) > 0;
    if (!isBehind) isPrefix = false;
    example ??= key.slice();
  });
  if (!example) return inputsLeftOut;
  if (isPrefix)
    return leftOut(outputs, 'the output of a compaction that was not finished: its inputs are here');
  const names = (indices: Iterable<number>) =>
    [...indices].map((i) => tableFileName(tables[i].file.number)).join(', ');
  throw new ChoiceNeeded(
    `${names(inputs)} seem to have been compacted into ${names(last)}, but "${escapeBytes(example)}" reads differently without them: either a deletion went with the compaction, or an output is missing; choose "leave-out" or "keep"`,
    'inputs',
  );
}

/** Pairs of tables that hold the same version, the lower number first. */
function* copies(
  tables: readonly PresentTable[],
  versions: readonly TableVersion[],
): Generator<[number, number]> {
  for (const [i, a] of versions.entries()) {
    for (let j = i + 1; j < versions.length && versions[j].sequence === a.sequence; j++) {
      const b = versions[j];
      if (a.table === b.table || a.type !== b.type) continue;
      const isOlder = tables[a.table].file.number < tables[b.table].file.number;
      yield isOlder ? [a.table, b.table] : [b.table, a.table];
    }
  }
}

/** Whether each version in an output is in an input, too. */
function areCopies(
  versions: readonly TableVersion[],
  inputs: ReadonlySet<number>,
  outputs: ReadonlySet<number>,
): boolean {
  return versions.every(
    ({ table, sequence }) =>
      !outputs.has(table) || versions.some((each) => inputs.has(each.table) && each.sequence === sequence),
  );
}

/** Whether a key reads the same without some tables. */
function readsSame(versions: readonly TableVersion[], without: ReadonlySet<number>): boolean {
  const before = seen(versions[0]);
  const after = seen(versions.find(({ table }) => !without.has(table)));
  return before === after;
}

/** What tells one value from another: its sequence; a deletion reads as nothing. */
function seen(version: TableVersion | undefined) {
  return version === undefined || version.type === ValueType.deletion ? undefined : version.sequence;
}
