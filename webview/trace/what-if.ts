import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { live } from 'lit/directives/live.js';
import type { WhatIf } from '../protocol/trace';
import type { TracedOptions } from '../protocol/trace-event';
import type { CheckedControl } from '../ui/controls';
import '../ui/field';
import type { LsmField } from '../ui/field';
import { byteSize, plural, t } from '../ui/text';
import {
  choiceOf,
  fieldText,
  nearestStop,
  parseThreshold,
  stopsOf,
  THRESHOLDS,
  type Threshold,
  thresholdNote,
  thresholdTitle,
  type WhatIfChoice,
  whatIfOf,
} from './thresholds';

/**
 * Other thresholds than LevelDB's, for recording again on the same files. Fires `lsm-what-if` (detail: a WhatIf) when a
 * person asks for it.
 */
export class LsmWhatIf extends LitElement {
  static override properties = {
    options: { attribute: false },
    whatIf: { attribute: false },
    disabled: { type: Boolean },
    choice: { state: true },
  };
  declare options: TracedOptions | undefined;
  declare whatIf: WhatIf;
  declare disabled: boolean;
  /** What is set, and not recorded yet. */
  declare choice: WhatIfChoice;

  constructor() {
    super();
    this.options = undefined;
    this.whatIf = {};
    this.disabled = false;
    this.choice = choiceOf({}, undefined);
  }

  static override styles = css`
    :host { display: block; padding: 10px 14px; }
    p { margin: 0 0 8px; max-width: 70ch; }
    .quiet { color: var(--vscode-descriptionForeground); }
    fieldset { margin: 0; padding: 0; border: none; min-width: 0; }
    .threshold { display: grid; grid-template-columns: minmax(0, 1fr) 120px 34px; gap: 0 10px; align-items: center;
      padding: 6px 0; max-width: 560px; }
    .threshold .title { grid-column: 1 / -1; }
    .threshold .title b { font-weight: 600; }
    .slider { position: relative; min-width: 0; padding-bottom: 8px; }
    input[type='range'] { display: block; appearance: none; width: 100%; margin: 0; height: 18px; background: transparent; }
    input[type='range']::-webkit-slider-runnable-track { height: 4px; border-radius: 2px;
      background: color-mix(in srgb, var(--vscode-descriptionForeground) 40%, transparent);
      outline: 1px solid var(--vscode-contrastBorder, transparent); }
    input[type='range']::-webkit-slider-thumb { appearance: none; width: 16px; height: 16px; margin-top: -6px;
      border-radius: 50%; border: 1px solid var(--vscode-contrastBorder, transparent);
      background: var(--vscode-button-background, var(--vscode-foreground)); }
    fieldset[disabled] .slider { opacity: 0.5; }
    input[type='range']:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: 2px; }
    /* LevelDB's own, below the track; the thumb's middle goes from half its width to half its width. */
    .own { position: absolute; bottom: 0; left: calc(8px + var(--at) * (100% - 16px)); width: 0; height: 0;
      margin-left: -4px; border: 4px solid transparent; border-top: none;
      border-bottom: 6px solid var(--vscode-foreground); }
    .changed { color: var(--vscode-foreground); font-weight: 600; }
    .checks { display: flex; flex-direction: column; gap: 4px; padding: 8px 0; }
    .buttons { display: flex; flex-wrap: wrap; gap: 8px; padding-top: 8px; }
  `;

  override render() {
    const { disabled, choice } = this;
    return html`
      <p>${t('The same files once more, with other thresholds: a dry run, from which nothing is written. The mark below each slider is LevelDB’s own.')}</p>
      <fieldset ?disabled=${disabled} ?inert=${disabled}>
        ${THRESHOLDS.map((threshold) => this.#threshold(threshold))}
        <div class="checks">
          <vscode-checkbox id="paranoid" ?disabled=${disabled} .checked=${live(choice.paranoid)} @change=${(
            event: Event,
          ) => this.#set({ paranoid: (event.target as unknown as CheckedControl).checked })}
            >${t('paranoid_checks: damage in a log ends recovery')}</vscode-checkbox>
          <vscode-checkbox id="entries" ?disabled=${disabled} .checked=${live(choice.isByEntries)} @change=${(
            event: Event,
          ) => this.#set({ isByEntries: (event.target as unknown as CheckedControl).checked })}
            >${t('Entry by entry: the trace tells of each one, kept or dropped, and grows long')}</vscode-checkbox>
        </div>
      </fieldset>
      <div class="buttons">
        <vscode-button id="record" ?disabled=${disabled} @click=${() => this.#fire(whatIfOf(choice, this.whatIf))}
          >${t('Record Again')}</vscode-button>
        <vscode-button id="own" appearance="secondary" ?disabled=${disabled} title=${t('Records again with LevelDB’s own thresholds')}
          @click=${() => this.#fire(choice.isByEntries ? { grain: 'entries' } : {})}>${t('LevelDB’s Own')}</vscode-button>
      </div>
    `;
  }

  #threshold(threshold: Threshold) {
    const { id, isBytes, own } = threshold;
    const { disabled } = this;
    const value = this.choice.values[id];
    const stops = stopsOf(threshold);
    const set = (to: number) => this.#set({ values: { ...this.choice.values, [id]: to } });
    const text = (of: number) => (isBytes ? byteSize(of) : plural(of, '1 file', '{0} files'));
    const title = thresholdTitle(id);
    return html`<div class="threshold" data-id=${id}>
      <div class="title"><b>${title}</b> <span class=${value === own ? nothing : 'changed'}>${text(value)}</span>
        <span class="quiet">(${t('LevelDB’s own: {0}', text(own))}; ${thresholdNote(id)})</span></div>
      <div class="slider">
        <input type="range" min="0" max=${stops.length - 1} step="1" aria-label=${title} aria-valuetext=${text(value)}
          ?disabled=${disabled} .value=${live(`${nearestStop(stops, value)}`)}
          @input=${(event: Event) => set(stops[Number((event.target as HTMLInputElement).value)]!)} />
        <i class="own" data-at=${nearestStop(stops, own) / (stops.length - 1)} aria-hidden="true"></i>
      </div>
      <lsm-field align="end" .label=${isBytes ? t('{0}, in KB', title) : title} .value=${fieldText(threshold, value)}
        .parse=${(typed: string) => parseThreshold(threshold, typed)}
        .commit=${async (to: unknown) => {
          if (!this.disabled) set(to as number);
          return undefined;
        }}></lsm-field>
      <span class="quiet">${isBytes ? 'KB' : value === 1 ? t('file') : t('files')}</span>
    </div>`;
  }

  #set(change: Partial<WhatIfChoice>): void {
    this.choice = { ...this.choice, ...change };
  }

  #fire(whatIf: WhatIf): void {
    // What is typed and wrong is not recorded.
    const fields = [...this.renderRoot.querySelectorAll<LsmField>('lsm-field')];
    if (fields.some((field) => 'error' in field.read())) return;
    this.dispatchEvent(new CustomEvent('lsm-what-if', { detail: whatIf }));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('whatIf') || changed.has('options')) this.choice = choiceOf(this.whatIf, this.options);
  }

  protected override updated(): void {
    for (const mark of this.renderRoot.querySelectorAll<HTMLElement>('.own')) {
      mark.style.setProperty('--at', mark.dataset.at ?? '0');
    }
  }
}

customElements.define('lsm-what-if', LsmWhatIf);
