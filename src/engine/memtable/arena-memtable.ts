import { copyRange } from '../bytes/copy';
import { Random } from '../bytes/random';
import type { U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import { type InternalKeyComparator, TAG_BYTES, writeTag } from '../keys/internal-key';
import { LsmError } from '../problem';
import { ArenaUsage } from './arena';

const MAX_HEIGHT = 12;
const BRANCHING = 4;
const SEED = 0xdeadbeef;
const MAX_ARENA_BYTES = 0xffff_ffff;
/** LevelDB's node: a pointer to the key, and a pointer for each level (db/skiplist.h). */
const NODE_BYTES = 8;
const LINK_BYTES = 8;
/** Of a node: where its user key, its value and its end lie in the arena, and where its links begin. */
const FIELDS = 4;
const HEAD = 0;
const NONE = -1;

/**
 * A memtable that is written to and read at the same time (db/memtable.cc over db/skiplist.h). Cursors see what was
 * added before and after they were made. For the same writes its `memoryUsage` is LevelDB's, byte for byte.
 */
export class ArenaMemTable {
  readonly comparator: InternalKeyComparator;
  arena = new Uint8Array(1024);
  fields = new Uint32Array(16 * FIELDS);
  private links = new Int32Array(64);
  private used = 0;
  private linksUsed = 0;
  private nodes = 0;
  private maxHeight = 1;
  private readonly random = new Random(SEED);
  private readonly usage = new ArenaUsage();
  private readonly previous = new Int32Array(MAX_HEIGHT);

  constructor(comparator: InternalKeyComparator) {
    this.comparator = comparator;
    this.newNode(0, 0, 0, MAX_HEIGHT);
  }

  get entries(): number {
    return this.nodes - 1;
  }

  /** Bytes of keys, tags and values. */
  get bytes(): number {
    return this.used;
  }

  /** Bytes that LevelDB's memtable would take: it is full when they pass `write_buffer_size`. */
  get memoryUsage(): number {
    return this.usage.bytes;
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
    const keyBytes = keyEnd - keyStart + TAG_BYTES;
    const valueBytes = valueEnd - valueStart;
    this.reserve(keyBytes + valueBytes);
    const key = this.used;
    copyRange(source, keyStart, keyEnd, this.arena, key);
    writeTag(this.arena, key + keyBytes - TAG_BYTES, sequence, type);
    const value = key + keyBytes;
    copyRange(source, valueStart, valueEnd, this.arena, value);
    this.used = value + valueBytes;
    this.usage.allocate(varintLength(keyBytes) + keyBytes + varintLength(valueBytes) + valueBytes);
    this.insert(key, value, this.used);
  }

  /** A cursor over internal keys. */
  cursor(): Cursor {
    return new ArenaCursor(this);
  }

  /** The first node at or after an internal key; NONE if there is none. Fills `previous` if `remember`. */
  findAtOrAfter(target: Uint8Array, start: number, end: number, remember = false): number {
    let node = HEAD;
    for (let level = this.maxHeight - 1; ; ) {
      const next = this.next(node, level);
      if (next !== NONE && this.compareNode(next, target, start, end) < 0) node = next;
      else {
        if (remember) this.previous[level] = node;
        if (level === 0) return next;
        level--;
      }
    }
  }

  /** The last node before an internal key; NONE if there is none. */
  findBefore(target: Uint8Array, start: number, end: number): number {
    let node = HEAD;
    for (let level = this.maxHeight - 1; ; ) {
      const next = this.next(node, level);
      if (next !== NONE && this.compareNode(next, target, start, end) < 0) node = next;
      else if (level === 0) return node === HEAD ? NONE : node;
      else level--;
    }
  }

  last(): number {
    let node = HEAD;
    for (let level = this.maxHeight - 1; ; ) {
      const next = this.next(node, level);
      if (next !== NONE) node = next;
      else if (level === 0) return node === HEAD ? NONE : node;
      else level--;
    }
  }

  next(node: number, level: number): number {
    return this.links[this.fields[node * FIELDS + 3] + level];
  }

  private compareNode(node: number, target: Uint8Array, start: number, end: number): number {
    const at = node * FIELDS;
    return this.comparator.compare(this.arena, this.fields[at], this.fields[at + 1], target, start, end);
  }

  private insert(key: number, value: number, end: number): void {
    const { previous } = this;
    this.findAtOrAfter(this.arena, key, value, true);
    const height = this.randomHeight();
    for (; this.maxHeight < height; this.maxHeight++) previous[this.maxHeight] = HEAD;
    const node = this.newNode(key, value, end, height);
    for (let level = 0; level < height; level++) {
      const before = this.fields[previous[level] * FIELDS + 3] + level;
      this.links[this.fields[node * FIELDS + 3] + level] = this.links[before];
      this.links[before] = node;
    }
  }

  private randomHeight(): number {
    let height = 1;
    while (height < MAX_HEIGHT && this.random.oneIn(BRANCHING)) height++;
    return height;
  }

  private newNode(key: number, value: number, end: number, height: number): number {
    this.usage.allocateAligned(NODE_BYTES + LINK_BYTES * height);
    if ((this.nodes + 1) * FIELDS > this.fields.length) {
      const grown = new Uint32Array(this.fields.length * 2);
      grown.set(this.fields);
      this.fields = grown;
    }
    if (this.linksUsed + height > this.links.length) {
      const grown = new Int32Array(this.links.length * 2);
      grown.set(this.links);
      this.links = grown;
    }
    const node = this.nodes++;
    this.fields.set([key, value, end, this.linksUsed], node * FIELDS);
    this.links.fill(NONE, this.linksUsed, this.linksUsed + height);
    this.linksUsed += height;
    return node;
  }

  private reserve(extra: number): void {
    const needed = this.used + extra;
    if (needed <= this.arena.length) return;
    if (needed > MAX_ARENA_BYTES) {
      throw new LsmError('Not implemented', 'io', 'a memtable of more than 4 GiB is too much for memory');
    }
    const grown = new Uint8Array(Math.min(MAX_ARENA_BYTES, Math.max(needed, this.arena.length * 2)));
    grown.set(this.arena.subarray(0, this.used));
    this.arena = grown;
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
  return length;
}

class ArenaCursor implements Cursor {
  readonly error = undefined;
  keyBuffer: Uint8Array;
  valueBuffer: Uint8Array;
  keyStart = 0;
  keyEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  private readonly memtable: ArenaMemTable;
  private node = NONE;

  constructor(memtable: ArenaMemTable) {
    this.memtable = memtable;
    this.keyBuffer = this.valueBuffer = memtable.arena;
  }

  get valid(): boolean {
    return this.node !== NONE;
  }

  seekToFirst(): void {
    this.moveTo(this.memtable.next(HEAD, 0));
  }

  seekToLast(): void {
    this.moveTo(this.memtable.last());
  }

  seek(target: Uint8Array, start: number, end: number): void {
    this.moveTo(this.memtable.findAtOrAfter(target, start, end));
  }

  next(): void {
    this.moveTo(this.memtable.next(this.node, 0));
  }

  prev(): void {
    this.moveTo(this.memtable.findBefore(this.keyBuffer, this.keyStart, this.keyEnd));
  }

  private moveTo(node: number): void {
    this.node = node;
    if (node === NONE) return;
    const { arena, fields } = this.memtable;
    const at = node * FIELDS;
    // The arena moves when it grows; what was shown before stays where it was.
    this.keyBuffer = this.valueBuffer = arena;
    this.keyStart = fields[at];
    this.keyEnd = this.valueStart = fields[at + 1];
    this.valueEnd = fields[at + 2];
  }
}
