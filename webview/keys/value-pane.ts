import { css, html, LitElement, nothing } from 'lit';
import type { DecoderName, KeyRow, ValueResult } from '../protocol/keys';
import { type Decoded, decode } from '../ui/decode/index';
import { decoderSelect, decoderTitle } from '../ui/decoder-select';
import { icon, iconStyles } from '../ui/icon';
import { byteSize, plural, t } from '../ui/text';
import { typeText } from './columns';

/** More is not laid out: a pane with megabytes of text would stall the view. */
const SHOWN_BYTES = 128 * 1024;

/** A text for the clipboard, and what to say when it is there. */
export interface CopyRequest {
  text: string;
  copied: string;
}

/**
 * The selected row in full. Fires `lsm-value-decoder` (detail: the name), `lsm-copy` (detail: CopyRequest) and
 * `lsm-open-value`.
 */
export class LsmValuePane extends LitElement {
  static override properties = {
    row: { attribute: false },
    result: { attribute: false },
    failure: {},
    keyDecoder: {},
    valueDecoder: {},
    mayChange: { attribute: false },
  };
  declare row: KeyRow | undefined;
  declare result: ValueResult | undefined;
  /** Why the value could not be read; empty if it could. */
  declare failure: string;
  declare keyDecoder: DecoderName;
  declare valueDecoder: DecoderName;
  declare mayChange: boolean;

  constructor() {
    super();
    this.row = undefined;
    this.result = undefined;
    this.failure = '';
    this.keyDecoder = 'auto';
    this.valueDecoder = 'auto';
    this.mayChange = false;
  }

  static override styles = [
    iconStyles,
    css`
      :host { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
      .bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; padding: 4px 8px; flex: none; }
      .bar vscode-dropdown { min-width: 168px; }
      .space { flex: 1; }
      .label { color: var(--vscode-descriptionForeground); }
      dl { display: grid; grid-template-columns: max-content 1fr; gap: 2px 12px; margin: 0; padding: 4px 12px 8px;
        flex: none; border-bottom: 1px solid var(--vscode-panel-border, var(--vscode-contrastBorder, transparent)); }
      dt { color: var(--vscode-descriptionForeground); }
      dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
      dd.key { font-family: var(--vscode-editor-font-family, monospace);
        font-size: var(--vscode-editor-font-size, 13px); max-height: 6em; overflow: auto; white-space: pre-wrap; }
      pre { flex: 1; min-height: 0; overflow: auto; margin: 0; padding: 8px 12px; tab-size: 4; outline: none;
        font-family: var(--vscode-editor-font-family, monospace);
        font-size: var(--vscode-editor-font-size, 13px); line-height: 1.5; white-space: pre-wrap;
        overflow-wrap: anywhere; color: var(--vscode-editor-foreground, var(--vscode-foreground)); }
      pre.hex { white-space: pre; }
      pre:focus-visible, dd.key:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
      .note { padding: 6px 12px 0; color: var(--vscode-descriptionForeground); flex: none; }
      .empty { padding: 12px; color: var(--vscode-descriptionForeground); }
      .error { padding: 12px; color: var(--vscode-errorForeground); }
    `,
  ];

