import { html } from 'lit';
import type { DropReason, KeepReason } from '../protocol/trace-event';
import type { BlockRow, EntryRow } from '../protocol/trace-table';
import { escapeBytes } from '../ui/bytes';
import type { GridColumn } from '../ui/grid';
import type { IndexedRow } from '../ui/indexed-rows';
import { count, t } from '../ui/text';

const MAX_CELL = 400;

/** An entry as the grid has it: a row's own key is its number. */
export interface ListedEntry {
  entry: EntryRow;
}

/** A number that is told later, or never. */
function told(value: number | undefined | null): string {
  return value === undefined || value === null ? '' : count(value);
}

export function blockColumns(): GridColumn<IndexedRow<BlockRow>>[] {
  const number = (id: keyof BlockRow, title: string, width: number): GridColumn<IndexedRow<BlockRow>> => ({
    id,
    title,
    width,
    least: 44,
    align: 'end',
    cell: (row) => told(row[id]),
  });
  return [
    number('offset', t('Offset'), 84),
    number('bytes', t('Bytes'), 66),
    number('entries', t('Entries'), 76),
    number('kept', t('Kept'), 66),
    number('shadowed', t('Shadowed'), 92),
    number('deletions', t('Deletions'), 92),
  ];
}

export function entryColumns(): GridColumn<IndexedRow<ListedEntry>>[] {
  return [
    {
      id: 'key',
      title: t('Key'),
      least: 110,
      cell: ({ entry: { key } }) => escapeBytes(key.userKey.subarray(0, MAX_CELL)),
    },
    {
      id: 'sequence',
      title: t('Sequence'),
      width: 92,
      least: 50,
      align: 'end',
      cell: ({ entry: { key } }) => `${key.sequence}`,
    },
    {
      id: 'type',
      title: t('Type'),
      width: 70,
      least: 40,
      cell: ({ entry: { key } }) => (key.type === 'value' ? t('value') : t('deletion')),
    },
    {
      id: 'bytes',
      title: t('Value'),
      width: 60,
      least: 40,
      align: 'end',
      cell: ({ entry: { valueBytes } }) => count(valueBytes),
    },
    {
      id: 'fate',
      title: t('What became of it'),
      width: 230,
      least: 90,
      cell: ({ entry }) => {
        const why = fateText(entry);
        return entry.kept ? why : html`<span class="bad">${why}</span>`;
      },
    },
  ];
}

function fateText({ kept, why, by }: EntryRow): string {
  const keeps: Record<KeepReason, string> = {
    newest: t('kept: the newest'),
    'a snapshot needs it': t('kept: a snapshot needs it'),
    'a deletion that hides something below': t('kept: it hides something below'),
    'unreadable key': t('kept: unreadable key'),
  };
  const drops: Record<DropReason, string> = {
    shadowed:
      by === undefined || by === null
        ? t('dropped: shadowed')
        : t('dropped: shadowed by sequence {0}', `${by}`),
    'deletion with nothing below': t('dropped: a deletion with nothing below'),
  };
  return kept ? keeps[why as KeepReason] : drops[why as DropReason];
}
