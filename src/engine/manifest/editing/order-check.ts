import type { U64 } from '../../bytes/u64';
import { LsmError } from '../../problem';
import { tableFileName } from '../file-names';
import { collectCounters } from '../manifest-reader';
import type { DocumentProblem } from './checks';
import type { ManifestDocument } from './document';
import type { Fix } from './fixes';
import { type DocumentFolder, listingOf } from './folder';
import { type Operation, OperationError } from './operation';
import { operationText } from './operation-text';
import { misplaced, tableOrder } from './rebuild/arrange';
import { PresentTables } from './rebuild/present-tables';
import { comparatorOf, versionOf } from './squash';

/**
 * Reads every entry of every table that the edited state names: whether a get would come to an older version of a key
 * before a newer one, and whether the last sequence is below that of an entry. Damage is for `lsm verify`: with it the
 * order cannot be told. Yields now and then.
 */
export function* checkOrder(
  document: ManifestDocument,
  folder: DocumentFolder,
): Generator<void, DocumentProblem[]> {
  const { edits, base } = document;
  const version = versionOf(edits);
  const names = listingOf(folder)?.tables ?? new Map<U64, string>();
  const levels = new Map<U64, number>();
  for (const { level, file } of version.files()) if (!levels.has(file.number)) levels.set(file.number, level);
  const files = [...names].filter(([number]) => levels.has(number));
  const present = new PresentTables(folder, files, comparatorOf(edits));
  const problems: DocumentProblem[] = [];
  const add = (code: 'sequence' | 'counter-too-low', message: string, fixes: Operation[]) => {
    const problem = { severity: 'error', file: base.name, code, message } as const;
    problems.push({ problem, edit: undefined, subject: undefined, fixes: fixes.map(fixOf) });
  };
  try {
    const order = yield* tableOrder(present.tables, present.comparator);
    const levelOf = (number: U64) => levels.get(number);
    for (const { newer, older } of misplaced(present.tables, order, levelOf, present.comparator)) {
      const places = [newer, older].map(
        ({ number }) => `${tableFileName(number)} in level ${levels.get(number)}`,
      );
      add(
        'sequence',
        `${places[0]} holds newer versions of some keys than ${places[1]}, which a get asks first`,
        [{ op: 'rebuild' }],
      );
    }
    const { lastSequence } = collectCounters(edits);
    const { greatestSequence } = order;
    if (lastSequence !== undefined && greatestSequence > lastSequence) {
      const message = `a table holds sequence ${greatestSequence}, above the last one, ${lastSequence}: it is not seen, and new writes would be hidden by old ones`;
      const fix: Operation = {
        op: 'set',
        edit: edits.length - 1,
        field: 'lastSequence',
        value: greatestSequence,
      };
      add('counter-too-low', message, [fix]);
    }
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof OperationError)) throw error;
    const file = error instanceof LsmError ? (error.file ?? base.name) : base.name;
    const message = `the order of versions cannot be told: ${error.message}`;
    const problem = { severity: 'warning', file, code: 'sequence', message } as const;
    problems.push({ problem, edit: undefined, subject: undefined, fixes: [] });
  } finally {
    present.close();
  }
  return problems;
}

function fixOf(operation: Operation): Fix {
  return { label: operationText(operation), operations: [operation] };
}
