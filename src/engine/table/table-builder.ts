import { crc32c, maskCrc } from '../bytes/crc32c';
import { writeFixed32 } from '../bytes/fixed';
import { CompressionType } from '../codec/codec';
import { encodeSnappy } from '../codec/snappy';
import type { Comparator } from '../keys/comparator';
import { BlockBuilder } from './block-builder';
import { FilterBlockBuilder, type FilterPolicy } from './filter';
import { BLOCK_TRAILER_SIZE, type BlockHandle, encodeBlockHandle, encodeFooter } from './format';
import type { BlockShape, BuiltBlock } from './kernel-blocks';
import type { BlockRun, KernelTableShape, TablePartsMade } from './kernel-table';

export const DEFAULT_BLOCK_SIZE = 4096;
export const DEFAULT_RESTART_INTERVAL = 16;

/** A compression that the platform brings, such as zstd. */
export interface Compressor {
  /** The trailer's type byte. */
  type: number;
  encode(raw: Uint8Array): Uint8Array;
}

export interface TableBuilderOptions {
  comparator: Comparator;
  /** Bytes of a data block before compression, about; a block ends with the entry that reaches this. */
  blockSize?: number | undefined;
  blockRestartInterval?: number | undefined;
  /** Default `none`. A block is stored as it is where compression saves no more than an eighth. */
  compression?: 'none' | 'snappy' | Compressor | undefined;
  /** Over the keys as they are added: internalFilterPolicy(...) in databases. */
  filterPolicy?: FilterPolicy | undefined;
  /** Told of each data block that was written. */
  onBlock?: ((block: WrittenBlock) => void) | undefined;
}

export interface WrittenBlock {
  /** Bytes from the beginning of the file. */
  offset: number;
  /** In the file, the trailer included. */
  bytes: number;
  rawBytes: number;
  entries: number;
  /** The trailer's type byte. */
  compression: number;
}

const SNAPPY: Compressor = { type: CompressionType.snappy, encode: encodeSnappy };
const EMPTY = new Uint8Array(0);

/**
 * Writes a table file (table/table_builder.cc): add() keys in ascending order, then finish(). Uncompressed output
 * is LevelDB's, byte for byte. The order is not checked, as in LevelDB's release builds.
 */
export class TableBuilder {
  private readonly options: TableBuilderOptions;
  private readonly append: (bytes: Uint8Array) => void;
  private readonly blockSize: number;
  private readonly compressor: Compressor | undefined;
  private readonly dataBlock: BlockBuilder;
  private readonly indexBlock = new BlockBuilder(1);
  private readonly filterBlock: FilterBlockBuilder | undefined;
  private readonly trailer = new Uint8Array(BLOCK_TRAILER_SIZE);
  private offset = 0;
  private entries = 0;
  /** Entries of the blocks that were written. */
  private entriesWritten = 0;
  /** The last key of the block written last. */
  private lastKey: Uint8Array = EMPTY;
  /**
   * The block written last, until its index entry is: that waits for the first key behind it, so that the index
   * key can be a short one between the two.
   */
  private pending: BlockHandle | undefined;

  /** `append` receives the file's bytes in order; the array it gets holds only during the call. */
  constructor(options: TableBuilderOptions, append: (bytes: Uint8Array) => void) {
    this.options = options;
    this.append = append;
    this.blockSize = options.blockSize ?? DEFAULT_BLOCK_SIZE;
    const { compression = 'none', filterPolicy } = options;
    this.compressor = compression === 'none' ? undefined : compression === 'snappy' ? SNAPPY : compression;
    this.dataBlock = new BlockBuilder(options.blockRestartInterval ?? DEFAULT_RESTART_INTERVAL);
    this.filterBlock = filterPolicy && new FilterBlockBuilder(filterPolicy);
    this.filterBlock?.startBlock(0);
  }

  /** Entries added so far. */
  get numEntries(): number {
    return this.entries;
  }

  /** Bytes appended so far; after finish() the size of the file. */
  get fileSize(): number {
    return this.offset;
  }

  add(key: Uint8Array, value: Uint8Array): void {
    this.addRange(key, 0, key.length, value, 0, value.length);
  }

  /** add() for a cursor's key and value. Nothing is kept of the buffers. */
  addRange(
    key: Uint8Array,
    keyStart: number,
    keyEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    if (this.pending) this.endIndexEntry(key.subarray(keyStart, keyEnd), this.pending);
    this.filterBlock?.addKey(key, keyStart, keyEnd);
    this.dataBlock.addRange(key, keyStart, keyEnd, value, valueStart, valueEnd);
    this.entries++;
    if (this.dataBlock.sizeEstimate >= this.blockSize) this.flush();
  }

