import { css, html, LitElement } from 'lit';
import { icon, iconStyles } from '../ui/icon';
import { count, t } from '../ui/text';

/** How long a step of the play lasts at most; long histories take larger steps. */
const STEP_MS = 120;
const STEPS_OF_ALL = 400;

/** The way through the edits: a slider, steps, play. Fires `lsm-edit` (detail: the edit's number). */
export class LsmTimeBar extends LitElement {
  static override properties = { edits: { type: Number }, edit: { type: Number }, playing: { state: true } };
  declare edits: number;
  declare edit: number;
  declare playing: boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor() {
    super();
    this.edits = 0;
    this.edit = 0;
    this.playing = false;
  }

  static override styles = [
    iconStyles,
    css`
      :host { display: flex; gap: 4px; align-items: center; padding: 4px 8px; flex: none; }
      input { flex: 1; min-width: 80px; accent-color: var(--vscode-focusBorder); }
      input:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
      span.place { white-space: nowrap; font-variant-numeric: tabular-nums; min-width: 9em; text-align: right; }
    `,
  ];

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  override render() {
    const last = Math.max(0, this.edits - 1);
    const step = (label: string, glyph: Parameters<typeof icon>[0], to: number) => html`<vscode-button
      appearance="icon" aria-label=${label} title=${label} @click=${() => this.#go(to)}>${icon(glyph)}</vscode-button>`;
    return html`
      ${step(t('Previous edit'), 'triangle-left', this.edit - 1)}
      <vscode-button id="play" appearance="icon" aria-label=${this.playing ? t('Pause') : t('Play')}
        title=${this.playing ? t('Pause') : t('Play')} @click=${this.#toggle}
        >${icon(this.playing ? 'debug-pause' : 'debug-start')}</vscode-button>
      ${step(t('Next edit'), 'triangle-right', this.edit + 1)}
      <input type="range" min="0" max=${last} .value=${String(this.edit)} aria-label=${t('Edit')}
        aria-valuetext=${t('edit {0} of {1}', count(this.edit), count(last))}
        @input=${(event: Event) => this.#go(Number((event.target as HTMLInputElement).value))} />
      <span class="place">${t('edit {0} of {1}', count(this.edit), count(last))}</span>
    `;
  }

  #go(edit: number): void {
    const to = Math.min(Math.max(0, this.edits - 1), Math.max(0, edit));
    this.dispatchEvent(new CustomEvent('lsm-edit', { detail: to }));
  }

  #toggle(): void {
    if (this.playing) {
      this.#stop();
      return;
    }
    this.playing = true;
    if (this.edit >= this.edits - 1) this.#go(0);
    const step = Math.max(1, Math.round(this.edits / STEPS_OF_ALL));
    this.#timer = setInterval(() => {
      if (this.edit >= this.edits - 1) this.#stop();
      else this.#go(this.edit + step);
    }, STEP_MS);
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.playing = false;
  }
}

customElements.define('lsm-time-bar', LsmTimeBar);
