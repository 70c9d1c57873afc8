import { css, html, LitElement } from 'lit';

export interface Tab {
  id: string;
  title: string;
}

/** A row of tabs. Fires `lsm-tab` (detail: the id). The panels are the app's. */
export class LsmTabs extends LitElement {
  static override properties = { tabs: { attribute: false }, selected: {}, label: {} };
  declare tabs: Tab[];
  declare selected: string;
  declare label: string;

  constructor() {
    super();
    this.tabs = [];
    this.selected = '';
    this.label = '';
  }

  static override styles = css`
    :host { display: block; flex: none;
      border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
    div { display: flex; gap: 16px; padding: 0 12px; }
    button { all: unset; padding: 5px 0 4px; cursor: pointer; white-space: nowrap; border-bottom: 2px solid transparent;
      color: var(--vscode-panelTitle-inactiveForeground, var(--vscode-descriptionForeground)); }
    button[aria-selected='true'] { color: var(--vscode-panelTitle-activeForeground, var(--vscode-foreground));
      border-bottom-color: var(--vscode-panelTitle-activeBorder, var(--vscode-focusBorder)); }
    button:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  `;

  override render() {
    return html`<div role="tablist" aria-label=${this.label} @keydown=${this.#key}>
      ${this.tabs.map(
        ({ id, title }) => html`<button role="tab" data-id=${id} aria-selected=${id === this.selected}
          tabindex=${id === this.selected ? 0 : -1} @click=${() => this.#choose(id)}>${title}</button>`,
      )}
    </div>`;
  }

  #key(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const at = this.tabs.findIndex(({ id }) => id === this.selected);
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    if (next) this.#choose(next.id);
  }

  #choose(id: string): void {
    this.selected = id;
    this.dispatchEvent(new CustomEvent('lsm-tab', { detail: id }));
    void this.updateComplete.then(() => {
      this.renderRoot.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
    });
  }
}

customElements.define('lsm-tabs', LsmTabs);
