import { html, nothing } from 'lit';
import type { RepairedLogView, RepairedTableView, RepairView } from '../protocol/repair';
import { byteSize, count, plural, t } from '../ui/text';

/** What a repair mends, what comes back and what is lost. */
export function repairView(repair: RepairView) {
  const { isNeeded, tables, tablesTotal, logs, problems } = repair;
  if (!isNeeded) return nothing;
  return html`<section class="wide" id="repair">
    <h2>${t('Repair')}</h2>
    <ul class="lines">${[entriesLine(repair), ...manifestLines(repair)].map((line) => html`<li>${line}</li>`)}</ul>
    ${
      tables.length > 0
        ? html`<h2>${t('Tables')}</h2><ul class="lines">${tables.map(tableItem)}</ul>
            ${tables.length < tablesTotal ? html`<p class="quiet">${t('The first {0} of {1}.', count(tables.length), count(tablesTotal))}</p>` : nothing}`
        : nothing
    }
    ${logs.length > 0 ? html`<h2>${t('Write-ahead logs')}</h2><ul class="lines">${logs.map(logItem)}</ul>` : nothing}
    ${levelDbView(repair)}
    ${
      problems.length > 0
        ? html`<h2>${t('What a verification still finds')}</h2>
            <ul class="bad">${problems.map((problem) => html`<li>${problem}</li>`)}</ul>`
        : nothing
    }
  </section>`;
}

function levelDbView({ levelDb }: RepairView) {
  if (!levelDb) return nothing;
  const { changes, getDiffers, tablesSetAside } = levelDb;
  const lines = [
    changes.back > 0 &&
      plural(
        changes.back,
        '1 key would come back although it is deleted',
        '{0} keys would come back although they are deleted',
      ),
    changes.older > 0 &&
      plural(changes.older, '1 key would have an older value', '{0} keys would have an older value'),
    changes.newer > 0 &&
      plural(
        changes.newer,
        '1 key would have a value of a table that is not in use',
        '{0} keys would have values of tables that are not in use',
      ),
    changes.gone > 0 && plural(changes.gone, '1 key would be gone', '{0} keys would be gone'),
    changes.unverified > 0 &&
      plural(
        changes.unverified,
        '1 key would be taken from where a checksum is wrong',
        '{0} keys would be taken from where a checksum is wrong',
      ),
    getDiffers > 0 &&
      plural(
        getDiffers,
        'a get of 1 key would show an older version than a scan',
        'gets of {0} keys would show older versions than a scan',
      ),
    tablesSetAside.length > 0 && t('tables set aside: {0}', tablesSetAside.join(', ')),
  ].filter((line) => line !== false);
  if (lines.length === 0) return nothing;
  return html`<h2>${t('What LevelDB’s own repair would do otherwise')}</h2>
    <ul class="lines" id="leveldb-repair">${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function entriesLine({ entriesBefore, entriesAfter = 0 }: RepairView): string {
  if (entriesBefore === undefined)
    return t('Entries that can be read: none before, {0} afterwards.', count(entriesAfter));
  return t(
    'Entries that can be read: {0} before, {1} afterwards.',
    count(entriesBefore),
    count(entriesAfter),
  );
}

function manifestLines({ manifest }: RepairView): string[] {
  const { action, name = '', current, problems, rejected, operations, leftOut } = manifest;
  const lines = current === undefined ? [] : [t('CURRENT: {0}', current)];
  lines.push(...rejected.map((each) => t('{0} cannot be used: {1}', each.name, each.reason)));
  if (action === 'switched') lines.push(t('{0} is sound, and is gone by.', name));
  if (action === 'mended') lines.push(t('{0} is mended: {1}', name, operations.join('; ')));
  if (action === 'rebuilt') lines.push(t('The MANIFEST is made anew from the tables.'));
  if (action !== 'kept') lines.push(...problems);
  return [...lines, ...leftOut.map((table) => t('{0} is left out: {1}', table.name, table.reason))];
}

function tableItem(table: RepairedTableView) {
  const { name, level, action, problems, entriesKept, bytesLost, lost, rangesLost, uncovered } = table;
  const place = level === undefined ? name : t('{0} (level {1})', name, level);
  const done = {
    rewritten:
      rangesLost === 0
        ? plural(entriesKept, 'written anew with its 1 entry', 'written anew with all of its {0} entries')
        : plural(
            entriesKept,
            'written anew with 1 entry that can be read; {1} are lost',
            'written anew with {0} entries that can be read; {1} are lost',
            byteSize(bytesLost),
          ),
    measured: t('sound; the MANIFEST said other sizes or keys'),
    'left out': t('left out: nothing of it can be read'),
  }[action];
  return html`<li><b>${place}</b>: ${done}
    <ul>
      ${problems.map((problem) => html`<li class="bad">${problem}</li>`)}
      ${lost.map(({ after, before }) => html`<li>${rangeText(after, before)}</li>`)}
      ${rangesLost > lost.length ? html`<li>${t('{0} ranges in all', count(rangesLost))}</li>` : nothing}
      ${uncovered && uncovered.keys > 0 ? html`<li class="bad">${uncoveredText(uncovered)}</li>` : nothing}
    </ul>
  </li>`;
}

function rangeText(after: string | undefined, before: string | undefined): string {
  if (after === undefined && before === undefined) return t('what it held is not known');
  if (after === undefined) return t('lost: what stood before "{0}"', before ?? '');
  if (before === undefined) return t('lost: what stood behind "{0}"', after);
  return t('lost: what stood between "{0}" and "{1}"', after, before);
}

function uncoveredText({ keys, isMore, examples }: NonNullable<RepairedTableView['uncovered']>): string {
  const names = examples.map((key) => `"${key}"`).join(', ');
  return isMore
    ? t(
        '{0} keys or more are read from older tables there: {1}, … If they were changed or deleted in what is lost, that is undone.',
        count(keys),
        names,
      )
    : plural(
        keys,
        '1 key is read from an older table there: {1}. If it was changed or deleted in what is lost, that is undone.',
        '{0} keys are read from older tables there: {1}. Where they were changed or deleted in what is lost, that is undone.',
        names,
      );
}

function logItem(log: RepairedLogView) {
  const { batchesRefused, bytesLost, sequencesMissing } = log;
  const lost = [
    batchesRefused > 0 &&
      plural(
        batchesRefused,
        '1 that looks like a batch does not fit in its place, and is left out',
        '{0} that look like batches do not fit in their places, and are left out',
      ),
    bytesLost > 0 && t('{0} cannot be read', byteSize(bytesLost)),
    sequencesMissing !== '0' && t('{0} writes are missing by their sequences', sequencesMissing),
    log.lostAtStart && t('writes before the first batch may be lost; how many cannot be told'),
    log.lostAtEnd && t('writes behind the last batch may be lost; how many cannot be told'),
  ].filter((line) => line !== false);
  return html`<li><b>${log.name}</b>: ${log.reason}
    <ul>
      <li>${plural(log.operationsSaved, '1 operation behind the damage comes back', '{0} operations behind the damage come back')}</li>
      ${lost.map((line) => html`<li class="bad">${line}</li>`)}
    </ul>
  </li>`;
}
