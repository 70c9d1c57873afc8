// What lies where in a table file, for inspectors: every byte belongs to one of the regions.

import { ByteReader } from '../bytes/byte-reader';
import type { Compression } from '../codec/codec';
import type { RandomAccessFile } from '../env/env';
import { bytewiseComparator } from '../keys/comparator';
import { corruption, LsmError, type ProblemSink } from '../problem';
import { Block, BlockCursor } from './block';
import { bloomFilterPolicy } from './bloom';
import { FilterBlockReader } from './filter';
import {
  BLOCK_TRAILER_SIZE,
  type BlockHandle,
  FOOTER_SIZE,
  type Footer,
  readBlockHandle,
  readFooter,
} from './format';
import { blockProblem, type ReadBlockOptions, readBlock } from './read-block';
import type { Table } from './table';

/** `gap`: bytes that nothing names. `unknown`: bytes whose meaning was lost with the index or the footer. */
export type RegionKind = 'data' | 'filter' | 'meta' | 'metaindex' | 'index' | 'footer' | 'gap' | 'unknown';

export interface TableRegion {
  kind: RegionKind;
  /** The metaindex's name of a filter or other meta block. */
  name?: string;
  /** Bytes from the beginning of the file. */
  offset: number;
  /** Bytes as stored, without a block's 5-byte trailer. */
  size: number;
  /** Bytes after decoding; undefined if the block does not decode or the region is no block. */
  rawSize: number | undefined;
  compression: Compression | undefined;
  /** Undefined if the block could not be read or the region is no block. */
  crcOk: boolean | undefined;
  /** Entries of the block (up to a damaged one), or filters of a filter block. */
  entries: number | undefined;
}

interface NamedBlock {
  kind: RegionKind;
  handle: BlockHandle;
  name?: string;
}

export type LayoutOptions = Pick<ReadBlockOptions, 'name' | 'codec'>;

/** The regions of an open table, in order of offset. Damage goes to the sink; this never throws an LsmError. */
export function describeTable(table: Table, sink: ProblemSink): Generator<TableRegion> {
  return describeTableFile(table.file, table.fileSize, table.options, sink);
}

/**
 * describeTable for a file that may not open: without a footer there is one `unknown` region; without an index
 * the data blocks are `unknown`.
 */
export function* describeTableFile(
  file: RandomAccessFile,
  fileSize: number,
  options: LayoutOptions,
  sink: ProblemSink,
): Generator<TableRegion> {
  const outline = new TableOutline(file, fileSize, options, sink);
  for (let i = 0; i < outline.regions.length; i++) yield outline.read(i);
}

/**
 * The regions of a table file as footer, index and metaindex name them: no data block is read until somebody asks.
 * Never throws an LsmError; damage goes to the sink.
 */
export class TableOutline {
  /** In order of offset; what only the block itself can tell is undefined. */
  readonly regions: readonly TableRegion[];
  /** Blocks that overlap are read until they come to several times the file. */
  private readonly readable: readonly boolean[];
  private readonly layout: Layout;

  constructor(file: RandomAccessFile, fileSize: number, options: LayoutOptions, sink: ProblemSink) {
    this.layout = new Layout(file, fileSize, options, sink);
    this.regions = [...outlineRegions(this.layout, fileSize)];
    this.readable = this.regions.map(({ kind, size }) => isBlock(kind) && this.layout.mayRead(size));
  }

  /** A region with what its block tells, which is read for it. `visit` gets a sound block's decoded contents. */
  read(index: number, visit?: (bytes: Uint8Array) => void): TableRegion {
    const region = this.regions[index];
    return this.readable[index] ? this.layout.region(region, visit) : region;
  }
}

/** Whether a region of this kind is a block with a trailer. */
export function isBlock(kind: RegionKind): boolean {
  return kind !== 'footer' && kind !== 'gap' && kind !== 'unknown';
}

function* outlineRegions(layout: Layout, fileSize: number): Generator<TableRegion> {
  const footer = layout.readFooter();
  if (!footer) {
    if (fileSize > 0) yield bare('unknown', 0, fileSize);
    return;
  }
  const blocks = layout.namedBlocks(footer);
  let end = 0;
  for (const block of blocks) {
    const { offset, size } = block.handle;
    if (offset > end) yield bare(layout.indexLost ? 'unknown' : 'gap', end, offset - end);
    if (offset < end) layout.overlap(block);
    yield { ...bare(block.kind, offset, size), ...(block.name === undefined ? {} : { name: block.name }) };
    end = Math.max(end, offset + size + BLOCK_TRAILER_SIZE);
  }
  const footerOffset = fileSize - FOOTER_SIZE;
  if (footerOffset > end) yield bare(layout.indexLost ? 'unknown' : 'gap', end, footerOffset - end);
  yield bare('footer', footerOffset, FOOTER_SIZE);
}

function bare(kind: RegionKind, offset: number, size: number): TableRegion {
  return {
    kind,
    offset,
    size,
    rawSize: undefined,
    compression: undefined,
    crcOk: undefined,
    entries: undefined,
  };
}

/** Blocks that overlap are read until they come to this many times the file. */
const MAX_READ = 4;
/** Names in a metaindex are cut here: each can share all of a key that is as long as the block. */
export const MAX_NAME_BYTES = 256;

class Layout {
  private bytesRead = 0;
  /** Whether data blocks may be missing from what the index gave. */
  indexLost = false;
  private readonly file: RandomAccessFile;
  private readonly fileSize: number;
  private readonly options: ReadBlockOptions;
  private readonly sink: ProblemSink;

