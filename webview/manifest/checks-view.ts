import { html, nothing } from 'lit';
import type { ManifestOverview, ProblemRow } from '../protocol/manifest';
import { smallButton } from '../ui/buttons';
import { icon } from '../ui/icon';
import { count, t } from '../ui/text';
import { link } from './links';
import type { Apply } from './plans';

/** Problems are many where one thing is wrong with every table. */
export const CHECKS_PAGE = 100;

export interface CheckActions {
  goToEdit(edit: number): void;
  goToOffset(offset: number): void;
  check(): void;
  showMore(): void;
  apply: Apply;
}

export interface ChecksState {
  problems: readonly ProblemRow[];
  /** How many are shown at most. */
  shown: number;
  /** Every table was opened. */
  checked: boolean;
  isChecking: boolean;
  canEdit: boolean;
}

/** What the checks found, each with what would mend it. */
export function checksView(overview: ManifestOverview, state: ChecksState, actions: CheckActions) {
  const { problems, shown, checked, isChecking } = state;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Checks')}>
    <dl>
      <dt>CURRENT</dt>
      <dd>${
        overview.editing.switchesCurrent
          ? t('will name this MANIFEST, once it is saved')
          : overview.current === undefined
            ? t('there is none beside this file')
            : overview.current
              ? t('points to this MANIFEST')
              : t('points to another one: LevelDB does not read this MANIFEST')
      }</dd>
      <dt>${t('Comparator')}</dt>
      <dd>${overview.comparator ?? t('none')}${overview.comparatorKnown ? nothing : html` <span class="bad">(${t('not known')})</span>`}</dd>
    </dl>
    ${problemList(problems.slice(0, shown), state.canEdit, actions)}
    ${problems.length > shown ? html`<div class="actions">${smallButton(t('Show more'), actions.showMore)}<span class="quiet">${t('{0} of {1}', count(shown), count(problems.length))}</span></div>` : nothing}
    ${problems.length === 0 ? html`<div class="placeholder">${t('Nothing is wrong, as far as it was checked.')}</div>` : nothing}
    <div class="bar">
      <vscode-button id="check" appearance="secondary" ?disabled=${overview.current === undefined || isChecking} @click=${actions.check}
        >${t('Check the tables’ ranges')}</vscode-button>
      <span class="quiet" role="status">${
        isChecking
          ? t('Opening the tables…')
          : checked
            ? t('Every table was opened.')
            : t('Opens every table of the last version.')
      }</span>
    </div>
  </div>`;
}

/** Problems with their places and what would mend them. */
export function problemList(
  problems: readonly ProblemRow[],
  canEdit: boolean,
  actions: Pick<CheckActions, 'goToEdit' | 'goToOffset' | 'apply'>,
) {
  if (problems.length === 0) return nothing;
  return html`<ul class="problems">${problems.map(
    (problem) => html`<li class=${problem.severity}>
      ${severityIcon(problem.severity)}
      <div>${problem.message} ${placeLink(problem, actions)}
        ${canEdit ? fixButtons(problem, actions.apply) : nothing}</div>
    </li>`,
  )}</ul>`;
}

function severityIcon(severity: ProblemRow['severity']) {
  const words = { error: t('error'), warning: t('warning'), note: t('note') };
  const glyphs = { error: 'error', warning: 'warning', note: 'info' } as const;
  return html`<span class="severity">${icon(glyphs[severity])}<span class="spoken">${words[severity]}: </span></span>`;
}

function placeLink(
  { edit, offset }: ProblemRow,
  { goToEdit, goToOffset }: Pick<CheckActions, 'goToEdit' | 'goToOffset'>,
) {
  if (edit !== undefined) return link(t('edit {0}', count(edit)), () => goToEdit(edit));
  if (offset !== undefined) return link(t('at byte {0}', count(offset)), () => goToOffset(offset));
  return nothing;
}

/** What would mend a problem, to be chosen from. */
export function fixButtons({ fixes }: ProblemRow, apply: Apply) {
  if (fixes.length === 0) return nothing;
  return html`<div class="actions fixes" role="group" aria-label=${t('Fixes')}>${fixes.map(
    ({ label, operations }) => smallButton(label, () => void apply({ operations })),
  )}</div>`;
}
