import type { FlushFrame, WrittenEditFrame } from '../protocol/trace-frame';
import { byteSize, count, plural, t } from '../ui/text';
import { numberText } from './formulas';
import { flushLevelText, obsoleteText, stallText } from './reasons';
import { type Sentences, together } from './sentences';

type WritingType =
  | 'memtable-switch'
  | 'flush-begin'
  | 'flush-progress'
  | 'flush-end'
  | 'write'
  | 'version'
  | 'remove'
  | 'stall'
  | 'seek-charge'
  | 'error';

/** Writes, flushes, edits and what is told beside them. */
export const writingSentences: Sentences<WritingType> = {
  'memtable-switch': ({ memtable }, { log, memoryUsage, entries }) =>
    together(
      memoryUsage > memtable.limit
        ? t(
            'The memtable takes {0}, more than write_buffer_size ({1}): it waits to be flushed.',
            byteSize(memoryUsage),
            byteSize(memtable.limit),
          )
        : plural(
            entries,
            'The memtable with 1 entry is set aside to be flushed, though it is not full: a flush was asked for.',
            'The memtable with {0} entries is set aside to be flushed, though it is not full: a flush was asked for.',
          ),
      t('New writes go to a new memtable and a new log, {0}.', log),
    ),
  'flush-begin': ({ flush }) =>
    flush
      ? together(
          plural(
            flush.entriesTotal,
            'The memtable with the writes of {1} is flushed: its 1 entry becomes table {2}.',
            'The memtable with the writes of {1} is flushed: its {0} entries become table {2}, in key order.',
            flush.log,
            numberText(flush.table),
          ),
          flush.during === 'recovery' && t('Recovery puts every such table into level 0.'),
        )
      : '',
  'flush-progress': ({ flush }) =>
    flush
      ? t(
          'Table {0} grows: {1} of {2} entries, {3} so far.',
          numberText(flush.table),
          count(flush.entries),
          count(flush.entriesTotal),
          byteSize(flush.bytes),
        )
      : '',
  'flush-end': ({ flush }) => (flush ? flushedText(flush) : ''),
  write: ({ memtable }, { count: operations, sequence }) =>
    plural(
      operations,
      'A batch of 1 operation with sequence {1} goes into the log and the memtable, which takes {2} of {3} now.',
      'A batch of {0} operations, from sequence {1} on, goes into the log and the memtable, which takes {2} of {3} now.',
      numberText(sequence),
      byteSize(memtable.bytes),
      byteSize(memtable.limit),
    ),
  version: ({ edit }) => (edit ? editText(edit) : ''),
  remove: (_, { file, kind }) => t('{0} is removed: {1}.', file, obsoleteText(kind)),
  stall: (_, { why, level0Files }) => t('A write is held up: {0}.', stallText(why, level0Files)),
  'seek-charge': (_, { table, level, left, by }) =>
    together(
      by === 'get'
        ? t(
            'A get looked into table {0} of level {1} in vain and had to go on to another: the table is charged a seek.',
            numberText(table),
            level,
          )
        : t(
            'An iterator’s sample met more than one table that may hold the key: table {0} of level {1} is charged a seek.',
            numberText(table),
            level,
          ),
      left > 0
        ? plural(
            left,
            '1 is left before it is to be compacted.',
            '{0} are left before it is to be compacted.',
          )
        : t('None is left: it is to be compacted, unless a level’s score asks for more.'),
    ),
  error: (_, { message, file, offset }) =>
    together(
      t('This ends what was under way: {0}.', message),
      file !== undefined &&
        (offset === undefined
          ? t('It was met in {0}.', file)
          : t('It was met in {0}, at offset {1}.', file, numberText(offset))),
    ),
};

/** Where a flush put its table, and why no deeper. */
export function flushedText({ table, level, why, bytes }: FlushFrame): string {
  if (level === undefined || why === undefined) return t('The memtable was empty: no table was made.');
  return t(
    'Table {0} ({1}) is in level {2}: {3}.',
    numberText(table),
    byteSize(bytes),
    level,
    flushLevelText(why),
  );
}

/** What an edit that was written does. */
export function editText({ manifest, newManifest, added, removed, logNumber }: WrittenEditFrame): string {
  const tables = [
    added.total > 0 ? plural(added.total, 'adds 1 table', 'adds {0} tables') : undefined,
    removed.total > 0 ? plural(removed.total, 'takes 1 table away', 'takes {0} tables away') : undefined,
  ].filter((part) => part !== undefined);
  return together(
    newManifest
      ? t(
          'A new MANIFEST, {0}, begins with the whole version and with this edit; CURRENT names it now.',
          manifest,
        )
      : t('An edit is written to {0}; the version that it gives is read from now on.', manifest),
    tables.length > 0 && t('It {0}.', tables.join(', ')),
    // LevelDB writes it with every edit; a flush is what changes it.
    logNumber !== undefined &&
      removed.total === 0 &&
      t('Its log number is {0}: older logs are needed no more.', numberText(logNumber)),
  );
}
