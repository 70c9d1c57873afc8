import { nothing } from 'lit';
import type { KeyRef } from '../../protocol/trace-event';
import type { CompactionFrame, TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { expansionLimit, keyText, numberText } from '../formulas';
import { refusalText, ruleTitle } from '../reasons';
import { ruleText } from '../words-compaction';
import { definitions, eventLink, type Part, paragraph, type Row, section, tableLink } from './parts';

/** Which rule picked the compaction, and what it looked at (VersionSet::PickCompaction, CompactRange). */
export function decisionSection(frame: TraceFrame, context: TraceContext): Part {
  const { compaction } = frame;
  if (!compaction) return nothing;
  const { reason, level, event, ordinal, state, first, trivialMove } = compaction;
  const states = { 'under way': t('under way'), done: t('done'), failed: t('failed') };
  const rows: (Row | undefined)[] = [
    [t('Picked'), ruleTitle(reason)],
    [t('Picked at'), eventLink(event, context)],
    [t('Begins with'), first === undefined ? undefined : tableLink(first, context)],
    [t('Why this table'), firstText(compaction)],
    [t('Compaction pointer before'), pointerText(compaction.pointerBefore)],
    [t('Compaction pointer after'), pointerText(compaction.pointerAfter)],
    [t('Expansion'), expansionText(frame, compaction)],
    [t('Trivial move'), trivialMove ? t('yes: the table moves by an edit alone') : noMoveText(compaction)],
    [t('Oldest snapshot'), numberText(compaction.smallestSnapshot)],
  ];
  const title = t('Compaction {0}: level {1} into level {2}', count(ordinal), level, level + 1);
  return section(
    'decision',
    title,
    [paragraph(ruleText(frame, compaction)), definitions(rows)],
    states[state],
  );
}

/** compact_pointer_: the largest key of the level that was compacted last; the next compaction begins behind it. */
function pointerText(pointer: KeyRef | undefined): string {
  if (!pointer) return t('none: the level begins with its first table');
  return t('{0} at sequence {1}', keyText(pointer.userKey), numberText(pointer.sequence));
}

function firstText({ reason, level, pointerBefore }: CompactionFrame): string | undefined {
  switch (reason) {
    case 'size':
      return pointerBefore
        ? t(
            'the first of level {0} whose largest key is behind the compaction pointer; behind the last, the first again',
            level,
          )
        : t('the first of level {0}, which has no compaction pointer yet', level);
    case 'seek':
      return t('its seeks are used up');
    case 'manual':
      return level === 0
        ? t('with it begins what is in the range; in level 0 all tables that overlap go together')
        : t('with it begins what is in the range; a round takes about one file’s size of it');
  }
}

/** Whether more of the level came along (SetupOtherInputs). */
function expansionText(
  { options }: TraceFrame,
  { expansionRefused, marks, inputFiles, level }: CompactionFrame,
): string {
  const limit = options && byteSize(expansionLimit(options.limits));
  const added = marks.expanded.length;
  if (added > 0) {
    return plural(
      added,
      '1 more table of the level, since it takes no more of the next level along',
      '{0} more tables of the level, since they take no more of the next level along',
    );
  }
  if (inputFiles[1] === 0)
    return t('not tried: level {0} has no table in the range of the inputs', level + 1);
  if (expansionRefused === undefined)
    return t('none: no other table of the level lies in the range of the inputs');
  const why = refusalText(expansionRefused);
  return expansionRefused === 'too many bytes' && limit
    ? t('refused: {0}; they must stay below 25 × the file size = {1}', why, limit)
    : t('refused: {0}', why);
}

function noMoveText({
  reason,
  inputFiles,
  grandparentBytes,
  grandparentLimit,
  level,
}: CompactionFrame): string {
  if (reason === 'manual') return t('no: what was asked for is always written anew');
  if (inputFiles[0] !== 1) return t('no: there is more than one input in level {0}', level);
  if (inputFiles[1] > 0) return t('no: level {0} has tables in its range', level + 1);
  return t(
    'no: it overlaps {0} of level {1}, more than {2}',
    byteSize(grandparentBytes),
    level + 2,
    byteSize(grandparentLimit),
  );
}
