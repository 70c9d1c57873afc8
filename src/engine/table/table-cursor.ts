import { ByteReader } from '../bytes/byte-reader';
import { escapeBytes } from '../bytes/escape';
import type { Cursor } from '../iterator/cursor';
import { InternalKeyComparator, TAG_BYTES } from '../keys/internal-key';
import { corruption, LsmError } from '../problem';
import { BlockCursor } from './block';
import { BLOCK_TRAILER_SIZE, type BlockHandle, readBlockHandle } from './format';
import type { Table } from './table';

export interface TableCursorOptions {
  /** Whether blocks read enter the cache (default true). A long scan leaves it alone. */
  fillCache?: boolean | undefined;
  /** What the cursor showed is gone once it moves to another block. Whoever keeps none of it saves memory so. */
  reuseBlocks?: boolean | undefined;
  /** Told of each block that the cursor comes to. */
  onBlock?: ((handle: BlockHandle) => void) | undefined;
}

/** More than the file once over cannot be damaged without blocks that overlap. */
const MAX_WASTED = 2;
/** Bytes of the index read again and again on the way back, over blocks without an entry that can be read. */
const MAX_WALKED = 32 << 20;
const MAX_STEP_BACK = 16 << 10;
const OVERLAPS = 'block overlaps another one';
/** Keys in messages are cut after so many bytes. */
const SHOWN_KEY_BYTES = 64;

/**
 * All entries of a table in order (table/two_level_iterator.cc): a cursor over the index block picks data blocks,
 * a second one walks through them.
 *
 * A block that cannot be read or decoded is told to the table's sink, once, and skipped; `error` keeps the first
 * failure. What stands before a damaged entry in its block has been passed by then, what stands behind it is lost.
 */
export class TableCursor implements Cursor {
  readonly table: Table;
  error: LsmError | undefined = undefined;
  /** Cursor over the data block: for where the present entry lies in it. */
  readonly data: BlockCursor;
  /** Cursor over the index block. */
  readonly index: BlockCursor;
  private readonly fillCache: boolean;
  private readonly reuseBlocks: boolean;
  private readonly onBlock: TableCursorOptions['onBlock'];
  /** The block in `data`, or the damaged one that was tried last; undefined before the first. */
  private handle: BlockHandle | undefined = undefined;
  private loaded = false;
  /** Whether `onBlock` is not told: it was already. */
  private isSilent = false;
  /** The block of the walk under way that was read last. */
  private sound: BlockHandle | undefined = undefined;
  /** Bytes of the blocks that the cursor read in vain. */
  private wasted = 0;

  constructor(table: Table, options: TableCursorOptions = {}) {
    this.table = table;
    this.fillCache = options.fillCache !== false;
    this.reuseBlocks = options.reuseBlocks === true;
    this.onBlock = options.onBlock;
    this.data = new BlockCursor(table.comparator);
    this.index = table.indexCursor();
  }

  get valid(): boolean {
    return this.data.valid;
  }

  /** Bytes that steps back have read again so far. */
  get walkedBack(): number {
    return this.data.walkedBack + this.index.walkedBack;
  }

  get keyBuffer(): Uint8Array {
    return this.data.keyBuffer;
  }

  get keyStart(): number {
    return this.data.keyStart;
  }

  get keyEnd(): number {
    return this.data.keyEnd;
  }

  get valueBuffer(): Uint8Array {
    return this.data.valueBuffer;
  }

  get valueStart(): number {
    return this.data.valueStart;
  }

  get valueEnd(): number {
    return this.data.valueEnd;
  }

  /** Where the present entry's block lies in the file. Only while `valid`. */
  get blockHandle(): BlockHandle | undefined {
    return this.handle;
  }

  seekToFirst(): void {
    this.begin();
    this.index.seekToFirst();
    if (this.enter()) this.data.seekToFirst();
    this.skipForward();
  }

  seekToLast(): void {
    this.begin();
    this.index.seekToLast();
    if (this.enter()) this.data.seekToLast();
    this.skipBackward();
  }

  seek(target: Uint8Array, start: number, end: number): void {
    this.begin();
    this.table.seekIndex(this.index, target, start, end);
    if (this.enter()) this.data.seek(target, start, end);
    this.skipForward();
  }

  /** To the first entry of the data block that the index names at a place, counted from 0, or behind it. */
  seekToBlock(place: number): void {
    this.begin();
    this.index.seekToFirst();
    for (let i = 0; i < place && this.index.valid; i++) this.index.next();
    if (this.enter()) this.data.seekToFirst();
    this.skipForward();
  }

  /**
   * To the entry at `entry` of the data block whose index entry is at `indexEntry` (offsets in the blocks), or behind it.
   * It was there before: `onBlock` is not told of that block.
   */
  seekToEntry(indexEntry: number, entry: number): void {
    this.begin();
    this.index.seekToFirst();
    while (this.index.valid && this.index.entryOffset < indexEntry) this.index.next();
    this.isSilent = true;
    const isIn = this.enter();
    this.isSilent = false;
    if (isIn) {
      this.data.seekToFirst();
      if (this.index.entryOffset === indexEntry)
        while (this.data.valid && this.data.entryOffset < entry) this.data.next();
    }
    this.skipForward();
  }

  /** Tells `onBlock` of the block whose index entry is at an offset, which was come to elsewhere. */
  tellOfBlock(indexEntry: number): void {
    if (!this.onBlock) return;
    const { index } = this;
    if (!index.valid || index.entryOffset > indexEntry) index.seekToFirst();
    while (index.valid && index.entryOffset < indexEntry) index.next();
    const handle = readBlockHandle(new ByteReader(index.valueBuffer, index.valueStart, index.valueEnd));
    if (handle) this.onBlock(handle);
  }

