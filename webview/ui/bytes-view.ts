import { html, LitElement, nothing, type PropertyValues } from 'lit';
import type { ByteField, BytesPage } from '../protocol/bytes';
import { bytesViewStyles } from './bytes-view-styles';
import { BYTES_PER_ROW, colorClasses, fieldAt, fieldLines, type HexRun, hexRow } from './hex-rows';
import { count, t } from './text';
import { scrollToRow, visibleRange } from './virtual-list';

/** Narrower than this, the fields lie below the bytes. */
const NARROW = 640;

/**
 * Bytes in rows of 16 with a structure laid over them, and the fields as a list beside them. Fires `lsm-field` (detail:
 * the field's index, or -1) when a person selects one; `selected` may be set to show one.
 */
export class LsmBytes extends LitElement {
  static override properties = {
    page: { attribute: false },
    selected: { type: Number },
    stacked: { type: Boolean, reflect: true },
  };
  static override styles = bytesViewStyles;
  declare page: BytesPage | undefined;
  declare selected: number;
  declare stacked: boolean;
  #rowHeight = 20;
  #colors: string[] = [];
  #lines: ReturnType<typeof fieldLines> = [];
  #resize: ResizeObserver | undefined;

  constructor() {
    super();
    this.page = undefined;
    this.selected = -1;
    this.stacked = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#resize = new ResizeObserver(() => {
      this.stacked = this.clientWidth < NARROW;
      this.#measure();
      this.requestUpdate();
    });
    this.#resize.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#resize?.disconnect();
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('page')) return;
    this.#colors = colorClasses(this.page?.fields ?? []);
    this.#lines = fieldLines(this.page?.fields ?? []);
    if (!changed.has('selected')) this.selected = -1;
  }

  override render() {
    const { page } = this;
    if (page === undefined) return html`<div class="empty">${t('Nothing is selected.')}</div>`;
    const rows = Math.ceil(page.bytes.length / BYTES_PER_ROW);
    return html`
      <div class="title">
        <span>${page.title}</span>
        ${
          page.totalBytes > page.bytes.length
            ? html`<span class="cut">${t('The first {0} of {1} bytes', count(page.bytes.length), count(page.totalBytes))}</span>`
            : nothing
        }
      </div>
      <div class="parts">
        <div class="scroller hex" tabindex="0" role="region" aria-label=${t('Bytes')}
          @scroll=${() => this.requestUpdate()} @keydown=${this.#key} @pointerdown=${this.#point}>
          ${this.#window('.hex', rows, (row) => this.#hexRow(page, row))}
        </div>
        ${this.#lines.length === 0 ? nothing : this.#fields(page)}
      </div>
    `;
  }

  #fields(page: BytesPage) {
    const active = this.selected >= 0 ? `field-${this.selected}` : nothing;
    return html`<div class="scroller fields" tabindex="0" role="listbox" aria-label=${t('Fields')}
      aria-activedescendant=${active} @scroll=${() => this.requestUpdate()} @keydown=${this.#key}
      @pointerdown=${this.#pointField}>
      ${this.#window('.fields', this.#lines.length, (row) => this.#line(page, row))}
    </div>`;
  }

  /** The rows in sight, at their place in an element as high as all of them. */
  #window(selector: string, rows: number, draw: (row: number) => unknown) {
    const scroller = this.hasUpdated ? this.renderRoot.querySelector<HTMLElement>(selector) : null;
    const { first, last } = visibleRange(scroller, rows, this.#rowHeight);
    const drawn = [];
    for (let row = first; row < last; row++) drawn.push(draw(row));
    return html`<div class="space" data-rows=${rows} role="presentation"
      ><div class="drawn" data-first=${first} role="presentation">${drawn}</div></div>`;
  }

  #hexRow(page: BytesPage, row: number) {
    const { hex, text } = hexRow(page, row);
    return html`<div class="line"
      ><span class="at">${(page.offset + row * BYTES_PER_ROW).toString(16).padStart(8, '0')}</span
      ><span class="bytes">${hex.map((run) => this.#run(run))}</span
      ><span class="text">${text.map((run) => this.#run(run))}</span
    ></div>`;
  }

  #run({ text, field, gap }: HexRun) {
    const space = gap ? ' ' : '';
    if (field < 0) return html`${space}<span>${text}</span>`;
    return html`${space}<span class=${this.#classOf(field)} data-field=${field}>${text}</span>`;
  }

  #classOf(field: number): string {
    const bad = this.page?.fields[field]?.bad ? ' bad' : '';
    return `field ${this.#colors[field]}${bad}${field === this.selected ? ' selected' : ''}`;
  }

  #line(page: BytesPage, row: number) {
    const line = this.#lines[row]!;
    if (line.kind === 'group') return html`<div class="line group" role="presentation">${line.name}</div>`;
    const field = page.fields[line.field]!;
    return html`<div id="field-${line.field}" class="line option" role="option" data-field=${line.field}
      aria-selected=${line.field === this.selected} title=${fieldTitle(field)}
      ><span class=${this.#classOf(line.field)}>${field.bad ? '✗' : '\u00a0'}</span
      ><span class="name">${field.name}</span><span class="value">${field.value}</span
    ></div>`;
  }

  protected override updated(changed: PropertyValues): void {
    for (const space of this.renderRoot.querySelectorAll<HTMLElement>('.space')) {
      space.style.setProperty('height', `${Number(space.dataset.rows) * this.#rowHeight}px`);
      const drawn = space.querySelector<HTMLElement>('.drawn')!;
      drawn.style.setProperty('transform', `translateY(${Number(drawn.dataset.first) * this.#rowHeight}px)`);
    }
    if (changed.has('page') && this.selected < 0) {
      for (const scroller of this.renderRoot.querySelectorAll('.scroller')) scroller.scrollTop = 0;
    }
    if (changed.has('page') || changed.has('selected')) this.#show();
    // The scrollers are there only now, and with them the rows in sight.
    if (changed.has('page') || changed.has('stacked')) this.requestUpdate();
  }

  /** Brings the selected field into sight, in both parts. */
  #show(): void {
    const field = this.page?.fields[this.selected];
    const hex = this.renderRoot.querySelector<HTMLElement>('.hex');
    if (!field || !hex) return;
    scrollToRow(hex, Math.floor(field.start / BYTES_PER_ROW), this.#rowHeight);
    const list = this.renderRoot.querySelector<HTMLElement>('.fields');
    const line = this.#lines.findIndex((each) => each.kind === 'field' && each.field === this.selected);
    if (list && line >= 0) scrollToRow(list, line, this.#rowHeight);
  }

  #measure(): void {
    const size = Number.parseFloat(getComputedStyle(this).fontSize) || 13;
    this.#rowHeight = Math.max(17, Math.round(size * 1.45));
    this.style.setProperty('--row-height', `${this.#rowHeight}px`);
  }

  #point = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const field = (event.target as Element).closest<HTMLElement>('[data-field]');
    if (field) this.#select(Number(field.dataset.field));
  };

  #pointField = (event: PointerEvent): void => this.#point(event);

  #key = (event: KeyboardEvent): void => {
    const fields = this.page?.fields.length ?? 0;
    if (fields === 0 || event.altKey || event.metaKey || event.ctrlKey) return;
    const steps: Record<string, number> = { ArrowUp: -1, ArrowDown: 1, PageUp: -10, PageDown: 10 };
    const step = event.key === 'Home' ? -fields : event.key === 'End' ? fields : steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const from = this.selected < 0 ? -Math.sign(step) : this.selected;
    this.#select(Math.min(fields - 1, Math.max(0, from + step)));
  };

  #select(field: number): void {
    this.selected = field;
    this.dispatchEvent(new CustomEvent('lsm-field', { detail: field }));
  }

  /** Selects the field that a byte of the page belongs to. */
  showByte(at: number): void {
    this.selected = fieldAt(this.page?.fields ?? [], at);
  }
}

function fieldTitle({ name, value, start, end }: ByteField): string {
  return `${name}: ${value} (${start}–${end - 1})`;
}

customElements.define('lsm-bytes', LsmBytes);
