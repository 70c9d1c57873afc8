import { html, nothing } from 'lit';
import type { DecoderName } from '../protocol/keys';
import { decode } from './decode/index';
import { decoderTitle } from './decoder-select';
import { byteSize, t } from './text';

/** More is not laid out: a pane with megabytes of text would stall the view. */
const SHOWN_BYTES = 128 * 1024;

/** A value as a person reads it. `value` is its beginning; undefined while it is read. */
export function valueText(
  entry: { userKey: Uint8Array; valueBytes: number },
  value: Uint8Array | undefined,
  decoder: DecoderName,
) {
  if (value === undefined) return html`<div class="placeholder">${t('Loading…')}</div>`;
  const shown = value.subarray(0, SHOWN_BYTES);
  const partial = shown.length < entry.valueBytes;
  const decoded = decode(shown, decoder, { form: 'document', role: 'value', key: entry.userKey, partial });
  const isHex = /^0{8} {2}[0-9a-f]{2} /.test(decoded.text);
  return html`
    ${decoded.ok ? nothing : html`<div class="sentence">${t('Not readable as {0}: shown as it is.', decoderTitle(decoder))}</div>`}
    ${partial ? html`<div class="sentence">${t('The first {0} of {1} are shown.', byteSize(shown.length), byteSize(entry.valueBytes))}</div>` : nothing}
    <pre class="scroll ${isHex ? 'hex' : ''}" tabindex="0" role="region" aria-label=${t('Value')}>${decoded.text}</pre>
  `;
}
