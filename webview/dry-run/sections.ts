import { html, nothing, type TemplateResult } from 'lit';
import type { DryRunSummary, FileRow, LevelRow } from '../protocol/dry-run';
import { byteSize, count, plural, t } from '../ui/text';
import { repairView } from './repair-view';

type Row = [label: string, value: string | TemplateResult];

/** Everything that a dry run came to, but the pictures. */
export function sectionsView(summary: DryRunSummary) {
  return html`<div class="sections">
    ${summary.repair ? repairView(summary.repair) : nothing}
    <section>${levelsView(summary.levels)}</section>
    <section>
      <h2>${t('Work')}</h2>
      ${definitions(workRows(summary))}
      <h2>${t('Options kept')}</h2>
      ${definitions(optionRows(summary))}
    </section>
    <section>
      <h2>${t('What opening does')}</h2>
      ${definitions(recoveryRows(summary))}
      ${
        summary.recovery.faults.length > 0
          ? html`<ul class="bad">${summary.recovery.faults.map((fault) => html`<li>${fault}</li>`)}</ul>`
          : nothing
      }
    </section>
    <section>
      <h2>${t('History that will be gone')}</h2>
      ${definitions(historyRows(summary))}
    </section>
    ${compactionsView(summary)}
    ${filesView(summary)}
  </div>`;
}

function definitions(rows: Row[]) {
  return html`<dl>${rows.map(([label, value]) => html`<dt>${label}</dt><dd>${value}</dd>`)}</dl>`;
}

function levelsView(levels: readonly LevelRow[]) {
  const change = (before: number, after: number, shown: (value: number) => string) =>
    before === after
      ? html`<td class="number same" colspan="2">${shown(before)}</td>`
      : html`<td class="number">${shown(before)}</td><td class="number">→ ${shown(after)}</td>`;
  return html`<h2>${t('Levels')}</h2>
    <table>
      <thead><tr><th scope="col">${t('Level')}</th><th scope="col" colspan="2" class="number">${t('Tables')}</th>
        <th scope="col" colspan="2" class="number">${t('Size')}</th></tr></thead>
      <tbody>${levels.map(
        ({ level, filesBefore, filesAfter, bytesBefore, bytesAfter }) => html`<tr>
          <td>${level}</td>${change(filesBefore, filesAfter, count)}${change(bytesBefore, bytesAfter, byteSize)}
        </tr>`,
      )}</tbody>
    </table>`;
}

function workRows({
  compactionsTotal,
  bytesRead,
  bytesWritten,
  entriesKept,
  operations,
  created,
}: DryRunSummary): Row[] {
  const rows: Row[] = [
    [t('Compactions'), compactionsTotal === 0 ? t('none') : count(compactionsTotal)],
    [t('Read'), byteSize(bytesRead)],
    [t('Written by compactions'), byteSize(bytesWritten)],
    [t('New files'), byteSize(created.bytes)],
    [t('Entries kept'), count(entriesKept)],
  ];
  if (operations > 0) rows.push([t('Puts and deletes'), count(operations)]);
  return rows;
}

function recoveryRows({ recovery, lastSequence }: DryRunSummary): Row[] {
  const { logsReplayed, operations, tables, bytesDropped } = recovery;
  const made = tables
    .slice(0, 20)
    .map(({ number, bytes, level }) => t('table {0} of level {1}, {2}', number, level, byteSize(bytes)));
  return [
    [
      t('Logs replayed'),
      plural(operations, '{1}, with 1 operation', '{1}, with {0} operations', count(logsReplayed)),
    ],
    [t('Flushed to'), tables.length === 0 ? t('no table: the logs are empty') : made.join('; ')],
    [
      t('Dropped'),
      bytesDropped === 0
        ? t('nothing')
        : html`<span class="bad">${plural(bytesDropped, '1 byte of damaged logs', '{0} bytes of damaged logs')}</span>`,
    ],
    [t('Last sequence'), lastSequence],
  ];
}

function historyRows({ history }: DryRunSummary): Row[] {
  const { shadowed, deletions, obsolete, obsoleteBytes, edits } = history;
  return [
    [t('Shadowed versions'), shadowed === 0 ? t('none') : count(shadowed)],
    [t('Deletions with nothing below'), deletions === 0 ? t('none') : count(deletions)],
    [
      t('Edits of the MANIFEST'),
      edits === 0 ? t('none') : t('{0}: a snapshot takes their place', count(edits)),
    ],
    [
      t('Obsolete files'),
      obsolete.length === 0 ? t('none') : `${obsolete.slice(0, 20).join(', ')} (${byteSize(obsoleteBytes)})`,
    ],
  ];
}

