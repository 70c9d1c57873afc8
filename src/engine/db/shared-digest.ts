// A digest of all that a reader sees, of which several threads read parts. FNV-1a goes through its bytes one behind the
// other, so one thread takes them all, in the order of the parts; what it waits for meanwhile it reads too.

import type { Inspection } from './inspection';
import { RunningDigest, type ScanDigest } from './scan';
import { type PartHelpers, readTogether } from './shared-parts';

/**
 * Digests all of a database with the help of others, and yields entries so far. Gives undefined where they cannot help, or
 * where there is anything wrong or unusual: then `digestScan` is what tells of it.
 */
export function* digestTogether(
  inspection: Inspection,
  helpers: PartHelpers,
): Generator<number, ScanDigest | undefined> {
  const digest = new RunningDigest();
  const { isWhole } = yield* readTogether([inspection], helpers, { kind: 'digest' }, (bytes, row) =>
    digest.addRow(bytes, row),
  );
  return isWhole ? digest.result : undefined;
}
