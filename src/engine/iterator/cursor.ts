import type { LsmError } from '../problem';

/**
 * A position in a sorted run of entries (include/leveldb/iterator.h).
 *
 * The current key is `keyBuffer[keyStart, keyEnd)`, the current value `valueBuffer[valueStart, valueEnd)`. Both
 * belong to the cursor and hold until it moves; nothing is allocated per entry. Keys are internal keys unless a
 * cursor says otherwise. The fields mean something only while `valid`.
 */
export interface Cursor {
  readonly valid: boolean;
  readonly keyBuffer: Uint8Array;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly valueBuffer: Uint8Array;
  readonly valueStart: number;
  readonly valueEnd: number;
  seekToFirst(): void;
  seekToLast(): void;
  /** Moves to the first entry at or after `target[start, end)`. */
  seek(target: Uint8Array, start: number, end: number): void;
  /** Only while `valid`. */
  next(): void;
  prev(): void;
  /**
   * The first failure met. A cursor over several blocks or files goes on behind damage; one over a single block
   * is invalid from there on.
   */
  readonly error: LsmError | undefined;
}
