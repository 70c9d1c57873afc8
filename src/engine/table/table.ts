import { copyOf } from '../bytes/copy';
import type { CodecOptions } from '../codec/codec';
import type { RandomAccessFile } from '../env/env';
import type { Comparator } from '../keys/comparator';
import { TAG_BYTES } from '../keys/internal-key';
import type { LsmError, ProblemSink } from '../problem';
import { Block, BlockCursor } from './block';
import { BlockCache, type CachedBlocks } from './block-cache';
import type { FilterPolicy } from './bloom';
import type { FilterBlockReader } from './filter';
import {
  BLOCK_TRAILER_SIZE,
  type BlockHandle,
  decodeBlockHandle,
  FOOTER_SIZE,
  type Footer,
  readFooter,
} from './format';
import { IndexPrefixes } from './index-prefixes';
import type { KeySearch } from './key-search';
import { blockProblem, type LoadedBlock, readBlock } from './read-block';
import { readQuickly } from './read-quickly';
import { TableCursor, type TableCursorOptions } from './table-cursor';
import { type MetaindexEntry, readTableMeta, type TableMeta } from './table-meta';

export type { MetaindexEntry } from './table-meta';

export interface TableOptions {
  /** The file's short name, for errors and problems. */
  name: string;
  /** The order of the table's keys: an InternalKeyComparator in databases. */
  comparator: Comparator;
  /** Whether a wrong checksum is an error (default true). */
  verifyChecksums?: boolean | undefined;
  codec?: CodecOptions | undefined;
  /** Recognised by its name. LevelDB's Bloom filter is known without it. */
  filterPolicy?: FilterPolicy | undefined;
  /** Receives damage that does not end an operation: a bad filter, blocks that a scan skips. */
  sink?: ProblemSink | undefined;
  /** Shared among tables; default one of 8 MiB for this table. */
  blockCache?: BlockCache | undefined;
}

/** A table that is asked only now and then is not worth them. */
const LOOKUPS_WITHOUT_PREFIXES = 8;

/** `filtered`: the filter ruled the key out, so that no data block was read. */
export type LookupResult = 'found' | 'absent' | 'filtered';

/** What a table says of a user key. */
export type LookupOutcome = 'absent' | KeySearch;

/** How a lookup went. What it did not come to is undefined. */
export interface LookupTrace {
  /** The index entry's key: at or after every key of its block. Undefined if the target is past the last one. */
  indexKey: Uint8Array | undefined;
  handle: BlockHandle | undefined;
  /** Undefined if the table has no filter. */
  filterIndex: number | undefined;
  filterAnswer: boolean | undefined;
  block: Block | undefined;
  /** The restart point at or before the entry found. */
  restartPoint: number | undefined;
  /** Keys compared in the index block and in the data block. */
  comparisons: number;
}

/**
 * An open table (table/table.cc). The footer and the index block are read at once, the metaindex and the filter
 * when they are first asked for, data blocks through the cache.
 */
export class Table {
  readonly file: RandomAccessFile;
  readonly fileSize: number;
  readonly options: TableOptions;
  readonly footer: Footer;
  readonly indexBlock: Block;
  /** Whether it was written here, as its database's tables are written now. */
  isOwn = false;
  /** Of its file, since it was opened: footer, index and whatever the cache did not have. */
  bytesRead = FOOTER_SIZE;
  private readonly cache: BlockCache;
  private readonly ownsCache: boolean;
  private readonly blocks: CachedBlocks;
  private readonly lookupIndex: BlockCursor;
  private lookups = 0;
  /** Made after some lookups; undefined if the index is not of that kind. */
  private prefixes: IndexPrefixes | undefined;
  private loadedMeta: TableMeta | undefined;
  /** Offsets in the file of what the sink has been told of. */
  private readonly reported = new Set<number>();

  private constructor(file: RandomAccessFile, fileSize: number, options: TableOptions) {
    this.file = file;
    this.fileSize = fileSize;
    this.options = options;
    this.footer = readFooter(file, fileSize, options.name);
    const { index } = this.footer;
    this.indexBlock = new Block(this.loadBlock(index).bytes, options.name, index.offset);
    if (this.indexBlock.bad) throw this.indexBlock.badContents();
    const { blockCache } = options;
    this.cache = blockCache ?? new BlockCache();
    this.ownsCache = blockCache === undefined;
    this.blocks = this.cache.newTable();
    this.lookupIndex = new BlockCursor(options.comparator, this.indexBlock);
  }

