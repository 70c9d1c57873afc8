import { html, nothing } from 'lit';
import type { EditRow, ProblemRow } from '../protocol/manifest';
import { count, t } from '../ui/text';
import { fixButtons } from './checks-view';
import type { Apply } from './plans';
import { editWords } from './words';

/** A row that is damage: where, why, and what can be done. */
export function damageDetails(
  { offset, bytes, what }: EditRow,
  problems: readonly ProblemRow[],
  canEdit: boolean,
  apply: Apply,
) {
  const [problem] = damageProblems(offset, problems);
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Edit')}>
    <dl>
      <dt>${t('Edit')}</dt><dd class="bad">${editWords(what)}</dd>
      <dt>${t('Offset')}</dt><dd>${count(offset)}</dd>
      <dt>${t('Size')}</dt><dd>${t('{0} bytes', count(bytes))}</dd>
      ${problem && canEdit ? html`<dt>${t('Fixes')}</dt><dd>${fixButtons(problem, apply)}</dd>` : nothing}
    </dl>
  </div>`;
}

/** What the checks say of the damage at an offset. */
export function damageProblems(offset: number, problems: readonly ProblemRow[]): ProblemRow[] {
  return problems.filter((problem) => problem.offset === offset && problem.edit === undefined);
}
