import { html, nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { definitions, fileLink, type Part, paragraph, section } from './parts';

/** The memtable against write_buffer_size, and the log that its writes are in. */
export function memtableSection({ memtable, phase, at }: TraceFrame, context: TraceContext): Part {
  const { bytes, limit, operations, log, waiting } = memtable;
  if (at === 0 || limit === 0) return nothing;
  const share = Math.min(1, bytes / limit);
  const used = t(
    '{0} of {1} (write_buffer_size): {2}',
    byteSize(bytes),
    byteSize(limit),
    `${Math.floor((bytes / limit) * 100)} %`,
  );
  return section('memtable', t('Memtable'), [
    html`<progress class="share" aria-label=${t('Memtable')} max="1" .value=${share}></progress>`,
    definitions([
      [t('Takes'), used],
      [t('Operations'), operations === 0 && bytes > 0 ? t('not told one by one') : count(operations)],
      [t('Its log'), log === undefined ? undefined : fileLink(log, context)],
      [t('Full ones that wait'), count(waiting)],
    ]),
    phase === 'recovery'
      ? paragraph(
          t(
            'After each batch it is compared with write_buffer_size; above it, and at the end of each log, it is flushed to level 0.',
          ),
          'quiet',
        )
      : nothing,
  ]);
}