  /**
   * Opens a table of `fileSize` bytes. The table owns `file` from then on; if this throws, the caller still does.
   * Throws what readFooter and readBlock throw for the footer and the index block, and `bad block contents`.
   */
  static open(file: RandomAccessFile, options: TableOptions, fileSize = file.size()): Table {
    return new Table(file, fileSize, options);
  }

  get name(): string {
    return this.options.name;
  }

  get comparator(): Comparator {
    return this.options.comparator;
  }

  /** Bytes in memory for as long as it is open: its index and its filter, but not what the cache has. */
  get bytesHeld(): number {
    const filter = this.loadedMeta?.filter?.contents.length ?? 0;
    return this.indexBlock.bytes.length + (this.prefixes?.bytesHeld ?? 0) + filter;
  }

  /** Closes the file and gives up what the cache holds. Idempotent. */
  close(): void {
    this.leaveCache();
    this.file.close();
  }

  /** Gives up what the cache holds: who reads the table still reads its file. */
  leaveCache(): void {
    this.blocks.clear();
    if (this.ownsCache) this.cache.close();
  }

  /** The metaindex's entries; empty if it is damaged. */
  get metaindex(): readonly MetaindexEntry[] {
    return this.meta.entries;
  }

  /** The filter, if the table has one of a known policy and it is sound. */
  get filter(): FilterBlockReader | undefined {
    return this.meta.filter;
  }

  cursor(options: TableCursorOptions = {}): TableCursor {
    return new TableCursor(this, options);
  }

  /** A cursor over the index block: keys are separators, values handles. */
  indexCursor(): BlockCursor {
    return new BlockCursor(this.comparator, this.indexBlock);
  }

  /**
   * A block through the cache: its contents are the caller's, who can hand them to `giveBack` once nobody holds them. Throws what
   * readBlock throws, and `bad block contents`.
   */
  readBlock({ offset, size }: BlockHandle, fillCache = true): Block {
    const { blocks, file, fileSize, name } = this;
    let address = blocks.find(offset, size);
    if (address < 0 && fillCache) address = this.loadInCache(offset, size);
    if (address >= 0) return this.sound(blocks.copyOf(address), offset);
    const quick = fillCache ? undefined : readQuickly(file, fileSize, offset, size, name, this.cache.arrays);
    if (quick) this.bytesRead += size + BLOCK_TRAILER_SIZE;
    const block = this.sound(quick ?? this.loadBlock({ offset, size }).bytes, offset);
    if (fillCache) blocks.put(offset, size, block.bytes);
    return block;
  }

  private sound(bytes: Uint8Array, offset: number): Block {
    const block = new Block(bytes, this.name, offset);
    if (block.bad) throw block.badContents();
    return block;
  }

  /** Takes back a block that nobody holds any more. */
  giveBack(block: Block): void {
    this.cache.arrays.give(block);
  }

  /** Reads the common block into the cache; its address there, or below 0. */
  private loadInCache(offset: number, size: number): number {
    const { blocks, file, fileSize, name } = this;
    const address = blocks.load(file, fileSize, offset, size, name);
    if (address >= 0) this.bytesRead += size + BLOCK_TRAILER_SIZE;
    return address;
  }

  /** A block from the file, with what its trailer says. Throws what readBlock throws. */
  loadBlock(handle: BlockHandle): LoadedBlock {
    const block = readBlock(this.file, this.fileSize, handle, this.options);
    this.bytesRead += block.storedSize + BLOCK_TRAILER_SIZE;
    return block;
  }

  /**
   * Looks for the first entry at or after an internal key (Table::InternalGet). On `found`, `cursor` stands on it;
   * the caller compares user keys. `cursor` is of this table's comparator; it may serve many tables in turn.
   * Throws an LsmError if a block on the way is damaged, rather than answer.
   */
  lookup(
    target: Uint8Array,
    start: number,
    end: number,
    cursor: BlockCursor,
    trace?: (trace: LookupTrace) => void,
  ): LookupResult {
    if (!trace) return this.find(target, start, end, cursor, undefined);
    const seen: LookupTrace = {
      indexKey: undefined,
      handle: undefined,
      filterIndex: undefined,
      filterAnswer: undefined,
      block: undefined,
      restartPoint: undefined,
      comparisons: 0,
    };
    const before = cursor.comparisons + this.lookupIndex.comparisons;
    try {
      return this.find(target, start, end, cursor, seen);
    } finally {
      seen.comparisons = cursor.comparisons + this.lookupIndex.comparisons - before;
      trace(seen);
    }
  }

