import type { TraceFrame } from '../protocol/trace-frame';
import { plural, t } from '../ui/text';
import { numberText, ratioText, scoreFormula } from './formulas';

/** What LevelDB would do next and why (DBImpl::BackgroundCompaction, VersionSet::PickCompaction); undefined for nothing. */
export function dueText({ due, levels }: TraceFrame): string | undefined {
  if (!due) return undefined;
  switch (due.why) {
    case 'memtable':
      return plural(
        due.waiting,
        'A flush is due: 1 full memtable waits, and flushes come before compactions.',
        'A flush is due: {0} full memtables wait, and flushes come before compactions.',
      );
    case 'size': {
      const level = levels[due.level];
      const formula = (level && scoreFormula(level)) ?? ratioText(due.score);
      return t(
        'A compaction of level {0} is due: its score is {1}, at least 1 and the highest of all levels.',
        due.level,
        formula,
      );
    }
    case 'seek':
      return t(
        'A compaction of table {0} in level {1} is due: no score reaches 1, and the seeks that it may cost are used up.',
        numberText(due.table),
        due.level,
      );
  }
}
