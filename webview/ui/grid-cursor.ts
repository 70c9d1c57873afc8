import type { KeyWindow } from './key-window';
import type { AnchoredRow } from './rows';

/** The selected row of a grid, and its moves by keyboard. */
export class GridCursor<Row extends AnchoredRow> {
  readonly #window: KeyWindow<Row>;
  readonly #selected: (row: Row | undefined) => void;
  #active: AnchoredRow | undefined;
  #moves = 0;
  #moving = false;

  constructor(
    window: KeyWindow<Row>,
    active: AnchoredRow | undefined,
    selected: (row: Row | undefined) => void,
  ) {
    this.#window = window;
    this.#active = active;
    this.#selected = selected;
  }

  /** Where the selected row is held, or -1. */
  get index(): number {
    return this.#active === undefined ? -1 : this.#window.find(this.#active);
  }

  /** Selects a row. Moves that wait for an answer end: they went from where one was. */
  select(row: Row | undefined): void {
    this.#moves = 0;
    this.#active = row === undefined ? undefined : { key: row.key, sequence: row.sequence };
    this.#selected(row);
  }

  /** To the first or the last row of the whole list. */
  async toEnd(at: 'first' | 'last'): Promise<void> {
    this.#moves = 0;
    if (!(await this.#window.jump({ at }))) return;
    this.select(this.#window.items.at(at === 'first' ? 0 : -1)?.row);
  }

  /** Moves the selection, reading on where it leaves what is held. Moves that come meanwhile add up. */
  async move(rows: number): Promise<void> {
    this.#moves += rows;
    if (this.#moving) return;
    this.#moving = true;
    try {
      while (this.#moves !== 0) if (!(await this.#moveOnce())) break;
    } finally {
      this.#moves = 0;
      this.#moving = false;
    }
  }

  async #moveOnce(): Promise<boolean> {
    const window = this.#window;
    if (window.items.length === 0) return false;
    let index = this.index;
    if (index < 0 && this.#active !== undefined) {
      // Scrolled far away since: the keyboard goes on from where the selection is.
      await window.jump({ at: 'key', key: this.#active.key });
      if (this.#moves === 0) return true;
      index = this.index;
    }
    if (index < 0) {
      this.select(window.items[Math.ceil(window.top)]?.row);
      return true;
    }
    const target = index + this.#moves;
    const beyond = target >= window.items.length ? 'forward' : target < 0 ? 'backward' : undefined;
    if (beyond !== undefined) {
      // In sight first, so that reading on does not let go of it.
      window.reveal(index);
      if ((await window.extend(beyond)) || this.#moves === 0) return true;
      index = this.index;
    }
    const clamped = Math.min(window.items.length - 1, Math.max(0, index + this.#moves));
    this.select(window.items[clamped]?.row);
    window.reveal(clamped);
    return true;
  }
}
