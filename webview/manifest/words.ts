import type { EditKind, EditWhat } from '../protocol/manifest';
import { plural, t } from '../ui/text';

/** What an edit did, in words. */
export function editWords(what: EditWhat): string {
  switch (what.kind) {
    case 'snapshot':
      return plural(what.files, 'opened: new MANIFEST, 1 file', 'opened: new MANIFEST, {0} files');
    case 'created':
      return t('database created');
    case 'opened':
      if (what.count === 0) return t('opened: nothing to recover, writes go to log {0}', what.log);
      return t(
        'opened: recovered into tables {0}',
        `${what.tables.join(', ')}${what.count > what.tables.length ? ', …' : ''}`,
      );
    case 'flush':
      return t('flush of log {0} to table {1} at level {2}', what.log, what.table, what.level);
    case 'move':
      return t('trivial move of {0} from level {1} to {2}', what.table, what.from, what.to);
    case 'compaction':
      return t(
        'compaction of {0} + {1} files into {2} at level {3}',
        what.inputs[0],
        what.inputs[1],
        what.outputs,
        what.level + 1,
      );
    case 'counters':
      return t('counters only');
    case 'other':
      return plural(what.added, '1 file added, {1} removed', '{0} files added, {1} removed', what.removed);
    case 'damage':
      return t('DAMAGE: {0}', what.reason);
  }
}

export function kindTitle(kind: EditKind): string {
  const titles: Record<EditKind, string> = {
    snapshot: t('new MANIFEST'),
    created: t('created'),
    opened: t('opened'),
    flush: t('flushes'),
    move: t('trivial moves'),
    compaction: t('compactions'),
    counters: t('counters only'),
    other: t('other'),
    damage: t('damage'),
  };
  return titles[kind];
}

export type CounterName = 'comparator' | 'logNumber' | 'prevLogNumber' | 'nextFileNumber' | 'lastSequence';

/** The fields that stand in an edit once. */
export function counterTitles(): Record<CounterName, string> {
  return {
    comparator: t('Comparator'),
    logNumber: t('Log number'),
    prevLogNumber: t('Previous log number'),
    nextFileNumber: t('Next file number'),
    lastSequence: t('Last sequence'),
  };
}
