import { BatchReader } from '../batch/batch-reader';
import { copyRange } from '../bytes/copy';
import { Random } from '../bytes/random';
import { addU64, type U64 } from '../bytes/u64';
import type { Cursor } from '../iterator/cursor';
import type { Kernel } from '../kernel/kernel';
import { bytewiseComparator } from '../keys/comparator';
import { type InternalKeyComparator, TAG_BYTES, writeTag } from '../keys/internal-key';
import type { EntryTarget, LogPieces } from '../log/log-pieces';
import { LsmError } from '../problem';
import { ArenaUsage } from './arena';
import { addBatchInKernel } from './kernel-batch';
import { KernelEntries } from './kernel-entries';

const MAX_HEIGHT = 12;
const BRANCHING = 4;
const SEED = 0xdeadbeef;
const MAX_ARENA_BYTES = 0xffff_ffff;
/** Above, the copy that sorting in the kernel takes is too much. */
const MAX_KERNEL_BYTES = 256 << 20;
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
 *
 * An entry is put into the skip list when somebody looks for the first time after it was added: what is only written and
 * then flushed is sorted once, which is several times faster.
 */
export class ArenaMemTable implements EntryTarget {
  readonly comparator: InternalKeyComparator;
  readonly stride = FIELDS;
  arena: Uint8Array = new Uint8Array(1024);
  fields: Uint32Array = new Uint32Array(16 * FIELDS);
  private links = new Int32Array(64);
  private used = 0;
  private linksUsed = 0;
  private nodes = 0;
  private maxHeight = 1;
  /** Nodes in the skip list: those from here on are not in it yet. */
  private linked = 1;
  /** The heights of nodes as they are counted, and again as they are linked. */
  private random = new Random(SEED);
  private linkRandom = new Random(SEED);
  private usage = new ArenaUsage();
  private isShown = false;
  private readonly previous = new Int32Array(MAX_HEIGHT);

  constructor(comparator: InternalKeyComparator) {
    this.comparator = comparator;
    this.addHead();
  }

  /**
   * Empties it for other entries, which saves the memory's first use: that costs more than what is done in it. Only if no
   * cursor was ever made, since that would still look; else false.
   */
  clear(): boolean {
    if (this.isShown) return false;
    this.used = this.nodes = this.linksUsed = 0;
    this.maxHeight = this.linked = 1;
    this.random = new Random(SEED);
    this.linkRandom = new Random(SEED);
    this.usage = new ArenaUsage();
    this.addHead();
    return true;
  }

  private addHead(): void {
    this.newNode(0, 0, 0);
    this.countNode(MAX_HEIGHT);
    this.newLinks(HEAD, MAX_HEIGHT);
  }

  get entries(): number {
    return this.nodes - 1;
  }

  /** Bytes of keys, tags and values. */
  get bytes(): number {
    return this.used;
  }

  /** Bytes that its arena has room for. */
  get arenaBytes(): number {
    return this.arena.length;
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
    this.newNode(key, value, this.used);
    this.countNode(randomHeight(this.random));
  }

  /** Adds the batches that `pieces` has from `from` on, up to the one with which `memoryUsage` passes `limit`; returns the record behind it. */
  addPieces(pieces: LogPieces, from: number, limit: number): number {
    return this.counted(pieces.kernel, () => pieces.addTo(this, from, limit));
  }

  /** Adds the operations of a stored batch, up to a fault. */
  addBatch(contents: Uint8Array): void {
    if (addBatchInKernel(this, contents, this.counted)) return;
    const batch = new BatchReader();
    batch.reset(contents);
    while (batch.next()) {
      const { opIndex, type, keyStart, keyEnd, valueStart, valueEnd } = batch;
      this.add(addU64(batch.sequence, opIndex), type, contents, keyStart, keyEnd, valueStart, valueEnd);
    }
  }

  /** The entries in order, in a kernel's memory with `extra` bytes behind; undefined unless the order is bytewise. */
  inKernel(extra: number): KernelEntries | undefined {
    if (this.comparator.user !== bytewiseComparator || this.used > MAX_KERNEL_BYTES) return undefined;
    const fields = this.fields.subarray(FIELDS, this.nodes * FIELDS);
    return KernelEntries.of(this.arena.subarray(0, this.used), fields, FIELDS, true, extra);
  }

  /** Bytes that a copy takes. */
  get copyBytes(): number {
    return 4 * FIELDS * this.nodes + this.used;
  }

  /** Copies all entries into memory that another thread sees. */
  copyInto(memory: SharedArrayBuffer): void {
    const { nodes } = this;
    new Uint32Array(memory, 0, FIELDS * nodes).set(this.fields.subarray(0, nodes * FIELDS));
    new Uint8Array(memory, 4 * FIELDS * nodes).set(this.arena.subarray(0, this.used));
  }