  /** How blocks have to be made that are added as they are; undefined where only this builder can make them. */
  blockShape(): BlockShape | undefined {
    const { compressor, filterBlock } = this;
    const { filterPolicy, blockRestartInterval = DEFAULT_RESTART_INTERVAL } = this.options;
    if (
      (compressor && compressor !== SNAPPY) ||
      (filterPolicy && !(filterPolicy.createFilterOfHashes && filterPolicy.hashOf))
    )
      return undefined;
    return {
      blockSize: this.blockSize,
      restartInterval: blockRestartInterval,
      isCompressed: compressor !== undefined,
      isHashed: filterBlock !== undefined,
    };
  }

  /** How a table has to be made with `addRun` and what goes with it; undefined where only this builder can make it. */
  tableShape(): KernelTableShape | undefined {
    const shape = this.blockShape();
    const { filterPolicy } = this.options;
    const bloom = filterPolicy?.bloom;
    return shape && (filterPolicy === undefined || bloom) ? { ...shape, bloom } : undefined;
  }

  /** Adds data blocks of a table of which nothing is added in another way; `finish` is given what goes with them. */
  addRun({ stored, entries }: BlockRun): void {
    this.entries += entries;
    this.emit(stored);
  }

  /** Adds a finished data block of the builder's shape behind a block that has ended. Nothing is kept of its arrays. */
  addBlock(block: BuiltBlock): void {
    const { pending } = this;
    const { separator, firstKey, lastKey } = block;
    if (pending && separator) this.addIndexEntry(separator, pending);
    else if (pending && firstKey) this.endIndexEntry(firstKey, pending);
    if (block.hashes) this.filterBlock?.addHashes(block.hashes);
    this.entries += block.entries;
    if (lastKey) this.lastKey = lastKey;
    const size = block.stored.length - BLOCK_TRAILER_SIZE;
    const handle = { offset: this.offset, size };
    this.emit(block.stored);
    this.endBlock(handle, block.rawBytes, block.stored[size]);
  }

  /** Ends the data block, so that two entries never share one. */
  flush(): void {
    if (this.dataBlock.empty) return;
    this.lastKey = this.dataBlock.lastKey();
    const rawBytes = this.dataBlock.sizeEstimate;
    const handle = this.writeContents(this.dataBlock.finish());
    this.dataBlock.reset();
    this.endBlock(handle, rawBytes, this.trailer[0]);
  }

  private endBlock(handle: BlockHandle, rawBytes: number, compression: number): void {
    const { offset } = handle;
    this.pending = handle;
    this.filterBlock?.startBlock(this.offset);
    this.options.onBlock?.({
      offset,
      bytes: this.offset - offset,
      rawBytes,
      entries: this.entries - this.entriesWritten,
      compression,
    });
    this.entriesWritten = this.entries;
  }

  /** Writes the rest of the file. The builder is spent afterwards. */
  finish(parts = this.ownParts()): void {
    const { filterPolicy } = this.options;
    const metaindexBlock = new BlockBuilder(1);
    if (parts.filter && filterPolicy) {
      const handle = this.writeRaw(parts.filter, CompressionType.none);
      const name = new TextEncoder().encode(`filter.${filterPolicy.name}`);
      metaindexBlock.add(name, encodeBlockHandle(handle));
    }
    const metaindex = this.writeContents(metaindexBlock.finish());
    const index = this.writeContents(parts.index);
    this.emit(encodeFooter({ metaindex, index }));
  }

  private ownParts(): TablePartsMade {
    this.flush();
    if (this.pending) this.addIndexEntry(this.options.comparator.shortSuccessor(this.lastKey), this.pending);
    return { filter: this.filterBlock?.finish(), index: this.indexBlock.finish() };
  }

  private endIndexEntry(limit: Uint8Array, handle: BlockHandle): void {
    this.addIndexEntry(this.options.comparator.shortestSeparator(this.lastKey, limit), handle);
  }

  private addIndexEntry(key: Uint8Array, handle: BlockHandle): void {
    this.indexBlock.add(key, encodeBlockHandle(handle));
    this.pending = undefined;
  }

  private writeContents(raw: Uint8Array): BlockHandle {
    const compressed = this.compressor?.encode(raw);
    const saves = compressed !== undefined && compressed.length < raw.length - (raw.length >>> 3);
    return saves && this.compressor
      ? this.writeRaw(compressed, this.compressor.type)
      : this.writeRaw(raw, CompressionType.none);
  }

  private writeRaw(contents: Uint8Array, type: number): BlockHandle {
    const handle = { offset: this.offset, size: contents.length };
    this.trailer[0] = type;
    const crc = crc32c(this.trailer, 0, 1, crc32c(contents));
    writeFixed32(this.trailer, 1, maskCrc(crc));
    this.emit(contents);
    this.emit(this.trailer);
    return handle;
  }

  private emit(bytes: Uint8Array): void {
    this.append(bytes);
    this.offset += bytes.length;
  }
}
