// The lists of an edit as tables of fields: compaction pointers, deletions, additions.

import { html, nothing } from 'lit';
import type { AdditionForm, EditForm, FileNumber } from '../protocol/manifest';
import { iconButton } from '../ui/buttons';
import { t } from '../ui/text';
import { type KeyJson, keyCells } from './key-fields';
import { parseLevel, parseNumber } from './parse-fields';

export interface EntryActions {
  /** Does one operation; resolves to why it was refused. */
  change(operation: unknown): Promise<string | undefined>;
  showText(): void;
}

function levelCell(
  level: number,
  label: string,
  commit: (level: number) => Promise<string | undefined>,
  rows = 1,
) {
  return html`<td rowspan=${rows}><lsm-field align="end" .label=${t('{0}: level', label)} .value=${`${level}`}
    .parse=${parseLevel} .commit=${commit}></lsm-field></td>`;
}

function numberCell(
  value: FileNumber,
  label: string,
  commit: (value: FileNumber) => Promise<string | undefined>,
  rows = 1,
) {
  return html`<td rowspan=${rows}><lsm-field align="end" .label=${label} .value=${`${value}`}
    .parse=${parseNumber} .commit=${commit}></lsm-field></td>`;
}

export function pointersTable({ edit, compactPointers }: EditForm, { change, showText }: EntryActions) {
  if (compactPointers.length === 0) return nothing;
  return html`<table class="pointers">
    <thead><tr><th scope="col" class="level end">${t('Level')}</th><th scope="col">${t('User key')}</th>
      <th scope="col" class="sequence end">${t('Sequence')}</th><th scope="col" class="type">${t('Type')}</th>
      <th scope="col" class="tools"><span class="spoken">${t('Actions')}</span></th></tr></thead>
    <tbody>${compactPointers.map(({ level, key }) => {
      const op = { op: 'set-compact-pointer', edit, level };
      const label = t('compaction pointer of level {0}', level);
      return html`<tr><td class="text end">${level}</td>
        ${keyCells(key, label, (to) => change({ ...op, key: to }), showText)}
        <td>${iconButton(t('Remove {0}', label), ['trash'], () => void change({ ...op, key: null }))}</td></tr>`;
    })}</tbody>
  </table>`;
}

export function deletionsTable({ edit, deletions }: EditForm, { change }: EntryActions) {
  if (deletions.rows.length === 0) return nothing;
  return html`<table class="deletions">
    <thead><tr><th scope="col" class="level end">${t('Level')}</th><th scope="col" class="number end">${t('Number')}</th>
      <th scope="col"><span class="spoken">${t('Actions')}</span></th></tr></thead>
    <tbody>${deletions.rows.map(({ level, number }) => {
      const to = (part: object) => change({ op: 'set-deletion', edit, level, number, to: part });
      const label = t('deletion of table {0}', number);
      return html`<tr>
        ${levelCell(level, label, (value) => to({ level: value }))}
        ${numberCell(number, t('{0}: number', label), (value) => to({ number: value }))}
        <td>${iconButton(t('Remove {0}', label), ['trash'], () => {
          void change({ op: 'remove-entry', edit, kind: 'delete', level, number });
        })}</td></tr>`;
    })}</tbody>
  </table>`;
}

/** Two rows for each table: its smallest key, its largest. */
export function additionsTable({ edit, additions }: EditForm, actions: EntryActions) {
  if (additions.rows.length === 0) return nothing;
  return html`<table class="additions">
    <thead><tr><th scope="col" class="level end">${t('Level')}</th><th scope="col" class="number end">${t('Number')}</th>
      <th scope="col" class="size end">${t('Size')}</th><th scope="col">${t('Smallest and largest user key')}</th>
      <th scope="col" class="sequence end">${t('Sequence')}</th><th scope="col" class="type">${t('Type')}</th>
      <th scope="col" class="tools"><span class="spoken">${t('Actions')}</span></th></tr></thead>
    ${additions.rows.map((row) => additionRows(edit, row, actions))}
  </table>`;
}

function additionRows(edit: number, row: AdditionForm, { change, showText }: EntryActions) {
  const { level, number, size, smallest, largest } = row;
  const place = { edit, level, number };
  const label = t('table {0}', number);
  const to = (part: object) => change({ op: 'set-file', ...place, to: part });
  const key = (name: 'smallest' | 'largest') => (value: KeyJson) => to({ [name]: value });
  return html`<tbody>
    <tr>
      ${levelCell(level, label, (value) => to({ level: value }), 2)}
      ${numberCell(number, t('{0}: number', label), (value) => to({ number: value }), 2)}
      ${numberCell(size, t('{0}: size', label), (value) => to({ size: value }), 2)}
      ${keyCells(smallest, t('{0}, smallest', label), key('smallest'), showText)}
      <td>${iconButton(t('Remove {0}', label), ['trash'], () => {
        void change({ op: 'remove-entry', ...place, kind: 'add' });
      })}</td>
    </tr>
    <tr>
      ${keyCells(largest, t('{0}, largest', label), key('largest'), showText)}
      <td>${iconButton(t('Take size and range of {0} from the file', label), ['sync'], () => {
        void change({ op: 'measure-file', ...place });
      })}</td>
    </tr>
  </tbody>`;
}
