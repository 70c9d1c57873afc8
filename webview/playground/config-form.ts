import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { live } from 'lit/directives/live.js';
import '../ui/field';
import type { LsmField } from '../ui/field';
import { formStyles } from '../ui/form-styles';
import { t } from '../ui/text';
import {
  type ConfigField,
  type FieldValue,
  type FieldValues,
  fieldText,
  type Preset,
  parseField,
} from './config-fields';

/**
 * Fields that are changed together. Fires `lsm-config` (detail: all values) when a person asks for it; what is typed and
 * wrong is not sent.
 */
export class LsmConfigForm extends LitElement {
  static override properties = {
    fields: { attribute: false },
    values: { attribute: false },
    presets: { attribute: false },
    note: {},
    apply: {},
    message: {},
    draft: { state: true },
  };
  declare fields: ConfigField[];
  /** Those in force. */
  declare values: FieldValues;
  declare presets: Preset[];
  /** Above the fields. */
  declare note: string;
  /** Of the button. */
  declare apply: string;
  /** Why the last values were refused. */
  declare message: string;
  /** Chosen, and not in force. */
  declare draft: FieldValues;

  constructor() {
    super();
    this.fields = [];
    this.values = {};
    this.presets = [];
    this.note = '';
    this.apply = '';
    this.message = '';
    this.draft = {};
  }

  static override styles = [
    formStyles,
    css`
      :host { display: block; padding: 8px 14px 14px; }
      p { margin: 0 0 8px; max-width: 70ch; }
      .quiet { color: var(--vscode-descriptionForeground); }
      .fields { display: grid; grid-template-columns: minmax(0, max-content) minmax(90px, 180px) minmax(0, 1fr);
        gap: 4px 10px; align-items: start; line-height: 22px; }
      .fields .quiet { overflow-wrap: anywhere; }
      .preset { display: flex; align-items: center; gap: 8px; margin-bottom: 8px; max-width: 420px; }
      .preset span { flex: none; }
      input[type='checkbox'] { margin: 4px 0; justify-self: start; accent-color: var(--vscode-button-background, var(--vscode-focusBorder)); }
      .actions { padding-top: 10px; }
      .failed { margin: 8px 0 0; padding: 4px 8px; border: 1px solid var(--vscode-inputValidation-errorBorder, currentColor);
        background: var(--vscode-inputValidation-errorBackground);
        color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground)); overflow-wrap: anywhere; }
    `,
  ];

  override render() {
    const present = { ...this.values, ...this.draft };
    return html`
      <p class="quiet">${this.note}</p>
      <label class="preset"><span>${t('Preset')}</span><select id="preset" @change=${(event: Event) => {
        const select = event.target as HTMLSelectElement;
        this.#take(this.presets[Number(select.value)]);
        select.value = '';
      }}><option value="">${t('Choose…')}</option>${this.presets.map(
        ({ title }, i) => html`<option value=${i}>${title}</option>`,
      )}</select></label>
      <div class="fields">${this.fields.map((field) =>
        field.isShown && !field.isShown(present) ? nothing : this.#field(field, present[field.name]!),
      )}</div>
      <div class="actions">
        <button type="button" class="small main" id="apply" @click=${this.#apply}>${this.apply}</button>
        <button type="button" class="small" id="reset" @click=${this.#forget}>${t('Reset')}</button>
      </div>
      ${this.message ? html`<p class="failed" role="alert">${this.message}</p>` : nothing}
    `;
  }

  #field(field: ConfigField, value: FieldValue) {
    const { name, title, kind, note = '', choices = [] } = field;
    const set = (to: FieldValue) => {
      this.draft = { ...this.draft, [name]: to };
    };
    const control =
      kind === 'choice'
        ? html`<select data-name=${name} aria-label=${title} .value=${live(`${value}`)} @change=${(
            event: Event,
          ) => set((event.target as HTMLSelectElement).value)}>${choices.map(
            ([choice, text]) => html`<option value=${choice} ?selected=${choice === value}>${text}</option>`,
          )}</select>`
        : kind === 'flag'
          ? html`<input type="checkbox" data-name=${name} aria-label=${title} .checked=${live(value === true)}
              @change=${(event: Event) => set((event.target as HTMLInputElement).checked)} />`
          : html`<lsm-field align="end" data-name=${name} .label=${title} .value=${fieldText(field, value)}
              .parse=${(text: string) => parseField(field, text)}></lsm-field>`;
    return html`<span>${title}</span>${control}<span class="quiet">${note}</span>`;
  }

  get #typed(): LsmField[] {
    return [...this.renderRoot.querySelectorAll<LsmField>('lsm-field')];
  }

  #take(preset: Preset | undefined): void {
    if (!preset) return;
    this.#forget();
    this.draft = preset.values;
  }

  #forget(): void {
    this.draft = {};
    for (const field of this.#typed) {
      field.draft = undefined;
      field.error = '';
    }
  }

  #apply(): void {
    const read = this.#typed.map((field) => [field.dataset.name!, field.read()] as const);
    if (read.some(([, parsed]) => 'error' in parsed)) return;
    const typed = read.map(([name, parsed]) => [name, (parsed as { value: FieldValue }).value]);
    const detail: FieldValues = { ...this.values, ...this.draft, ...Object.fromEntries(typed) };
    this.dispatchEvent(new CustomEvent('lsm-config', { detail }));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // The state comes again and again, mostly with the same values.
    const before = changed.get('values');
    if (before && JSON.stringify(before) !== JSON.stringify(this.values)) this.draft = {};
  }
}

customElements.define('lsm-config-form', LsmConfigForm);
