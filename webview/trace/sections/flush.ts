import { html, nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { flushLevelText } from '../reasons';
import { definitions, eventLink, fileLink, type Part, section, tableLink } from './parts';

/** The flush under way, or the last one: to which level, and why no deeper. */
export function flushSection({ flush }: TraceFrame, context: TraceContext): Part {
  if (!flush) return nothing;
  const { table, log, entries, entriesTotal, memoryUsage, during, bytes, blocks, isOver, level, why, event } =
    flush;
  const share = entriesTotal > 0 ? entries / entriesTotal : isOver ? 1 : 0;
  const isEmpty = isOver && level === undefined;
  return section(
    'flush',
    isOver ? t('The last flush') : t('The flush'),
    [
      html`<progress class="share" aria-label=${t('Entries written')} max="1" .value=${share}></progress>`,
      definitions([
        [t('Began at'), eventLink(event, context)],
        [t('During'), during === 'recovery' ? t('recovery') : t('writing')],
        [t('Log'), fileLink(log, context)],
        [t('Memtable'), byteSize(memoryUsage)],
        [
          t('Table'),
          isEmpty ? t('none: the memtable was empty; its number is used up') : tableLink(table, context),
        ],
        [t('Entries'), t('{0} of {1}', count(entries), count(entriesTotal))],
        [t('Blocks'), isEmpty ? undefined : count(blocks)],
        [t('Size'), isEmpty ? undefined : byteSize(bytes)],
        [t('Level'), level === undefined ? undefined : count(level)],
        [
          t('Why this level'),
          why === undefined
            ? isOver
              ? undefined
              : during === 'recovery'
                ? flushLevelText('recovery always flushes to level 0')
                : t('it is chosen when the table is written')
            : flushLevelText(why),
        ],
      ]),
    ],
    isOver ? '' : `${Math.floor(share * 100)} %`,
  );
}
