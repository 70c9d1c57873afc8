import type { Database } from '../engine/db/database';
import { openForWriting } from '../engine/db/open-for-writing';
import { nodeInflate } from '../engine/env/node';
import { NodeWritableEnv } from '../engine/env/node-writable';
import { LsmError } from '../engine/problem';
import type { FormerValue, KeyWrite, KeyWriteOptions, WrittenKey } from './change-api';
import { ChangeWatch } from './change-watch';
import type { JobOf } from './job';

/** Of a former value, for a message. */
const SHOWN_BYTES = 200;

/**
 * Writes one operation to a database at once, as `lsm put` and `lsm delete` do: with its lock held, durable when this
 * ends. Cancelled before, it writes nothing. Throws what openForWriting throws where something would be lost by opening,
 * and an LsmError `moved-on` for a key that has a newer version than it may have.
 */
export function* writeKey(
  directory: string,
  request: KeyWrite,
  { chosen, maxFormerBytes, newest, withoutLock }: KeyWriteOptions,
): JobOf<WrittenKey> {
  const env = new NodeWritableEnv({ withoutLock });
  const watch = new ChangeWatch();
  const options = { trace: watch.listen };
  const steps = openForWriting(env, directory, { chosen, options, inflate: nodeInflate, refuseLoss: true });
  let database: Database;
  try {
    for (;;) {
      const step = steps.next();
      if (step.done) {
        database = step.value;
        break;
      }
      yield { ...watch.progress };
    }
  } finally {
    // Lets the lock go when the job is cancelled.
    steps.return(undefined as never);
  }
  try {
    const { key } = request;
    const former = formerOf(database, key, maxFormerBytes);
    if (newest !== undefined && former?.sequence !== undefined && former.sequence > newest) {
      throw new LsmError('Invalid argument', 'moved-on', 'the key was written to since', directory);
    }
    if (request.kind === 'put') database.put(key, request.value, { sync: true });
    else database.delete(key, { sync: true });
    return { sequence: database.lastSequence, former };
  } finally {
    database.close();
  }
}

/** Undefined where damage stands before what the key holds: it can be written all the same. */
function formerOf(database: Database, key: Uint8Array, maxBytes: number): FormerValue | undefined {
  try {
    const { found, value, sequence } = database.get(key);
    const valueBytes = value?.length ?? 0;
    return {
      found,
      sequence,
      valueBytes,
      start: value?.slice(0, SHOWN_BYTES) ?? new Uint8Array(0),
      // A copy of its own: others may be in the buffer.
      value: valueBytes <= maxBytes ? value?.slice() : undefined,
    };
  } catch (error) {
    if (error instanceof LsmError) return undefined;
    throw error;
  }
}