  /**
   * The version of a user key at or behind an internal key, without a cursor: over the prefixes of the index, in the cache's
   * memory. What was found is there up to the next block. Undefined for what `lookup` has to see to.
   */
  lookupQuickly(target: Uint8Array): LookupOutcome | undefined {
    const prefixes = this.prefixesToSeek();
    const { search } = this.cache;
    if (!prefixes || !search || target.length < TAG_BYTES) return undefined;
    const entry = prefixes.find(target, 0, target.length);
    if (entry < 0) return 'absent';
    const offset = prefixes.offsetOf(entry);
    const { filter } = this.meta;
    if (filter && !filter.keyMayMatch(offset, target, 0, target.length)) return 'absent';
    // Blocks of an index with prefixes begin at different places: the offset alone tells which it is.
    let address = this.blocks.find(offset);
    if (address < 0) address = this.loadInCache(offset, prefixes.sizeOf(entry));
    if (address < 0) return undefined;
    const outcome = search.find(address, this.cache.lengthAt(address), target, 0, target.length);
    return outcome === 'found' ? search : outcome === 'absent' ? outcome : undefined;
  }

  /** Seeks in the index, with a cursor over it. */
  seekIndex(index: BlockCursor, target: Uint8Array, start: number, end: number): void {
    const prefixes = end - start < TAG_BYTES ? undefined : this.prefixesToSeek();
    if (!prefixes) {
      index.seek(target, start, end);
      return;
    }
    const entry = prefixes.find(target, start, end);
    if (entry < 0) index.reset(this.indexBlock);
    else index.seekToRestart(entry);
  }

  private prefixesToSeek(): IndexPrefixes | undefined {
    if (++this.lookups === LOOKUPS_WITHOUT_PREFIXES) {
      this.prefixes = IndexPrefixes.of(this.indexBlock, this.comparator);
    }
    return this.prefixes;
  }

  private find(
    target: Uint8Array,
    start: number,
    end: number,
    cursor: BlockCursor,
    seen: LookupTrace | undefined,
  ): LookupResult {
    const index = this.lookupIndex;
    index.reset(this.indexBlock);
    cursor.reset();
    index.seek(target, start, end);
    if (!index.valid) {
      if (index.error) throw index.error;
      return 'absent';
    }
    if (seen) seen.indexKey = copyOf(index.keyBuffer, index.keyStart, index.keyEnd);
    const handle = this.indexedHandle(index);
    if (seen) seen.handle = handle;
    const { filter } = this;
    if (filter) {
      const may = filter.keyMayMatch(handle.offset, target, start, end);
      if (seen) {
        seen.filterIndex = filter.filterIndex(handle.offset);
        seen.filterAnswer = may;
      }
      if (!may) return 'filtered';
    }
    const block = this.readBlock(handle);
    if (seen) seen.block = block;
    cursor.reset(block);
    cursor.seek(target, start, end);
    if (cursor.valid) {
      if (seen) seen.restartPoint = cursor.restartIndex;
      return 'found';
    }
    if (cursor.error) throw cursor.error;
    return 'absent';
  }

  /** The handle in an index entry. Throws `bad block handle`. */
  indexedHandle(index: BlockCursor): BlockHandle {
    const { valueBuffer, valueStart, valueEnd } = index;
    return decodeBlockHandle(valueBuffer, valueStart, valueEnd, this.name, this.footer.index.offset);
  }

  /**
   * About where in the file the data of `target` begins, in bytes (Table::ApproximateOffsetOf): the offset of its
   * block; for keys past the end, of the metaindex block.
   */
  approximateOffsetOf(target: Uint8Array, start = 0, end = target.length): number {
    const index = this.indexCursor();
    index.seek(target, start, end);
    if (!index.valid) return this.footer.metaindex.offset;
    try {
      return this.indexedHandle(index).offset;
    } catch {
      return this.footer.metaindex.offset;
    }
  }

  /**
   * Tells the sink of damage in the block at `handle`, the first time; `detail` is added to the message. `place` is
   * the offset that tells one damage from another.
   */
  report(error: LsmError, handle: BlockHandle, detail: () => string, place = handle.offset): void {
    if (this.isKnown(place)) return;
    this.reported.add(place);
    this.options.sink?.(blockProblem(error, this.name, handle, detail()));
  }

  /** Whether there is nobody to tell of damage at a place, or it was told. */
  isKnown(place: number): boolean {
    return !this.options.sink || this.reported.has(place);
  }

  private get meta(): TableMeta {
    this.loadedMeta ??= readTableMeta(this);
    return this.loadedMeta;
  }
}
