import { nothing } from 'lit';
import type { SeekFrame, TraceFrame } from '../../protocol/trace-frame';
import { count, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { type Column, more, type Part, paragraph, section, shown, tableLink, tableOf } from './parts';

/** Tables that seeks were charged to. Counters live in memory only: opening begins with none. */
export function seeksSection({ seeks }: TraceFrame, context: TraceContext): Part {
  if (seeks.total === 0) return nothing;
  const columns: Column<SeekFrame>[] = [
    { title: t('Table'), cell: ({ number }) => tableLink(number, context) },
    { title: t('Level'), isNumber: true, cell: ({ level }) => level },
    { title: t('Allowed'), isNumber: true, cell: ({ allowed }) => count(allowed) },
    { title: t('Charged'), isNumber: true, cell: ({ charged }) => count(charged) },
    { title: t('Left'), isNumber: true, cell: ({ left }) => count(left) },
    {
      title: t('Last charged by'),
      cell: ({ by }) => (by === 'get' ? t('a get that had to look on') : t('a sample of an iterator')),
    },
  ];
  const title = t('Seeks charged to tables');
  return section('seeks', title, [
    tableOf(title, shown(seeks), columns),
    more(seeks),
    paragraph(
      t(
        'A table may cost one seek for each 16 KiB of its size, at least 100. At 0 it is due, unless a level’s score asks for more.',
      ),
      'quiet',
    ),
  ]);
}
