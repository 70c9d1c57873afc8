import { copyOf } from '../engine/bytes/copy';
import { sequenceAt, TAG_BYTES, typeAt } from '../engine/keys/internal-key';
import type { BlockHandle } from '../engine/table/format';
import type { Table } from '../engine/table/table';
import type { TableCursor } from '../engine/table/table-cursor';
import type { EntriesPage, EntriesRequest, EntryRow } from './table-api';

const PREVIEW_BYTES = 256;
/** Entries are counted in blocks near the beginning to guess how many there are. */
const SAMPLED_BLOCKS = 8;

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
    while (cursor.valid && rows.length < count) {
      rows.push(rowOf(cursor));
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
    const wanted = Math.min(this.blocks.length - 1, Math.floor(share * this.blocks.length));
    const index = this.table.indexCursor();
    index.seekToFirst();
    // The separator before a block sorts before all of its entries.
    for (let i = 0; i < wanted - 1 && index.valid; i++) index.next();
    if (wanted <= 0 || !index.valid) {
      cursor.seekToFirst();
      return;
    }
    const separator = copyOf(index.keyBuffer, index.keyStart, index.keyEnd);
    cursor.seek(separator, 0, separator.length);
    if (cursor.valid && this.isAt(cursor, separator)) cursor.next();
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
    const cursor = this.table.cursor();
    const seen = new Set<number>();
    let entries = 0;
    for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
      seen.add(cursor.blockHandle?.offset ?? -1);
      if (seen.size > SAMPLED_BLOCKS) break;
      entries++;
    }
    this.perBlock = entries / Math.max(1, Math.min(seen.size, SAMPLED_BLOCKS));
    return this.perBlock;
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
