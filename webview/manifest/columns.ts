import { html, nothing } from 'lit';
import type { EditRow } from '../protocol/manifest';
import type { GridColumn } from '../ui/grid';
import type { IndexedRow } from '../ui/indexed-rows';
import { count, t } from '../ui/text';
import { editWords } from './words';

export type Row = IndexedRow<EditRow>;

export function columns(): GridColumn<Row>[] {
  return [
    {
      id: 'edit',
      title: t('Edit'),
      width: 70,
      least: 44,
      align: 'end',
      cell: ({ edit, changed }) =>
        html`${edit === undefined ? '' : count(edit)}${changed ? html`<span class="spoken">, ${t('not saved')}</span>` : nothing}`,
    },
    {
      id: 'what',
      title: t('What it did'),
      least: 190,
      cell: ({ what }) =>
        what.kind === 'damage' ? html`<span class="bad">${editWords(what)}</span>` : editWords(what),
    },
    {
      id: 'added',
      title: '+',
      width: 44,
      least: 30,
      align: 'end',
      cell: ({ added }) => (added > 0 ? `${added}` : ''),
    },
    {
      id: 'removed',
      title: '−',
      width: 44,
      least: 30,
      align: 'end',
      cell: ({ removed }) => (removed > 0 ? `${removed}` : ''),
    },
    {
      id: 'offset',
      title: t('Offset'),
      width: 84,
      least: 50,
      align: 'end',
      cell: ({ offset }) => count(offset),
    },
  ];
}
