import { copyOf } from '../engine/bytes/copy';
import { sequenceAt, TAG_BYTES, typeAt } from '../engine/keys/internal-key';
import { LsmError } from '../engine/problem';
import { type Block, BlockCursor } from '../engine/table/block';
import type { BlockHandle } from '../engine/table/format';
import type { Table } from '../engine/table/table';
import type { TableCursor } from '../engine/table/table-cursor';
import type { EntriesPage, EntriesRequest, EntryRow } from './table-api';

const PREVIEW_BYTES = 256;
/** Blocks all over the table in which entries are counted, to guess how many there are; and bytes of them. */
const SAMPLED_BLOCKS = 8;
const SAMPLED_BYTES = 1 << 20;
/** A page ends here, with a row at least: keys can be as long as the file, and share nearly all of their bytes. */
const MAX_PAGE_BYTES = 4 << 20;
/** Bytes that a page may read again on its way back: with few restart points a step can be as long as a block. */
const MAX_WALKED = 32 << 20;

/** Pages of a table's entries, in the order of the file. */
export class TableEntries {
  private readonly table: Table;
  /** Data blocks in order, from the index. */
  private readonly blocks: readonly BlockHandle[];
  private perBlock: number | undefined;

  constructor(table: Table, blocks: readonly BlockHandle[]) {
    this.table = table;
    this.blocks = blocks;
  }

  page({ anchor, direction, count }: EntriesRequest): Omit<EntriesPage, 'problems'> {
    const cursor = this.table.cursor();
    const forward = direction === 'forward';
    this.place(cursor, anchor, forward);
    const rows: EntryRow[] = [];
    const walked = cursor.walkedBack;
    let bytes = 0;
    const isFull = () =>
      rows.length === count || bytes > MAX_PAGE_BYTES || cursor.walkedBack - walked > MAX_WALKED;
    while (cursor.valid && !(rows.length > 0 && isFull())) {
      rows.push(rowOf(cursor));
      bytes += 2 * (cursor.keyEnd - cursor.keyStart);
      if (forward) cursor.next();
      else cursor.prev();
    }
    if (!forward) rows.reverse();
    const ended = !cursor.valid;
    const first = rows[0];
    return {
      rows,
      atStart: forward ? anchor.at === 'first' || (first !== undefined && this.isFirst(first)) : ended,
      atEnd: forward ? ended : anchor.at === 'last',
      position: first ? this.share(first) : 0,
      estimatedTotal: Math.max(rows.length, Math.round(this.blocks.length * this.entriesPerBlock())),
    };
  }

  /** A copy of the value of an entry. */
  value(internalKey: Uint8Array, limit: number): Uint8Array | undefined {
    const cursor = this.table.cursor();
    cursor.seek(internalKey, 0, internalKey.length);
    if (!cursor.valid) return undefined;
    const { comparator } = this.table;
    const { keyBuffer, keyStart, keyEnd } = cursor;
    if (comparator.compare(keyBuffer, keyStart, keyEnd, internalKey, 0, internalKey.length) !== 0)
      return undefined;
    return copyOf(
      cursor.valueBuffer,
      cursor.valueStart,
      Math.min(cursor.valueEnd, cursor.valueStart + limit),
    );
  }

  private place(cursor: TableCursor, anchor: EntriesRequest['anchor'], forward: boolean): void {
    switch (anchor.at) {
      case 'first':
        cursor.seekToFirst();
        break;
      case 'last':
        cursor.seekToLast();
        break;
      case 'fraction':
        this.placeAtShare(cursor, anchor.fraction);
        break;
      case 'key':
        cursor.seek(anchor.key, 0, anchor.key.length);
        if (forward && anchor.after && cursor.valid && this.isAt(cursor, anchor.key)) cursor.next();
        break;
    }
    if (forward || anchor.at === 'last') return;
    if (cursor.valid) cursor.prev();
    else cursor.seekToLast();
  }

  /** To the first entry of the block at a share of all. */
  private placeAtShare(cursor: TableCursor, share: number): void {
    cursor.seekToBlock(Math.min(this.blocks.length - 1, Math.floor(share * this.blocks.length)));
  }

  private isAt({ keyBuffer, keyStart, keyEnd }: TableCursor, key: Uint8Array): boolean {
    return this.table.comparator.compare(keyBuffer, keyStart, keyEnd, key, 0, key.length) === 0;
  }

  private isFirst({ block, entryOffset }: EntryRow): boolean {
    return entryOffset === 0 && block === this.blocks[0]?.offset;
  }

  private share({ block }: EntryRow): number {
    const at = this.blocks.findIndex(({ offset }) => offset === block);
    return at < 0 ? 0 : at / this.blocks.length;
  }

  private entriesPerBlock(): number {
    if (this.perBlock !== undefined) return this.perBlock;
    const { blocks } = this;
    let [entries, sampled, bytes] = [0, 0, 0];
    for (let i = 0; i < SAMPLED_BLOCKS && bytes < SAMPLED_BYTES; i++) {
      const block = this.readable(blocks[Math.floor((i * blocks.length) / SAMPLED_BLOCKS)]);
      if (!block) continue;
      sampled++;
      bytes += block.bytes.length;
      const cursor = new BlockCursor(this.table.comparator, block);
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) entries++;
    }
    this.perBlock = entries / Math.max(1, sampled);
    return this.perBlock;
  }

  private readable(handle: BlockHandle | undefined): Block | undefined {
    try {
      return handle && this.table.readBlock(handle, false);
    } catch (error) {
      if (error instanceof LsmError) return undefined;
      throw error;
    }
  }
}

function rowOf(cursor: TableCursor): EntryRow {
  const { keyBuffer, keyStart, keyEnd, valueBuffer, valueStart, valueEnd, data } = cursor;
  const isInternal = keyEnd - keyStart >= TAG_BYTES;
  return {
    internalKey: copyOf(keyBuffer, keyStart, keyEnd),
    userKey: copyOf(keyBuffer, keyStart, isInternal ? keyEnd - TAG_BYTES : keyEnd),
    sequence: isInternal ? sequenceAt(keyBuffer, keyEnd) : 0,
    type: isInternal ? typeAt(keyBuffer, keyEnd) : -1,
    preview: copyOf(valueBuffer, valueStart, Math.min(valueEnd, valueStart + PREVIEW_BYTES)),
    valueBytes: valueEnd - valueStart,
    unshared: data.unshared,
    block: cursor.blockHandle?.offset ?? -1,
    entryOffset: data.entryOffset,
  };
}
