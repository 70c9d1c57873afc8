/**
 * Between places of a list, 0 to 1, and shares of the whole that it is taken from: a filter leaves only a part of the
 * whole, and its ends are known once they were seen.
 */
export class ShareScale {
  #first = 0;
  #last = 1;

  note(page: {
    rows: unknown[];
    atStart: boolean;
    atEnd: boolean;
    position: number;
    estimatedTotal: number;
  }): void {
    if (page.rows.length === 0) return;
    if (page.atStart) this.#first = page.position;
    if (page.atEnd) {
      const rows = page.estimatedTotal > 0 ? page.rows.length / page.estimatedTotal : 0;
      this.#last = Math.min(1, page.position + rows);
    }
  }

  /** How much of the whole the list is; 0 where that is too little to tell. */
  get span(): number {
    return Math.max(0, this.#last - this.#first);
  }

  position(share: number): number {
    return this.span > 0 ? (share - this.#first) / this.span : share;
  }

  share(position: number): number {
    return this.span > 0 ? this.#first + position * this.span : position;
  }
}
