import { html, nothing } from 'lit';
import type { PlaygroundState } from '../protocol/playground';
import { byteSize, plural, t } from '../ui/text';

/** Those that wait are drawn one by one up to here. */
const MAX_DRAWN = 6;

/** The memtable, and those that are full and wait to be flushed: the oldest is flushed first. */
export function memtablesView({ memtables, phase, lesson, config }: PlaygroundState, isFlushing: boolean) {
  const isWatched = lesson?.watch.includes('memtable');
  if (memtables.length === 0) {
    const text =
      phase === 'recovering' ? t('Memtables: recovery makes them of the logs.') : t('There is no memtable.');
    return html`<div class="memtables"><p class="quiet">${text}</p></div>`;
  }
  const { maxWriteBufferNumber } = config.database;
  return html`<div class="memtables ${isWatched ? 'watched' : ''}">
    ${memtables.slice(0, MAX_DRAWN).map(({ bytes, limit, entries, log }, i) => {
      const isOldest = i === memtables.length - 1;
      const title = i === 0 ? t('Memtable') : t('Immutable memtable');
      const of = t('{0} of {1}', byteSize(bytes), byteSize(limit));
      const what = i === 0 ? (log ?? '') : isOldest && isFlushing ? t('is being flushed') : t('waits');
      return html`<span class="name">${title}</span>
        <progress class=${i === 0 ? 'active' : 'full'} id=${i === 0 ? 'memtable' : nothing} aria-label=${title}
          max=${Math.max(1, limit)} .value=${Math.min(bytes, Math.max(1, limit))}></progress>
        <span class="what">${of}, ${plural(entries, '1 entry', '{0} entries')}${what === '' ? '' : `, ${what}`}</span>`;
    })}
    ${
      memtables.length > MAX_DRAWN
        ? html`<span class="what">${plural(memtables.length - MAX_DRAWN, '… and 1 more', '… and {0} more')}</span>`
        : nothing
    }
    <span class="what limit">${t('{0} of {1} memtables (max_write_buffer_number)', memtables.length, maxWriteBufferNumber)}</span>
  </div>`;
}