  constructor(file: RandomAccessFile, fileSize: number, options: LayoutOptions, sink: ProblemSink) {
    this.file = file;
    this.fileSize = fileSize;
    this.options = { name: options.name, codec: options.codec, verifyChecksums: false };
    this.sink = sink;
  }

  readFooter(): Footer | undefined {
    try {
      return readFooter(this.file, this.fileSize, this.options.name);
    } catch (error) {
      // As a block whose trailer is its last five bytes, so that the problem has the footer's place and length.
      const size = Math.min(FOOTER_SIZE, this.fileSize);
      this.problem(error, { offset: this.fileSize - size, size: size - BLOCK_TRAILER_SIZE }, '');
      return undefined;
    }
  }

  /** Everything that the footer leads to and that lies in the file, in order of offset. */
  namedBlocks(footer: Footer): NamedBlock[] {
    const blocks: NamedBlock[] = [];
    blocks.push({ kind: 'metaindex', handle: footer.metaindex });
    blocks.push({ kind: 'index', handle: footer.index });
    const metaOk = this.handlesIn(footer.metaindex, (cursor, handle) => {
      const end = Math.min(cursor.keyEnd, cursor.keyStart + MAX_NAME_BYTES);
      const name = new TextDecoder().decode(cursor.keyBuffer.subarray(cursor.keyStart, end));
      blocks.push({ kind: name.startsWith('filter.') ? 'filter' : 'meta', handle, name });
    });
    const indexOk = this.handlesIn(footer.index, (_, handle) => blocks.push({ kind: 'data', handle }));
    this.indexLost = !indexOk || !metaOk;
    const inside = blocks.filter((block) => this.isInside(block.handle));
    return inside.sort((a, b) => a.handle.offset - b.handle.offset || a.handle.size - b.handle.size);
  }

  /** False once the blocks have been larger than the file several times over: an index of lies has no end. */
  mayRead(size: number): boolean {
    this.bytesRead += size;
    return this.bytesRead <= MAX_READ * this.fileSize;
  }

  region(outlined: TableRegion, visit?: (bytes: Uint8Array) => void): TableRegion {
    const { kind, offset, size } = outlined;
    const handle = { offset, size };
    const region = { ...outlined };
    try {
      const loaded = readBlock(this.file, this.fileSize, handle, this.options);
      region.rawSize = loaded.bytes.length;
      region.compression = loaded.compression;
      region.crcOk = loaded.crcOk;
      if (!loaded.crcOk) this.checksumMismatch(handle, kind);
      region.entries =
        kind === 'filter' ? filterCount(loaded.bytes) : this.countEntries(loaded.bytes, handle, kind);
      if (loaded.crcOk) visit?.(loaded.bytes);
    } catch (error) {
      this.problem(error, handle, ` (${kind} block)`);
    }
    return region;
  }

  overlap({ kind, handle }: NamedBlock): void {
    const { offset, size } = handle;
    const message = `block overlaps another one (${kind} block)`;
    const place = { file: this.options.name, offset, length: size + BLOCK_TRAILER_SIZE };
    this.sink({ severity: 'error', ...place, code: 'bad-block', message });
  }

  /** Calls back for each handle of an index or metaindex block; false if some may be missing. */
  private handlesIn(source: BlockHandle, found: (cursor: BlockCursor, handle: BlockHandle) => void): boolean {
    let complete = true;
    try {
      const { name } = this.options;
      const loaded = readBlock(this.file, this.fileSize, source, this.options);
      const cursor = new BlockCursor(bytewiseComparator, new Block(loaded.bytes, name, source.offset));
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
        const { valueBuffer, valueStart, valueEnd } = cursor;
        const handle = readBlockHandle(new ByteReader(valueBuffer, valueStart, valueEnd));
        if (handle && this.isInside(handle)) {
          found(cursor, handle);
          continue;
        }
        if (complete)
          this.problem(corruption('bad-block', 'bad block handle', name, source.offset), source, '');
        complete = false;
      }
      return complete && loaded.crcOk && !cursor.error;
    } catch (error) {
      // region() reads the block again and reports what is wrong with it, if it lies in the file at all.
      if (!(error instanceof LsmError)) throw error;
      if (!this.isInside(source)) this.problem(error, source, '');
      return false;
    }
  }

  private isInside({ offset, size }: BlockHandle): boolean {
    return offset + size + BLOCK_TRAILER_SIZE <= this.fileSize - FOOTER_SIZE;
  }

  private countEntries(bytes: Uint8Array, handle: BlockHandle, kind: RegionKind): number {
    const cursor = new BlockCursor(bytewiseComparator, new Block(bytes, this.options.name, handle.offset));
    let count = 0;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) count++;
    if (cursor.error) this.problem(cursor.error, handle, ` (${kind} block)`);
    return count;
  }

  private checksumMismatch(handle: BlockHandle, kind: RegionKind): void {
    const error = new LsmError('Corruption', 'checksum-mismatch', 'block checksum mismatch');
    this.problem(error, handle, ` (${kind} block)`);
  }

  private problem(error: unknown, handle: BlockHandle, detail: string): void {
    if (!(error instanceof LsmError)) throw error;
    this.sink(blockProblem(error, this.options.name, handle, detail));
  }
}

function filterCount(bytes: Uint8Array): number {
  return new FilterBlockReader(bloomFilterPolicy(10), bytes).filterCount;
}
