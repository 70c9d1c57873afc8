// What the playground does, in words: made of the frame that is shown and, at the present end, of the state. No DOM.

import type { PlaygroundState, StallReason, WorkRule } from '../protocol/playground';
import type { CompactionFrame, FlushFrame, TraceFrame } from '../protocol/trace-frame';
import { numberText, ratioText } from '../trace/formulas';
import { flushLevelText, inputsText, stallText } from '../trace/reasons';
import { sentenceOf } from '../trace/words';
import { rangeText, resultText } from '../trace/words-compaction';
import { dueText } from '../trace/words-due';
import { byteSize, count, plural, t } from '../ui/text';

/** What is under way. */
export interface Headline {
  kind: WorkRule | 'recovery' | 'off' | 'failed' | 'idle';
  /** Another one for other work: then it is told to those who listen. */
  key: string;
  title: string;
  detail: string;
}

/** Of the frame; with a state of what is the case now, which no frame tells. */
export function headlineOf(frame: TraceFrame, state: PlaygroundState | undefined): Headline {
  const { phase, flush, compaction } = frame;
  const runs = state?.counts.operations;
  if (state?.phase === 'off') {
    const title = t('The plug is pulled');
    const detail = t('Memory is gone. What the files hold is seen by recovery.');
    return { kind: 'off', key: `off ${state.history.events} ${runs?.put}`, title, detail };
  }
  if (state?.phase === 'failed') {
    const detail = state.failure ?? frame.error?.message ?? '';
    return { kind: 'failed', key: `failed ${detail}`, title: t('The database has failed'), detail };
  }
  // Before its first event only the state tells.
  if (phase === 'recovery' || state?.phase === 'recovering') {
    const detail = phase === 'recovery' ? sentenceOf(frame) : '';
    return { kind: 'recovery', key: 'recovery', title: t('Recovery'), detail };
  }
  if (phase === 'flush' && flush) return minor(flush);
  if (compaction?.state === 'under way') return compacting(compaction);
  return idle(frame, state);
}

function minor(flush: FlushFrame): Headline {
  return {
    kind: 'minor',
    key: `minor ${numberText(flush.table)}`,
    title: t('Minor compaction: a full memtable becomes table {0}', numberText(flush.table)),
    detail: t(
      '{0} of {1} entries, {2} written',
      count(flush.entries),
      count(flush.entriesTotal),
      byteSize(flush.bytes),
    ),
  };
}

function compacting(compaction: CompactionFrame): Headline {
  const { reason, event, level, trivialMove, bytesRead, bytesWritten, inputBytes } = compaction;
  return {
    kind: reason,
    key: `${reason} ${event} ${level}`,
    title: compactionTitle(compaction),
    detail: trivialMove
      ? t('The table only moves to level {0}: nothing there overlaps it.', level + 1)
      : t(
          '{0} into level {1}: {2} of {3} read, {4} written',
          inputsText(compaction),
          level + 1,
          byteSize(bytesRead),
          byteSize(inputBytes[0] + inputBytes[1]),
          byteSize(bytesWritten),
        ),
  };
}

/** The rule's name, and what it goes by. */
export function compactionTitle({ reason, level, score, first, begin, end }: CompactionFrame): string {
  switch (reason) {
    case 'size':
      return t('Size compaction of level {0}: score {1}', level, ratioText(score ?? 0));
    case 'seek':
      return t(
        'Seek compaction of level {0}: the seeks of table {1} are used up',
        level,
        first === undefined || first === null ? '?' : numberText(first),
      );
    case 'manual':
      return t('Manual compaction of level {0}: {1}', level, rangeText(begin ?? undefined, end ?? undefined));
  }
}

function idle(frame: TraceFrame, state: PlaygroundState | undefined): Headline {
  // The state may be ahead of the frame.
  const next = state ? state.due : frame.due;
  return {
    kind: 'idle',
    key: `idle ${next?.why}`,
    title: nextText(frame, next) ?? t('The background has nothing to do'),
    detail: lastWork(frame),
  };
}

function nextText(frame: TraceFrame, next: PlaygroundState['due']): string | undefined {
  if (next?.why === 'manual') return t('A compaction or flush by hand is due.');
  return dueText({ ...frame, due: next });
}

/** What comes behind the work that is under way, if that is known: what its own edit leads to is not. */
export function afterwardsText(frame: TraceFrame, { due, underWay }: PlaygroundState): string | undefined {
  return underWay && (due?.why === 'memtable' || due?.why === 'manual') ? nextText(frame, due) : undefined;
}

/** What was done last. */
function lastWork({ flush, compaction }: TraceFrame): string {
  const isFlushLater = flush && (!compaction || flush.event > compaction.event);
  if (isFlushLater && flush.isOver) {
    const { table, level, why } = flush;
    return t(
      'Last: minor compaction, table {0} in level {1}: {2}.',
      numberText(table),
      level ?? '–',
      why ? flushLevelText(why) : '',
    );
  }
  if (compaction?.state === 'done') {
    return t('Last: {0}. {1}', compactionTitle(compaction), resultText(compaction));
  }
  return '';
}

/** What holds up the next write; undefined if nothing does. */
export function waitingText({ stalls: { waiting }, clock, levels }: PlaygroundState): string | undefined {
  if (!waiting) return undefined;
  const why = stallText(waiting.why, levels[0]?.files ?? 0);
  return t('Stall: {0}. For {1} ms now.', why, count(clock - waiting.since));
}

export function stallTitle(why: StallReason): string {
  const titles: Record<StallReason, string> = {
    'slow down': t('Slowed down by level 0'),
    'memtable full': t('Memtables full'),
    'too many files in level 0': t('Stopped by level 0'),
  };
  return titles[why];
}

export function ruleTitle(rule: WorkRule): string {
  const titles: Record<WorkRule, string> = {
    minor: t('Minor compactions'),
    size: t('Size compactions'),
    seek: t('Seek compactions'),
    manual: t('Manual compactions'),
  };
  return titles[rule];
}

/** What a recovery gave back. */
export function recoveryText({ recovery }: PlaygroundState): string {
  if (!recovery) return '';
  const { lost, acknowledged, lostPromised, promised } = recovery;
  if (lost === 0) {
    return plural(
      acknowledged,
      'Recovered: the 1 acknowledged write is there.',
      'Recovered: all {0} acknowledged writes are there.',
    );
  }
  const promises =
    lostPromised > 0
      ? t('{0} of them had been promised: that must not be.', count(lostPromised))
      : promised > 0
        ? t('None of them had been promised: all that was written with sync is there.')
        : t('Nothing had been promised: no write was made with sync.');
  return `${plural(
    lost,
    'Recovered: 1 of {1} acknowledged writes is lost.',
    'Recovered: {0} of {1} acknowledged writes are lost.',
    count(acknowledged),
  )} ${promises}`;
}
