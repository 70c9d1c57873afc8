import { html, nothing } from 'lit';
import type { EditView, LifeView, ManifestOverview, ProblemRow } from '../protocol/manifest';
import { byteSize, count, plural, t } from '../ui/text';
import { editWords } from './words';

export interface DetailActions {
  goToEdit(edit: number): void;
  goToOffset(offset: number): void;
  openTable(name: string): void;
  filterByFile(number: string): void;
}

function link(text: string, click: () => void) {
  return html`<vscode-link href="#" @click=${(event: Event) => {
    event.preventDefault();
    click();
  }}>${text}</vscode-link>`;
}

/** The selected edit: its fields, and the counters after it. */
export function editDetails(view: EditView | undefined) {
  if (!view) return html`<div class="placeholder">${t('There is no edit.')}</div>`;
  const { what, offset, lines, totalLines, counters } = view;
  const titles: Record<string, string> = {
    comparator: t('Comparator'),
    logNumber: t('Log number'),
    prevLogNumber: t('Previous log number'),
    nextFileNumber: t('Next file number'),
    lastSequence: t('Last sequence'),
  };
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

/** The selected table: where it was, from when to when. */
export function fileDetails(life: LifeView | undefined, actions: DetailActions) {
  if (!life) return html`<div class="placeholder">${t('Select a file in the picture.')}</div>`;
  const { number, level, bytes, smallest, largest, stays, name } = life;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('File')}>
    <dl>
      <dt>${t('Table')}</dt><dd>${number}</dd>
      <dt>${t('Level')}</dt><dd>${level}</dd>
      <dt>${t('Size')}</dt><dd>${byteSize(bytes)} (${plural(bytes, '1 byte', '{0} bytes')})</dd>
      <dt>${t('Smallest')}</dt><dd class="code">${smallest}</dd>
      <dt>${t('Largest')}</dt><dd class="code">${largest}</dd>
      ${stays.rows.map(
        (stay) => html`<dt>${t('In level {0}', stay.level)}</dt>
          <dd>${link(t('from edit {0}', stay.added), () => actions.goToEdit(stay.added))}
            ${stay.removed === undefined ? t('on') : link(t('to edit {0}', stay.removed), () => actions.goToEdit(stay.removed!))}</dd>`,
      )}
      ${stays.rows.length < stays.total ? html`<dt></dt><dd class="quiet">${plural(stays.total - stays.rows.length, '1 more place', '{0} more places')}</dd>` : nothing}
      <dt>${t('File')}</dt>
      <dd>${name === undefined ? t('not in the folder') : link(t('Open {0}', name), () => actions.openTable(name))}</dd>
    </dl>
    <div class="bar">
      <vscode-button appearance="secondary" @click=${() => actions.filterByFile(`${number}`)}
        >${t('Show only its edits')}</vscode-button>
    </div>
  </div>`;
}

/** What the checks found. */
export function checksView(
  overview: ManifestOverview,
  problems: readonly ProblemRow[],
  checked: boolean,
  check: () => void,
  actions: DetailActions,
) {
  const words = { error: t('error'), warning: t('warning'), note: t('note') };
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${t('Checks')}>
    <dl>
      <dt>CURRENT</dt>
      <dd>${
        overview.current === undefined
          ? t('there is none beside this file')
          : overview.current
            ? t('points to this MANIFEST')
            : t('points to another one: LevelDB does not read this MANIFEST')
      }</dd>
      <dt>${t('Comparator')}</dt>
      <dd>${overview.comparator ?? t('none')}${overview.comparatorKnown ? nothing : html` <span class="bad">(${t('not known')})</span>`}</dd>
      ${problems.map(
        ({
          severity,
          message,
          offset,
        }) => html`<dt class=${severity === 'error' ? 'bad' : ''}>${words[severity]}</dt>
          <dd>${message}${offset === undefined ? nothing : html` ${link(t('at byte {0}', count(offset)), () => actions.goToOffset(offset))}`}</dd>`,
      )}
    </dl>
    ${problems.length === 0 ? html`<div class="placeholder">${t('Nothing is wrong, as far as it was checked.')}</div>` : nothing}
    <div class="bar">
      <vscode-button id="check" appearance="secondary" ?disabled=${overview.current === undefined} @click=${check}
        >${t('Check the tables’ ranges')}</vscode-button>
      <span class="quiet">${checked ? t('Every table was opened.') : t('Opens every table of the last version.')}</span>
    </div>
  </div>`;
}
