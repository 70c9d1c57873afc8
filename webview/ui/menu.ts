import { css, html, LitElement, nothing } from 'lit';

export interface MenuItem {
  label: string;
  /** As people read them: `Alt+↑`. */
  keys?: string | undefined;
  isDisabled?: boolean | undefined;
  /** A line above it. */
  startsGroup?: boolean | undefined;
  run(): void;
}

/**
 * A menu that opens at a place in the page, as VS Code's own. Arrow keys, Home, End and first letters move, Enter chooses,
 * Escape, Tab and a click elsewhere close it; the focus goes back to where it was.
 */
export class LsmMenu extends LitElement {
  static override properties = { items: { state: true }, label: { state: true } };
  declare items: MenuItem[];
  declare label: string;
  #back: HTMLElement | undefined;

  constructor() {
    super();
    this.items = [];
    this.label = '';
  }

  static override styles = css`
    [role='menu'] { position: fixed; z-index: 20; top: 0; left: 0; min-width: 180px; max-width: 90vw; max-height: 90vh;
      box-sizing: border-box; overflow-y: auto; padding: 4px 0; border-radius: 5px; outline: none;
      color: var(--vscode-menu-foreground); background: var(--vscode-menu-background);
      border: 1px solid var(--vscode-menu-border, var(--vscode-contrastBorder, transparent));
      box-shadow: 0 2px 8px var(--vscode-widget-shadow, transparent); }
    [role='menuitem'] { display: flex; gap: 24px; justify-content: space-between; padding: 0 14px; line-height: 24px;
      margin: 0 4px; border-radius: 3px; cursor: default; white-space: nowrap; outline: none; }
    [role='menuitem']:focus { color: var(--vscode-menu-selectionForeground);
      background: var(--vscode-menu-selectionBackground);
      outline: 1px solid var(--vscode-menu-selectionBorder, transparent); outline-offset: -1px; }
    [aria-disabled='true'] { color: var(--vscode-disabledForeground); }
    .keys { opacity: 0.8; }
    [role='separator'] { height: 1px; margin: 4px 0;
      background: var(--vscode-menu-separatorBackground, var(--vscode-contrastBorder, transparent)); }
  `;

  get isOpen(): boolean {
    return this.items.length > 0;
  }

  /** Opens at a place, in the page's pixels; `back` has the focus afterwards. */
  async show(label: string, items: MenuItem[], { x, y }: { x: number; y: number }, back?: HTMLElement) {
    this.#back = back;
    this.label = label;
    this.items = items;
    await this.updateComplete;
    const menu = this.renderRoot.querySelector<HTMLElement>('[role=menu]');
    if (!menu) return;
    const { width, height } = menu.getBoundingClientRect();
    menu.style.setProperty('left', `${Math.max(0, Math.min(x, innerWidth - width - 4))}px`);
    menu.style.setProperty(
      'top',
      `${Math.max(0, y + height > innerHeight - 4 ? innerHeight - height - 4 : y)}px`,
    );
    this.#focus(0, 1);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('pointerdown', this.#outside, true);
    window.addEventListener('blur', this.#blurred);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('pointerdown', this.#outside, true);
    window.removeEventListener('blur', this.#blurred);
  }

  override render() {
    if (this.items.length === 0) return nothing;
    return html`<div role="menu" tabindex="-1" aria-label=${this.label} @keydown=${this.#key}
      @contextmenu=${(event: Event) => event.preventDefault()}>
      ${this.items.map(
        (item, i) => html`${item.startsGroup ? html`<div role="separator"></div>` : nothing}
        <div role="menuitem" tabindex="-1" data-index=${i} aria-disabled=${item.isDisabled ? 'true' : 'false'}
          @pointerenter=${(event: Event) => (event.currentTarget as HTMLElement).focus()}
          @click=${() => this.#choose(i)}
          ><span>${item.label}</span>${item.keys ? html`<span class="keys">${item.keys}</span>` : nothing}</div>`,
      )}
    </div>`;
  }

  #entries(): HTMLElement[] {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('[role=menuitem]')];
  }

  /** Focuses the first entry that can be chosen, from one on in a direction. */
  #focus(from: number, step: 1 | -1): void {
    const entries = this.#entries();
    for (let i = 0; i < entries.length; i++) {
      const at = (from + i * step + 2 * entries.length) % entries.length;
      if (this.items[at]!.isDisabled) continue;
      entries[at]!.focus();
      return;
    }
    this.renderRoot.querySelector<HTMLElement>('[role=menu]')?.focus();
  }

  #key(event: KeyboardEvent): void {
    const at = Number((this.shadowRoot!.activeElement as HTMLElement | null)?.dataset.index ?? -1);
    event.stopPropagation();
    switch (event.key) {
      case 'ArrowDown':
        this.#focus(at + 1, 1);
        break;
      case 'ArrowUp':
        this.#focus(at < 0 ? this.items.length - 1 : at - 1, -1);
        break;
      case 'Home':
        this.#focus(0, 1);
        break;
      case 'End':
        this.#focus(this.items.length - 1, -1);
        break;
      case 'Enter':
      case ' ':
        this.#choose(at);
        break;
      case 'Escape':
      case 'Tab':
        this.#close();
        break;
      default: {
        if (event.key.length !== 1 || event.ctrlKey || event.metaKey) return;
        const letter = event.key.toLowerCase();
        const starts = (i: number) =>
          !this.items[i]!.isDisabled && this.items[i]!.label.toLowerCase().startsWith(letter);
        const order = this.items.map((_, i) => (at + 1 + i) % this.items.length);
        const found = order.find(starts);
        if (found !== undefined) this.#entries()[found]!.focus();
      }
    }
    event.preventDefault();
  }

  #choose(at: number): void {
    const item = this.items[at];
    if (!item || item.isDisabled) return;
    this.#close();
    item.run();
  }

  #close(): void {
    if (!this.isOpen) return;
    this.items = [];
    this.#back?.focus();
  }

  #outside = (event: Event): void => {
    if (this.isOpen && !event.composedPath().includes(this)) this.items = [];
  };

  #blurred = (): void => {
    this.items = [];
  };
}

customElements.define('lsm-menu', LsmMenu);