  /** Whether it stands on an entry, as seekToEntry has them. */
  standsOn(indexEntry: number, entry: number): boolean {
    return this.valid && this.index.entryOffset === indexEntry && this.data.entryOffset === entry;
  }

  next(): void {
    this.data.next();
    if (!this.data.valid) this.skipForward();
  }

  prev(): void {
    this.data.prev();
    if (!this.data.valid) this.skipBackward();
  }

  private skipForward(): void {
    while (!this.data.valid) {
      if (!this.leave()) return;
      this.index.next();
      if (this.enter('forward')) this.data.seekToFirst();
    }
  }

  private skipBackward(): void {
    const walked = this.index.walkedBack;
    while (!this.data.valid) {
      if (!this.leave()) return;
      this.index.prev();
      if (this.index.walkedBack - walked > MAX_WALKED) {
        this.giveUp();
        return;
      }
      if (this.enter('backward')) this.data.seekToLast();
    }
  }

  /** Notes what was wrong in the block that ends here; false if the index has ended as well. */
  private leave(): boolean {
    const { error } = this.data;
    if (error && this.handle) this.fail(() => error, this.handle);
    if (this.index.valid) return true;
    if (this.index.error) {
      this.error ??= this.index.error;
      this.table.report(this.index.error, this.table.footer.index, () => ' (index block)');
    }
    return false;
  }

  /**
   * Turns `data` to the block under the index cursor; false if there is none or it cannot be read. On a walk it must
   * stand beyond the block before: an index that leads to the same ones again makes a small file endless.
   */
  private enter(walk?: 'forward' | 'backward'): boolean {
    const { index, table } = this;
    if (!index.valid) {
      this.forget();
      return false;
    }
    const handle = readBlockHandle(new ByteReader(index.valueBuffer, index.valueStart, index.valueEnd));
    if (!handle) return this.refuse(handle, 'bad block handle');
    if (walk && this.sound && !isBeyond(handle, this.sound, walk)) return this.refuse(handle, OVERLAPS);
    if (handle.offset === this.handle?.offset && handle.size === this.handle.size) {
      if (this.loaded) this.sound = handle;
      return this.loaded;
    }
    if (walk && this.wasted > MAX_WASTED * table.fileSize) return this.refuse(handle, OVERLAPS);
    const before = this.data.block;
    this.forget();
    if (this.reuseBlocks) table.giveBack(before);
    this.handle = handle;
    try {
      this.data.reset(table.readBlock(handle, this.fillCache));
      this.loaded = true;
      this.sound = handle;
      if (!this.isSilent) this.onBlock?.(handle);
      return true;
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      this.forget();
      this.handle = handle;
      if (handle.offset + handle.size <= table.fileSize) this.wasted += handle.size;
      this.fail(() => error, handle);
      return false;
    }
  }

  /** Passes a block by without reading it. */
  private refuse(handle: BlockHandle | undefined, message: string): false {
    const { name, footer } = this.table;
    this.forget();
    this.handle = handle;
    this.fail(() => corruption('bad-block', message, name, (handle ?? footer.index).offset), handle);
    return false;
  }

  /** Ends at an index whose restart points make each step back as long as the index. */
  private giveUp(): void {
    const { table } = this;
    const { index } = table.footer;
    const error = corruption('bad-block', 'bad block contents', table.name, index.offset);
    this.forget();
    this.error ??= error;
    table.report(error, index, () => ' (index block)');
  }

  private begin(): void {
    this.sound = undefined;
    this.wasted = 0;
  }

  private forget(): void {
    this.data.reset();
    this.handle = undefined;
    this.loaded = false;
  }

  /** Without a handle the damage is the index entry's own. */
  private fail(makeError: () => LsmError, handle: BlockHandle | undefined): void {
    const { index } = this.table.footer;
    const place = handle?.offset ?? index.offset + this.index.entryOffset;
    // An index of lies fails a million times: an error costs more than all else.
    if (this.error && this.table.isKnown(place)) return;
    const error = makeError();
    this.error ??= error;
    this.table.report(error, handle ?? index, () => this.affectedKeys(), place);
  }

  /** In words, the keys of the block under the index cursor: its neighbour's index key and its own bound them. */
  private affectedKeys(): string {
    const { index } = this;
    if (!index.valid) return '';
    const own = this.shownKey(index);
    const upTo = ` (keys up to ${own})`;
    // The step back is the dearer the farther the restart point; writers set one at each entry.
    if (index.entryOffset - index.block.restartPoint(index.restartIndex) > MAX_STEP_BACK) return upTo;
    index.prev();
    const text = index.valid ? ` (keys after ${this.shownKey(index)} up to ${own})` : upTo;
    if (index.valid) index.next();
    else index.seekToFirst();
    return text;
  }

  private shownKey(cursor: BlockCursor): string {
    const { keyBuffer, keyStart, keyEnd } = cursor;
    const tag = this.table.comparator instanceof InternalKeyComparator ? TAG_BYTES : 0;
    const end = Math.max(keyStart, keyEnd - tag);
    const cut = Math.min(end, keyStart + SHOWN_KEY_BYTES);
    return `"${escapeBytes(keyBuffer, keyStart, cut)}"${cut < end ? '...' : ''}`;
  }
}

function isBeyond(handle: BlockHandle, other: BlockHandle, walk: 'forward' | 'backward'): boolean {
  const [before, behind] = walk === 'forward' ? [other, handle] : [handle, other];
  return before.offset + before.size + BLOCK_TRAILER_SIZE <= behind.offset;
}
