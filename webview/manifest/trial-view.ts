import { html, nothing } from 'lit';
import type { SaveView } from '../protocol/manifest';
import { byteSize, count, t } from '../ui/text';
import { type CheckActions, problemList } from './checks-view';

/** The checks' tab has all of them. */
const SHOWN_ERRORS = 3;

/** What LevelDB would meet if the edited MANIFEST were saved and the database opened. */
export function trialView(trial: SaveView, actions: Pick<CheckActions, 'goToEdit' | 'goToOffset' | 'apply'>) {
  const { name, bytes, switchesCurrent, refusal, opening, keys, problems, errors, isSound } = trial;
  return html`<section id="trial" class=${isSound ? 'trial sound' : 'trial unsound'} role="status" aria-label=${t('Try Opening It')}>
    <p class="verdict">${verdict(trial)}</p>
    <dl>
      ${name === undefined ? nothing : html`<dt>${t('Written')}</dt><dd>${name}, ${byteSize(bytes)}${switchesCurrent ? t('; CURRENT names it') : nothing}</dd>`}
      ${refusal === undefined || opening?.failure !== undefined ? nothing : html`<dt>${t('Refused')}</dt><dd class="bad">${refusal}</dd>`}
      ${
        opening?.failure === undefined && opening
          ? html`<dt>${t('Entries')}</dt><dd>${count(opening.entries)}</dd>
            ${opening.readFailure === undefined ? nothing : html`<dt>${t('Reading it all')}</dt><dd class="bad">${opening.readFailure}</dd>`}
            <dt>${t('It would delete')}</dt><dd>${
              opening.deleted.total === 0
                ? t('nothing')
                : `${opening.deleted.rows.join(', ')}${opening.deleted.rows.length < opening.deleted.total ? ` … (${count(opening.deleted.total)})` : ''}`
            }</dd>`
          : nothing
      }
      ${keys ? keyRows(keys, trial.shownKeys) : nothing}
      <dt>${t('Checks')}</dt><dd>${errors === 0 ? t('no error') : html`<span class="bad">${t('{0} errors', count(errors))}</span>`}</dd>
    </dl>
    ${problemList(problems.rows.filter(({ severity }) => severity === 'error').slice(0, SHOWN_ERRORS), true, actions)}
  </section>`;
}

function verdict({ refusal, opening, isSound }: SaveView): string {
  if (refusal !== undefined && opening === undefined) return t('It cannot be saved as it is.');
  if (opening === undefined)
    return isSound
      ? t('It can be written. There is no database beside it to open.')
      : t('It has errors. There is no database beside it to open.');
  if (opening.failure !== undefined) return t('LevelDB would not open it: {0}', opening.failure);
  return isSound ? t('LevelDB would open it.') : t('LevelDB would open it, but not all of it is sound.');
}

function keyRows(keys: NonNullable<SaveView['keys']>, shown: SaveView['shownKeys']) {
  const rows = [
    ['lost', t('Keys lost'), keys.lost],
    ['changed', t('Keys changed'), keys.changed],
    ['came', t('Keys that came'), keys.came],
  ] as const;
  return html`<dt>${t('Keys the same')}</dt><dd>${count(keys.same)}</dd>
    ${rows.map(([change, title, total]) => {
      const examples = shown.filter((each) => each.change === change);
      return html`<dt>${title}</dt><dd class=${change === 'lost' && total > 0 ? 'bad' : ''}>${count(total)}${
        examples.length === 0
          ? nothing
          : html`<span class="code">${examples.map(({ key }) => html`<br />${key === '' ? '""' : key}`)}${total > examples.length ? html`<br />…` : nothing}</span>`
      }</dd>`;
    })}`;
}
