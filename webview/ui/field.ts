import { css, html, LitElement, nothing, type PropertyValues } from 'lit';
import { live } from 'lit/directives/live.js';

/** What a typed text says, or why it says nothing. */
export type Parsed<Value = unknown> = { value: Value } | { error: string };

/**
 * A text that a person may change: one line, checked as it is committed by Enter or by leaving it; Escape takes back what
 * was typed. What is wrong is marked and told below, and not sent.
 */
export class LsmField extends LitElement {
  static override shadowRootOptions = { ...LitElement.shadowRootOptions, delegatesFocus: true };
  static override properties = {
    value: {},
    label: {},
    placeholder: {},
    align: { reflect: true },
    parse: { attribute: false },
    commit: { attribute: false },
    draft: { state: true },
    error: { state: true },
  };
  /** The text in force. */
  declare value: string;
  declare label: string;
  declare placeholder: string;
  declare align: 'end' | undefined;
  declare parse: (text: string) => Parsed;
  /** Takes what was parsed; resolves to why it was refused. Without it the field is one of several sent together. */
  declare commit: ((value: unknown) => Promise<string | undefined>) | undefined;
  /** What was typed and is not in force. */
  declare draft: string | undefined;
  declare error: string;

  constructor() {
    super();
    this.value = '';
    this.label = '';
    this.placeholder = '';
    this.align = undefined;
    this.parse = (text) => ({ value: text });
    this.commit = undefined;
    this.draft = undefined;
    this.error = '';
  }

  static override styles = css`
    :host { display: block; min-width: 0; }
    input { box-sizing: border-box; width: 100%; min-width: 0; height: 22px; padding: 0 4px; border-radius: 2px;
      font-family: var(--field-font, inherit); font-size: inherit; color: var(--vscode-input-foreground);
      background: var(--vscode-input-background); border: 1px solid var(--vscode-input-border,
      var(--vscode-settings-textInputBorder, var(--vscode-contrastBorder, transparent))); }
    :host([align='end']) input { text-align: right; font-variant-numeric: tabular-nums; }
    input::placeholder { color: var(--vscode-input-placeholderForeground); opacity: 1; }
    input:focus { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
    input[aria-invalid='true'] { border-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground));
      outline-color: var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground)); }
    p { margin: 1px 0 2px; padding: 2px 4px; white-space: normal; overflow-wrap: anywhere; text-align: left;
      font-family: var(--vscode-font-family); color: var(--vscode-inputValidation-errorForeground, var(--vscode-foreground));
      background: var(--vscode-inputValidation-errorBackground);
      border: 1px solid var(--vscode-inputValidation-errorBorder, var(--vscode-errorForeground)); }
  `;

  /** What stands in the field; what is wrong is shown. */
  read(): Parsed {
    const parsed = this.parse(this.draft ?? this.value);
    this.error = 'error' in parsed ? parsed.error : '';
    return parsed;
  }

  override render() {
    const { error } = this;
    return html`<input type="text" spellcheck="false" autocomplete="off" aria-label=${this.label}
        aria-invalid=${error ? 'true' : nothing} aria-describedby=${error ? 'error' : nothing}
        placeholder=${this.placeholder || nothing} title=${this.draft ?? this.value}
        .value=${live(this.draft ?? this.value)}
        @input=${(event: Event) => {
          this.draft = (event.target as HTMLInputElement).value;
        }}
        @change=${() => void this.#commit()} @keydown=${this.#key} />${
          error ? html`<p id="error" role="alert">${error}</p>` : nothing
        }`;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('value') && changed.get('value') !== undefined) this.#forget();
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || (this.draft === undefined && !this.error)) return;
    event.preventDefault();
    event.stopPropagation();
    this.#forget();
  }

  #forget(): void {
    this.draft = undefined;
    this.error = '';
  }

  async #commit(): Promise<void> {
    const { draft, commit } = this;
    if (!commit || draft === undefined) return;
    if (draft === this.value) {
      this.#forget();
      return;
    }
    const parsed = this.read();
    if ('error' in parsed) return;
    const refused = await commit(parsed.value);
    if (this.draft !== draft) return;
    if (refused === undefined) this.#forget();
    else this.error = refused;
  }
}

customElements.define('lsm-field', LsmField);
