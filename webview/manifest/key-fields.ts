import { html, nothing } from 'lit';
import type { KeyForm } from '../protocol/manifest';
import { t } from '../ui/text';
import { parseSequence, parseUserKey } from './parse-fields';

/** An internal key as an operation has it. */
export type KeyJson = Omit<KeyForm, 'isWhole'>;

/** A key with some of its parts changed. */
export function keyWith({ userKey, sequence, type }: KeyForm, part: Partial<KeyJson>): KeyJson {
  return { userKey, sequence, type, ...part };
}

/**
 * Three cells: user key, sequence, type. `label` says of which key they are; `to` changes some of it. A key that is too long for a form is shown
 * and not changed here.
 */
export function keyCells(
  key: KeyForm,
  label: string,
  to: (part: Partial<KeyJson>) => Promise<string | undefined>,
  showText: () => void,
) {
  const { userKey, sequence, type, isWhole } = key;
  if (!isWhole) {
    return html`<td class="key text cut" colspan="3">${userKey}
      <vscode-link href="#" @click=${(event: Event) => {
        event.preventDefault();
        showText();
      }}>${t('too long to change here: see the text')}</vscode-link></td>`;
  }
  return html`
    <td class="key"><lsm-field .label=${t('{0}: user key', label)} .value=${userKey} .parse=${parseUserKey}
      .commit=${(value: string) => to({ userKey: value })}></lsm-field></td>
    <td><lsm-field align="end" .label=${t('{0}: sequence', label)} .value=${`${sequence}`} .parse=${parseSequence}
      .commit=${(value: KeyJson['sequence']) => to({ sequence: value })}></lsm-field></td>
    <td>${typeSelect(type, t('{0}: type', label), (value) => void to({ type: value }))}</td>`;
}

export function typeSelect(type: KeyForm['type'], label: string, changed: (type: KeyForm['type']) => void) {
  return html`<select aria-label=${label} @change=${(event: Event) => {
    const { value } = event.target as HTMLSelectElement;
    changed(value === 'value' || value === 'deletion' ? value : Number(value));
  }}>
    <option value="value" ?selected=${type === 'value'}>${t('value')}</option>
    <option value="deletion" ?selected=${type === 'deletion'}>${t('deletion')}</option>
    ${typeof type === 'number' ? html`<option value=${type} selected>${type}</option>` : nothing}
  </select>`;
}
