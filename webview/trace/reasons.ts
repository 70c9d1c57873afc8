// Why LevelDB did something, in words: one text for each reason that a trace tells. No DOM.

import type {
  CompactionReason,
  DropReason,
  FlushLevelReason,
  KeepReason,
  OutputEnd,
} from '../protocol/trace-event';
import type {
  CompactionFrame,
  InputReason,
  LogFrame,
  Phase,
  RemovedFrame,
  StallFrame,
} from '../protocol/trace-frame';
import { byteSize, count, plural, t } from '../ui/text';
import { numberText } from './formulas';

type StallReason = NonNullable<StallFrame['last']>['why'];

export function ruleTitle(reason: CompactionReason): string {
  const titles: Record<CompactionReason, string> = {
    size: t('by size'),
    seek: t('by seeks'),
    manual: t('asked for'),
  };
  return titles[reason];
}

export function inputReasonText(why: InputReason): string {
  const texts: Record<InputReason, string> = {
    first: t('the first: the compaction began with it'),
    overlapping: t('overlaps the others of its level'),
    boundary: t('boundary: begins with the user key that another input ends with'),
    expanded: t('expanded: takes no more of the next level along'),
    'next level': t('of the next level, overlaps the inputs above'),
    'in range': t('in the range that was asked for'),
  };
  return texts[why];
}

export function outputEndText(why: OutputEnd): string {
  const texts: Record<OutputEnd, string> = {
    'file size': t('it reached the file size'),
    'grandparent overlap': t('it overlapped more of the level after the next than one output may'),
    'end of input': t('the inputs ended'),
  };
  return texts[why];
}

/** Why a flushed table is in its level (Version::PickLevelForMemTableOutput). */
export function flushLevelText(why: FlushLevelReason): string {
  const texts: Record<FlushLevelReason, string> = {
    'recovery always flushes to level 0': t('recovery always flushes to level 0'),
    'it overlaps level 0': t(
      'it overlaps a table of level 0: a newer version must not lie below an older one',
    ),
    'it overlaps the next level': t('it overlaps a table of the next level'),
    'it overlaps too much of the level after the next': t(
      'it overlaps more of the level after the next than one later compaction should read',
    ),
    'no flush goes deeper': t('a flush goes no deeper, even where nothing overlaps'),
    'nothing to flush': t('the memtable is empty: there is no table'),
  };
  return texts[why];
}

export function keepText(why: KeepReason): string {
  const texts: Record<KeepReason, string> = {
    newest: t('it is the newest version of its user key'),
    'a snapshot needs it': t('a snapshot still reads this version'),
    'a deletion that hides something below': t(
      'it is a deletion, and a deeper level or a snapshot may have what it hides',
    ),
    'unreadable key': t('its key cannot be read, so nothing is known to hide it'),
  };
  return texts[why];
}

export function dropText(why: DropReason): string {
  const texts: Record<DropReason, string> = {
    shadowed: t('a newer version of the same user key hides it from every reader'),
    'deletion with nothing below': t('it is a deletion, and no deeper level can hold its user key'),
  };
  return texts[why];
}

export function refusalText(why: string): string {
  if (why === 'too many bytes') return t('the inputs would have become too large');
  if (why === 'more files in the next level')
    return t('it would have taken more tables of the next level along');
  return why;
}

/** Why a file is obsolete (DBImpl::RemoveObsoleteFiles). */
export function obsoleteText(kind: RemovedFrame['kind']): string {
  const texts: Record<RemovedFrame['kind'], string> = {
    log: t('older than the log number: all it holds is in tables'),
    manifest: t('older than the MANIFEST in use'),
    table: t('no version that is in use names it'),
    temporary: t('left behind by work that did not finish'),
  };
  return texts[kind];
}

export function stallText(why: string, level0Files: number): string {
  const texts: Record<StallReason, string> = {
    'slow down': plural(
      level0Files,
      'a write waits a millisecond, since level 0 has 1 file',
      'a write waits a millisecond, since level 0 has {0} files',
    ),
    'memtable full': t('writes wait until the full memtable is flushed'),
    'too many files in level 0': plural(
      level0Files,
      'writes wait for a compaction, since level 0 has 1 file',
      'writes wait for a compaction, since level 0 has {0} files',
    ),
  };
  return Object.hasOwn(texts, why) ? texts[why]! : why;
}

export function logStateTitle(state: LogFrame['state']): string {
  const titles: Record<LogFrame['state'], string> = {
    'to replay': t('to be replayed'),
    'too old': t('too old'),
    unreadable: t('cannot be read'),
    'under way': t('being replayed'),
    replayed: t('replayed'),
  };
  return titles[state];
}

/** Why a log is not replayed; undefined for one that is. */
export function logStateText({ state, why }: LogFrame): string | undefined {
  if (state === 'too old') {
    return t('its number is below the log number {0}: what it holds is in tables', why ?? '');
  }
  return state === 'unreadable' ? why : undefined;
}

export function duringText(phase: Phase): string {
  const texts: Record<Phase, string> = {
    before: t('before opening'),
    recovery: t('recovery'),
    flush: t('a flush'),
    compaction: t('a compaction'),
    idle: t('between two pieces of work'),
    failed: t('after another failure'),
  };
  return texts[phase];
}

/** The sizes of the inputs: `3 + 2 tables, 1.2 MB + 3.4 MB`. */
export function inputsText({ inputFiles, inputBytes }: CompactionFrame): string {
  const files = t('{0} + {1} tables', count(inputFiles[0]), count(inputFiles[1]));
  return `${files}, ${byteSize(inputBytes[0])} + ${byteSize(inputBytes[1])}`;
}

/** What a table is called in a sentence. */
export function tableText(table: number | bigint | undefined): string {
  return t('table {0}', table === undefined ? '?' : numberText(table));
}
