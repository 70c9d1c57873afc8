import { html, nothing } from 'lit';
import type { EditView } from '../protocol/manifest';
import { count, t } from '../ui/text';
import { counterTitles, editWords } from './words';

/** The selected edit where nothing may be changed: its fields as text, and the counters after it. */
export function editText(view: EditView | undefined) {
  if (!view) return html`<div class="placeholder">${t('There is no edit.')}</div>`;
  const { what, offset, lines, totalLines, counters } = view;
  const titles: Record<string, string> = counterTitles();
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Edit')}>
    <dl>
      <dt>${t('Edit')}</dt><dd>${editWords(what)}</dd>
      <dt>${t('Offset')}</dt><dd>${count(offset)}</dd>
    </dl>
    <h2>${t('Fields')}</h2>
    <pre>${lines.join('\n')}</pre>
    ${lines.length < totalLines ? html`<p class="quiet">${t('{0} more fields: see the text', count(totalLines - lines.length))}</p>` : nothing}
    <h2>${t('After it')}</h2>
    <dl>${Object.entries(counters).map(
      ([name, value]) => html`<dt>${titles[name] ?? name}</dt><dd>${value === '' ? t('none') : value}</dd>`,
    )}</dl>
  </div>`;
}
