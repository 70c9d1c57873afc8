import { nothing } from 'lit';
import type { U64 } from '../../protocol/trace-event';
import type { TraceFrame } from '../../protocol/trace-frame';
import { count, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { numberText } from '../formulas';
import { definitions, fileLink, type Part, type Row, section } from './parts';

/** CURRENT, the MANIFEST as far as it was read, and the counters that its edits give. */
export function recoverySection(
  { current, manifest, counters, at }: TraceFrame,
  context: TraceContext,
): Part {
  if (at === 0 || (current === undefined && !manifest)) return nothing;
  const rows: (Row | undefined)[] = [
    [t('CURRENT names'), current === undefined ? undefined : fileLink(current, context)],
  ];
  if (manifest) {
    const { name, edits, editsTotal, offset, isRead, isNew } = manifest;
    rows.push(
      ['MANIFEST', [fileLink(name, context), isNew ? ` ${t('(begun by this opening)')}` : '']],
      [
        isNew ? t('Edits written') : t('Edits read'),
        editsTotal === undefined || isNew ? count(edits) : t('{0} of {1}', count(edits), count(editsTotal)),
      ],
      [
        t('The last one read'),
        isNew || edits === 0
          ? undefined
          : fileLink(name, context, offset, t('at offset {0}', numberText(offset))),
      ],
      [t('Read to its end'), isRead ? t('yes') : t('not yet')],
    );
  }
  const number = (label: string, value: U64 | undefined): Row => [
    label,
    value === undefined ? t('not told yet') : numberText(value),
  ];
  rows.push(
    [t('Comparator'), counters.comparator ?? t('not told yet')],
    number(t('Log number'), counters.logNumber),
    number(t('Next file number'), counters.nextFileNumber),
    number(t('Last sequence'), counters.lastSequence),
  );
  if (counters.prevLogNumber !== undefined && counters.prevLogNumber !== 0) {
    rows.push(number(t('Previous log number'), counters.prevLogNumber));
  }
  return section('recovery', t('CURRENT and MANIFEST'), definitions(rows));
}
