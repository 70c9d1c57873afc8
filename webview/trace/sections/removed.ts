import { nothing } from 'lit';
import type { RemovedFrame, TraceFrame } from '../../protocol/trace-frame';
import { plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { obsoleteText } from '../reasons';
import { type Column, eventLink, more, type Part, section, shown, tableOf } from './parts';

/** Obsolete files that went since the opening, and why (DBImpl::RemoveObsoleteFiles). */
export function removedSection({ removed }: TraceFrame, context: TraceContext): Part {
  if (removed.total === 0) return nothing;
  const columns: Column<RemovedFrame>[] = [
    { title: t('File'), cell: ({ file }) => file },
    { title: t('Why it goes'), isWide: true, cell: ({ kind }) => obsoleteText(kind) },
    { title: t('Removed at'), cell: ({ event }) => eventLink(event, context) },
  ];
  const title = t('Obsolete files removed');
  return section(
    'removed',
    title,
    [tableOf(title, shown(removed), columns), more(removed)],
    plural(removed.total, '1 file', '{0} files'),
  );
}
