// The lists of an edit as tables of fields: compaction pointers, deletions, additions.

import { html, nothing } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { AdditionForm, EditForm, FileNumber } from '../protocol/manifest';
import { iconButton } from '../ui/buttons';
import { t } from '../ui/text';
import { type KeyJson, keyCells, keyWith } from './key-fields';
import { parseLevel, parseNumber } from './parse-fields';
import type { Named, RowNames } from './row-names';

export type DeletionRow = EditForm['deletions']['rows'][number];

export interface EntryActions {
  deletions: RowNames<DeletionRow>;
  additions: RowNames<AdditionForm>;
  /** The pointer of a level, as it is now. */
  pointer(level: number): EditForm['compactPointers'][number] | undefined;
  /** Does one operation, which is made when its turn comes; resolves to why it was refused. */
  change(operation: () => object | undefined): Promise<string | undefined>;
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

export function pointersTable({ edit, compactPointers }: EditForm, actions: EntryActions) {
  if (compactPointers.length === 0) return nothing;
  const { change, pointer, showText } = actions;
  return html`<table class="pointers">
    <thead><tr><th scope="col" class="level end">${t('Level')}</th><th scope="col">${t('User key')}</th>
      <th scope="col" class="sequence end">${t('Sequence')}</th><th scope="col" class="type">${t('Type')}</th>
      <th scope="col" class="tools"><span class="spoken">${t('Actions')}</span></th></tr></thead>
    <tbody>${compactPointers.map(({ level, key }) => {
      const op = { op: 'set-compact-pointer', edit, level };
      const label = t('compaction pointer of level {0}', level);
      const to = (part: Partial<KeyJson>) =>
        change(() => {
          const now = pointer(level);
          return now && { ...op, key: keyWith(now.key, part) };
        });
      return html`<tr><td class="text end">${level}</td>
        ${keyCells(key, label, to, showText)}
        <td>${iconButton(t('Remove {0}', label), ['trash'], () => void change(() => ({ ...op, key: null })))}</td></tr>`;
    })}</tbody>
  </table>`;
}

export function deletionsTable(edit: number, { deletions, change }: EntryActions) {
  if (deletions.rows.length === 0) return nothing;
  const row = ({ id, row: { level, number } }: Named<DeletionRow>) => {
    const label = t('deletion of table {0}', number);
    const changeIt = (make: (now: DeletionRow) => object) =>
      change(() => {
        const now = deletions.find(id);
        return now && make({ level: now.level, number: now.number });
      });
    const to = (part: object) => changeIt((place) => ({ op: 'set-deletion', edit, ...place, to: part }));
    return html`<tr>
      ${levelCell(level, label, (value) => to({ level: value }))}
      ${numberCell(number, t('{0}: number', label), (value) => to({ number: value }))}
      <td>${iconButton(t('Remove {0}', label), ['trash'], () => {
        void changeIt((place) => ({ op: 'remove-entry', edit, kind: 'delete', ...place }));
      })}</td></tr>`;
  };
  return html`<table class="deletions">
    <thead><tr><th scope="col" class="level end">${t('Level')}</th><th scope="col" class="number end">${t('Number')}</th>
      <th scope="col"><span class="spoken">${t('Actions')}</span></th></tr></thead>
    <tbody>${repeat(deletions.rows, ({ id }) => id, row)}</tbody>
  </table>`;
}

/** Two rows for each table: its smallest key, its largest. */
export function additionsTable(edit: number, actions: EntryActions) {
  const { rows } = actions.additions;
  if (rows.length === 0) return nothing;
  return html`<table class="additions">
    <thead><tr><th scope="col" class="level end">${t('Level')}</th><th scope="col" class="number end">${t('Number')}</th>
      <th scope="col" class="size end">${t('Size')}</th><th scope="col">${t('Smallest, largest key')}</th>
      <th scope="col" class="sequence end">${t('Sequence')}</th><th scope="col" class="type">${t('Type')}</th>
      <th scope="col" class="tools"><span class="spoken">${t('Actions')}</span></th></tr></thead>
    ${repeat(
      rows,
      ({ id }) => id,
      (row) => additionRows(edit, row, actions),
    )}
  </table>`;
}

function additionRows(edit: number, { id, row }: Named<AdditionForm>, actions: EntryActions) {
  const { level, number, size, smallest, largest } = row;
  const { additions, change, showText } = actions;
  const label = t('table {0}', number);
  const changeIt = (make: (place: object, now: AdditionForm) => object) =>
    change(() => {
      const now = additions.find(id);
      return now && make({ edit, level: now.level, number: now.number }, now);
    });
  const to = (part: object) => changeIt((place) => ({ op: 'set-file', ...place, to: part }));
  const key = (name: 'smallest' | 'largest') => (part: Partial<KeyJson>) =>
    changeIt((place, now) => ({ op: 'set-file', ...place, to: { [name]: keyWith(now[name], part) } }));
  return html`<tbody>
    <tr>
      ${levelCell(level, label, (value) => to({ level: value }), 2)}
      ${numberCell(number, t('{0}: number', label), (value) => to({ number: value }), 2)}
      ${numberCell(size, t('{0}: size', label), (value) => to({ size: value }), 2)}
      ${keyCells(smallest, t('{0}, smallest', label), key('smallest'), showText)}
      <td>${iconButton(t('Remove {0}', label), ['trash'], () => {
        void changeIt((place) => ({ op: 'remove-entry', ...place, kind: 'add' }));
      })}</td>
    </tr>
    <tr>
      ${keyCells(largest, t('{0}, largest', label), key('largest'), showText)}
      <td>${iconButton(t('Take size and range of {0} from the file', label), ['sync'], () => {
        void changeIt((place) => ({ op: 'measure-file', ...place }));
      })}</td>
    </tr>
  </tbody>`;
}
