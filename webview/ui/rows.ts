// A list that is read by key: it has no row numbers, and can be read from any key in both directions.

export type RowAnchor =
  | { at: 'first' }
  | { at: 'last' }
  | { at: 'key'; key: Uint8Array; after?: boolean }
  | { at: 'fraction'; fraction: number };

/** What a row is found again by. */
export interface AnchoredRow {
  key: Uint8Array;
  sequence: string;
}

export interface RowPage<Row> {
  rows: Row[];
  atStart: boolean;
  atEnd: boolean;
  /** The share, 0 to 1, of the whole before the first row. */
  position: number;
  estimatedTotal: number;
  /** Of a list that has row numbers: the number of the first row, and how many there are. */
  firstIndex?: number;
  exactTotal?: number;
}

export interface RowSource<Row> {
  /**
   * Rows from an anchor on, or those before it; ascending in both cases. Rows with the same key come together: no
   * page begins or ends between them.
   */
  page(anchor: RowAnchor, direction: Direction, count: number): Promise<RowPage<Row>>;
}

export type Direction = 'forward' | 'backward';
