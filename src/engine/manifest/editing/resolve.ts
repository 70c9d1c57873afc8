import { EnvError } from '../../env/env';
import type { Comparator } from '../../keys/comparator';
import { InternalKeyComparator } from '../../keys/internal-key';
import { LsmError } from '../../problem';
import type { ManifestDocument } from './document';
import { type DocumentFolder, listingOf } from './folder';
import { type Operation, OperationError } from './operation';
import { openPresent } from './rebuild/present-tables';
import { type Rebuilt, rebuild } from './rebuild/rebuild';
import { comparatorOf } from './squash';

/** An operation that needs its folder no more, and what was found in there. */
export interface Resolved {
  operation: Operation;
  leftOut: Rebuilt['leftOut'];
}

/**
 * Reads off the folder what an operation needs of it, so that the log can be done again without the folder. Yields now
 * and then. Throws an OperationError.
 */
export function* resolveOperation(
  operation: Operation,
  document: ManifestDocument,
  folder: DocumentFolder,
  comparator?: Comparator,
): Generator<void, Resolved> {
  switch (operation.op) {
    case 'rebuild': {
      if (operation.edits) return { operation, leftOut: [] };
      const { edits, leftOut } = yield* rebuild(folder, {
        inputs: operation.inputs,
        comparator,
        manifest: document.base.name,
      });
      return { operation: { ...operation, edits }, leftOut };
    }
    case 'measure-file':
      return { operation: measured(operation, document, folder), leftOut: [] };
    default:
      return { operation, leftOut: [] };
  }
}

function measured(
  { edit, level, number }: Extract<Operation, { op: 'measure-file' }>,
  document: ManifestDocument,
  folder: DocumentFolder,
): Operation {
  const name = listingOf(folder)?.tables.get(number);
  if (name === undefined) throw new OperationError(`table ${number} is not in the folder`, 'number');
  const comparator = new InternalKeyComparator(comparatorOf(document.edits));
  try {
    const { table, file } = openPresent(folder, name, number, comparator);
    table.file.close();
    const { size, smallest, largest } = file;
    return { op: 'set-file', edit, level, number, to: { size, smallest, largest } };
  } catch (error) {
    if (!(error instanceof LsmError) && !(error instanceof EnvError)) throw error;
    throw new OperationError(`${name}: ${error.message}`, 'number');
  }
}

/** Resolves and applies operations one after the other. Throws an OperationError with the place of the operation. */
export function* applyAll(
  document: ManifestDocument,
  operations: readonly Operation[],
  folder: DocumentFolder,
  comparator?: Comparator,
): Generator<void, Rebuilt['leftOut']> {
  let leftOut: Rebuilt['leftOut'] = [];
  for (const [index, operation] of operations.entries()) {
    try {
      const resolved = yield* resolveOperation(operation, document, folder, comparator);
      if (operation.op === 'rebuild') ({ leftOut } = resolved);
      document.apply(resolved.operation);
    } catch (error) {
      if (error instanceof OperationError) throw error.at(index, operation.op);
      throw error;
    }
  }
  return leftOut;
}
