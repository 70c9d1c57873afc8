import { html, LitElement } from 'lit';
import type { TracedOptions, WhatIf } from '../protocol/trace';

/** Other thresholds than LevelDB's. Fires `lsm-what-if` (detail: a WhatIf). */
export class LsmWhatIf extends LitElement {
  static override properties = {
    options: { attribute: false },
    whatIf: { attribute: false },
    disabled: { type: Boolean },
  };
  declare options: TracedOptions | undefined;
  declare whatIf: WhatIf;
  declare disabled: boolean;

  constructor() {
    super();
    this.options = undefined;
    this.whatIf = {};
    this.disabled = false;
  }

  override render() {
    return html`<button ?disabled=${this.disabled} @click=${this.#fire}></button>`;
  }

  #fire(): void {
    this.dispatchEvent(new CustomEvent('lsm-what-if', { detail: this.whatIf }));
  }
}

customElements.define('lsm-what-if', LsmWhatIf);
