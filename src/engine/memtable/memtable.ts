import { copyOf, copyRange } from '../bytes/copy';
import type { U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import { bytewiseComparator } from '../keys/comparator';
import { type InternalKeyComparator, TAG_BYTES, writeTag } from '../keys/internal-key';
import type { EntryTarget } from '../log/log-pieces';
import { LsmError } from '../problem';
import { KernelEntries } from './kernel-entries';

const MAX_ARENA_BYTES = 0xffff_ffff;
/** A log's size is believed up to here: it may be a hole that holds nothing. */
const MAX_EXPECTED_BYTES = 64 << 20;
/** Numbers per entry in the index: where the key, the value and the entry's end are in the arena. */
const FIELDS = 3;
/** Fewer entries are sorted before they are copied. */
const LEAST_FOR_KERNEL = 256;
const MAX_KERNEL_BYTES = 256 << 20;

/**
 * Entries in memory, ordered when they are first looked at: appending and sorting once is several times faster
 * than keeping order, and a log is read whole before anybody asks (docs/performance.md).
 *
 * Arena, for each entry: user key, fixed64 sequence << 8 | type, value.
 */
export class MemTable implements EntryTarget {
  readonly comparator: InternalKeyComparator;
  readonly stride = FIELDS;
  private arena: Uint8Array;
  private used = 0;
  private fields: Uint32Array;
  private count = 0;
  private order: Uint32Array | undefined;

  /** `expectedBytes` sizes the arena: the size of the log that it will hold. */
  constructor(comparator: InternalKeyComparator, expectedBytes = 0) {
    this.comparator = comparator;
    this.arena = new Uint8Array(Math.max(1024, Math.min(expectedBytes, MAX_EXPECTED_BYTES)));
    this.fields = new Uint32Array(64 * FIELDS);
  }

  get entries(): number {
    return this.count;
  }

  /** Bytes of keys, tags and values. */
  get bytes(): number {
    return this.used;
  }

  /** Adds `source[keyStart, keyEnd)` -> `source[valueStart, valueEnd)`. */
  add(
    sequence: U64,
    type: number,
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const keyLength = keyEnd - keyStart;
    this.reserve(keyLength + TAG_BYTES + valueEnd - valueStart);
    const { arena } = this;
    const key = this.used;
    copyRange(source, keyStart, keyEnd, arena, key);
    writeTag(arena, key + keyLength, sequence, type);
    const value = key + keyLength + TAG_BYTES;
    copyRange(source, valueStart, valueEnd, arena, value);
    this.used = value + valueEnd - valueStart;
    this.reserveEntries(1);
    const at = this.count * FIELDS;
    this.fields[at] = key;
    this.fields[at + 1] = value;
    this.fields[at + 2] = this.used;
    this.count++;
    this.order = undefined;
  }

  addEntries(arena: Uint8Array, fields: Uint32Array): void {
    const count = fields.length / FIELDS;
    this.reserve(arena.length);
    this.arena.set(arena, this.used);
    this.used += arena.length;
    this.reserveEntries(count);
    this.fields.set(fields, this.count * FIELDS);
    this.count += count;
    this.order = undefined;
  }

  /** A cursor over internal keys. Adding afterwards makes it stale. */
  cursor(): Cursor {
    return new MemTableCursor(this.comparator, this.arena, this.fields, this.sorted());
  }

  /** How many entries sort before an internal key. */
  rank(target: Uint8Array, start: number, end: number): number {
    return lowerBound(this.comparator, this.arena, this.fields, this.sorted(), target, start, end);
  }

  /** A copy of the internal key of the n-th entry in order. */
  keyAt(index: number): Uint8Array {
    const entry = this.sorted()[index];
    return copyOf(this.arena, this.fields[entry], this.fields[entry + 1]);
  }

  /** The entries in the order in which they were added: calls back with ranges of the arena. */
  forEach(visit: (arena: Uint8Array, key: number, value: number, end: number) => void): void {
    for (let i = 0; i < this.count * FIELDS; i += FIELDS) {
      visit(this.arena, this.fields[i], this.fields[i + 1], this.fields[i + 2]);
    }
  }

  private sorted(): Uint32Array {
    if (this.order) return this.order;
    const { arena, fields, count } = this;
    const { compare } = this.comparator;
    const order = new Uint32Array(count);
    if (this.sortInKernel(order)) return order;
    for (let i = 0; i < count; i++) order[i] = i * FIELDS;
    order.sort((a, b) => compare(arena, fields[a], fields[a + 1], arena, fields[b], fields[b + 1]) || a - b);
    this.order = order;
    return order;
  }

  private sortInKernel(order: Uint32Array): boolean {
    const { arena, used, fields, count, comparator } = this;
    if (count < LEAST_FOR_KERNEL || used > MAX_KERNEL_BYTES || comparator.user !== bytewiseComparator)
      return false;
    const places = fields.subarray(0, count * FIELDS);
    const entries = KernelEntries.of(arena.subarray(0, used), places, FIELDS, false);
    if (!entries) return false;
    for (let i = 0; i < count; i++) order[i] = entries.at(i) * FIELDS;
    entries.release();
    this.order = order;
    return true;
  }

  private reserveEntries(extra: number): void {
    const needed = (this.count + extra) * FIELDS;
    if (needed <= this.fields.length) return;
    const grown = new Uint32Array(Math.max(needed, this.fields.length * 2));
    grown.set(this.fields);
    this.fields = grown;
  }

  private reserve(extra: number): void {
    const needed = this.used + extra;
    if (needed <= this.arena.length) return;
    if (needed > MAX_ARENA_BYTES) {
      throw new LsmError('Not implemented', 'io', 'the log holds more than 4 GiB: too much for memory');
    }
    const grown = new Uint8Array(Math.min(MAX_ARENA_BYTES, Math.max(needed, this.arena.length * 2)));
    grown.set(this.arena.subarray(0, this.used));
    this.arena = grown;
  }
}

/** The position in `order` of the first entry at or after the internal key. */
function lowerBound(
  comparator: InternalKeyComparator,
  arena: Uint8Array,
  fields: Uint32Array,
  order: Uint32Array,
  target: Uint8Array,
  start: number,
  end: number,
): number {
  let left = 0;
  let right = order.length;
  while (left < right) {
    const middle = (left + right) >>> 1;
    const entry = order[middle];
    if (comparator.compare(arena, fields[entry], fields[entry + 1], target, start, end) < 0)
      left = middle + 1;
    else right = middle;
  }
  return left;
}

export class MemTableCursor implements Cursor {
  readonly error = undefined;
  readonly keyBuffer: Uint8Array;
  readonly valueBuffer: Uint8Array;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  private readonly comparator: InternalKeyComparator;
  private readonly fields: Uint32Array;
  private readonly order: Uint32Array;
  /** The place of the current entry in the order. */
  position = -1;

  constructor(comparator: InternalKeyComparator, arena: Uint8Array, fields: Uint32Array, order: Uint32Array) {
    this.comparator = comparator;
    this.keyBuffer = arena;
    this.valueBuffer = arena;
    this.fields = fields;
    this.order = order;
  }

  get valid(): boolean {
    return this.position >= 0 && this.position < this.order.length;
  }

  seekToFirst(): void {
    this.moveTo(0);
  }

  seekToLast(): void {
    this.moveTo(this.order.length - 1);
  }

  seek(target: Uint8Array, start: number, end: number): void {
    this.moveTo(lowerBound(this.comparator, this.keyBuffer, this.fields, this.order, target, start, end));
  }

  next(): void {
    this.moveTo(this.position + 1);
  }

  prev(): void {
    this.moveTo(this.position - 1);
  }

  moveTo(position: number): void {
    this.position = position;
    if (!this.valid) return;
    const entry = this.order[position];
    this.keyStart = this.fields[entry];
    this.keyEnd = this.fields[entry + 1];
    this.valueStart = this.keyEnd;
    this.valueEnd = this.fields[entry + 2];
  }
}
