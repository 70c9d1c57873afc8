// The part of a keyed list that is in memory: a run of rows around the viewport. The list has no row numbers, only
// keys, and can be read from any key in both directions; so ten million rows scroll with a few hundred held.

import { equalBytes } from './bytes';
import type { AnchoredRow, Direction, RowAnchor, RowPage, RowSource } from './rows';
import { ShareScale } from './share-scale';

export interface HeldRow<Row> {
  row: Row;
  /** Different for every row ever held: for element ids. */
  id: number;
  /** The share before it, where the source told it. */
  position: number | undefined;
}

/** Rows asked for at once, and held on each side of the viewport before the next page is asked for. */
const PAGE = 100;
const MAX_HELD = 400;

export class KeyWindow<Row extends AnchoredRow> {
  readonly source: RowSource<Row>;
  items: HeldRow<Row>[] = [];
  atStart = false;
  atEnd = false;
  total = 0;
  /** The first row in sight, counted from items[0]; with a fraction. */
  top = 0;
  /** How many rows fit in sight; with a fraction. */
  visible = 1;
  /** The row number of items[0] in the whole list, where it is known: when all before it has been seen. */
  base: number | undefined;
  /** The row that the last jump went to; undefined if there was none at or after its anchor. */
  landing: HeldRow<Row> | undefined;
  readonly #changed: () => void;
  readonly #failed: (error: unknown) => void;
  #nextId = 0;
  #generation = 0;
  #extending: Promise<boolean> | undefined;
  /** How far a scroll wanted to go beyond what is held. */
  #carry = 0;
  readonly #scale = new ShareScale();
  #closed = false;
  /** The number of rows, where the source knows it. */
  #told: number | undefined;

