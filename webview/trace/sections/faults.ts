import { nothing } from 'lit';
import type { FaultFrame, TraceFrame } from '../../protocol/trace-frame';
import { plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { numberText } from '../formulas';
import { type Column, eventLink, fileLink, more, type Part, section, shown, tableOf } from './parts';

/** Damage that opening met in logs, and what is lost with it. */
export function faultsSection({ faults }: TraceFrame, context: TraceContext): Part {
  if (faults.total === 0) return nothing;
  return section('faults', t('Damage in logs'), [faultsTable(faults.rows, context), more(faults)]);
}

/** `of` is what else tells its region from another one of the page. */
export function faultsTable(rows: readonly FaultFrame[], context: TraceContext, isLinked = true, of = '') {
  const columns: Column<FaultFrame>[] = [
    {
      title: t('Where'),
      cell: ({ file, offset }) => fileLink(file, context, offset, `${file} @ ${numberText(offset)}`),
    },
    { title: t('What'), isWide: true, cell: ({ reason }) => reason },
    { title: t('What is lost'), isWide: true, cell: lossText },
    ...(isLinked ? [{ title: t('Met at'), cell: ({ event }: FaultFrame) => eventLink(event, context) }] : []),
  ];
  const label = of === '' ? t('Damage in logs') : `${t('Damage in logs')}: ${of}`;
  return tableOf(label, shown({ rows: [...rows], total: rows.length }), columns);
}

/** Of damage outside of a batch the bytes, of a faulty batch what stands behind its fault. */
export function lossText({ bytes, kept, ignored }: FaultFrame): string {
  if (!ignored) return t('recovery ends here');
  if (bytes !== undefined) return plural(bytes, '1 byte is dropped', '{0} bytes are dropped');
  return plural(
    kept ?? 0,
    'the rest of the batch; its first operation is kept',
    'the rest of the batch; its first {0} operations are kept',
  );
}
