import { html, nothing } from 'lit';
import type { LostWrite, PlaygroundState } from '../protocol/playground';
import { keyText } from '../trace/formulas';
import { count, plural, t } from '../ui/text';
import { recoveryText } from './words';

const SHOWN = 20;

/** Of the last recovery: which acknowledged writes are lost, and what had been promised. */
export function recoveryView(state: PlaygroundState) {
  const { recovery } = state;
  if (!recovery) return nothing;
  const { lost, lostWrites, lostPromised, survived, durable, wrongKeys } = recovery;
  const isBad = lostPromised > 0 || wrongKeys > 0 || survived === undefined || survived === null;
  const shown = lostWrites.slice(0, SHOWN);
  return html`<details class="note ${isBad ? 'failed' : 'applied'}" id="recovery">
    <summary>${recoveryText(state)}</summary>
    <p>${
      survived === undefined || survived === null
        ? t('The database is as it never was: that must not be.')
        : t(
            'It is as it was after write {0}. Up to write {1} all was on the disk.',
            count(survived),
            count(durable),
          )
    }</p>
    ${wrongKeys > 0 ? html`<p>${plural(wrongKeys, '1 key is otherwise: that must not be.', '{0} keys are otherwise: that must not be.')}</p>` : nothing}
    ${
      shown.length === 0
        ? nothing
        : html`<p>${t('Lost:')}</p><ul>${shown.map((write) => html`<li>${lostText(write)}</li>`)}</ul>
          ${lost > shown.length ? html`<p>${plural(lost - shown.length, '… and 1 more', '… and {0} more')}</p>` : nothing}`
    }
  </details>`;
}

function lostText({ write, key, kind, promised }: LostWrite): string {
  const what =
    kind === 'put'
      ? t('write {0}: put of {1}', count(write), keyText(key))
      : t('write {0}: delete of {1}', count(write), keyText(key));
  return promised ? t('{0}, written with sync', what) : t('{0}, without sync', what);
}
