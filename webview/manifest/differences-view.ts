import { html, nothing } from 'lit';
import type { Listed } from '../protocol/common';
import type { PlacedFile, VersionDifferences } from '../protocol/manifest';
import { byteSize, count, t } from '../ui/text';
import { link } from './links';
import { counterTitles } from './words';

/** Lists of tables are cut here; the map has all of them. */
const SHOWN = 50;

/** What sets the edited version apart from the saved one. */
export function differencesView(differences: VersionDifferences, goToFile: (number: string) => void) {
  const { added, removed, moved, changed, counters, editsBefore, editsAfter, operations } = differences;
  const titles: Record<string, string> = counterTitles();
  const isSame = [added, removed, moved, changed].every(({ total }) => total === 0) && counters.length === 0;
  const tables = (kind: string, title: string, listed: Listed<PlacedFile & { from?: number }>) =>
    tablesRow(kind, title, listed, goToFile);
  return html`
    <h2>${t('Against the saved version')}</h2>
    <dl class="differences">
      ${tables('added', t('Added'), added)}
      ${tables('removed', t('Removed'), removed)}
      ${tables('moved', t('Moved'), moved)}
      ${tables('changed', t('Changed'), changed)}
      ${counters.map(
        ({ name, before, after }) => html`<dt>${titles[name] ?? name}</dt>
          <dd><del>${before ?? t('none')}</del> → <ins>${after ?? t('none')}</ins></dd>`,
      )}
      <dt>${t('Edits')}</dt><dd>${
        editsBefore === editsAfter
          ? count(editsAfter)
          : html`<del>${count(editsBefore)}</del> → <ins>${count(editsAfter)}</ins>`
      }</dd>
    </dl>
    ${isSame ? html`<p class="quiet">${t('Both have the same tables and counters.')}</p>` : nothing}
    ${
      operations.total > 0
        ? html`<h2>${t('What was done')}</h2><ol class="operations">${operations.rows.map((label) => html`<li>${label}</li>`)}</ol>
          ${operations.rows.length < operations.total ? html`<p class="quiet">${t('{0} more', count(operations.total - operations.rows.length))}</p>` : nothing}`
        : nothing
    }`;
}

function tablesRow(
  kind: string,
  title: string,
  { rows, total }: Listed<PlacedFile & { from?: number }>,
  goToFile: (number: string) => void,
) {
  if (total === 0) return nothing;
  const shown = rows.slice(0, SHOWN);
  return html`<dt class=${kind}>${title} (${count(total)})</dt><dd>${shown.map(
    ({ number, level, size, from }, i) => {
      const place =
        from === undefined
          ? t('level {0}, {1}', level, byteSize(Number(size)))
          : t('level {0} → {1}, {2}', from, level, byteSize(Number(size)));
      const name = t('table {0}', number);
      return html`${i > 0 ? html`<br />` : nothing}${kind === 'removed' ? name : link(name, () => goToFile(`${number}`))}
      <span class="quiet">${place}</span>`;
    },
  )}${shown.length < total ? html`<br /><span class="quiet">${t('{0} more', count(total - shown.length))}</span>` : nothing}</dd>`;
}
