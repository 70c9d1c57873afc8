// Rows of one height in an element that scrolls: only those in sight are drawn.

const OVERSCAN = 8;

export interface VisibleRange {
  /** Rows [first, last) are drawn, the first of them `offset` pixels below the top. */
  first: number;
  last: number;
  offset: number;
}

export function visibleRange(
  scroller: { scrollTop: number; clientHeight: number } | null | undefined,
  rows: number,
  rowHeight: number,
): VisibleRange {
  const top = scroller?.scrollTop ?? 0;
  const height = scroller?.clientHeight ?? 0;
  const first = Math.min(rows, Math.max(0, Math.floor(top / rowHeight) - OVERSCAN));
  const last = Math.min(rows, Math.ceil((top + height) / rowHeight) + OVERSCAN);
  return { first, last, offset: first * rowHeight };
}

/** Scrolls to a row that is out of sight, with some of what stands before it. */
export function scrollToRow(scroller: HTMLElement, row: number, rowHeight: number): void {
  const top = row * rowHeight;
  const isAbove = top < scroller.scrollTop;
  const isBelow = top + rowHeight > scroller.scrollTop + scroller.clientHeight;
  if (isAbove || isBelow) scroller.scrollTop = top - scroller.clientHeight / 3;
}
