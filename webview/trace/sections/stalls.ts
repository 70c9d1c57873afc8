import { nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { count, plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { stallText } from '../reasons';
import { definitions, eventLink, type Part, section } from './parts';

/** Writes that were held up (DBImpl::MakeRoomForWrite). */
export function stallsSection({ stalls, options }: TraceFrame, context: TraceContext): Part {
  const { total, last } = stalls;
  if (total === 0) return nothing;
  const limits = options?.limits;
  return section('stalls', t('Writes held up'), [
    definitions([
      [t('How often'), plural(total, 'once', '{0} times')],
      [
        t('The last time'),
        last && [stallText(last.why, last.level0Files), ': ', eventLink(last.event, context)],
      ],
      [
        t('Slow from'),
        limits && plural(limits.level0SlowdownFiles, '1 file in level 0 on', '{0} files in level 0 on'),
      ],
      [t('Stopped at'), limits && t('{0} files in level 0', count(limits.level0StopFiles))],
    ]),
  ]);
}
