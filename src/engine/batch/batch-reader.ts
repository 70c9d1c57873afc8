import { readFixed32, readFixed64 } from '../bytes/fixed';
import type { U64 } from '../bytes/u64';
import { BATCH_HEADER_SIZE, BatchTag } from './write-batch';

export type BatchError =
  | 'malformed WriteBatch (too small)'
  | 'bad WriteBatch Put'
  | 'bad WriteBatch Delete'
  | 'unknown WriteBatch tag'
  | 'WriteBatch has wrong count';

/**
 * Walks the operations of a stored batch (db/write_batch.cc, Iterate) without an object for each. One reader serves
 * for many batches:
 *
 *   if (reader.reset(record)) while (reader.next()) use(reader);
 *   if (reader.error !== undefined) ...
 *
 * The operations before a fault count, as in LevelDB.
 */
export class BatchReader {
  contents: Uint8Array = new Uint8Array(0);
  /** Of the first operation. */
  sequence: U64 = 0;
  /** As stored, unsigned; right only if `error` stays undefined to the end. */
  count = 0;

  /** The operation: 1 value, 0 deletion. */
  type: number = BatchTag.deletion;
  /** Ranges in `contents`; the value of a deletion is empty. */
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  /** 0 for the first; its sequence number is `sequence + opIndex`. -1 before the first next(). */
  opIndex = -1;
  /** Where the operation's tag stands in `contents`. After an error: where the faulty one begins, or the end. */
  opOffset = 0;
  /** LevelDB's words, once next() or reset() gave false for a fault. */
  error: BatchError | undefined;

  private position = 0;
  private start = 0;

  /** Begins to read `contents`, which is kept and must not change meanwhile. False with `error` if it has no header. */
  reset(contents: Uint8Array): boolean {
    const whole = contents.length >= BATCH_HEADER_SIZE;
    this.contents = contents;
    this.sequence = whole ? readFixed64(contents, 0) : 0;
    this.count = whole ? readFixed32(contents, 8) : 0;
    this.position = whole ? BATCH_HEADER_SIZE : contents.length;
    this.keyStart = this.keyEnd = this.valueStart = this.valueEnd = 0;
    this.opIndex = -1;
    this.opOffset = whole ? BATCH_HEADER_SIZE : 0;
    this.error = whole ? undefined : 'malformed WriteBatch (too small)';
    return whole;
  }

  /** Moves to the next operation; false at the end and at a fault, see `error`. */
  next(): boolean {
    if (this.error !== undefined) return false;
    const { contents } = this;
    this.opOffset = this.position;
    if (this.position >= contents.length) {
      if (this.opIndex + 1 !== this.count) this.error = 'WriteBatch has wrong count';
      return false;
    }
    const tag = contents[this.position++];
    if (tag !== BatchTag.value && tag !== BatchTag.deletion) return this.fail('unknown WriteBatch tag');
    const fault = tag === BatchTag.value ? 'bad WriteBatch Put' : 'bad WriteBatch Delete';
    if (!this.string()) return this.fail(fault);
    const keyStart = this.start;
    const keyEnd = this.position;
    if (tag === BatchTag.value) {
      if (!this.string()) return this.fail(fault);
      this.valueStart = this.start;
    } else {
      this.valueStart = keyEnd;
    }
    this.keyStart = keyStart;
    this.keyEnd = keyEnd;
    this.valueEnd = this.position;
    this.type = tag;
    this.opIndex++;
    return true;
  }

  /** Moves over a length-prefixed string, whose bytes are then [start, position). */
  private string(): boolean {
    const { contents } = this;
    const end = contents.length;
    let position = this.position;
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end || shift > 28) return false;
      const byte = contents[position++];
      // Bits beyond the 32nd are dropped (util/coding.cc, GetVarint32PtrFallback).
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    length >>>= 0;
    if (length > end - position) return false;
    this.start = position;
    this.position = position + length;
    return true;
  }

  private fail(error: BatchError): false {
    this.error = error;
    return false;
  }
}
