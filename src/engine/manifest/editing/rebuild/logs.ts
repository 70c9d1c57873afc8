import { addU64, maxU64, type U64 } from '../../../bytes/u64';
import type { Listing } from '../../../db/listing';
import { ignoreFailure } from '../../../env/env';
import { logEntries } from '../../../recovery/log-entries';
import type { DocumentFolder } from '../folder';

/**
 * The log number for a folder whose tables hold sequences up to `flushed`: the first log that goes beyond. A log that
 * ends before was flushed; replayed once more it would become the newest table of level 0, and its old values would hide
 * new ones. Logs are flushed in order and whole, so that a log that goes beyond holds the newest version of all its keys.
 */
export function logNumberFor(folder: DocumentFolder, { logs }: Listing, flushed: U64, otherwise: U64): U64 {
  for (const { name, number } of logs) if (lastSequenceOf(folder, name) > flushed) return number;
  return otherwise;
}

/** 0 for a log without operations, or one that cannot be read. */
function lastSequenceOf({ env, directory }: DocumentFolder, name: string): U64 {
  let last: U64 = 0;
  const file = ignoreFailure(() => env.open(env.join(directory, name)));
  if (!file) return last;
  try {
    for (const entry of logEntries(file)) {
      if (entry.kind !== 'batch') continue;
      const { batch } = entry;
      while (batch.next());
      if (batch.opIndex >= 0) last = maxU64(last, addU64(batch.sequence, batch.opIndex));
    }
  } finally {
    file.close();
  }
  return last;
}
