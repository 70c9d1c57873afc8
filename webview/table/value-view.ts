import { html, nothing } from 'lit';
import type { DecoderName } from '../protocol/keys';
import type { EntryRow } from '../protocol/table';
import { escapeBytes } from '../ui/bytes';
import { decode } from '../ui/decode/index';
import { decoderSelect, decoderTitle } from '../ui/decoder-select';
import { byteSize, t } from '../ui/text';
import { sizeText, typeTitle } from './columns';

/** More is not laid out: a pane with megabytes of text would stall the view. */
const SHOWN_BYTES = 128 * 1024;

/** The selected entry with its value. `value` is undefined while it is read. */
export function valueView(
  entry: EntryRow | undefined,
  value: Uint8Array | undefined,
  decoder: DecoderName,
  choose: (decoder: DecoderName) => void,
) {
  if (!entry) return html`<div class="placeholder">${t('Select an entry to see its value.')}</div>`;
  return html`
    <div class="bar">${decoderSelect('value-decoder', t('Value as'), decoder, choose)}</div>
    <dl>
      <dt>${t('User key')}</dt>
      <dd class="code">${escapeBytes(entry.userKey.subarray(0, 1000))}</dd>
      <dt>${t('Sequence')}</dt>
      <dd>${entry.sequence}, ${typeTitle(entry.type)}</dd>
      <dt>${t('Block')}</dt>
      <dd>${t('at {0}, entry at {1} in it', entry.block, entry.entryOffset)}</dd>
      <dt>${t('Value')}</dt>
      <dd>${sizeText(entry.valueBytes)}</dd>
    </dl>
    ${entry.type === 0 ? nothing : valueText(entry, value, decoder)}
  `;
}

function valueText(entry: EntryRow, value: Uint8Array | undefined, decoder: DecoderName) {
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
