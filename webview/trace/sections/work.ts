import { html, nothing } from 'lit';
import type { TraceFrame, WorkFrame } from '../../protocol/trace-frame';
import { byteSize, count, plural, t } from '../../ui/text';
import { amplificationFormula } from '../formulas';
import { definitions, type Part, paragraph, section } from './parts';

/** All work since the opening: bytes read and written, write amplification, space. */
export function workSection({ work, at }: TraceFrame): Part {
  if (at === 0) return nothing;
  const { flushes, compactions, moves, flushedBytes, compactionBytesRead, compactionBytesWritten } = work;
  const amplification = amplificationFormula(work);
  return section('work', t('Work since opening'), [
    definitions([
      [t('Flushes'), t('{0}, {1} written', count(flushes), bytes(flushedBytes))],
      [
        t('Compactions'),
        t(
          '{0}, {1} read, {2} written',
          count(compactions),
          bytes(compactionBytesRead),
          bytes(compactionBytesWritten),
        ),
      ],
      [t('Moves'), count(moves)],
      [t('User writes'), work.userBytes === 0 ? undefined : bytes(work.userBytes)],
      [t('Write amplification'), amplification ?? t('nothing has come in that could be compared')],
      [t('Space'), spaceText(work)],
    ]),
    amplification === undefined ? nothing : paragraph(explained(work), 'quiet'),
  ]);
}

function bytes(value: number): string {
  return byteSize(value);
}

function explained({ amplifiedBy }: WorkFrame): string {
  return amplifiedBy === 'user bytes'
    ? t(
        'Write amplification: (written by flushes + written by compactions) / bytes of the batches that came in.',
      )
    : t(
        'Write amplification: (written by flushes + written by compactions) / bytes of the tables that came from memtables, since the batches are not told.',
      );
}

/** Of all tables: before, now, and the difference. */
function spaceText({ spaceBefore, spaceNow }: WorkFrame) {
  const change = spaceNow - spaceBefore;
  const sign = change > 0 ? '+' : change < 0 ? '−' : '±';
  const exact = `${sign}${plural(Math.abs(change), '1 byte', '{0} bytes')}`;
  return html`<span title=${exact}>${t('{0} before, {1} now ({2})', byteSize(spaceBefore), byteSize(spaceNow), `${sign}${byteSize(Math.abs(change))}`)}</span>`;
}
