import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import { GridCursor } from './grid-cursor';
import { gridStyles } from './grid-styles';
import { KeyWindow } from './key-window';
import type { AnchoredRow, RowAnchor, RowSource } from './rows';
import { t } from './text';
import './scrollbar';

export interface GridColumn<Row> {
  id: string;
  title: string;
  /** In pixels; a column without shares what is left. */
  width?: number;
  /** What it never gets narrower than, in pixels. */
  least: number;
  align?: 'end';
  cell(row: Row): string | TemplateResult;
}

/** Where a menu of a row is to open, in the page's pixels. */
export interface GridMenu<Row> {
  row: Row;
  x: number;
  y: number;
}

/** Rows drawn beyond each edge of the viewport, so that a fast wheel meets no gap. */
const OVERSCAN = 6;

/** Pixels by which an arrow key makes a column wider or narrower. */
const KEY_STEP = 16;

/**
 * A grid over a list that is read by key. Fires `lsm-select` (detail: the row or null), `lsm-open` (Enter or a
 * double click), `lsm-delete` (the Delete key), `lsm-menu` (a context menu; detail: a GridMenu for its row, which is
 * selected, or null; prevented by whoever shows one), `lsm-error` (detail: what was thrown) and `lsm-moved` when what is
 * in sight changed.
 */
export class LsmGrid<Row extends AnchoredRow = AnchoredRow> extends LitElement {
  static override properties = {
    columns: { attribute: false },
    label: {},
    dimmed: { attribute: false },
    changed: { attribute: false },
  };
  static override styles = gridStyles;
  declare columns: GridColumn<Row>[];
  declare label: string;
  /** Whether a row steps back behind the others; a column must say so too. */
  declare dimmed: (row: Row) => boolean;
  /** Whether a row differs from what is saved, which a bar at its edge shows; a column must say so too. */
  declare changed: (row: Row) => boolean;
  /** Widths that a person dragged, by column id. */
  widths: Record<string, number> = {};
  #window: KeyWindow<Row> | undefined;
  #cursor: GridCursor<Row> | undefined;
  #rowHeight = 22;
  #jumping = false;
  #wanted: RowAnchor | undefined;

  constructor() {
    super();
    this.columns = [];
    this.label = '';
    this.dimmed = () => false;
    this.changed = () => false;
  }

  /** What is held of the list; undefined before `show`. */
  get window(): KeyWindow<Row> | undefined {
    return this.#window;
  }

  /** The selected row as far as it is held. */
  get selected(): Row | undefined {
    return this.#window?.items[this.#cursor?.index ?? -1]?.row;
  }

  /** Shows another list from an anchor on, with a row of it selected. */
  async show(source: RowSource<Row>, anchor: RowAnchor, selected?: AnchoredRow): Promise<boolean> {
    this.#window?.close();
    const failed = (error: unknown) => this.dispatchEvent(new CustomEvent('lsm-error', { detail: error }));
    this.#window = new KeyWindow<Row>(source, () => this.#changed(), failed);
    this.#window.resize(this.#visibleRows());
    this.#cursor = new GridCursor(this.#window, selected, (row) => this.#selected(row));
    return this.#window.jump(anchor);
  }

  /** Reads the list again where it stands, or shows it for the first time. */
  async showAgain(source: RowSource<Row>, anchor: RowAnchor): Promise<void> {
    if (this.#window) await this.#window.reload();
    else await this.show(source, anchor);
  }

  /** Selects a row without scrolling to it. */
  select(row: Row | undefined): void {
    this.#cursor?.select(row);
  }

  /** Goes to the first row at or after a key and selects it; to the last row, if there is none. */
  async goTo(key: Uint8Array): Promise<Row | undefined> {
    const window = this.#window;
    if (window === undefined || !(await window.jump({ at: 'key', key }))) return undefined;
    const found = window.landing ?? window.items.at(-1);
    this.#cursor?.select(found?.row);
    if (found !== undefined) window.reveal(window.items.indexOf(found));
    return found?.row;
  }

  /** Reads the list again where it stands. */
  async reload(): Promise<void> {
    await this.#window?.reload();
  }

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector<HTMLElement>('.grid')?.focus(options);
  }

