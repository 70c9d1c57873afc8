import type { DecoderName, KeyRow } from '../protocol/keys';
import { decode } from '../ui/decode/index';
import type { GridColumn } from '../ui/grid';
import { byteSize, t } from '../ui/text';

/** A cell shows no more: what is longer is in the value pane. */
const MAX_CELL = 400;

/** The columns of the Keys grid. Texts of rows are kept until the decoders change. */
export function keyColumns(
  versions: 'live' | 'all',
  keyDecoder: DecoderName,
  valueDecoder: DecoderName,
): GridColumn<KeyRow>[] {
  const keys = cellTexts((row) => {
    return decode(row.key.subarray(0, MAX_CELL), keyDecoder, {
      form: 'line',
      role: 'key',
      partial: row.key.length > MAX_CELL,
    }).text;
  });
  const values = cellTexts((row) => {
    if (row.type === 'deletion') return '';
    const partial = row.valueBytes > row.preview.length;
    return decode(row.preview, valueDecoder, { form: 'line', role: 'value', key: row.key, partial }).text;
  });
  const columns: GridColumn<KeyRow>[] = [
    { id: 'key', title: t('Key'), least: 170, cell: keys },
    { id: 'value', title: t('Value'), least: 120, cell: values },
    { id: 'size', title: t('Size'), width: 72, least: 50, align: 'end', cell: sizeText },
    { id: 'sequence', title: t('Sequence'), width: 96, least: 60, align: 'end', cell: (row) => row.sequence },
  ];
  if (versions === 'live') return columns;
  return [
    ...columns,
    { id: 'type', title: t('Type'), width: 160, least: 60, cell: typeText },
    { id: 'file', title: t('File'), width: 104, least: 60, cell: (row) => row.file ?? '' },
  ];
}

function sizeText(row: KeyRow): string {
  return row.type === 'deletion' ? '' : byteSize(row.valueBytes);
}

/** The type, and in words whether a reader sees the row: colour alone does not tell everybody. */
export function typeText(row: KeyRow): string {
  if (row.type === 'deletion') return row.hidden ? t('shadowed deletion') : t('deletion');
  return row.hidden ? t('shadowed value') : t('value');
}

function cellTexts(text: (row: KeyRow) => string): (row: KeyRow) => string {
  const known = new WeakMap<KeyRow, string>();
  return (row) => {
    let cell = known.get(row);
    if (cell === undefined) {
      cell = text(row).slice(0, MAX_CELL);
      known.set(row, cell);
    }
    return cell;
  };
}
