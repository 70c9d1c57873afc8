import { html, nothing } from 'lit';
import type { DecoderName } from '../protocol/keys';
import type { OperationRow } from '../protocol/log';
import { escapeBytes } from '../ui/bytes';
import { decoderSelect } from '../ui/decoder-select';
import { count, plural, t } from '../ui/text';
import { valueText } from '../ui/value-text';

/** The selected operation with its value. `value` is undefined while it is read. */
export function operationValue(
  operation: OperationRow | undefined,
  value: Uint8Array | undefined,
  decoder: DecoderName,
  choose: (decoder: DecoderName) => void,
) {
  if (!operation) return html`<div class="placeholder">${t('Select an operation to see its value.')}</div>`;
  const { userKey, sequenceNumber, type, offset, batch, valueBytes } = operation;
  return html`
    <div class="bar">${decoderSelect('value-decoder', t('Value as'), decoder, choose)}</div>
    <dl>
      <dt>${t('User key')}</dt>
      <dd class="code">${escapeBytes(userKey.subarray(0, 1000))}</dd>
      <dt>${t('Sequence')}</dt>
      <dd>${sequenceNumber}, ${type === 'value' ? t('put') : t('delete')}</dd>
      <dt>${t('Batch')}</dt>
      <dd>${t('{0}, at byte {1}', count(batch), count(offset))}</dd>
      ${type === 'value' ? html`<dt>${t('Value')}</dt><dd>${plural(valueBytes, '1 byte', '{0} bytes')}</dd>` : nothing}
    </dl>
    ${type === 'value' ? valueText({ userKey, valueBytes }, value, decoder) : nothing}
  `;
}
