import { html, nothing } from 'lit';
import type { DecoderName } from '../protocol/keys';
import type { EntryRow } from '../protocol/table';
import { escapeBytes } from '../ui/bytes';
import { decoderSelect } from '../ui/decoder-select';
import { t } from '../ui/text';
import { valueText } from '../ui/value-text';
import { sizeText, typeTitle } from './columns';

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