  constructor(source: RowSource<Row>, changed: () => void, failed: (error: unknown) => void) {
    this.source = source;
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Answers that are still under way are ignored from here on. */
  close(): void {
    this.#closed = true;
    this.#generation++;
  }

  get maxTop(): number {
    return Math.max(0, this.items.length - this.visible);
  }

  /** The exact number of rows, where it is known. */
  get exactTotal(): number | undefined {
    return this.#told ?? (this.atEnd && this.base !== undefined ? this.base + this.items.length : undefined);
  }

  /** About how many rows there are. */
  get estimate(): number {
    return this.exactTotal ?? Math.max(this.items.length, this.total * (this.#scale.span || 1));
  }

  /** Replaces what is held by the rows around an anchor. False if something newer took its place meanwhile. */
  async jump(anchor: RowAnchor): Promise<boolean> {
    const generation = ++this.#generation;
    const direction = anchor.at === 'last' ? 'backward' : 'forward';
    let page: RowPage<Row>;
    let before: RowPage<Row> | undefined;
    try {
      page = await this.source.page(anchor, direction, PAGE + Math.ceil(this.visible));
      // Behind the last key stands nothing to show: show the end.
      if (page.rows.length === 0 && direction === 'forward' && !page.atStart) {
        before = await this.source.page({ at: 'last' }, 'backward', PAGE + Math.ceil(this.visible));
      }
    } catch (error) {
      if (generation === this.#generation) this.#failed(error);
      return false;
    }
    if (generation !== this.#generation) return false;
    const shown = before ?? page;
    // Pages asked for since continue rows that are let go of now.
    this.#generation++;
    this.items = this.#hold(shown);
    this.landing = before === undefined ? this.items[0] : undefined;
    this.#carry = 0;
    this.#extending = undefined;
    this.atStart = shown.atStart || shown.rows.length === 0;
    this.atEnd = shown.atEnd || shown.rows.length === 0;
    this.total = shown.estimatedTotal;
    this.base = shown.firstIndex ?? (this.atStart ? 0 : undefined);
    this.#told = shown.exactTotal;
    this.#scale.note(shown);
    this.top = direction === 'backward' || before !== undefined ? this.maxTop : 0;
    this.#settle();
    return true;
  }

  /** Reads the rows in sight again, for a list that has changed. */
  async reload(): Promise<boolean> {
    const held = this.items[Math.floor(this.top)];
    if (held === undefined || (this.atStart && this.top === 0)) return this.jump({ at: 'first' });
    return this.jump({ at: 'key', key: held.row.key });
  }

  /** Learns which share of the whole the list ends at, for the scrollbar of a filtered list. */
  async measureEnd(): Promise<void> {
    try {
      this.#scale.note(await this.source.page({ at: 'last' }, 'backward', 1));
      if (!this.#closed) this.#changed();
    } catch {
      // Only the thumb is less exact; the list itself tells of the failure.
    }
  }

  resize(visible: number): void {
    this.visible = Math.max(1, visible);
    this.#settle();
  }

  scrollBy(rows: number): void {
    this.#scroll(rows);
    this.#settle();
  }

  /** Brings a held row into sight. */
  reveal(index: number): void {
    if (index < this.top) this.#scroll(index - this.top);
    else if (index + 1 > this.top + this.visible) this.#scroll(index + 1 - this.visible - this.top);
    this.#settle();
  }

  /** Where a row is held, or -1. Of a key whose version is gone, its first version. */
  find(row: AnchoredRow): number {
    const exact = this.items.findIndex(
      (item) => sameKey(item.row, row) && item.row.sequence === row.sequence,
    );
    return exact >= 0 ? exact : this.items.findIndex((item) => sameKey(item.row, row));
  }

  /** Reads one more page at an end. False if that end of the list is reached, or it failed. */
  async extend(direction: Direction): Promise<boolean> {
    while (this.#extending !== undefined) await this.#extending;
    if (this.#closed || (direction === 'forward' ? this.atEnd : this.atStart)) return false;
    const extending = this.#extend(direction).finally(() => {
      if (this.#extending === extending) this.#extending = undefined;
    });
    this.#extending = extending;
    return extending;
  }

  /** The share of the list, 0 to 1, that lies above the viewport. */
  get position(): number {
    if (this.atStart && this.top <= 0) return 0;
    if (this.atEnd && this.top >= this.maxTop) return 1;
    if (this.atStart && this.atEnd) return this.maxTop > 0 ? this.top / this.maxTop : 0;
    const position = this.#scale.position(this.#shareAt(Math.floor(this.top)) ?? 0);
    return Math.min(0.999, Math.max(0.001, position));
  }

  /** The share of the list, 0 to 1, that is in sight. */
  get size(): number {
    return this.estimate > 0 ? Math.min(1, this.visible / this.estimate) : 1;
  }

  /** What to jump to for a place of the scrollbar. */
  anchorAt(position: number): RowAnchor {
    if (position <= 0) return { at: 'first' };
    if (position >= 1) return { at: 'last' };
    return { at: 'fraction', fraction: this.#scale.share(position) };
  }

  #scroll(rows: number): void {
    const wanted = this.top + rows;
    this.top = Math.min(this.maxTop, Math.max(0, wanted));
    const beyond = wanted - this.top;
    const open = beyond > 0 ? !this.atEnd : !this.atStart;
    const most = 2 * this.visible;
    this.#carry = open ? Math.min(most, Math.max(-most, beyond)) : 0;
  }

  /** Keeps enough rows on both sides of the viewport, and tells that something changed. */
  #settle(): void {
    this.top = Math.min(this.maxTop, Math.max(0, this.top));
    if (this.#extending === undefined && !this.#closed && this.items.length > 0) {
      const below = this.items.length - (this.top + this.visible);
      if (!this.atEnd && below < PAGE / 2) void this.extend('forward').then((more) => more && this.#settle());
      else if (!this.atStart && this.top < PAGE / 2) {
        void this.extend('backward').then((more) => more && this.#settle());
      }
    }
    this.#changed();
  }

  async #extend(direction: Direction): Promise<boolean> {
    const generation = this.#generation;
    const edge = direction === 'forward' ? this.items.at(-1) : this.items[0];
    if (edge === undefined) return false;
    const anchor: RowAnchor = { at: 'key', key: edge.row.key, after: direction === 'forward' };
    let page: RowPage<Row>;
    try {
      page = await this.source.page(anchor, direction, PAGE);
    } catch (error) {
      if (generation === this.#generation) this.#failed(error);
      return false;
    }
    if (generation !== this.#generation) return false;
    // A page without rows is an end, whatever it says: asking again would go on for ever.
    const ended = page.rows.length === 0;
    if (direction === 'forward') this.#append(page, ended);
    else this.#prepend(page, ended);
    this.#scale.note(page);
    if (page.estimatedTotal > 0) this.total = page.estimatedTotal;
    if (this.#carry !== 0) this.#scroll(this.#carry);
    this.#changed();
    return !ended;
  }

  #append(page: RowPage<Row>, ended: boolean): void {
    this.items.push(...this.#hold(page));
    this.atEnd = page.atEnd || ended;
    const spare = Math.floor(this.top) - PAGE / 2;
    const drop = this.#keyStart(Math.min(this.items.length - MAX_HELD, spare));
    if (drop <= 0) return;
    this.items[drop]!.position ??= this.#shareAt(drop);
    this.items.splice(0, drop);
    this.top -= drop;
    this.atStart = false;
    if (this.base !== undefined) this.base += drop;
  }

  #prepend(page: RowPage<Row>, ended: boolean): void {
    const added = this.#hold(page);
    this.items.unshift(...added);
    this.top += added.length;
    this.atStart = page.atStart || ended;
    if (this.base !== undefined) this.base -= added.length;
    // The list changed on the way if the count does not come out.
    if (page.firstIndex !== undefined) this.base = page.firstIndex;
    else if (this.atStart) this.base = 0;
    else if (this.base !== undefined && this.base <= 0) this.base = undefined;
    const most = Math.max(MAX_HELD, Math.ceil(this.top + this.visible) + PAGE / 2);
    if (this.items.length <= most) return;
    const keep = this.#keyStart(most);
    // One key with very many versions stays whole.
    if (keep <= this.top + this.visible) return;
    this.items.length = keep;
    this.atEnd = false;
  }

  /** The first row of the key that a row belongs to. What is let go of must be whole keys, or it is not read again. */
  #keyStart(index: number): number {
    while (index > 0 && sameKey(this.items[index]!.row, this.items[index - 1]!.row)) index--;
    return index;
  }

  #hold(page: RowPage<Row>): HeldRow<Row>[] {
    return page.rows.map((row, i) => ({
      row,
      id: this.#nextId++,
      position: i === 0 ? page.position : undefined,
    }));
  }

  #shareAt(index: number): number | undefined {
    for (let i = Math.min(index, this.items.length - 1); i >= 0; i--) {
      const position = this.items[i]!.position;
      if (position !== undefined) return position + (this.total > 0 ? (index - i) / this.total : 0);
    }
    return undefined;
  }
}

function sameKey(a: AnchoredRow, b: AnchoredRow): boolean {
  return equalBytes(a.key, b.key);
}
