import { html } from 'lit';
import type { DecoderName } from '../protocol/keys';
import type { ValueControl } from './controls';
import { DECODER_NAMES } from './decode/index';
import { t } from './text';

/** What people know the decoders by. */
export function decoderTitle(name: DecoderName): string {
  switch (name) {
    case 'auto':
      return t('Automatic');
    case 'text':
      return t('Text (UTF-8)');
    case 'json':
      return t('JSON');
    case 'hex':
      return t('Hex');
    case 'utf16':
      return t('UTF-16');
    case 'integer':
      return t('Integer');
    case 'messagepack':
      return t('MessagePack');
    case 'chromium-local-storage':
      return t('Chrome Local Storage');
  }
}

/** A dropdown of the decoders. */
export function decoderSelect(
  id: string,
  label: string,
  selected: DecoderName,
  changed: (name: DecoderName) => void,
) {
  return html`<span class="label" aria-hidden="true">${label}</span><vscode-dropdown
    id=${id}
    aria-label=${label}
    @change=${(event: Event) => changed((event.target as ValueControl).value as DecoderName)}
  >${DECODER_NAMES.map(
    (name) =>
      html`<vscode-option value=${name} ?selected=${name === selected}>${decoderTitle(name)}</vscode-option>`,
  )}</vscode-dropdown>`;
}