  /** Adds such a copy of so many entries; what they come to is not counted. */
  addCopy(memory: SharedArrayBuffer, entries: number, bytes: number): void {
    const fields = new Uint32Array(memory, 4 * FIELDS, FIELDS * entries);
    this.addEntries(new Uint8Array(memory, 4 * FIELDS * (entries + 1), bytes), fields);
  }

  /** Has the entries of such a copy where they are, in an empty memtable; the memory is its own from then on. */
  takeCopy(memory: SharedArrayBuffer, entries: number, bytes: number): void {
    this.fields = new Uint32Array(memory, 0, FIELDS * (entries + 1));
    this.arena = new Uint8Array(memory, 4 * FIELDS * (entries + 1), bytes);
    this.nodes = entries + 1;
    this.used = bytes;
  }

  /** Bytes of the largest entry, and of the largest internal key. */
  largest(): { entry: number; key: number } {
    const { fields } = this;
    const end = this.nodes * FIELDS;
    let entry = 0;
    let key = 0;
    for (let at = FIELDS; at < end; at += FIELDS) {
      const start = fields[at];
      if (fields[at + 2] - start > entry) entry = fields[at + 2] - start;
      if (fields[at + 1] - start > key) key = fields[at + 1] - start;
    }
    return { entry, key };
  }

  /** Has the kernel count the memory that a step takes. */
  private readonly counted = <Result>({ exports }: Kernel, step: () => Result): Result => {
    const { usage, random } = this;
    exports.setUsage(usage.bytes, usage.used, usage.remaining, random.seed);
    const result = step();
    usage.bytes = exports.usageBytes.value;
    usage.used = exports.usageUsed.value;
    usage.remaining = exports.usageRemaining.value;
    random.seed = exports.heightSeed.value;
    return result;
  };

  addEntries(arena: Uint8Array, fields: Uint32Array): void {
    this.reserve(arena.length);
    this.arena.set(arena, this.used);
    this.used += arena.length;
    this.reserveNodes(fields.length / FIELDS);
    this.fields.set(fields, this.nodes * FIELDS);
    this.nodes += fields.length / FIELDS;
  }

  /** Puts into the skip list what was added since the last look. */
  link(): void {
    for (; this.linked < this.nodes; this.linked++) this.insert(this.linked);
  }

  /** A cursor over internal keys. */
  cursor(): Cursor {
    this.isShown = true;
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

  private insert(node: number): void {
    const { previous, fields } = this;
    this.findAtOrAfter(this.arena, fields[node * FIELDS], fields[node * FIELDS + 1], true);
    const height = randomHeight(this.linkRandom);
    for (; this.maxHeight < height; this.maxHeight++) previous[this.maxHeight] = HEAD;
    this.newLinks(node, height);
    for (let level = 0; level < height; level++) {
      const before = fields[previous[level] * FIELDS + 3] + level;
      this.links[fields[node * FIELDS + 3] + level] = this.links[before];
      this.links[before] = node;
    }
  }

  private countNode(height: number): void {
    this.usage.allocateAligned(NODE_BYTES + LINK_BYTES * height);
  }

  private newNode(key: number, value: number, end: number): void {
    this.reserveNodes(1);
    const at = this.nodes++ * FIELDS;
    this.fields[at] = key;
    this.fields[at + 1] = value;
    this.fields[at + 2] = end;
  }

  private newLinks(node: number, height: number): void {
    if (this.linksUsed + height > this.links.length) {
      const grown = new Int32Array(this.links.length * 2);
      grown.set(this.links);
      this.links = grown;
    }
    this.fields[node * FIELDS + 3] = this.linksUsed;
    this.links.fill(NONE, this.linksUsed, this.linksUsed + height);
    this.linksUsed += height;
  }

  private reserveNodes(extra: number): void {
    const needed = (this.nodes + extra) * FIELDS;
    if (needed <= this.fields.length) return;
    const grown = new Uint32Array(Math.max(needed, this.fields.length * 2));
    grown.set(this.fields);
    this.fields = grown;
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

function randomHeight(random: Random): number {
  let height = 1;
  while (height < MAX_HEIGHT && random.oneIn(BRANCHING)) height++;
  return height;
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
    this.memtable.link();
    this.moveTo(this.memtable.next(HEAD, 0));
  }

  seekToLast(): void {
    this.memtable.link();
    this.moveTo(this.memtable.last());
  }

  seek(target: Uint8Array, start: number, end: number): void {
    this.memtable.link();
    this.moveTo(this.memtable.findAtOrAfter(target, start, end));
  }

  next(): void {
    this.memtable.link();
    this.moveTo(this.memtable.next(this.node, 0));
  }

  prev(): void {
    this.memtable.link();
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
