// A sound MANIFEST read in one pass, for who wants nothing but its last version: no edit becomes an object, the version is
// built once, and a table that a later edit takes away again leaves nothing behind.

import { copyOf } from '../bytes/copy';
import type { RandomAccessFile } from '../env/env';
import { type Comparator, findComparator } from '../keys/comparator';
import { InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { LogReader } from '../log/reader';
import { Version } from './version';
import { type FileMetaData, LEVELS, Tag } from './version-edit';
import type { RecoveredVersions } from './version-set';

/** A table whose keys are views that are made when somebody asks for them. */
class TableInManifest implements FileMetaData {
  readonly number: number;
  readonly size: number;
  readonly keys: Uint8Array;
  readonly start: number;
  readonly middle: number;
  readonly end: number;
  private smallestView: Uint8Array | undefined = undefined;
  private largestView: Uint8Array | undefined = undefined;

  /** `keys` has the smallest key from `start` to `middle`, and the largest up to `end`. */
  constructor(number: number, size: number, keys: Uint8Array, start: number, middle: number, end: number) {
    this.number = number;
    this.size = size;
    this.keys = keys;
    this.start = start;
    this.middle = middle;
    this.end = end;
  }

  get smallest(): Uint8Array {
    this.smallestView ??= this.keys.subarray(this.start, this.middle);
    return this.smallestView;
  }

  get largest(): Uint8Array {
    this.largestView ??= this.keys.subarray(this.middle, this.end);
    return this.largestView;
  }
}

/**
 * What `recoverVersions` gives for a MANIFEST; undefined if anything in it is unusual, which is left to it: damage, bytes
 * that are no record, a comparator that is not known, a counter that is missing, a number above 2^53, a table that is
 * added twice to its level.
 */
export function recoverQuickly(
  file: RandomAccessFile,
  manifest: string,
  override?: Comparator,
): RecoveredVersions | undefined {
  const bytes = file.size();
  if (bytes > MAX_MANIFEST) return undefined;
  const edits = new Edits(bytes);
  let damaged = false;
  const reader = new LogReader(file, { reporter: { corruption: () => (damaged = true) } });
  let count = 0;
  let end = 0;
  while (reader.next()) {
    if (damaged || !edits.apply(reader.record)) return undefined;
    end = reader.recordEnd;
    count++;
  }
  if (damaged || reader.tornTail) return undefined;
  const { comparator: name, nextFileNumber, lastSequence, logNumber, prevLogNumber } = edits;
  const known = name === undefined ? undefined : findComparator(name);
  if (!known || nextFileNumber < 0 || lastSequence < 0 || logNumber < 0) return undefined;
  const comparator = override ?? known;
  return {
    manifest,
    comparatorName: known.name,
    comparator,
    comparatorNameKnown: true,
    comparatorKnown: comparator.name === known.name,
    version: edits.version(new InternalKeyComparator(comparator)),
    logNumber,
    prevLogNumber: Math.max(0, prevLogNumber),
    nextFileNumber,
    lastSequence,
    edits: count,
    end,
    problems: [],
  };
}

/** A new file in a MANIFEST takes so many bytes at least. */
const LEAST_ENTRY = 5 + 2 * (1 + TAG_BYTES);
/** Larger ones are left to who needs no memory for all of it at once. */
const MAX_MANIFEST = 1 << 28;
/** Slots that a number has, a power of two: one for each level. */
const SLOTS = 8;
/** Steps from a slot that is taken; more come of numbers that somebody chose to collide. */
const MAX_STEPS = 64;

/**
 * Where each table of each level stands in the lists, by open addressing: neighbours in number are neighbours here. A number
 * has a slot for each of its levels, since compactions move long runs of tables from one level to the next.
 */
class Places {
  /** The table's number and level, and 1; 0 is empty. */
  private readonly keys: Float64Array;
  private readonly places: Int32Array;
  private readonly mask: number;

  constructor(capacity: number) {
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2 + 2));
    this.keys = new Float64Array(slots);
    this.places = new Int32Array(slots);
    this.mask = slots - 1;
  }

  /** Below 0 if the table is not there. */
  find(level: number, number: number): number {
    const slot = this.slotOf(level, number);
    return slot < 0 || this.keys[slot] === 0 ? -1 : this.places[slot];
  }

  /** False if the table is there already, or no place is near. */
  add(level: number, number: number, place: number): boolean {
    const slot = this.slotOf(level, number);
    if (slot < 0 || this.keys[slot] !== 0) return false;
    this.keys[slot] = number * SLOTS + level + 1;
    this.places[slot] = place;
    return true;
  }

  /** Where the table stands or would stand; below 0 if that is too far. */
  private slotOf(level: number, number: number): number {
    const { keys, mask } = this;
    const key = number * SLOTS + level + 1;
    let slot = (key - 1) & mask;
    for (let step = 0; step < MAX_STEPS; step++) {
      if (keys[slot] === 0 || keys[slot] === key) return slot;
      slot = (slot + 1) & mask;
    }
    return -1;
  }
}

/** What the edits say up to now. Tables lie in lists by the order in which they were added. */
class Edits {
  comparator: string | undefined = undefined;
  /** Below 0 as long as no edit says it. */
  logNumber = -1;
  prevLogNumber = -1;
  nextFileNumber = -1;
  lastSequence = -1;
  private readonly compactPointers: (Uint8Array | undefined)[] = new Array(LEVELS).fill(undefined);
  private readonly places: Places;
  private count = 0;
  private readonly numbers: Float64Array;
  private readonly sizes: Float64Array;
  /** A table's level; LEVELS once an edit took it away. */
  private readonly levels: Uint8Array;
  /** Three a table: where its smallest key begins in `keys`, where its largest does, and where that ends. */
  private readonly bounds: Uint32Array;
  private readonly keys: Uint8Array;
  private keysEnd = 0;
  // The record under way.
  private record: Uint8Array = new Uint8Array(0);
  private position = 0;
  private failed = false;

