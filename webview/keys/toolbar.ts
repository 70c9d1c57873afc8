import { css, html, LitElement, nothing } from 'lit';
import type { DecoderName, KeysQuery } from '../protocol/keys';
import { equalBytes, escapeBytes, unescapeBytes } from '../ui/bytes';
import type { CheckedControl, ValueControl } from '../ui/controls';
import { decoderSelect } from '../ui/decoder-select';
import { icon, iconStyles } from '../ui/icon';
import { t } from '../ui/text';

/** How long typing rests before the list follows. */
const TYPING_MS = 250;

type Field = 'prefix' | 'from' | 'to';

/**
 * What the Keys view shows and where it goes. Fires `lsm-query` (detail: KeysQuery), `lsm-go` (detail: the key),
 * `lsm-key-decoder` (detail: the name) and `lsm-range-open` (detail: whether the range is shown).
 */
export class LsmKeysToolbar extends LitElement {
  static override properties = {
    query: { attribute: false },
    keyDecoder: {},
    rangeOpen: { type: Boolean },
    invalid: { state: true },
  };
  declare query: KeysQuery;
  declare keyDecoder: DecoderName;
  declare rangeOpen: boolean;
  /** The id of the field whose text is no byte string; empty if all are. */
  declare invalid: string;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.query = { versions: 'live' };
    this.keyDecoder = 'auto';
    this.rangeOpen = false;
    this.invalid = '';
  }

  static override styles = [
    iconStyles,
    css`
      :host { display: block; flex: none; padding: 6px 8px;
        border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
      .line { display: flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; }
      .line + .line { margin-top: 6px; padding-left: 2px; }
      vscode-text-field { min-width: 110px; flex: 1 1 150px; max-width: 360px; }
      .go { flex: 2 1 180px; max-width: 460px; }
      vscode-text-field.invalid { outline: 1px solid var(--vscode-inputValidation-errorBorder); }
      vscode-checkbox { margin: 0 4px; }
      vscode-dropdown { min-width: 168px; }
      .wrong { margin-top: 4px; color: var(--vscode-errorForeground); }
      .space { flex: 1; min-width: 0; }
      .label { color: var(--vscode-descriptionForeground); }
      .marked { background: var(--vscode-inputOption-activeBackground);
        border-radius: 5px; outline: 1px solid var(--vscode-inputOption-activeBorder, transparent); }
    `,
  ];

  /** Puts the keyboard into the field for a key to go to. */
  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('#go')?.focus();
  }

  override render() {
    const ranged = this.query.from !== undefined || this.query.to !== undefined;
    return html`
      <div class="line" role="toolbar" aria-label=${t('Keys')}>
        <vscode-text-field
          id="go"
          class="go ${this.invalid === 'go' ? 'invalid' : ''}"
          placeholder=${t('Go to key')}
          aria-label=${t('Go to key')}
          title=${t('Goes to the first key at or after this one. Other bytes are written \\xNN.')}
          @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && this.#go()}
          @input=${() => this.#check('go')}
        ><vscode-button slot="end" appearance="icon" aria-label=${t('Go')} title=${t('Go')} @click=${this.#go}
          >${icon('arrow-right')}</vscode-button></vscode-text-field>
        ${this.#field('prefix', t('Filter by prefix'))}
        <vscode-button
          id="range"
          appearance="icon"
          class=${ranged ? 'marked' : ''}
          aria-label=${t('Range of keys')}
          title=${t('Range of keys')}
          aria-expanded=${this.rangeOpen}
          @click=${() => this.dispatchEvent(new CustomEvent('lsm-range-open', { detail: !this.rangeOpen }))}
        >${icon('filter')}</vscode-button>
        <vscode-checkbox
          id="versions"
          .checked=${this.query.versions === 'all'}
          @change=${(event: Event) => {
            const versions = (event.target as CheckedControl).checked ? 'all' : 'live';
            if (versions !== this.query.versions) this.#ask({ ...this.query, versions });
          }}
        >${t('Deleted and shadowed versions')}</vscode-checkbox>
        <span class="space"></span>
        ${decoderSelect('key-decoder', t('Key as'), this.keyDecoder, (name) =>
          this.dispatchEvent(new CustomEvent('lsm-key-decoder', { detail: name })),
        )}
      </div>
      ${
        this.rangeOpen
          ? html`<div class="line">
              ${this.#field('from', t('From key (included)'))}${this.#field('to', t('To key (not included)'))}
            </div>`
          : nothing
      }
      ${
        this.invalid === ''
          ? nothing
          : html`<div class="wrong" role="alert">
              ${t('A backslash is written \\x5c, and other bytes \\xNN.')}
            </div>`
      }
    `;
  }

  #field(name: Field, label: string) {
    return html`<vscode-text-field
      id=${name}
      class=${this.invalid === name ? 'invalid' : ''}
      placeholder=${label}
      aria-label=${label}
      title=${label}
      .value=${fieldText(this.query[name], this.#fieldElement(name)?.value)}
      @input=${() => this.#type()}
      @keydown=${(event: KeyboardEvent) => event.key === 'Enter' && this.#applyFields()}
    ></vscode-text-field>`;
  }

  #fieldElement(name: string): ValueControl | null {
    return this.hasUpdated ? this.renderRoot.querySelector<ValueControl>(`#${name}`) : null;
  }

  #check(name: string): Uint8Array | undefined {
    const bytes = unescapeBytes(this.#fieldElement(name)?.value ?? '');
    if (bytes === undefined) this.invalid = name;
    else if (this.invalid === name) this.invalid = '';
    return bytes;
  }

  #go(): void {
    const key = this.#check('go');
    if (key !== undefined) this.dispatchEvent(new CustomEvent('lsm-go', { detail: key }));
  }

  #type(): void {
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#applyFields(), TYPING_MS);
  }

  #applyFields(): void {
    clearTimeout(this.#typing);
    const query: KeysQuery = { versions: this.query.versions };
    for (const name of ['prefix', 'from', 'to'] as const) {
      // A closed range keeps its bounds.
      const bytes = this.#fieldElement(name) === null ? this.query[name] : this.#check(name);
      if (this.invalid === name) return;
      if (bytes !== undefined && bytes.length > 0) query[name] = bytes;
    }
    if (!sameQuery(query, this.query)) this.#ask(query);
  }

  #ask(query: KeysQuery): void {
    this.dispatchEvent(new CustomEvent('lsm-query', { detail: query }));
  }
}

/** The text of a bound; what a person typed for the same bytes is left as it is. */
function fieldText(bytes: Uint8Array | undefined, typed: string | undefined): string {
  const wanted = bytes ?? new Uint8Array();
  const present = typed === undefined ? undefined : unescapeBytes(typed);
  if (typed !== undefined && (present === undefined || equalBytes(present, wanted))) return typed;
  return escapeBytes(wanted);
}

function sameQuery(a: KeysQuery, b: KeysQuery): boolean {
  return (
    a.versions === b.versions &&
    (['prefix', 'from', 'to'] as const).every((name) => {
      return equalBytes(a[name] ?? new Uint8Array(), b[name] ?? new Uint8Array());
    })
  );
}

customElements.define('lsm-keys-toolbar', LsmKeysToolbar);
