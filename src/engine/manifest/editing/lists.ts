/** A copy of a list with `count` items from `at` on replaced. */
export function spliced<Item>(list: readonly Item[], at: number, count: number, ...items: Item[]): Item[] {
  return [...list.slice(0, at), ...items, ...list.slice(at + count)];
}

/** A copy of a list with one item replaced. */
export function withItem<Item>(list: readonly Item[], at: number, item: Item): Item[] {
  return spliced(list, at, 1, item);
}
