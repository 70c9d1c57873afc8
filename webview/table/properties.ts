import { html, nothing, type TemplateResult } from 'lit';
import type { KeyView, TableCounts, TableOverview } from '../protocol/table';
import { escapeBytes } from '../ui/bytes';
import { count, plural, t } from '../ui/text';
import { sizeText } from './columns';

const SHOWN_KEY = 200;

type Row = [label: string, value: string | TemplateResult, code?: boolean];

/** Everything that is known of the table as a whole. */
export function propertiesView(
  overview: TableOverview,
  counts: TableCounts | undefined,
  actions: { survey: () => void; openManifest: (edit: number) => void; surveying: boolean },
) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${t('Properties')}>
      ${definitions(fileRows(overview))}
      <h2>${t('Contents')}</h2>
      ${
        counts
          ? definitions(countRows(counts))
          : html`<div class="bar">
              <vscode-button id="survey" appearance="secondary" ?disabled=${actions.surveying}
                @click=${actions.survey}>${actions.surveying ? t('Reading…') : t('Read all blocks')}</vscode-button>
              <span class="quiet">${t('Counts and ratios need every block to be read.')}</span>
            </div>`
      }
      <h2>${t('In the MANIFEST')}</h2>
      ${historyView(overview, actions.openManifest)}
    </div>
  `;
}

function definitions(rows: Row[]) {
  return html`<dl>
    ${rows.map(([label, value, code]) => html`<dt>${label}</dt><dd class=${code ? 'code' : nothing}>${value}</dd>`)}
  </dl>`;
}

function fileRows(overview: TableOverview): Row[] {
  const { bytes, comparator, orderKnown, dataBlocks, filter, filters } = overview;
  return [
    [t('Size'), sizeText(bytes)],
    [
      t('Comparator'),
      orderKnown ? comparator : t('{0} (a guess: no MANIFEST names another that is known)', comparator),
    ],
    [t('Data blocks'), count(dataBlocks)],
    [
      t('Filter'),
      filter === undefined ? t('none') : plural(filters, '{1}, 1 filter', '{1}, {0} filters', filter),
    ],
  ];
}

function countRows(counts: TableCounts): Row[] {
  const rows: Row[] = [
    [t('Entries'), count(counts.entries)],
    [t('User keys'), count(counts.userKeys)],
    [t('Deletions'), count(counts.deletions)],
    [t('Shadowed versions'), count(counts.shadowed)],
    [t('Keys, raw'), sizeText(counts.keyBytes)],
    [t('Values, raw'), sizeText(counts.valueBytes)],
    [t('Data, decoded'), sizeText(counts.rawBytes)],
    [t('Data, stored'), `${sizeText(counts.storedBytes)}${ratio(counts)}`],
    [
      t('Restart interval'),
      counts.restartInterval === undefined ? t('not to be told') : `${counts.restartInterval}`,
    ],
    [t('Bits per key'), counts.bitsPerKey === undefined ? t('no filter') : counts.bitsPerKey.toFixed(1)],
  ];
  if (counts.smallest) rows.push([t('Smallest'), keyText(counts.smallest), true]);
  if (counts.largest) rows.push([t('Largest'), keyText(counts.largest), true]);
  if (counts.smallestSequence !== undefined) {
    rows.push([t('Sequences'), `${counts.smallestSequence} – ${counts.largestSequence}`]);
  }
  if (counts.damagedBlocks > 0) {
    rows.push([
      t('Damaged'),
      html`<span class="bad">${t('{0} of {1} data blocks', counts.damagedBlocks, counts.dataBlocks)}</span>`,
    ]);
  }
  return rows;
}

function ratio({ storedBytes, rawBytes }: TableCounts): string {
  return rawBytes > 0 ? `, ${Math.round((storedBytes / rawBytes) * 100)} %` : '';
}

export function keyText({ userKey, sequence, type }: KeyView): string {
  const text = escapeBytes(userKey.subarray(0, SHOWN_KEY));
  const cut = userKey.length > SHOWN_KEY ? '…' : '';
  return `"${text}${cut}" @ ${sequence}${type === 'deletion' ? ` (${t('deletion')})` : ''}`;
}

function historyView({ history, bytes }: TableOverview, openManifest: (edit: number) => void) {
  if (!history) return html`<div class="placeholder">${t('There is no MANIFEST beside this file.')}</div>`;
  if (history.changes.length === 0) {
    return definitions([[history.manifest, t('It never names this table.')]]);
  }
  const rows: Row[] = [
    [
      t('Now'),
      history.level === undefined
        ? t('obsolete: no version names it')
        : t('live in level {0}', history.level),
    ],
  ];
  if (history.size !== undefined && history.size !== `${bytes}`) {
    rows.push([t('Size'), html`<span class="bad">${t('{0} bytes, says the MANIFEST', history.size)}</span>`]);
  }
  for (const { edit, change, level } of history.changes) {
    const text = change === 'added' ? t('added to level {0}', level) : t('removed from level {0}', level);
    rows.push([
      text,
      html`<vscode-link href="#" @click=${(event: Event) => {
        event.preventDefault();
        openManifest(edit);
      }}>${t('edit {0} of {1}', edit, history.manifest)}</vscode-link>`,
    ]);
  }
  return definitions(rows);
}
