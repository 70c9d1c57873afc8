import type { Block } from './block';

/** LevelDB's default (db/db_impl.cc, SanitizeOptions). */
export const DEFAULT_BLOCK_CACHE_BYTES = 8 << 20;

/** Arrays of so many bytes are used again: the blocks of LevelDB's default size, and one entry that passes it. */
const SPARE_BYTES = 4608;
const MAX_SPARE = 64;

interface Entry {
  table: number;
  offset: number;
  storedSize: number;
  block: Block;
  /** Neighbours in the ring of use: `newer` of the newest and `older` of the oldest is the ring's own node. */
  newer: Entry;
  older: Entry;
}

/**
 * Decoded blocks, found by table and offset. What was not used for longest goes when the decoded bytes pass the
 * capacity (util/cache.cc); a block larger than that is not kept at all. Tables share one cache.
 */
export class BlockCache {
  /** Bytes of decoded blocks. */
  readonly capacity: number;
  hits = 0;
  misses = 0;
  private used = 0;
  private lastTable = 0;
  private readonly tables = new Map<number, Map<number, Entry>>();
  private readonly ring: Entry;
  /** Of blocks that went. */
  private readonly spare: ArrayBuffer[] = [];

  constructor(capacity = DEFAULT_BLOCK_CACHE_BYTES) {
    this.capacity = capacity;
    const ring = { table: 0, offset: 0, storedSize: 0 } as Entry;
    ring.newer = ring;
    ring.older = ring;
    this.ring = ring;
  }

  /** Bytes held, with what is left over in arrays that are larger than their block. */
  get usage(): number {
    return this.used;
  }

  /** An id for a table that begins to use the cache. */
  newTableId(): number {
    return ++this.lastTable;
  }

  /** The block of that stored size at an offset, if it is here. */
  get(table: number, offset: number, storedSize: number): Block | undefined {
    const entry = this.tables.get(table)?.get(offset);
    if (!entry || entry.storedSize !== storedSize) {
      this.misses++;
      return undefined;
    }
    this.hits++;
    if (this.ring.older !== entry) {
      unlink(entry);
      this.link(entry);
    }
    return entry.block;
  }

  set(table: number, offset: number, storedSize: number, block: Block): void {
    let blocks = this.tables.get(table);
    const old = blocks?.get(offset);
    if (old) this.drop(old);
    const { byteLength } = block.bytes.buffer;
    if (byteLength > this.capacity) return;
    if (!blocks || old) {
      blocks = this.tables.get(table) ?? new Map();
      this.tables.set(table, blocks);
    }
    const entry: Entry = { table, offset, storedSize, block, newer: this.ring, older: this.ring };
    blocks.set(offset, entry);
    this.link(entry);
    this.used += byteLength;
    while (this.used > this.capacity) this.drop(this.ring.newer);
  }

  /** An array for a block's contents: of one that went, if nobody holds it. */
  take = (length: number): Uint8Array => {
    if (length > SPARE_BYTES) return new Uint8Array(length);
    return new Uint8Array(this.spare.pop() ?? new ArrayBuffer(SPARE_BYTES), 0, length);
  };

  /** Takes back the array of a block that nobody holds any more. */
  give(block: Block): void {
    const { buffer } = block.bytes;
    if (block.isKept || buffer.byteLength !== SPARE_BYTES || this.spare.length === MAX_SPARE) return;
    // Whoever still had it would be seen.
    block.isKept = true;
    this.spare.push(buffer as ArrayBuffer);
  }

  /** Forgets a table that was closed. */
  removeTable(table: number): void {
    for (const entry of this.tables.get(table)?.values() ?? []) this.drop(entry);
  }

  /** Puts an entry at the newest place: the ring's `older`. */
  private link(entry: Entry): void {
    const { ring } = this;
    entry.newer = ring;
    entry.older = ring.older;
    ring.older.newer = entry;
    ring.older = entry;
  }

  private drop(entry: Entry): void {
    unlink(entry);
    this.used -= entry.block.bytes.buffer.byteLength;
    const blocks = this.tables.get(entry.table);
    blocks?.delete(entry.offset);
    if (blocks?.size === 0) this.tables.delete(entry.table);
    this.give(entry.block);
  }
}

function unlink(entry: Entry): void {
  entry.newer.older = entry.older;
  entry.older.newer = entry.newer;
  // An entry that went and is not collected yet would keep those behind it.
  entry.newer = entry;
  entry.older = entry;
}
