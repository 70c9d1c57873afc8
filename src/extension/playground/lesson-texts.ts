import * as vscode from 'vscode';
import type { LessonId, LessonStepIds, LessonText } from '../../../webview/protocol/playground';

const { t } = vscode.l10n;

export interface StepTexts {
  /** What to do, in the imperative. */
  title: string;
  /** What is to be seen then. */
  text: string;
}

export interface LessonTexts<Id extends LessonId = LessonId> {
  title: string;
  about: string;
  steps: { [Step in LessonStepIds[Id]]: StepTexts };
}

/** The texts of a lesson of the playground. What its steps do is the worker's (src/worker/playground-lessons.ts). */
export function lessonTexts<Id extends LessonId>(id: Id): LessonTexts<Id> {
  return LESSON_TEXTS[id]() as LessonTexts<Id>;
}

/** In the order in which they are read. */
export const LESSON_IDS: readonly LessonId[] = [
  'write-path',
  'read-path',
  'minor-compaction',
  'size-compaction',
  'seek-compaction',
  'manual-compaction',
  'recovery',
  'deletes-take-space',
  'promises',
];

export function isLesson(id: unknown): id is LessonId {
  return LESSON_IDS.includes(id as LessonId);
}

/** As a page gets them. The texts' order is that of the steps. */
export function lessonsForPage(): LessonText[] {
  return LESSON_IDS.map((id) => {
    const { title, about, steps } = lessonTexts(id);
    const ordered = Object.entries<StepTexts>(steps).map(([step, texts]) => ({ id: step, ...texts }));
    return { id, title, about, steps: ordered };
  });
}

