// A digest of all that a reader sees, of which several threads read parts. FNV-1a goes through its bytes one behind the
// other, so one thread takes them all.

import type { Inspection } from './inspection';
import type { PartWalk } from './part-walk';
import { RunningDigest, type ScanDigest } from './scan';
import {
  helpParts,
  type PartHelpers,
  type PartReader,
  type PartsRequest,
  partsRequest,
  partWalksOf,
  readTogether,
  type TakePiece,
} from './shared-parts';

export interface DigestHelpers extends PartHelpers {
  /** Each of them reads all of the logs. */
  isDigestWorthIt(tableBytes: number, logBytes: number): boolean;
  /** Each begins by `helpDigest`. */
  beginDigest(request: PartsRequest): void;
}

/** Gives the rows of parts. */
class RowReader implements PartReader {
  readonly walk: PartWalk;

  private constructor(walk: PartWalk) {
    this.walk = walk;
  }

  static of(databases: readonly Inspection[], request: PartsRequest): RowReader | undefined {
    const walks = partWalksOf(databases, request);
    return walks && new RowReader(walks[0]);
  }

  readOn(take: TakePiece): boolean {
    const next = this.walk.readRow();
    if (next) take(next.bytes, next.row);
    return next !== undefined;
  }
}

/** A helper's work, in the folder that it opened, if that is what the request is about. */
export function helpDigest(databases: readonly Inspection[], request: PartsRequest, helper: number): void {
  const reader = RowReader.of(databases, request);
  if (reader) helpParts(reader, request.memory, helper);
}

/**
 * Digests all of a database with the help of others, and yields entries so far. Gives undefined where they cannot help, or
 * where there is anything wrong or unusual: then `digestScan` is what tells of it.
 */
export function* digestTogether(
  inspection: Inspection,
  helpers: DigestHelpers,
): Generator<number, ScanDigest | undefined> {
  const isWorthIt = (tableBytes: number, logBytes: number) => helpers.isDigestWorthIt(tableBytes, logBytes);
  const request = partsRequest([inspection], helpers, isWorthIt);
  if (!request) return undefined;
  const digest = new RunningDigest();
  helpers.beginDigest(request);
  const isWhole = yield* readTogether(
    [inspection],
    helpers,
    request,
    (own) => RowReader.of(own, request),
    (row, counts) => digest.addRow(row, counts),
  );
  return isWhole ? digest.result : undefined;
}
