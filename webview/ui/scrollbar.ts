import { css, html, LitElement } from 'lit';

const MIN_THUMB = 20;

/**
 * A vertical scrollbar for a list whose place is known only as a share. Hidden from assistive technology: the grid
 * beside it scrolls by keyboard and tells its rows. Fires `lsm-scroll-to` (detail: position 0 to 1) while dragged,
 * and `lsm-scroll-page` (detail: -1 or 1) for a click beside the thumb.
 */
export class LsmScrollbar extends LitElement {
  static override properties = { position: { type: Number }, size: { type: Number } };
  declare position: number;
  declare size: number;
  /** Where the pointer holds the thumb, in pixels from its top; undefined when it is not dragged. */
  #grip: number | undefined;
  /** The thumb follows the pointer, not the list that comes after. */
  #dragged = 0;

  constructor() {
    super();
    this.position = 0;
    this.size = 1;
  }

  static override styles = css`
    :host { display: block; position: relative; width: 14px; flex: none; touch-action: none; }
    :host([hidden]) { display: none; }
    .thumb { position: absolute; left: 0; right: 0; top: 0; background: var(--vscode-scrollbarSlider-background);
      box-sizing: border-box; border: 1px solid var(--vscode-contrastBorder, transparent); }
    .thumb:hover { background: var(--vscode-scrollbarSlider-hoverBackground); }
    .thumb.dragged { background: var(--vscode-scrollbarSlider-activeBackground); }
  `;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('aria-hidden', 'true');
  }

  override render() {
    return html`<div
      class="thumb ${this.#grip === undefined ? '' : 'dragged'}"
      @pointerdown=${this.#start}
      @pointermove=${this.#move}
      @pointerup=${this.#end}
      @pointercancel=${this.#end}
    ></div>`;
  }

  protected override firstUpdated(): void {
    new ResizeObserver(() => this.#place()).observe(this);
    this.addEventListener('pointerdown', (event) => this.#page(event));
  }

  protected override updated(): void {
    this.#place();
  }

  get #thumb(): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>('.thumb');
  }

  get #thumbHeight(): number {
    return Math.min(this.clientHeight, Math.max(MIN_THUMB, this.size * this.clientHeight));
  }

  get #room(): number {
    return Math.max(0, this.clientHeight - this.#thumbHeight);
  }

  #place(): void {
    const thumb = this.#thumb;
    if (thumb === null) return;
    this.toggleAttribute('inert', this.size >= 1);
    thumb.style.setProperty('display', this.size >= 1 ? 'none' : 'block');
    thumb.style.setProperty('height', `${this.#thumbHeight}px`);
    const position = this.#grip === undefined ? this.position : this.#dragged;
    thumb.style.setProperty('transform', `translateY(${position * this.#room}px)`);
  }

  #start(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const thumb = this.#thumb!;
    thumb.setPointerCapture(event.pointerId);
    this.#grip = event.clientY - thumb.getBoundingClientRect().top;
    this.#dragged = this.position;
    this.requestUpdate();
  }

  #move(event: PointerEvent): void {
    if (this.#grip === undefined) return;
    const y = event.clientY - this.getBoundingClientRect().top - this.#grip;
    const to = this.#room > 0 ? Math.min(1, Math.max(0, y / this.#room)) : 0;
    if (to === this.#dragged) return;
    this.#dragged = to;
    this.#place();
    this.dispatchEvent(new CustomEvent('lsm-scroll-to', { detail: this.#dragged }));
  }

  #end(): void {
    this.#grip = undefined;
    this.requestUpdate();
  }

  #page(event: PointerEvent): void {
    if (event.button !== 0 || event.composedPath()[0] === this.#thumb) return;
    event.preventDefault();
    const box = this.getBoundingClientRect();
    // With the Alt key the thumb goes right to the pointer, as in an editor's scrollbar.
    if (event.altKey) {
      const position = (event.clientY - box.top - this.#thumbHeight / 2) / (this.#room || 1);
      const detail = Math.min(1, Math.max(0, position));
      this.dispatchEvent(new CustomEvent('lsm-scroll-to', { detail }));
      return;
    }
    const above = event.clientY < this.#thumb!.getBoundingClientRect().top;
    this.dispatchEvent(new CustomEvent('lsm-scroll-page', { detail: above ? -1 : 1 }));
  }
}

customElements.define('lsm-scrollbar', LsmScrollbar);
