/** A line of a list with a name of its own. */
export interface Named<Row> {
  id: number;
  row: Row;
}

/**
 * Names for the lines of a list that stay while their fields change, so that a line keeps its controls, and what is done to
 * it next is done to the same line.
 */
export class RowNames<Row extends object> {
  #named: Named<Row>[] = [];
  #next = 0;
  readonly #keyOf: (row: Row) => string;

  constructor(keyOf: (row: Row) => string) {
    this.#keyOf = keyOf;
  }

  get rows(): readonly Named<Row>[] {
    return this.#named;
  }

  find(id: number): Row | undefined {
    return this.#named.find((each) => each.id === id)?.row;
  }

  /** `isSame`: the lines are of the list that was there before, with something changed. */
  update(rows: readonly Row[], isSame: boolean): void {
    const before = isSame ? this.#named : [];
    // Fields of a line change in its place; a line that comes or goes leaves the others as they are.
    const inPlace = before.length === rows.length;
    const ids = new Map(before.map(({ id, row }) => [this.#keyOf(row), id]));
    this.#named = rows.map((row, i) => {
      const id = inPlace ? before[i]!.id : ids.get(this.#keyOf(row));
      return { id: id ?? this.#next++, row };
    });
  }
}
