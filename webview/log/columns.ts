import { html } from 'lit';
import type { BatchRow, ItemKind, ItemRow, OperationRow } from '../protocol/log';
import { decode } from '../ui/decode/index';
import type { GridColumn } from '../ui/grid';
import type { IndexedRow } from '../ui/indexed-rows';
import { count, t } from '../ui/text';

const MAX_CELL = 400;

export function itemTitle(kind: ItemKind): string {
  const titles: Record<ItemKind, string> = {
    full: t('Full record'),
    first: t('First fragment'),
    middle: t('Middle fragment'),
    last: t('Last fragment'),
    trailer: t('Trailer of a block'),
    preallocated: t('Preallocated zeros'),
    damage: t('Damage'),
    torn: t('Torn tail'),
  };
  return titles[kind];
}

export function itemColumns(): GridColumn<IndexedRow<ItemRow>>[] {
  return [
    {
      id: 'offset',
      title: t('Offset'),
      width: 96,
      least: 60,
      align: 'end',
      cell: ({ offset }) => count(offset),
    },
    { id: 'block', title: t('Block'), width: 64, least: 40, align: 'end', cell: ({ block }) => count(block) },
    {
      id: 'kind',
      title: t('Type'),
      least: 130,
      cell: ({ kind, reason }) =>
        kind === 'damage'
          ? html`<span class="bad">${itemTitle(kind)}: ${reason ?? ''}</span>`
          : itemTitle(kind),
    },
    { id: 'size', title: t('Bytes'), width: 76, least: 50, align: 'end', cell: ({ size }) => count(size) },
    {
      id: 'length',
      title: t('Payload'),
      width: 76,
      least: 50,
      align: 'end',
      cell: ({ length }) => (length === undefined ? '' : count(length)),
    },
    {
      id: 'checksum',
      title: t('Checksum'),
      width: 100,
      least: 60,
      cell: ({ checksum }) => (checksum === undefined ? '' : checksum.toString(16).padStart(8, '0')),
    },
  ];
}

export function batchColumns(): GridColumn<IndexedRow<BatchRow>>[] {
  return [
    {
      id: 'offset',
      title: t('Offset'),
      width: 96,
      least: 60,
      align: 'end',
      cell: ({ offset }) => count(offset),
    },
    {
      id: 'sequence',
      title: t('Sequence'),
      width: 100,
      least: 60,
      align: 'end',
      cell: ({ sequence }) => sequence,
    },
    {
      id: 'count',
      title: t('Operations'),
      width: 90,
      least: 50,
      align: 'end',
      cell: (row) => count(row.count),
    },
    { id: 'bytes', title: t('Bytes'), width: 80, least: 50, align: 'end', cell: ({ bytes }) => count(bytes) },
    {
      id: 'fragments',
      title: t('Fragments'),
      width: 84,
      least: 50,
      align: 'end',
      cell: (row) => `${row.fragments}`,
    },
    {
      id: 'fault',
      title: t('State'),
      least: 80,
      cell: ({ fault }) => (fault === undefined ? t('whole') : html`<span class="bad">${fault}</span>`),
    },
  ];
}

export function operationColumns(): GridColumn<IndexedRow<OperationRow>>[] {
  return [
    {
      id: 'sequence',
      title: t('Sequence'),
      width: 92,
      least: 60,
      align: 'end',
      cell: (row) => row.sequenceNumber,
    },
    {
      id: 'type',
      title: t('Type'),
      width: 76,
      least: 50,
      cell: ({ type }) => (type === 'value' ? t('put') : t('delete')),
    },
    {
      id: 'key',
      title: t('User key'),
      least: 150,
      cell: ({ userKey }) =>
        decode(userKey.subarray(0, MAX_CELL), 'auto', {
          form: 'line',
          role: 'key',
          partial: userKey.length > MAX_CELL,
        }).text,
    },
    {
      id: 'bytes',
      title: t('Value bytes'),
      width: 104,
      least: 60,
      align: 'end',
      cell: ({ type, valueBytes }) => (type === 'value' ? count(valueBytes) : ''),
    },
    {
      id: 'value',
      title: t('Value'),
      least: 110,
      cell: ({ type, preview, valueBytes, userKey }) =>
        type === 'value'
          ? decode(preview, 'auto', {
              form: 'line',
              role: 'value',
              key: userKey,
              partial: valueBytes > preview.length,
            }).text
          : '',
    },
  ];
}
