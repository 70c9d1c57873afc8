// Buttons for dense rows, where the toolkit's would be too large and too many. form-styles.ts has their looks.

import { html } from 'lit';
import { type IconName, icon } from './icon';

export function iconButton(label: string, glyphs: readonly IconName[], run: () => void, isDisabled = false) {
  return html`<button type="button" class="icons" aria-label=${label} title=${label} ?disabled=${isDisabled}
    @click=${run}>${glyphs.map(icon)}</button>`;
}

export function smallButton(label: string, run: (event: Event) => void, isDisabled = false, title = '') {
  return html`<button type="button" class="small" title=${title} ?disabled=${isDisabled} @click=${run}>${label}</button>`;
}
