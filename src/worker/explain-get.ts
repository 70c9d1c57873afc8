import { escapeBytes } from '../engine/bytes/escape';
import type { Inspection } from '../engine/db/inspection';
import { LsmError } from '../engine/problem';
import { lookupText } from '../engine/trace/lookup-text';
import type { ExplainedGet } from './api';

/** What `lsm get --explain` tells of a key. Damage on the way is the end of it, and does not throw. */
export function explainGet(db: Inspection, key: Uint8Array): ExplainedGet {
  const lines: string[] = [];
  try {
    const { found, value, sequence, source } = db.get(key, undefined, (event) =>
      lines.push(...lookupText(event, (userKey) => escapeBytes(userKey)).split('\n')),
    );
    const valueBytes = value?.length ?? 0;
    return { found, valueBytes, sequence, source: source?.name, lines, failure: undefined };
  } catch (error) {
    if (!(error instanceof LsmError)) throw error;
    const { message, file, offset } = error;
    const failure = { message, file, offset };
    return { found: false, valueBytes: 0, sequence: undefined, source: undefined, lines, failure };
  }
}
