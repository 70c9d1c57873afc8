import { byteSize, count, plural, t } from '../ui/text';
import { numberText } from './formulas';
import { type Sentences, together } from './sentences';
import { dueText } from './words-due';

type RecoveryType =
  | 'open'
  | 'lock'
  | 'create'
  | 'current'
  | 'manifest-edit'
  | 'manifest-end'
  | 'missing-files'
  | 'log-skipped'
  | 'logs'
  | 'log-begin'
  | 'log-unreadable'
  | 'log-batch'
  | 'log-batch-fault'
  | 'log-dropped'
  | 'log-end'
  | 'open-end';

/** Opening a database (DBImpl::Recover), step by step. */
export const recoverySentences: Sentences<RecoveryType> = {
  open: ({ options }) =>
    together(
      t('LevelDB begins to open the database.'),
      options?.paranoidChecks
        ? t('With paranoid_checks, the first damage in a log ends it.')
        : t('Without paranoid_checks, damaged records of logs are dropped and opening goes on.'),
    ),
  lock: () => t('LOCK is taken: from now on no other process can open the database.'),
  create: () => t('There was no CURRENT: an empty database was made, as create_if_missing asks.'),
  current: ({ current }) =>
    t(
      'CURRENT names {0}. Its edits, applied one after the other, give the tables of each level.',
      current ?? '?',
    ),
  'manifest-edit': (
    { manifest, counters },
    { comparator, added, removed, pointers, counters: hasCounters },
  ) => {
    const did = [
      comparator ? t('names the comparator') : undefined,
      added > 0 ? plural(added, 'adds 1 table', 'adds {0} tables') : undefined,
      removed > 0 ? plural(removed, 'takes 1 table away', 'takes {0} tables away') : undefined,
      pointers > 0
        ? plural(pointers, 'moves 1 compaction pointer', 'moves {0} compaction pointers')
        : undefined,
      hasCounters ? t('sets counters') : undefined,
    ].filter((part) => part !== undefined);
    const { edits = 0, editsTotal, name = '' } = manifest ?? {};
    const which =
      editsTotal === undefined
        ? t('Edit {0} of {1} is applied.', count(edits), name)
        : t('Edit {0} of {1} in {2} is applied.', count(edits), count(editsTotal), name);
    return together(
      which,
      did.length > 0 ? t('It {0}.', did.join(', ')) : t('It changes nothing.'),
      counters.nextFileNumber === undefined && t('The counters are still to come in another edit.'),
    );
  },
  'manifest-end': ({ manifest, levels, counters }) => {
    const tables = levels.reduce((sum, { files }) => sum + files, 0);
    const { edits = 0, name = '' } = manifest ?? {};
    return together(
      plural(
        edits,
        '{1} is read to its end: 1 edit gives {2}.',
        '{1} is read to its end: {0} edits give {2}.',
        name,
        plural(tables, '1 table', '{0} tables'),
      ),
      t(
        'Its log number is {0}: logs from this one on may hold writes that are in no table.',
        numberText(counters.logNumber ?? 0),
      ),
    );
  },
  'missing-files': ({ missing }) =>
    plural(
      missing.total,
      '1 table that the MANIFEST names is not in the folder: LevelDB does not open such a database.',
      '{0} tables that the MANIFEST names are not in the folder: LevelDB does not open such a database.',
    ),
  'log-skipped': (_, { file, logNumber }) =>
    t(
      '{0} is not replayed: its number is below the log number {1} of the MANIFEST, so what it holds is in tables.',
      file,
      numberText(logNumber),
    ),
  logs: ({ logs }) => {
    const waiting = logs.rows.filter(({ state }) => state === 'to replay').length;
    const total = logs.total - logs.rows.filter(({ state }) => state === 'too old').length;
    return plural(
      Math.max(waiting, total),
      '1 log is to be replayed: what it holds may be in no table.',
      '{0} logs are to be replayed, the oldest first: what they hold may be in no table.',
    );
  },
  'log-begin': ({ logs, memtable }) => {
    const log = logs.rows.find(({ file }) => file === memtable.log);
    return t(
      '{0} ({1}) is replayed from its beginning: each batch enters a new memtable, as when it was written.',
      memtable.log ?? '?',
      byteSize(log?.bytes ?? 0),
    );
  },
  'log-unreadable': (_, { file, message }) =>
    t(
      '{0} cannot be read and is passed by: {1}. With paranoid_checks this would end recovery.',
      file,
      message,
    ),
  'log-batch': ({ memtable: { bytes, limit } }, { file, count: operations, sequence }) =>
    together(
      plural(
        operations,
        'A batch of 1 operation with sequence {1}, read from {2}, enters the memtable.',
        'A batch of {0} operations, from sequence {1} on, read from {2}, enters the memtable.',
        numberText(sequence),
        file,
      ),
      bytes > limit
        ? t(
            'It takes {0} now, more than write_buffer_size ({1}): so it is flushed to level 0.',
            byteSize(bytes),
            byteSize(limit),
          )
        : t(
            'It takes {0} now; above write_buffer_size ({1}) it would be flushed.',
            byteSize(bytes),
            byteSize(limit),
          ),
    ),
  'log-batch-fault': (_, { file, offset, reason, kept, ignored }) =>
    together(
      t('The batch at offset {0} of {1} is faulty: {2}.', numberText(offset), file, reason),
      plural(
        kept,
        'The 1 operation before the fault is kept.',
        'The {0} operations before the fault are kept.',
      ),
      ignored
        ? t('What stands behind the fault in this batch is lost.')
        : t('With paranoid_checks, recovery ends here.'),
    ),
  'log-dropped': (_, { file, offset, bytes, reason, ignored }) =>
    together(
      ignored
        ? plural(
            bytes,
            '1 byte at offset {1} of {2} is dropped: {3}.',
            '{0} bytes at offset {1} of {2} are dropped: {3}.',
            numberText(offset),
            file,
            reason,
          )
        : t('{0} is damaged at offset {1}: {2}.', file, numberText(offset), reason),
      ignored
        ? t('Without paranoid_checks recovery goes on behind them; what they held is lost.')
        : t('With paranoid_checks, recovery ends here.'),
    ),
  'log-end': ({ memtable }, { file, batches, reused }) =>
    together(
      plural(
        batches,
        '{1} is read to its end: 1 batch was replayed.',
        '{1} is read to its end: {0} batches were replayed.',
        file,
      ),
      reused
        ? t('As reuse_logs asks, new writes go on in this log, and the memtable stays.')
        : memtable.bytes === 0 && batches > 0
          ? t('All of them are in tables of level 0 now.')
          : undefined,
    ),
  'open-end': (frame) =>
    together(
      t(
        'The database is open: the last sequence is {0}, and new writes go to {1}.',
        numberText(frame.counters.lastSequence ?? 0),
        frame.memtable.log ?? '?',
      ),
      dueText(frame),
    ),
};
