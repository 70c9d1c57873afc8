// A list with row numbers, for the grid: a row's key is its number.

import type { AnchoredRow, Direction, RowAnchor, RowPage, RowSource } from './rows';

/** Rows [start, end) of a list, as far as there are any, and how many there are in all. */
export interface IndexedPage<Row> {
  rows: Row[];
  total: number;
}

export type IndexedRow<Row> = Row & AnchoredRow & { index: number };

/** A row number as a key: eight bytes, big-endian, so that their order is the numbers'. */
export function indexKey(index: number): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigUint64(0, BigInt(Math.max(0, Math.floor(index))));
  return key;
}

export function indexOfKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset, 8).getBigUint64(0));
}

/** The source of a grid over a list that is read by row numbers. */
export class IndexedSource<Row extends object> implements RowSource<IndexedRow<Row>> {
  readonly #read: (start: number, end: number) => Promise<IndexedPage<Row>>;
  #total: number | undefined;

  constructor(read: (start: number, end: number) => Promise<IndexedPage<Row>>) {
    this.#read = read;
  }

  async page(anchor: RowAnchor, direction: Direction, count: number): Promise<RowPage<IndexedRow<Row>>> {
    const at = await this.#indexOf(anchor);
    const start = Math.max(0, direction === 'forward' ? at : at - count);
    const end = direction === 'forward' ? at + count : at;
    const { rows, total } = await this.#read(start, Math.max(start, end));
    this.#total = total;
    return {
      rows: rows.map((row, i) => ({ ...row, index: start + i, key: indexKey(start + i), sequence: '' })),
      atStart: start === 0,
      atEnd: start + rows.length >= total,
      position: total > 0 ? start / total : 0,
      estimatedTotal: total,
      firstIndex: start,
      exactTotal: total,
    };
  }

  /** The row that an anchor stands before. */
  async #indexOf(anchor: RowAnchor): Promise<number> {
    if (anchor.at === 'first') return 0;
    if (anchor.at === 'key') return indexOfKey(anchor.key) + (anchor.after ? 1 : 0);
    const total = this.#total ?? (await this.#read(0, 1)).total;
    return anchor.at === 'last' ? total : Math.floor(anchor.fraction * total);
  }
}
