import { css, html, LitElement, nothing } from 'lit';
import type { CheckedControl } from '../ui/controls';
import type { LsmField, Parsed } from '../ui/field';
import { formStyles } from '../ui/form-styles';
import { t } from '../ui/text';
import { type KeyJson, typeSelect } from './key-fields';
import { parseLevel, parseNumber, parseSequence, parseUserKey } from './parse-fields';
import { type Apply, addFromFile, type Plan } from './plans';

export type EntryKind = 'table' | 'deletion' | 'pointer';

type KeyName = 'smallest' | 'largest' | 'key';

/** A small row to fill in, for a line that an edit is to get. Fires `lsm-closed` when it is done or cancelled. */
export class LsmAddEntry extends LitElement {
  static override properties = {
    kind: {},
    edit: { attribute: false },
    edits: { type: Number },
    apply: { attribute: false },
    fromFile: { state: true },
    types: { state: true },
    refusal: { state: true },
  };
  declare kind: EntryKind;
  /** The edit that gets it; undefined for a new one at the end. */
  declare edit: number | undefined;
  /** How many edits there are. */
  declare edits: number;
  declare apply: Apply;
  /** Size and range of a table. */
  declare fromFile: boolean;
  declare types: Record<KeyName, KeyJson['type']>;
  declare refusal: string;

  constructor() {
    super();
    this.kind = 'table';
    this.edit = undefined;
    this.edits = 0;
    this.apply = async () => undefined;
    this.fromFile = true;
    this.types = { smallest: 'value', largest: 'value', key: 'value' };
    this.refusal = '';
  }

  static override styles = [
    formStyles,
    css`
      :host { display: block; margin: 2px 12px 6px; padding: 6px 8px; border-radius: 3px;
        border: 1px solid var(--vscode-widget-border, var(--vscode-contrastBorder, transparent));
        background: var(--vscode-editorWidget-background); color: var(--vscode-editorWidget-foreground); }
      .fields { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: flex-end; }
      label, .labelled { display: flex; flex-direction: column; gap: 1px; color: var(--vscode-editorWidget-foreground); }
      .labelled > span { font-size: 0.92em; font-family: var(--vscode-font-family); }
      .level { flex: 0 0 52px; }
      .number, .sequence, .type { flex: 0 0 96px; }
      .key { flex: 1 1 150px; min-width: 100px; }
      .break { flex-basis: 100%; height: 0; }
      vscode-checkbox { margin: 4px 0; }
      .actions { margin-top: 6px; }
      p { margin: 4px 0 0; color: color-mix(in srgb, var(--vscode-errorForeground) 70%, var(--vscode-foreground));
        overflow-wrap: anywhere; }
    `,
  ];

  override render() {
    const { kind, fromFile, refusal } = this;
    const level = this.#field('level', t('Level'), parseLevel, 'level');
    const number = this.#field('number', t('Number'), parseNumber, 'number');
    const names = {
      table: t('Add a table'),
      deletion: t('Add a deletion'),
      pointer: t('Add a compaction pointer'),
    };
    return html`<div role="group" aria-label=${names[kind]} @keydown=${this.#key}>
      <div class="fields">${level}${kind === 'pointer' ? this.#keyFields('key', t('User key')) : number}
        ${kind === 'table' && !fromFile ? this.#field('size', t('Size'), parseNumber, 'number') : nothing}</div>
      ${
        kind === 'table'
          ? html`<vscode-checkbox id="from-file" ?checked=${fromFile} @change=${(event: Event) => {
              this.fromFile = (event.target as unknown as CheckedControl).checked;
            }}>${t('Size and range from the file')}</vscode-checkbox>
            ${
              fromFile
                ? nothing
                : html`<div class="fields">${this.#keyFields('smallest', t('Smallest user key'))}<span class="break"></span>
                    ${this.#keyFields('largest', t('Largest user key'))}</div>`
            }`
          : nothing
      }
      ${refusal ? html`<p role="alert">${refusal}</p>` : nothing}
      <div class="actions">
        <button type="button" class="small main" @click=${() => void this.#add()}>${t('Add')}</button>
        <button type="button" class="small" @click=${this.#close}>${t('Cancel')}</button>
      </div>
    </div>`;
  }

  protected override firstUpdated(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector<LsmField>('lsm-field')?.focus());
  }

  protected override updated(): void {
    this.scrollIntoView({ block: 'nearest' });
  }

  #field(id: string, label: string, parse: (text: string) => Parsed, size: string) {
    return html`<span class="labelled ${size}"><span aria-hidden="true">${label}</span><lsm-field id=${id} .label=${label}
      .parse=${parse}></lsm-field></span>`;
  }

  #keyFields(name: KeyName, label: string) {
    return html`${this.#field(`${name}-user-key`, label, parseUserKey, 'key')}
      ${this.#field(`${name}-sequence`, t('Sequence'), parseSequence, 'sequence')}
      <span class="labelled type"><span aria-hidden="true">${t('Type')}</span>${typeSelect(
        this.types[name],
        t('Type'),
        (type) => {
          this.types = { ...this.types, [name]: type };
        },
      )}</span>`;
  }

  #key(event: KeyboardEvent): void {
    const inField = (event.composedPath()[0] as Element).tagName === 'INPUT';
    if (event.key === 'Enter' && inField) void this.#add();
    else if (event.key === 'Escape') this.#close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  async #add(): Promise<void> {
    const fields = [...this.renderRoot.querySelectorAll<LsmField>('lsm-field')];
    const values: Record<string, unknown> = {};
    let wrong: LsmField | undefined;
    for (const field of fields) {
      const parsed = field.read();
      if ('value' in parsed) values[field.id] = parsed.value;
      else wrong ??= field;
    }
    if (wrong) {
      wrong.focus();
      return;
    }
    const refusal = await this.apply(this.#plan(values));
    this.refusal = refusal?.message ?? '';
    if (refusal === undefined) this.#close();
  }

  #plan(values: Record<string, unknown>): Plan {
    const { kind, edit, edits, fromFile, types } = this;
    const key = (name: KeyName) => ({
      userKey: values[`${name}-user-key`],
      sequence: values[`${name}-sequence`],
      type: types[name],
    });
    const level = values.level as number;
    const number = values.number as number;
    const where = edit === undefined ? {} : { edit };
    const to = edit ?? edits;
    if (kind === 'pointer')
      return { operations: [{ op: 'set-compact-pointer', ...where, level, key: key('key') }], edit: to };
    // The engine has no operation for a deletion line by itself: `remove-file` asks for the table to be there.
    if (kind === 'deletion')
      return { operations: [{ op: 'remove-file', ...where, level, number }], edit: to };
    if (fromFile) return addFromFile(level, number, edits, edit);
    const keys = { smallest: key('smallest'), largest: key('largest') };
    return {
      operations: [{ op: 'add-file', ...where, level, number, size: values.size, ...keys }],
      edit: to,
    };
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent('lsm-closed'));
  }
}

customElements.define('lsm-add-entry', LsmAddEntry);