  /** `bytes`: of the MANIFEST. What is reserved for it is memory only once it is written to. */
  constructor(bytes: number) {
    const capacity = Math.ceil(bytes / LEAST_ENTRY);
    this.places = new Places(capacity);
    this.numbers = new Float64Array(capacity);
    this.sizes = new Float64Array(capacity);
    this.levels = new Uint8Array(capacity);
    this.bounds = new Uint32Array(capacity * 3);
    this.keys = new Uint8Array(bytes);
  }

  /** False for a record with anything unusual. */
  apply(record: Uint8Array): boolean {
    this.record = record;
    this.position = 0;
    while (this.position < record.length && !this.failed) this.applyField(this.varint());
    return !this.failed;
  }

  version(comparator: InternalKeyComparator): Version {
    const levels = Array.from({ length: LEVELS }, (_, level) => this.tablesOf(level, comparator));
    return new Version(comparator, levels, this.compactPointers);
  }

  private applyField(tag: number): void {
    switch (tag) {
      case Tag.comparator: {
        const name = new TextDecoder().decode(this.range());
        // LevelDB refuses a second one that differs.
        if (this.comparator !== undefined && this.comparator !== name) this.failed = true;
        this.comparator = name;
        return;
      }
      case Tag.logNumber:
        this.logNumber = this.varint();
        return;
      case Tag.prevLogNumber:
        this.prevLogNumber = this.varint();
        return;
      case Tag.nextFileNumber:
        this.nextFileNumber = this.varint();
        return;
      case Tag.lastSequence:
        this.lastSequence = this.varint();
        return;
      case Tag.compactPointer: {
        const level = this.level();
        const key = this.range();
        if (key.length < TAG_BYTES) this.failed = true;
        if (!this.failed) this.compactPointers[level] = copyOf(key);
        return;
      }
      case Tag.deletedFile: {
        const level = this.level();
        const number = this.varint();
        if (this.failed) return;
        const at = this.places.find(level, number);
        // LevelDB passes by what is not there, but remembers it: unusual.
        if (at < 0) this.failed = true;
        else this.levels[at] = LEVELS;
        return;
      }
      case Tag.newFile:
        this.addTable();
        return;
      default:
        this.failed = true;
    }
  }

  private addTable(): void {
    const level = this.level();
    const number = this.varint();
    const size = this.varint();
    const start = this.keysEnd;
    this.addKey();
    const middle = this.keysEnd;
    this.addKey();
    if (this.failed) return;
    const at = this.count;
    // A file that grows while it is read.
    if (at === this.levels.length || !this.places.add(level, number, at)) {
      this.failed = true;
      return;
    }
    this.count++;
    this.numbers[at] = number;
    this.sizes[at] = size;
    this.levels[at] = level;
    this.bounds[at * 3] = start;
    this.bounds[at * 3 + 1] = middle;
    this.bounds[at * 3 + 2] = this.keysEnd;
  }

  private addKey(): void {
    const length = this.varint();
    const { record, position } = this;
    const { keys, keysEnd } = this;
    const isSound = length >= TAG_BYTES && length <= record.length - position;
    if (this.failed || !isSound || keysEnd + length > keys.length) {
      this.failed = true;
      return;
    }
    for (let i = 0; i < length; i++) keys[keysEnd + i] = record[position + i];
    this.position = position + length;
    this.keysEnd = keysEnd + length;
  }

  /** The tables that are left of a level, in its order, with their keys in a buffer of their own. */
  private tablesOf(level: number, comparator: InternalKeyComparator): FileMetaData[] {
    const { bounds, keys, sizes, numbers, levels, count } = this;
    let bytes = 0;
    for (let at = 0; at < count; at++) {
      if (levels[at] === level) bytes += bounds[at * 3 + 2] - bounds[at * 3];
    }
    const own = new Uint8Array(bytes);
    const tables: TableInManifest[] = [];
    let to = 0;
    for (let at = 0; at < count; at++) {
      if (levels[at] !== level) continue;
      const start = bounds[at * 3];
      const length = bounds[at * 3 + 2] - start;
      for (let i = 0; i < length; i++) own[to + i] = keys[start + i];
      const middle = to + bounds[at * 3 + 1] - start;
      tables.push(new TableInManifest(numbers[at], sizes[at], own, to, middle, to + length));
      to += length;
    }
    return tables.sort(
      (a, b) =>
        comparator.compare(a.keys, a.start, a.middle, b.keys, b.start, b.middle) || a.number - b.number,
    );
  }

  private level(): number {
    const level = this.varint();
    if (level >= LEVELS) this.failed = true;
    return level;
  }

  /** Of the record; a length in front. */
  private range(): Uint8Array {
    const length = this.varint();
    const { record, position } = this;
    if (this.failed || length > record.length - position) {
      this.failed = true;
      return record.subarray(0, 0);
    }
    this.position += length;
    return record.subarray(position, position + length);
  }

  /** At most 49 bits: more is unusual, and a slot's number would not be exact. What LevelDB reads as 32 bits is at most 35 long, and unusual above 2^32. */
  private varint(): number {
    const { record } = this;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 7 && this.position < record.length; i++) {
      const byte = record[this.position++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    this.failed = true;
    return 0;
  }
}
