import { copyOf } from '../engine/bytes/copy';
import { parseInternalKey } from '../engine/keys/internal-key';
import type { KeyRef } from './api';

/** An internal key taken apart, with bytes of its own. One that is none is shown whole, at sequence 0. */
export function keyRef(internalKey: Uint8Array): KeyRef {
  const parsed = parseInternalKey(internalKey);
  if (!parsed) return { userKey: copyOf(internalKey), sequence: 0, type: 'value' };
  return { ...parsed, userKey: copyOf(parsed.userKey) };
}
