import type { DecoderName } from '../protocol/keys';
import type { EntryRow, RegionRow } from '../protocol/table';
import { decode } from '../ui/decode/index';
import type { GridColumn } from '../ui/grid';
import type { IndexedRow } from '../ui/indexed-rows';
import { byteSize, count, plural, t } from '../ui/text';
import { kindTitle } from './palette';

/** A cell shows no more: what is longer is among the details. */
const MAX_CELL = 400;

export function typeTitle(type: number): string {
  return type === 1 ? t('value') : type === 0 ? t('deletion') : t('unknown type {0}', type);
}

export function entryColumns(keyDecoder: DecoderName, valueDecoder: DecoderName): GridColumn<EntryRow>[] {
  const key = ({ userKey }: EntryRow) =>
    decode(userKey.subarray(0, MAX_CELL), keyDecoder, {
      form: 'line',
      role: 'key',
      partial: userKey.length > MAX_CELL,
    }).text;
  const value = (row: EntryRow) =>
    row.type === 0
      ? ''
      : decode(row.preview, valueDecoder, {
          form: 'line',
          role: 'value',
          key: row.userKey,
          partial: row.valueBytes > row.preview.length,
        }).text;
  return [
    { id: 'key', title: t('User key'), least: 150, cell: key },
    { id: 'sequence', title: t('Sequence'), width: 90, least: 60, align: 'end', cell: (row) => row.sequence },
    { id: 'type', title: t('Type'), width: 84, least: 50, cell: ({ type }) => typeTitle(type) },
    { id: 'keyBytes', title: t('Key bytes'), width: 96, least: 60, align: 'end', cell: keyBytes },
    {
      id: 'bytes',
      title: t('Value bytes'),
      width: 106,
      least: 60,
      align: 'end',
      cell: (row) => (row.type === 0 ? '' : count(row.valueBytes)),
    },
    { id: 'value', title: t('Value'), least: 110, cell: value },
  ];
}

/** What is stored of the key, of all of it. */
function keyBytes({ key, unshared }: EntryRow): string {
  return unshared === key.length ? `${key.length}` : `${unshared}/${key.length}`;
}

export function regionColumns(): GridColumn<IndexedRow<RegionRow>>[] {
  const known = (value: number | undefined) => (value === undefined ? '' : count(value));
  return [
    { id: 'kind', title: t('Kind'), least: 120, cell: ({ kind }) => kindTitle(kind) },
    {
      id: 'offset',
      title: t('Offset'),
      width: 100,
      least: 60,
      align: 'end',
      cell: ({ offset }) => count(offset),
    },
    { id: 'size', title: t('Stored'), width: 84, least: 50, align: 'end', cell: ({ size }) => count(size) },
    {
      id: 'raw',
      title: t('Decoded'),
      width: 84,
      least: 50,
      align: 'end',
      cell: ({ rawSize }) => known(rawSize),
    },
    { id: 'compression', title: t('Compression'), width: 122, least: 60, cell: compressionText },
    { id: 'checksum', title: t('Checksum'), width: 100, least: 60, cell: checksumText },
    {
      id: 'entries',
      title: t('Entries'),
      width: 72,
      least: 50,
      align: 'end',
      cell: ({ entries }) => known(entries),
    },
  ];
}

function compressionText({ compression, size, rawSize }: RegionRow): string {
  if (compression === undefined) return '';
  if (rawSize === undefined || compression === 'none' || rawSize === 0) return compression;
  return `${compression} ${Math.round((size / rawSize) * 100)} %`;
}

export function checksumText({ kind, crcOk }: Pick<RegionRow, 'kind' | 'crcOk'>): string {
  if (kind === 'footer' || kind === 'gap' || kind === 'unknown') return '';
  return crcOk === true ? t('right') : crcOk === false ? t('WRONG') : t('unreadable');
}

export function sizeText(bytes: number): string {
  const exact = plural(bytes, '1 byte', '{0} bytes');
  return bytes < 1024 ? exact : `${byteSize(bytes)} (${exact})`;
}