const LESSON_TEXTS: { [Id in LessonId]: () => LessonTexts<Id> } = {
  'write-path': () => ({
    title: t('The write path'),
    about: t(
      'A write goes to the end of the log first and into the memtable then. Nothing else of the database changes, so a write costs one append. When the memtable has grown past write_buffer_size, a new memtable and a new log take over.',
    ),
    steps: {
      'one-write': {
        title: t('Write one key'),
        text: t(
          'One record is appended to the log, one entry enters the memtable, and the write is acknowledged. Without sync the record is with the operating system, not on the disk.',
        ),
      },
      fill: {
        title: t('Fill the memtable'),
        text: t(
          'The memtable keeps its entries sorted by key; the log has them in the order in which they came. Both grow together.',
        ),
      },
      switch: {
        title: t('Go on until it is full'),
        text: t(
          'The full memtable becomes immutable and waits to be flushed. Writes go to a new memtable and a new log at once.',
        ),
      },
      table: {
        title: t('Wait for the table'),
        text: t('The immutable memtable has become a table. Its log is needed no more and is removed.'),
      },
    },
  }),
  'read-path': () => ({
    title: t('The read path'),
    about: t(
      'A get asks the newest place first and stops at the first answer: the memtable, the immutable ones, the tables of level 0 from the newest on, then at most one table in each further level.',
    ),
    steps: {
      'one-get': {
        title: t('Get one key'),
        text: t('Watch how many tables are asked until one has the key. A deletion is an answer, too.'),
      },
      gets: {
        title: t('Get many keys'),
        text: t(
          'In a table the index leads to one data block. Tables above the one that answers are asked in vain, unless their filter says so at once.',
        ),
      },
      misses: {
        title: t('Get keys that are not there'),
        text: t(
          'Without a filter a miss would read a block of each table whose range has the key. The Bloom filter rules nearly all of them out; about one in a hundred is a false positive with 10 bits a key.',
        ),
      },
      scans: {
        title: t('Scan ranges'),
        text: t(
          'An iterator merges the memtables, each table of level 0 and one run for each further level. No filter helps it.',
        ),
      },
    },
  }),
  'minor-compaction': () => ({
    title: t('Minor compaction'),
    about: t(
      'A minor compaction writes an immutable memtable to a table. The background thread does it before anything else. Here it goes on by hand at first.',
    ),
    steps: {
      fill: {
        title: t('Fill the memtable'),
        text: t('A full memtable waits and nobody flushes it: the background stands still.'),
      },
      stall: {
        title: t('Fill the next one'),
        text: t('With max_write_buffer_number memtables full, the next write has to wait: a stall.'),
      },
      begin: {
        title: t('Step into the background'),
        text: t('The flush begins: the table gets a number, and its blocks are written one by one.'),
      },
      finish: {
        title: t('Let the background run'),
        text: t(
          'The table goes to level 0, or to level 1 or 2 if it overlaps nothing on the way. One edit of the MANIFEST adds it and gives up the log, and the write that waited goes on.',
        ),
      },
      'by-hand': {
        title: t('Flush by hand'),
        text: t(
          'A flush can be asked for before the memtable is full. It goes to the background like any other.',
        ),
      },
      table: {
        title: t('Wait for the table'),
        text: t('A small table is as good as a large one, and counts as much for level 0.'),
      },
    },
  }),
  'size-compaction': () => ({
    title: t('Size compaction'),
    about: t(
      'Each level has a score: the number of files in level 0 by its trigger, the bytes of a further level by its limit, each level ten times the one before. From 1 on a compaction is due, and the highest score comes first.',
    ),
    steps: {
      'level-0': {
        title: t('Fill level 0'),
        text: t(
          'The tables of level 0 overlap: a get may have to ask each of them. At the trigger the score is 1.',
        ),
      },
      'into-level-1': {
        title: t('Watch the compaction'),
        text: t(
          'All tables of level 0 that overlap the first go together, with those of level 1 in their range. The merge keeps the newest version of each key.',
        ),
      },
      deeper: {
        title: t('Go on until level 1 is full'),
        text: t(
          'From level 1 on one table at a time goes down, the next one behind the compaction pointer, so that the whole range of keys has its turn. If nothing overlaps it below, it only moves.',
        ),
      },
      'too-fast': {
        title: t('Write faster than it compacts'),
        text: t(
          'Memtables are full, or level 0 grows: from the slowdown trigger on each write waits a millisecond, from the stop trigger on all wait.',
        ),
      },
    },
  }),
  'seek-compaction': () => ({
    title: t('Seek compaction'),
    about: t(
      'A get that asks more than one table charges a seek to the first. A table may cost one seek for each 16 KiB of its size, and at least 100; then it is compacted into the next level, if no level is due by size. This database has no filter.',
    ),
    steps: {
      charge: {
        title: t('Get some keys'),
        text: t(
          'A thin table lies over the whole range of keys. Nearly every get asks it in vain and charges it.',
        ),
      },
      due: {
        title: t('Use its seeks up'),
        text: t('At 0 the table is due. A size compaction would come first.'),
      },
      compaction: {
        title: t('Watch the compaction'),
        text: t('The table is merged into the level below. The trace names the rule: seek.'),
      },
      afterwards: {
        title: t('Get some more'),
        text: t('Each get asks one table now, and nobody is charged.'),
      },
    },
  }),
  'manual-compaction': () => ({
    title: t('Manual compaction'),
    about: t(
      'CompactRange compacts a range of keys through all levels that have it, whatever their scores. It comes before compactions by size and by seeks, and behind the flush of a memtable.',
    ),
    steps: {
      ask: { title: t('Compact everything'), text: t('The request waits for the background.') },
      flush: {
        title: t('Step into the background'),
        text: t('First the memtable becomes a table, so that its keys are part of it.'),
      },
      'level-by-level': {
        title: t('Watch it go down'),
        text: t(
          'Level by level the range goes down, in rounds of about one file from level 1 on, to the deepest level that had a part of it. A deletion is dropped as soon as no deeper level can hold its key.',
        ),
      },
      afterwards: {
        title: t('Write on'),
        text: t('New tables come above it: a manual compaction tidies up once, and changes no rule.'),
      },
    },
  }),
  recovery: () => ({
    title: t('Recovery'),
    about: t(
      'Opening a database reads CURRENT, replays the MANIFEST that it names to the version of tables, and replays the logs that no table has yet. What was synced is there; what was not may be gone.',
    ),
    steps: {
      unsynced: {
        title: t('Write without sync'),
        text: t('These writes are acknowledged and not durable: they are behind the last sync of the log.'),
      },
      plug: { title: t('Pull the plug'), text: t('Memory is gone, and with it all that was not synced.') },
      begin: {
        title: t('Recover step by step'),
        text: t('The database is opened again; each step is an event of the trace.'),
      },
      step: {
        title: t('Take a step'),
        text: t(
          'LOCK, CURRENT, the edits of the MANIFEST, the check for missing files, then the logs, batch by batch into a memtable.',
        ),
      },
      finish: {
        title: t('Let it finish'),
        text: t(
          'What the logs held becomes a table of level 0, a new MANIFEST is written, obsolete files go. The lost writes are counted against those that were acknowledged.',
        ),
      },
    },
  }),
  'deletes-take-space': () => ({
    title: t('Why deletes take space'),
    about: t(
      'A delete is a write: it adds a deletion marker that hides the older versions of its key. They stay until a compaction meets both, and the marker stays until nothing below can hold the key.',
    ),
    steps: {
      delete: {
        title: t('Delete half of the keys'),
        text: t('The live bytes fall; the bytes on disk grow.'),
      },
      all: {
        title: t('Delete the rest'),
        text: t('The database is empty for every reader, and larger than before.'),
      },
      compact: {
        title: t('Compact everything'),
        text: t('The deletion markers have to reach the level that holds what they delete.'),
      },
      freed: {
        title: t('Watch the space come back'),
        text: t(
          'Shadowed versions and deletion markers with nothing below are dropped; the old tables are removed.',
        ),
      },
    },
  }),
  promises: () => ({
    title: t('What is promised when the power goes'),
    about: t(
      'LevelDB: with sync=false an acknowledged write survives the end of the process, since the operating system has it; a power cut may take the last ones. With sync=true the write returns when it is on the disk. Here what is left is a prefix of all writes, since this engine syncs a log when the memtable is switched; LevelDB does not, so a later log may survive the end of an earlier one. Redis RDB: snapshots now and then; everything since the last one is lost. Redis AOF: with appendfsync always, commands are on the disk before they are answered; with everysec about the last second may be lost; with no the operating system decides, on Linux usually within 30 seconds.',
    ),
    steps: {
      unsynced: {
        title: t('Write without sync'),
        text: t(
          'Watch how far the durable writes are behind the acknowledged ones: Redis with AOF and appendfsync everysec would be at most about a second behind.',
        ),
      },
      plug: { title: t('Pull the plug'), text: t('Only what was synced is left.') },
      lost: {
        title: t('Recover'),
        text: t('The writes behind the last sync are lost, and none before it. None of them was promised.'),
      },
      synced: {
        title: t('Write with sync'),
        text: t(
          'Each write waits for the disk, as with appendfsync always: acknowledged, promised and durable are one.',
        ),
      },
      'plug-again': {
        title: t('Pull the plug again'),
        text: t('Nothing that was acknowledged since is only in memory.'),
      },
      kept: {
        title: t('Recover'),
        text: t('All acknowledged writes are there. Redis with RDB would be back at its last snapshot.'),
      },
    },
  }),
};