  override render() {
    const window = this.#window;
    const top = window?.top ?? 0;
    const first = Math.max(0, Math.floor(top) - OVERSCAN);
    const last = Math.min(window?.items.length ?? 0, Math.ceil(top + (window?.visible ?? 0)) + OVERSCAN);
    const active = this.#cursor?.index ?? -1;
    const drawn = active >= first && active < last;
    const exact = window?.exactTotal;
    return html`
      <div
        class="grid"
        role="grid"
        tabindex="0"
        aria-label=${this.label}
        aria-colcount=${this.columns.length}
        aria-rowcount=${exact === undefined ? -1 : exact + 1}
        aria-activedescendant=${drawn ? `row-${window!.items[active]!.id}` : nothing}
        @keydown=${this.#key}
        @contextmenu=${this.#menu}
      >
        <div class="head" role="rowgroup">
          <div class="row" role="row" aria-rowindex="1">
            ${this.columns.map((column, i) => this.#header(column, i))}
          </div>
        </div>
        <div class="body" role=${last > first ? 'rowgroup' : 'none'} @wheel=${this.#wheel}>
          <div class="rows" role="presentation" @pointerdown=${this.#point} @dblclick=${this.#open}>
            ${repeat(
              window?.items.slice(first, last) ?? [],
              // An element stays its row's when rows come in before it.
              ({ id }) => id,
              ({ row, id }, i) => this.#row(row, id, first + i, first + i === active),
            )}
          </div>
        </div>
      </div>
      <lsm-scrollbar
        .position=${window?.position ?? 0}
        .size=${window?.size ?? 1}
        @lsm-scroll-to=${(event: CustomEvent<number>) => this.#jumpTo(event.detail)}
        @lsm-scroll-page=${(event: CustomEvent<number>) => window?.scrollBy(event.detail * this.#pageRows())}
      ></lsm-scrollbar>
    `;
  }

