import { copyRange } from '../bytes/copy';
import type { KernelMerge, MergeState } from '../iterator/kernel-merge';

/** Numbers per entry in `quads`. */
export const QUAD = 4;

/**
 * Entries copied out of a scan: all bytes in one buffer, and for each entry its key's start and length and its
 * value's start and length. Both arrays can be transferred to another thread; nothing is allocated per entry.
 */
export class EntryBatch {
  bytes: Uint8Array<ArrayBuffer>;
  quads: Uint32Array<ArrayBuffer>;
  count = 0;
  private used = 0;

  /**
   * It grows when a single entry does not fit. What stays small stays in the processor's cache; and strings that are made of
   * it are no large objects yet, of which V8 gives each new memory, whose first use costs more than what is done in it.
   */
  constructor(bytes = 1 << 15, entries = 1024) {
    this.bytes = new Uint8Array(bytes);
    this.quads = new Uint32Array(entries * QUAD);
  }

  /** With room for so many entries of the usual size. */
  static of(entries: number): EntryBatch {
    return new EntryBatch(undefined, entries);
  }

  clear(): void {
    this.count = 0;
    this.used = 0;
  }

  /** At least so much room: for a batch that has no entries. */
  reserve(bytes: number, entries: number): void {
    this.grow(bytes);
    if (entries * QUAD > this.quads.length) this.quads = new Uint32Array(entries * QUAD);
  }

  /** Room for an entry of so many bytes: for a batch that has none. */
  grow(bytes: number): void {
    if (bytes > this.bytes.length) this.bytes = new Uint8Array(bytes);
  }

  /** Says that `count` entries with `used` bytes were put in. */
  filled(count: number, used: number): void {
    this.count = count;
    this.used = used;
  }

  /** Appends an entry; false if the batch is full and the entry has to wait for the next one. */
  add(
    keyBuffer: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBuffer: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): boolean {
    const keyLength = keyEnd - keyStart;
    const valueLength = valueEnd - valueStart;
    const end = this.used + keyLength + valueLength;
    const at = this.count * QUAD;
    if (at >= this.quads.length) return false;
    if (end > this.bytes.length) {
      if (this.count > 0) return false;
      this.bytes = new Uint8Array(end);
    }
    copyRange(keyBuffer, keyStart, keyEnd, this.bytes, this.used);
    copyRange(valueBuffer, valueStart, valueEnd, this.bytes, this.used + keyLength);
    this.quads[at] = this.used;
    this.quads[at + 1] = keyLength;
    this.quads[at + 2] = this.used + keyLength;
    this.quads[at + 3] = valueLength;
    this.used = end;
    this.count++;
    return true;
  }

  /** Views of the n-th entry, for the rows that a person sees. */
  key(index: number): Uint8Array {
    const start = this.quads[index * QUAD];
    return this.bytes.subarray(start, start + this.quads[index * QUAD + 1]);
  }

  value(index: number): Uint8Array {
    const start = this.quads[index * QUAD + 2];
    return this.bytes.subarray(start, start + this.quads[index * QUAD + 3]);
  }
}

/** Fills a batch from a merge, as far as that goes. */
export function fillBatch(merge: KernelMerge, batch: EntryBatch): MergeState {
  for (;;) {
    const { state, count, used, wanted } = merge.read(batch);
    batch.filled(count, used);
    if (wanted === 0) return state;
    batch.grow(wanted);
  }
}
