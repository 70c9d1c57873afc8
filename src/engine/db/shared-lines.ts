// Entries as lines, made by several threads where that is worth it, in order.

import { EntryBatch, QUAD } from './entry-batch';
import { addLines, EntryLines, type LineForm } from './entry-lines';
import type { Inspection } from './inspection';
import type { Scan } from './scan';
import { type PartHelpers, readTogether } from './shared-parts';

/**
 * Writes all that a reader sees at one moment as lines, and yields entries so far; gives how many there were. `write` gets
 * views that are valid during the call. What one thread finds wrong is in the problems of the inspection.
 */
export function* writeAllLines(
  db: Inspection,
  helpers: PartHelpers | undefined,
  form: LineForm,
  write: (bytes: Uint8Array) => void,
): Generator<number, number> {
  // Of the moment that is read together: it goes on where that comes to its end.
  const scan = db.scan();
  try {
    const done = helpers && (yield* readTogether([db], helpers, { kind: 'lines', form }, write));
    if (done?.isWhole) return done.entries;
    return yield* writeLines(scan, form, write, done?.entries);
  } finally {
    scan.close();
  }
}

/** Writes the entries of a scan, but the first `skip` ones and those behind the first `limit`; yields and gives as above. */
export function* writeLines(
  scan: Scan,
  form: LineForm,
  write: (bytes: Uint8Array) => void,
  skip = 0,
  limit = Number.POSITIVE_INFINITY,
): Generator<number, number> {
  const lines = new EntryLines(form, write);
  let batch = new EntryBatch();
  let entries = 0;
  try {
    while (entries < limit) {
      // What lies behind the limit is not looked at: it may be damaged.
      if (limit - entries < batch.quads.length / QUAD) batch = EntryBatch.of(limit - entries);
      if (scan.readBatch(batch) === 0) break;
      addLines(lines, batch, Math.max(0, skip - entries));
      entries += batch.count;
      yield entries;
    }
    return entries;
  } finally {
    lines.flush();
  }
}
