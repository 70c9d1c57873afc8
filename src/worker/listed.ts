import type { Listed } from '../engine/recovery/log-survey';

/** Of lists that are read by a person; how long they are is told. */
export const MAX_LISTED = 1000;

/** The first of some rows. */
export function listedOf<Row>(rows: Iterable<Row>, total: number): Listed<Row> {
  const first: Row[] = [];
  for (const row of rows) {
    if (first.length === MAX_LISTED) break;
    first.push(row);
  }
  return { rows: first, total };
}

export function listOf<Item, Row>(items: readonly Item[], rowOf: (item: Item) => Row): Listed<Row> {
  return { rows: items.slice(0, MAX_LISTED).map(rowOf), total: items.length };
}
