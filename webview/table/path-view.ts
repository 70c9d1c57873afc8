import { html, nothing } from 'lit';
import type { LookupPath } from '../protocol/table';
import { escapeBytes } from '../ui/bytes';
import { count, plural, t } from '../ui/text';
import { keyText } from './properties';

/** The way of a get through the table, in one line. */
export function pathView({
  key,
  found,
  indexKey,
  block,
  filter,
  restartPoint,
  comparisons,
}: LookupPath & { key: Uint8Array }) {
  const steps: unknown[] = [];
  if (!indexKey) steps.push(t('above every index entry: it is in no block'));
  else steps.push(html`${t('index entry')} <code>${keyText(indexKey)}</code>`);
  if (filter) {
    steps.push(
      filter.mayMatch
        ? t('filter {0} says maybe', filter.index)
        : t('filter {0} says no: the block is not read', filter.index),
    );
  } else if (indexKey) steps.push(t('there is no filter'));
  if (block && (!filter || filter.mayMatch)) {
    steps.push(plural(block.size, 'block at {1}, 1 byte', 'block at {1}, {0} bytes', count(block.offset)));
    if (restartPoint !== undefined) steps.push(t('restart point {0}', restartPoint));
  }
  steps.push(plural(comparisons, '1 key compared', '{0} keys compared'));
  return html`<div class="sentence" role="status" id="path">
    <code>"${escapeBytes(key.subarray(0, 200))}"</code>
    ${found ? t('is in this table') : t('is not in this table')}:
    ${steps.map((step, i) => html`${i > 0 ? ' → ' : nothing}${step}`)}
  </div>`;
}