  #header(column: GridColumn<Row>, index: number) {
    const sizer = index < this.columns.length - 1;
    return html`<div class="cell ${column.align ?? ''}" role="columnheader" aria-colindex=${index + 1}>
      ${column.title}${
        sizer
          ? html`<div
              class="sizer"
              role="separator"
              tabindex="0"
              aria-orientation="vertical"
              aria-label=${t('Resize {0}', column.title)}
              aria-valuemin=${column.least}
              aria-valuenow=${this.#widthOf(column)}
              @pointerdown=${(event: PointerEvent) => this.#sizeColumn(event, column)}
              @keydown=${(event: KeyboardEvent) => this.#sizeByKey(event, column)}
            ></div>`
          : nothing
      }
    </div>`;
  }

  #row(row: Row, id: number, index: number, active: boolean) {
    const base = this.#window!.base;
    return html`<div
      id="row-${id}"
      class="row ${this.dimmed(row) ? 'dim' : ''} ${this.changed(row) ? 'changed' : ''}"
      role="row"
      aria-rowindex=${base === undefined ? nothing : base + index + 2}
      aria-selected=${active}
      data-index=${index}
    >${this.columns.map(
      (column, i) =>
        html`<div class="cell ${column.align ?? ''}" role="gridcell" aria-colindex=${i + 1}>${column.cell(row)}</div>`,
    )}</div>`;
  }

  protected override firstUpdated(): void {
    new ResizeObserver(() => this.#measure()).observe(this.renderRoot.querySelector('.body')!);
    // The editor's font can change while the view is open, and only its variables tell.
    new MutationObserver(() => this.#measure()).observe(document.documentElement, {
      attributeFilter: ['style'],
    });
    this.#measure();
  }

  protected override updated(changed: PropertyValues): void {
    if (changed.has('columns')) this.#layColumns();
    const window = this.#window;
    const rows = this.renderRoot.querySelector<HTMLElement>('.rows')!;
    const first = Math.max(0, Math.floor(window?.top ?? 0) - OVERSCAN);
    rows.style.setProperty('transform', `translateY(${(first - (window?.top ?? 0)) * this.#rowHeight}px)`);
  }

  #changed(): void {
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent('lsm-moved'));
  }

  #measure(): void {
    const size = Number.parseFloat(getComputedStyle(this).fontSize) || 13;
    this.#rowHeight = Math.max(18, Math.round(size * 1.57));
    this.style.setProperty('--row-height', `${this.#rowHeight}px`);
    this.#window?.resize(this.#visibleRows());
  }

  #visibleRows(): number {
    const body = this.renderRoot.querySelector('.body');
    return (body?.clientHeight ?? 0) / this.#rowHeight;
  }

  #pageRows(): number {
    return Math.max(1, Math.floor(this.#window?.visible ?? 1) - 1);
  }

  #layColumns(): void {
    const tracks = this.columns.map((column) => {
      const width = this.widths[column.id] ?? column.width;
      return width === undefined ? `minmax(${column.least}px, 1fr)` : `${Math.max(column.least, width)}px`;
    });
    const least = this.columns.reduce((sum, column) => {
      return sum + Math.max(column.least, this.widths[column.id] ?? column.width ?? 0);
    }, 0);
    this.style.setProperty('--columns', tracks.join(' '));
    this.style.setProperty('--least-width', `${least}px`);
  }

  /** In pixels; of a column that shares what is left, the least. */
  #widthOf(column: GridColumn<Row>): number {
    return Math.round(Math.max(column.least, this.widths[column.id] ?? column.width ?? 0));
  }

  #sizeColumn(event: PointerEvent, column: GridColumn<Row>): void {
    event.preventDefault();
    const sizer = event.currentTarget as HTMLElement;
    sizer.setPointerCapture(event.pointerId);
    const start = sizer.parentElement!.getBoundingClientRect().width - event.clientX;
    sizer.onpointermove = (move) => {
      this.widths[column.id] = Math.max(column.least, start + move.clientX);
      this.#layColumns();
    };
    sizer.onpointerup = sizer.onpointercancel = () => {
      sizer.onpointermove = null;
      this.#sized();
    };
  }

  #sizeByKey(event: KeyboardEvent, column: GridColumn<Row>): void {
    const step = { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const width = (event.currentTarget as HTMLElement).parentElement!.getBoundingClientRect().width;
    this.widths[column.id] = Math.max(column.least, width + step);
    this.#layColumns();
    this.#sized();
  }

  #sized(): void {
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent('lsm-widths', { detail: this.widths }));
  }

  #selected(row: Row | undefined): void {
    this.requestUpdate();
    this.dispatchEvent(new CustomEvent('lsm-select', { detail: row }));
  }

  #point(event: PointerEvent): void {
    const index = rowIndexOf(event);
    if (index === undefined || event.button !== 0) return;
    this.#cursor!.select(this.#window!.items[index]?.row);
  }

  #open(event: Event): void {
    if (rowIndexOf(event) !== undefined)
      this.dispatchEvent(new CustomEvent('lsm-open', { detail: this.selected }));
  }

  /** Of the row under the pointer; asked for by the keyboard, of the selected one. */
  #menu(event: MouseEvent): void {
    const index = rowIndexOf(event);
    if (index !== undefined) this.#cursor?.select(this.#window!.items[index]?.row);
    const isMeant = index !== undefined || event.button !== 2;
    const detail = isMeant ? this.#menuAt(event, index === undefined) : null;
    if (!this.dispatchEvent(new CustomEvent('lsm-menu', { detail, cancelable: true })))
      event.preventDefault();
  }

  #menuAt({ clientX, clientY }: MouseEvent, byKeyboard: boolean): GridMenu<Row> | null {
    const row = this.selected;
    const drawn = this.renderRoot.querySelector(`[data-index="${this.#cursor?.index}"]`);
    if (!row || !drawn) return null;
    const box = drawn.getBoundingClientRect();
    return byKeyboard ? { row, x: box.left + 24, y: box.bottom } : { row, x: clientX, y: clientY };
  }

  #wheel(event: WheelEvent): void {
    if (event.ctrlKey || event.shiftKey || event.deltaY === 0) return;
    event.preventDefault();
    const unit = [1 / this.#rowHeight, 1, this.#pageRows()][event.deltaMode] ?? 0;
    this.#window?.scrollBy(event.deltaY * unit);
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.metaKey) return;
    if (event.key === 'Home' || event.key === 'End')
      void this.#cursor?.toEnd(event.key === 'Home' ? 'first' : 'last');
    else if (event.key === 'Enter')
      this.dispatchEvent(new CustomEvent('lsm-open', { detail: this.selected }));
    else if (event.key === 'Delete' && event.target === event.currentTarget)
      this.dispatchEvent(new CustomEvent('lsm-delete', { detail: this.selected }));
    else {
      const page = this.#pageRows();
      const rows = { ArrowUp: -1, ArrowDown: 1, PageUp: -page, PageDown: page }[event.key];
      if (rows === undefined) return;
      void this.#cursor?.move(rows);
    }
    event.preventDefault();
  }

  /** Follows the dragged thumb: one request at a time, and then the newest place. */
  async #jumpTo(position: number): Promise<void> {
    const window = this.#window;
    if (window === undefined) return;
    this.#wanted = window.anchorAt(position);
    if (this.#jumping) return;
    this.#jumping = true;
    try {
      while (this.#wanted !== undefined) {
        const anchor: RowAnchor = this.#wanted;
        this.#wanted = undefined;
        await this.#window?.jump(anchor);
      }
    } finally {
      this.#jumping = false;
    }
  }
}

function rowIndexOf(event: Event): number | undefined {
  const row = (event.target as Element).closest<HTMLElement>('[data-index]');
  return row === null ? undefined : Number(row.dataset.index);
}

customElements.define('lsm-grid', LsmGrid);
