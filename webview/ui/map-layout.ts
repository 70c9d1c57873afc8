// Where a file's bytes lie in a picture that is wrapped into rows.

/** Stretches of a file: bytes [starts[i], ends[i]), by ascending start. */
export interface MapSegments {
  starts: Float64Array;
  ends: Float64Array;
  /** Indices into a palette. */
  colors: Uint8Array;
  /** 1 where something is damaged. */
  marks: Uint8Array;
}

/** The part of a stretch that lies in one row; `left` and `right` in pixels. */
export interface RowPart {
  row: number;
  left: number;
  right: number;
}

/** Bytes in rows of equal length. */
export class MapLayout {
  readonly rows: number;
  readonly bytesPerRow: number;
  private readonly total: number;
  private readonly width: number;
  private readonly rowPitch: number;

  /** As many rows as fit into `height`; with `unit` above 0, each has a whole number of units. */
  constructor(total: number, width: number, height: number, rowPitch: number, unit = 0) {
    const fit = Math.max(1, Math.floor(height / rowPitch));
    this.total = total;
    this.width = width;
    this.rowPitch = rowPitch;
    const least = Math.max(1, Math.ceil(total / fit));
    this.bytesPerRow = unit > 0 ? Math.ceil(least / unit) * unit : least;
    this.rows = Math.max(1, Math.ceil(total / this.bytesPerRow));
  }

  /** The rows that bytes [start, end) lie in; empty stretches have a part too. */
  parts(start: number, end: number): RowPart[] {
    const { bytesPerRow, width } = this;
    const parts: RowPart[] = [];
    const last = Math.max(start, end - 1);
    const firstRow = Math.min(this.rows - 1, Math.floor(start / bytesPerRow));
    const lastRow = Math.min(this.rows - 1, Math.floor(last / bytesPerRow));
    for (let row = firstRow; row <= lastRow; row++) {
      const from = row * bytesPerRow;
      const left = ((Math.max(start, from) - from) / bytesPerRow) * width;
      const right = ((Math.min(end, from + bytesPerRow) - from) / bytesPerRow) * width;
      parts.push({ row, left: Math.min(left, width - 1), right: Math.max(right, left) });
    }
    return parts;
  }

  /** The byte at a point; undefined outside of the file. */
  byteAt(x: number, y: number): number | undefined {
    const row = Math.floor(y / this.rowPitch);
    if (row < 0 || row >= this.rows || x < 0 || x > this.width) return undefined;
    const byte = Math.floor((row + x / this.width) * this.bytesPerRow);
    return byte < this.total ? byte : undefined;
  }
}

/** The segment that holds a byte, or the last one before it; -1 if there is none. */
export function segmentAt({ starts }: MapSegments, byte: number): number {
  let left = 0;
  let right = starts.length;
  while (left < right) {
    const middle = (left + right) >>> 1;
    if (starts[middle]! <= byte) left = middle + 1;
    else right = middle;
  }
  return left - 1;
}
