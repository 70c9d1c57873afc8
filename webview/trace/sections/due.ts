import { nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace';
import { t } from '../../ui/text';
import { dueText } from '../words-due';
import { type Part, paragraph, section } from './parts';

/** What LevelDB would do next, and why. */
export function dueSection(frame: TraceFrame): Part {
  const { phase, levels } = frame;
  if (phase === 'before' || levels.every(({ score }) => score === undefined)) return nothing;
  if (phase === 'failed') return nothing;
  const text =
    dueText(frame) ??
    t('Nothing: no memtable waits, no level’s score reaches 1, and no table’s seeks are used up.');
  return section('due', t('What LevelDB would do next'), paragraph(text));
}