function optionRows({ ways, comparator }: DryRunSummary): Row[] {
  const { sampled, chosenCompression, compression, bitsPerKey, filterPolicy, blockSize, restartInterval } =
    ways;
  const read = sampled.length === 0 ? t('there are no tables: LevelDB’s defaults') : sampled.join(', ');
  const unlessShown = (value: number | undefined, shown: (value: number) => string) =>
    value === undefined ? t('LevelDB’s default: the tables do not show it') : shown(value);
  return [
    [t('Compression'), chosenCompression ?? compression ?? t('snappy, LevelDB’s default')],
    [
      t('Filter'),
      filterPolicy === undefined
        ? t('none')
        : bitsPerKey === undefined
          ? filterPolicy
          : plural(bitsPerKey, 'Bloom, 1 bit for each key', 'Bloom, {0} bits for each key'),
    ],
    [t('Block size'), unlessShown(blockSize, byteSize)],
    [t('Restart interval'), unlessShown(restartInterval, String)],
    [t('Comparator'), comparator],
    [t('Read off'), read],
  ];
}

function compactionsView({ compactions, compactionsTotal }: DryRunSummary) {
  if (compactions.length === 0) return nothing;
  return html`<section class="wide files">
    <h2>${t('Compactions')}</h2>
    <table>
      <thead><tr>
        <th scope="col">${t('Levels')}</th><th scope="col">${t('Why')}</th>
        <th scope="col" class="number">${t('Inputs')}</th><th scope="col" class="number">${t('Outputs')}</th>
        <th scope="col" class="number">${t('Read')}</th><th scope="col" class="number">${t('Written')}</th>
        <th scope="col" class="number">${t('Kept')}</th><th scope="col" class="number">${t('Shadowed')}</th>
        <th scope="col" class="number">${t('Deletions')}</th>
      </tr></thead>
      <tbody>${compactions.slice(0, 200).map(
        (row) => html`<tr>
          <td>${row.level} → ${row.level + 1}</td><td>${row.moved ? t('{0}; moved', why(row.reason)) : why(row.reason)}</td>
          <td class="number">${row.inputs[0]} + ${row.inputs[1]}</td><td class="number">${row.outputs}</td>
          <td class="number">${byteSize(row.bytesRead)}</td><td class="number">${byteSize(row.bytesWritten)}</td>
          <td class="number">${count(row.entriesKept)}</td><td class="number">${count(row.shadowed)}</td>
          <td class="number">${count(row.deletions)}</td>
        </tr>`,
      )}</tbody>
    </table>
    ${compactionsTotal > 200 ? html`<p class="quiet">${t('{0} in all.', count(compactionsTotal))}</p>` : nothing}
  </section>`;
}

function why(reason: string): string {
  return reason === 'size' ? t('size') : reason === 'seek' ? t('seeks') : t('asked for');
}

function filesView({ files, created, replaced, deleted }: DryRunSummary) {
  const total = created.files + replaced.files + deleted.files;
  return html`<section class="wide files">
    <h2>${t(
      'Files: {0} created ({1}), {2} replaced, {3} deleted ({4})',
      count(created.files),
      byteSize(created.bytes),
      count(replaced.files),
      count(deleted.files),
      byteSize(deleted.bytes),
    )}</h2>
    <table id="files">
      <thead><tr>
        <th scope="col">${t('What becomes of it')}</th><th scope="col">${t('File')}</th><th scope="col">${t('Kind')}</th>
        <th scope="col" class="number">${t('Before')}</th><th scope="col" class="number">${t('After')}</th>
      </tr></thead>
      <tbody>${files.map(fileRow)}</tbody>
    </table>
    ${files.length < total ? html`<p class="quiet">${t('The first {0} of {1}.', count(files.length), count(total))}</p>` : nothing}
  </section>`;
}

function fileRow({ name, kind, fate, bytesBefore, bytesAfter, level }: FileRow) {
  const fates = { created: t('created'), replaced: t('replaced'), deleted: t('deleted') };
  const kinds = {
    table: t('table'),
    log: t('log'),
    manifest: 'MANIFEST',
    current: 'CURRENT',
    other: t('other'),
  };
  const place = level === undefined ? kinds[kind] : t('table of level {0}', level);
  const size = (bytes: number | undefined) => (bytes === undefined ? '–' : byteSize(bytes));
  return html`<tr class=${fate}>
    <td class="fate">${fates[fate]}</td><td class="name">${name}</td><td>${place}</td>
    <td class="number">${size(bytesBefore)}</td><td class="number">${size(bytesAfter)}</td>
  </tr>`;
}
