import { css, html, LitElement } from 'lit';
import { t } from './text';

/**
 * The bar between two panes. `share` is the first pane's, 0 to 1; fires `lsm-split` (detail: the new share).
 * `stacked` when the panes lie one below the other.
 */
export class LsmSplitter extends LitElement {
  static override properties = { share: { type: Number }, stacked: { type: Boolean, reflect: true } };
  declare share: number;
  declare stacked: boolean;

  constructor() {
    super();
    this.share = 0.6;
    this.stacked = false;
  }

  static override styles = css`
    :host { display: block; flex: none; position: relative; width: 1px; cursor: ew-resize; touch-action: none;
      background: var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); outline: none; }
    :host([stacked]) { width: auto; height: 1px; cursor: ns-resize; }
    /* Wider than it looks, so that a pointer finds it. */
    .grip { position: absolute; z-index: 2; top: 0; bottom: 0; left: -2px; right: -2px; }
    :host([stacked]) .grip { left: 0; right: 0; top: -2px; bottom: -2px; }
    .grip:hover, :host(:focus-visible) .grip {
      background: var(--vscode-sash-hoverBorder, var(--vscode-focusBorder)); }
  `;

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute('role', 'separator');
    this.tabIndex = 0;
    this.addEventListener('keydown', this.#key);
    this.addEventListener('pointerdown', this.#start);
    this.addEventListener('dblclick', this.#reset);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener('keydown', this.#key);
    this.removeEventListener('pointerdown', this.#start);
    this.removeEventListener('dblclick', this.#reset);
  }

  override render() {
    return html`<div class="grip"></div>`;
  }

  protected override updated(): void {
    this.setAttribute('aria-label', t('Resize the panes'));
    this.setAttribute('aria-orientation', this.stacked ? 'horizontal' : 'vertical');
    this.setAttribute('aria-valuemin', '20');
    this.setAttribute('aria-valuemax', '80');
    this.setAttribute('aria-valuenow', String(Math.round(this.share * 100)));
  }

  #set(share: number): void {
    this.dispatchEvent(new CustomEvent('lsm-split', { detail: Math.min(0.8, Math.max(0.2, share)) }));
  }

  #reset = (): void => this.#set(0.6);

  #key = (event: KeyboardEvent): void => {
    const [less, more] = this.stacked ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    if (event.key === less) this.#set(this.share - 0.02);
    else if (event.key === more) this.#set(this.share + 0.02);
    else if (event.key === 'Home') this.#set(0.2);
    else if (event.key === 'End') this.#set(0.8);
    else return;
    event.preventDefault();
  };

  #start = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    event.preventDefault();
    this.focus();
    this.setPointerCapture(event.pointerId);
    const box = this.parentElement!.getBoundingClientRect();
    const move = (to: PointerEvent): void => {
      const share = this.stacked ? (to.clientY - box.top) / box.height : (to.clientX - box.left) / box.width;
      this.#set(share);
    };
    this.addEventListener('pointermove', move);
    const end = (): void => this.removeEventListener('pointermove', move);
    this.addEventListener('pointerup', end, { once: true });
    this.addEventListener('pointercancel', end, { once: true });
  };
}

customElements.define('lsm-splitter', LsmSplitter);
