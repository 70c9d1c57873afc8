// The lines of what a reader sees, which several threads make of parts. They are written as they come, so what is unusual is
// left to one thread, which goes on where the others stopped.

import { EntryBatch, QUAD } from './entry-batch';
import { EntryLines, type LineForm } from './entry-lines';
import type { Inspection } from './inspection';
import type { PartWalk } from './part-walk';
import { SLOT_BYTES } from './row-ring';
import type { KeyRange, Scan } from './scan';
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

export interface LineHelpers extends PartHelpers {
  /** Each of them reads all of the logs. */
  areLinesWorthIt(tableBytes: number, logBytes: number): boolean;
  /** Each begins by `helpLines`. */
  beginLines(request: LinesRequest): void;
}

export interface LinesRequest extends PartsRequest {
  range: KeyRange;
  form: LineForm;
}

/** Takes lines, cut anywhere, as bytes that are valid during the call. */
export type WriteLines = (bytes: Uint8Array) => void;

/** Gives the lines of parts. */
class LineReader implements PartReader {
  readonly walk: PartWalk;
  private readonly batch = new EntryBatch();
  private readonly lines: EntryLines;
  private take: TakePiece = () => {};
  /** Of which nothing was given yet. */
  private entries = 0;

  private constructor(walk: PartWalk, form: LineForm) {
    this.walk = walk;
    const give = (bytes: Uint8Array) => {
      const { entries } = this;
      this.entries = 0;
      this.take(bytes, { entries, keyBytes: 0, valueBytes: 0 });
    };
    this.lines = new EntryLines(form, give, SLOT_BYTES);
  }

  static of(databases: readonly Inspection[], request: LinesRequest): LineReader | undefined {
    const walks = partWalksOf(databases, request, request.range);
    return walks && new LineReader(walks[0], request.form);
  }

  readOn(take: TakePiece): boolean {
    const { batch, lines } = this;
    this.take = take;
    const count = this.walk.readBatch(batch);
    this.entries += count;
    addLines(lines, batch);
    if (count === 0) lines.flush();
    return count > 0;
  }
}

/** A helper's work, in the folder that it opened, if that is what the request is about. */
export function helpLines(databases: readonly Inspection[], request: LinesRequest, helper: number): void {
  const reader = LineReader.of(databases, request);
  if (reader) helpParts(reader, request.memory, helper);
}

/**
 * Writes a line for each entry that a reader sees in a range, in order, with the help of others where it is worth it. Yields
 * entries so far, and gives how many there were. What is wrong goes to the inspection's problems, as in a scan.
 */
export function* writeLines(
  inspection: Inspection,
  range: KeyRange,
  form: LineForm,
  write: WriteLines,
  helpers: LineHelpers | undefined,
): Generator<number, number> {
  const scan = inspection.scan(range);
  try {
    let [entries, bytes] = [0, 0];
    const isWhole =
      helpers !== undefined &&
      (yield* linesTogether(inspection, range, form, helpers, (piece, row) => {
        write(piece);
        entries += row.entries;
        bytes += piece.length;
      }));
    return isWhole ? entries : yield* scanLines(scan, form, behind(bytes, write));
  } finally {
    scan.close();
  }
}

/** Whether all could be had; what was taken is the beginning of what one thread writes. */
function* linesTogether(
  inspection: Inspection,
  range: KeyRange,
  form: LineForm,
  helpers: LineHelpers,
  take: TakePiece,
): Generator<number, boolean> {
  const isWorthIt = (tableBytes: number, logBytes: number) => helpers.areLinesWorthIt(tableBytes, logBytes);
  const parts = partsRequest([inspection], helpers, isWorthIt, range);
  if (!parts) return false;
  const request = { ...parts, range, form };
  helpers.beginLines(request);
  return yield* readTogether([inspection], helpers, request, (own) => LineReader.of(own, request), take);
}

/** What is behind the first `left` bytes. */
function behind(left: number, write: WriteLines): WriteLines {
  let passing = left;
  return (bytes) => {
    const from = Math.min(passing, bytes.length);
    passing -= from;
    if (from < bytes.length) write(bytes.subarray(from));
  };
}

const BATCH_ENTRIES = 1024;

/** Writes a line for each entry of a scan, up to `limit`. Yields entries so far, and gives how many there were. */
export function* scanLines(
  scan: Scan,
  form: LineForm,
  write: WriteLines,
  limit = Number.POSITIVE_INFINITY,
): Generator<number, number> {
  const lines = new EntryLines(form, write);
  let batch = EntryBatch.of(BATCH_ENTRIES);
  let entries = 0;
  try {
    while (entries < limit && scan.valid) {
      // What lies behind the limit is not looked at: it may be damaged.
      if (limit - entries < BATCH_ENTRIES) batch = EntryBatch.of(limit - entries);
      entries += scan.readBatch(batch);
      addLines(lines, batch);
      yield entries;
    }
  } catch (error) {
    // What was read before is told.
    lines.flush();
    throw error;
  }
  lines.flush();
  return entries;
}

function addLines(lines: EntryLines, { bytes, quads, count }: EntryBatch): void {
  for (let at = 0; at < count * QUAD; at += QUAD)
    lines.add(bytes, quads[at], quads[at + 1], quads[at + 2], quads[at + 3]);
}