  override render() {
    const { row } = this;
    if (row === undefined) return html`<div class="empty">${t('Select a key to see its value.')}</div>`;
    const key = this.#keyText(row);
    return html`
      <div class="bar">
        ${decoderSelect('value-decoder', t('Value as'), this.valueDecoder, (name) =>
          this.dispatchEvent(new CustomEvent('lsm-value-decoder', { detail: name })),
        )}
        <span class="space"></span>
        <vscode-button id="biography" appearance="icon" aria-label=${t('Key biography')} title=${t('Key biography')}
          @click=${() => this.dispatchEvent(new CustomEvent('lsm-biography'))}>${icon('history')}</vscode-button>
        <vscode-button id="explain" appearance="icon" aria-label=${t('Explain this get')} title=${t('Explain this get')}
          @click=${() => this.dispatchEvent(new CustomEvent('lsm-explain'))}>${icon('question')}</vscode-button>
        ${
          this.mayChange && isLive(row)
            ? html`<vscode-button id="delete-key" appearance="icon" aria-label=${t('Delete key…')} title=${t('Delete key…')}
                @click=${() => this.dispatchEvent(new CustomEvent('lsm-delete-key'))}>${icon('trash')}</vscode-button>`
            : nothing
        }
        ${this.#button('copy-key', t('Copy key'), t('Key'), () => this.copyKey())}
        ${
          this.result?.found
            ? html`${this.#button('copy-value', t('Copy value'), t('Value'), () => this.copyValue())}
                ${this.#openButton()}`
            : nothing
        }
      </div>
      <dl>
        <dt>${t('Key')}</dt>
        <dd class="key" tabindex="0">${key}</dd>
        <dt>${t('Size')}</dt>
        <dd>${this.#sizeText(row)}</dd>
        <dt>${t('Sequence')}</dt>
        <dd>${row.sequence}</dd>
        ${row.hidden || row.type === 'deletion' ? html`<dt>${t('Type')}</dt><dd>${typeText(row)}</dd>` : nothing}
        ${this.#source(row)}
      </dl>
      ${this.#value(row)}
    `;
  }

  #button(id: string, label: string, text: string, click: () => void) {
    return html`<vscode-button id=${id} appearance="secondary" aria-label=${label} title=${label} @click=${click}>
      <span slot="start" class="icon" aria-hidden="true">${icon('copy')}</span>${text}</vscode-button>`;
  }

  #openButton() {
    const open = () => this.dispatchEvent(new CustomEvent('lsm-open-value'));
    return html`<vscode-button
      id="open-value" appearance="icon" aria-label=${t('Open as document')} title=${t('Open as document')}
      @click=${open}>${icon('go-to-file')}</vscode-button>`;
  }

  #source(row: KeyRow) {
    const source = this.result?.source ?? row.file;
    return source === undefined ? nothing : html`<dt>${t('Source')}</dt><dd>${source}</dd>`;
  }

  #value(row: KeyRow) {
    if (this.failure !== '') {
      return html`<div class="error" role="alert">${t('The value could not be read: {0}', this.failure)}</div>`;
    }
    if (row.type === 'deletion') {
      return html`<div class="empty">${t('A deletion: it has no value.')}</div>`;
    }
    const { result } = this;
    if (result === undefined) return html`<div class="empty">${t('Loading…')}</div>`;
    if (!result.found) return html`<div class="empty">${t('The key is no longer there.')}</div>`;
    if (result.valueBytes === 0) return html`<div class="empty">${t('The value is empty.')}</div>`;
    const shown = result.value.subarray(0, SHOWN_BYTES);
    const decoded = this.#decode(row, shown, shown.length < result.valueBytes);
    return html`
      ${decoded.ok ? nothing : this.#note(t('Not readable as {0}: shown as it is.', decoderTitle(this.valueDecoder)))}
      ${
        shown.length < result.valueBytes
          ? this.#note(
              t('The first {0} of {1} are shown.', byteSize(shown.length), byteSize(result.valueBytes)),
            )
          : nothing
      }
      <pre class=${isHexDump(decoded.text) ? 'hex' : ''} tabindex="0" role="region" aria-label=${t('Value')}
        >${decoded.text}</pre>
    `;
  }

  #note(text: string) {
    return html`<div class="note">${text}</div>`;
  }

  #decode(row: KeyRow, bytes: Uint8Array, partial: boolean): Decoded {
    return decode(bytes, this.valueDecoder, { form: 'document', role: 'value', key: row.key, partial });
  }

  #keyText(row: KeyRow): string {
    return decode(row.key, this.keyDecoder, { form: 'line', role: 'key' }).text;
  }

  #sizeText(row: KeyRow): string {
    if (row.type === 'deletion') return t('none');
    const exact = plural(row.valueBytes, '1 byte', '{0} bytes');
    return row.valueBytes < 1024 ? exact : `${byteSize(row.valueBytes)} (${exact})`;
  }

  copyKey(): void {
    if (this.row) this.#copy(this.#keyText(this.row));
  }

  /** Once it has been read. */
  copyValue(): void {
    const { row, result } = this;
    if (row === undefined || !result?.found) return;
    const { value, valueBytes } = result;
    const cut = value.length < valueBytes;
    const copied = cut
      ? t('Copied the first {0} of {1}; the document has more.', byteSize(value.length), byteSize(valueBytes))
      : undefined;
    this.#copy(this.#decode(row, value, cut).text, copied);
  }

  #copy(text: string, copied = t('Copied.')): void {
    this.dispatchEvent(new CustomEvent<CopyRequest>('lsm-copy', { detail: { text, copied } }));
  }
}

/** Whether it is what a reader gets of its key. */
export function isLive(row: KeyRow): boolean {
  return row.type === 'value' && !row.hidden;
}

function isHexDump(text: string): boolean {
  return /^0{8} {2}[0-9a-f]{2} /.test(text);
}

customElements.define('lsm-value-pane', LsmValuePane);
