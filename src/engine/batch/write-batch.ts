// What one write puts in the write-ahead log (db/write_batch.cc):
//
//   batch := sequence (fixed64) count (fixed32) operation*
//   put    := 01 key value          key, value: varint32 length and that many bytes
//   delete := 00 key
//
// The first operation has the batch's sequence number, each further one the next.

import { ByteWriter } from '../bytes/byte-writer';
import { readFixed32, readFixed64 } from '../bytes/fixed';
import type { U64 } from '../bytes/u64';

/** Sequence (8) and count (4). */
export const BATCH_HEADER_SIZE = 12;

/** The tags of operations; the same numbers as in internal keys (db/dbformat.h, ValueType). */
export const BatchTag = { deletion: 0, value: 1 } as const;

const EMPTY_HEADER = new Uint8Array(BATCH_HEADER_SIZE);

/** Operations that take effect together, in their stored form. */
export class WriteBatch {
  private readonly stored = new ByteWriter();
  /** As in the header: unsigned. */
  private operations = 0;

  constructor() {
    this.clear();
  }

  /**
   * A batch with a copy of stored contents, sound or not. Throws a RangeError if they are shorter than a header,
   * where LevelDB asserts.
   */
  static from(contents: Uint8Array): WriteBatch {
    if (contents.length < BATCH_HEADER_SIZE) throw new RangeError('malformed WriteBatch (too small)');
    const batch = new WriteBatch();
    batch.stored.truncate(0);
    batch.stored.bytes(contents);
    batch.operations = readFixed32(contents, 8);
    return batch;
  }

  put(key: Uint8Array, value: Uint8Array): void {
    this.count++;
    this.stored.byte(BatchTag.value);
    this.stored.lengthPrefixed(key);
    this.stored.lengthPrefixed(value);
  }

  /** put() of texts, as UTF-8, without an array for each. */
  putText(key: string, value: string): void {
    this.count++;
    this.stored.byte(BatchTag.value);
    this.stored.lengthPrefixedText(key);
    this.stored.lengthPrefixedText(value);
  }

  delete(key: Uint8Array): void {
    this.count++;
    this.stored.byte(BatchTag.deletion);
    this.stored.lengthPrefixed(key);
  }

  /** Forgets all operations and the sequence. */
  clear(): void {
    this.stored.truncate(0);
    this.stored.bytes(EMPTY_HEADER);
    this.operations = 0;
  }

  /** Adds the operations of `other` behind the own ones; the own sequence stays. */
  append(other: WriteBatch): void {
    // A copy if both are the same: growing would pull the source away.
    const source = other === this ? this.stored.toBytes() : other.stored.view();
    this.count += other.count;
    this.stored.bytes(source, BATCH_HEADER_SIZE);
  }

  get sequence(): U64 {
    return readFixed64(this.stored.view(), 0);
  }

  set sequence(sequence: U64) {
    this.stored.patchFixed64(0, sequence);
  }

  /** The count in the header; unsigned. */
  get count(): number {
    return this.operations;
  }

  private set count(count: number) {
    this.operations = count >>> 0;
    this.stored.patchFixed32(8, count);
  }

  /** Bytes of the stored form. */
  approximateSize(): number {
    return this.stored.length;
  }

  /** The stored form; a view that is valid until the batch changes. */
  contents(): Uint8Array {
    return this.stored.view();
  }
}
