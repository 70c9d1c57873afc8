import { addU64, maxU64, type U64 } from '../../../bytes/u64';
import { bytewiseComparator, type Comparator, findComparator } from '../../../keys/comparator';
import { LsmError } from '../../../problem';
import { parseFileName } from '../../file-names';
import { emptyVersionEdit, type VersionEdit } from '../../version-edit';
import { type DocumentFolder, listingOf } from '../folder';
import { OperationError, type RebuildInputs } from '../operation';
import { arrange, tableOrder } from './arrange';
import { manifestEvidence } from './evidence';
import { logNumberFor } from './logs';
import { type PresentTable, PresentTables } from './present-tables';
import { findRedundant } from './redundancy';

export interface RebuildOptions {
  inputs?: RebuildInputs | undefined;
  /** For a folder whose MANIFESTs do not name one. */
  comparator?: Comparator | undefined;
  /** The MANIFEST's own name: the next file number goes above its number. */
  manifest?: string | undefined;
  /** The MANIFEST that CURRENT names has lost its end, although it looks sound. */
  isIncomplete?: boolean | undefined;
}

export interface Rebuilt {
  edits: VersionEdit[];
  /** Tables of the folder that are not in it. */
  leftOut: { number: U64; reason: string }[];
}

/**
 * A MANIFEST made from the tables of a folder. What its MANIFESTs prove obsolete stays out; a level that they prove is
 * kept unless a table with newer versions lies below it; what they do not know goes to level 0, or deeper where level 0
 * would ask it too early. Reads every entry of every table. Throws an OperationError where no arrangement would read
 * right, or what was deleted might come back.
 *
 * What cannot be seen: an input of which no entry lived on in an output, where no MANIFEST tells of the compaction.
 */
export function* rebuild(folder: DocumentFolder, options: RebuildOptions = {}): Generator<void, Rebuilt> {
  const listing = listingOf(folder);
  if (!listing) throw new OperationError('the folder cannot be listed');
  const evidence = manifestEvidence(folder, listing);
  const { counters } = evidence;
  const isComplete = evidence.isComplete && !options.isIncomplete;
  const comparator = comparatorFor(counters.comparator, options.comparator);
  const leftOut: Rebuilt['leftOut'] = [];
  const wanted = [...listing.tables].filter(([number]) => {
    const isKnown = evidence.levels.has(number);
    const reason = evidence.isObsolete(number)
      ? 'a MANIFEST proves it obsolete'
      : isComplete && !isKnown
        ? 'no version names it'
        : undefined;
    if (reason !== undefined) leftOut.push({ number, reason });
    return reason === undefined;
  });
  const present = new PresentTables(folder, wanted, comparator);
  try {
    leftOut.push(
      ...present.unreadable.map(({ number, reason }) => ({ number, reason: `unreadable: ${reason}` })),
    );
    let { tables } = present;
    if (!isComplete) {
      const redundant = yield* findRedundant(tables, present.comparator, options.inputs ?? 'refuse');
      const out = new Set<PresentTable>(redundant.map(({ table }) => table));
      leftOut.push(...redundant.map(({ table, reason }) => ({ number: table.file.number, reason })));
      tables = tables.filter((table) => !out.has(table));
    }
    const order = yield* tableOrder(tables, present.comparator);
    const arranged = arrange(tables, order, present.comparator, (number) => evidence.levels.get(number) ?? 0);

    let next: U64 = 2;
    for (const { number } of listing.files) next = maxU64(next, addU64(number, 1));
    const own = options.manifest === undefined ? undefined : parseFileName(options.manifest);
    if (own) next = maxU64(next, addU64(own.number, 1));
    next = maxU64(next, counters.nextFileNumber ?? 0);
    const { greatestSequence } = order;
    const logNumber =
      isComplete && counters.logNumber !== undefined
        ? counters.logNumber
        : logNumberFor(folder, listing, greatestSequence, next);
    const edit: VersionEdit = {
      ...emptyVersionEdit(),
      comparator: comparator.name,
      logNumber,
      prevLogNumber: isComplete ? (counters.prevLogNumber ?? 0) : 0,
      nextFileNumber: maxU64(next, addU64(logNumber, 1)),
      lastSequence: maxU64(greatestSequence, counters.lastSequence ?? 0),
      newFiles: arranged,
    };
    return { edits: [edit], leftOut };
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    // What a damaged block held cannot be weighed.
    throw new OperationError(
      `${error.file ?? 'a table'}: ${error.message}: repair the table, or take it out of the folder`,
    );
  } finally {
    present.close();
  }
}

function comparatorFor(name: string | undefined, chosen: Comparator | undefined): Comparator {
  const known = name === undefined ? undefined : findComparator(name);
  if (name !== undefined && !known) throw new OperationError(`the comparator "${name}" is not known`);
  if (known && chosen && chosen.name !== known.name) {
    throw new OperationError(`${known.name} does not match existing comparator : ${chosen.name}`);
  }
  return known ?? chosen ?? bytewiseComparator;
}
