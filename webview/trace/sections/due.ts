import { nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { t } from '../../ui/text';
import { dueText } from '../words-due';
import { type Part, paragraph, section } from './parts';

/** What LevelDB would do next, and why: not told while it opens, and while a flush is under way that is what is due. */
export function dueSection(frame: TraceFrame): Part {
  const { phase, levels, due } = frame;
  if (phase !== 'idle' && phase !== 'compaction') return nothing;
  if (levels.every(({ score }) => score === undefined)) return nothing;
  const text =
    hasEditToCome(frame) && due?.why !== 'memtable'
      ? t(
          'First the edit of this compaction is written; what is due then depends on the version that it gives.',
        )
      : (dueText(frame) ??
        t('Nothing: no memtable waits, no level’s score reaches 1, and no table’s seeks are used up.'));
  return section('due', t('What LevelDB would do next'), paragraph(text));
}

/** Whether the compaction's outputs are in no version yet: until then the scores are those that picked it. */
export function hasEditToCome({ compaction, event }: TraceFrame): boolean {
  // The edit is what comes right behind the end.
  return compaction?.state === 'under way' || event?.type === 'compaction-end' || event?.type === 'move';
}
