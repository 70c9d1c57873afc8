import type { CompactionFrame, TraceFrame } from '../protocol/trace-frame';
import { byteSize, count, plural, t } from '../ui/text';
import { keyText, numberText, ratioText, scoreFormula } from './formulas';
import { dropText, inputsText, keepText, outputEndText } from './reasons';
import { type Sentences, together } from './sentences';

type CompactionType =
  | 'compact-range'
  | 'pick'
  | 'move'
  | 'compaction-progress'
  | 'input-block'
  | 'input-block-end'
  | 'output-block'
  | 'entry-kept'
  | 'entry-dropped'
  | 'output-begin'
  | 'output-end'
  | 'compaction-end';

/** A compaction, from the decision to its end. */
export const compactionSentences: Sentences<CompactionType> = {
  'compact-range': (_, { begin, end, deepest }) =>
    t(
      'A compaction of {0} is asked for, down to level {1}: each level above goes into the next one in turn.',
      rangeText(begin, end),
      deepest,
    ),
  pick: (frame) =>
    frame.compaction ? together(ruleText(frame, frame.compaction), whatText(frame.compaction)) : '',
  move: (_, { table, level, bytes }) =>
    t(
      'Table {0} moves from level {1} to level {2} by an edit alone: nothing there overlaps it, so none of its {3} are written anew.',
      numberText(table),
      level,
      level + 1,
      byteSize(bytes),
    ),
  'compaction-progress': ({ compaction }) =>
    compaction
      ? plural(
          compaction.entries,
          'The merge has looked at 1 entry: {1} read of {2}, {3} written.',
          'The merge has looked at {0} entries: {1} read of {2}, {3} written.',
          byteSize(compaction.bytesRead),
          byteSize(compaction.inputBytes[0] + compaction.inputBytes[1]),
          byteSize(compaction.bytesWritten),
        )
      : '',
  'input-block': (_, { table, level, offset, bytes }) =>
    t(
      'The merge needs the next entries of table {0} in level {1}: the block at offset {2} is read ({3}).',
      numberText(table),
      level,
      numberText(offset),
      byteSize(bytes),
    ),
  'input-block-end': (_, { table, offset, entries, kept, shadowed, deletions }) =>
    plural(
      entries,
      'The block at offset {1} of table {2} is through: of its 1 entry {3} kept, {4} shadowed, {5}.',
      'The block at offset {1} of table {2} is through: of its {0} entries {3} kept, {4} shadowed, {5}.',
      numberText(offset),
      numberText(table),
      count(kept),
      count(shadowed),
      plural(deletions, '1 deletion dropped', '{0} deletions dropped'),
    ),
  'output-block': (_, { table, bytes, rawBytes, entries }) =>
    together(
      plural(
        entries,
        'A block with 1 entry is written to table {1}: {2}.',
        'A block with {0} entries is written to table {1}: {2}.',
        numberText(table),
        byteSize(bytes),
      ),
      bytes < rawBytes && t('Before compression it had {0}.', byteSize(rawBytes)),
    ),
  'entry-kept': (_, { entry: { key, why, output } }) =>
    t(
      '{0} at sequence {1} is kept, in table {2}: {3}.',
      keyText(key.userKey),
      numberText(key.sequence),
      output === undefined ? '?' : numberText(output),
      keepText(why as Parameters<typeof keepText>[0]),
    ),
  'entry-dropped': (_, { entry: { key, why, by } }) =>
    together(
      t(
        '{0} at sequence {1} is dropped: {2}.',
        keyText(key.userKey),
        numberText(key.sequence),
        dropText(why as Parameters<typeof dropText>[0]),
      ),
      by !== undefined && t('The newer version has sequence {0}.', numberText(by)),
    ),
  'output-begin': (_, { table, level }) =>
    t('Table {0} begins in level {1}: the entries that are kept go into it.', numberText(table), level),
  'output-end': (_, { table, bytes, entries, why }) =>
    plural(
      entries,
      'Table {1} ends with 1 entry and {2}: {3}.',
      'Table {1} ends with {0} entries and {2}: {3}.',
      numberText(table),
      byteSize(bytes),
      outputEndText(why),
    ),
  'compaction-end': ({ compaction }) => (compaction ? resultText(compaction) : ''),
};

/** Which rule picked a compaction, with the numbers that it looked at (VersionSet::PickCompaction). */
export function ruleText({ levels }: TraceFrame, compaction: CompactionFrame): string {
  const { level, score, first, reason, begin, end } = compaction;
  switch (reason) {
    case 'size': {
      const of = levels[level];
      if (!of || score === undefined || of.score !== score) {
        return t(
          'Level {0} had the score {1}, at least 1 and the highest of all levels: so level {0} is compacted.',
          level,
          ratioText(score ?? 0),
        );
      }
      const formula = scoreFormula(of) ?? ratioText(score);
      return level === 0
        ? plural(
            of.files,
            'Level 0 has 1 file; at {1} a compaction is due ({2}), and no other level’s score is higher: so level 0 is compacted.',
            'Level 0 has {0} files; at {1} a compaction is due ({2}), and no other level’s score is higher: so level 0 is compacted.',
            count(of.limit ?? 0),
            formula,
          )
        : t(
            'Level {0} has {1}; at {2} a compaction is due ({3}), and no other level’s score is higher: so level {0} is compacted.',
            level,
            byteSize(of.bytes),
            byteSize(of.limit ?? 0),
            formula,
          );
    }
    case 'seek':
      return t(
        'No level’s score reaches 1, but the seeks that table {0} of level {1} may cost are used up: so it is compacted.',
        first === undefined ? '?' : numberText(first),
        level,
      );
    case 'manual':
      return t(
        'A compaction was asked for: in level {0}, {1} are still to be compacted.',
        level,
        rangeText(begin, end),
      );
  }
}

/** What is going to be done. */
function whatText(compaction: CompactionFrame): string {
  const { level, trivialMove, inputFiles } = compaction;
  if (trivialMove) {
    return t(
      'It has one input, and nothing in level {0} overlaps it: it will move there without being written anew.',
      level + 1,
    );
  }
  return inputFiles[0] + inputFiles[1] === 1
    ? t('One table is read and written anew into level {0}.', level + 1)
    : t('Its inputs ({0}) are merged into level {1}.', inputsText(compaction), level + 1);
}

/** What a compaction came to. */
export function resultText({
  level,
  entries,
  kept,
  shadowed,
  deletions,
  bytesRead,
  bytesWritten,
}: CompactionFrame): string {
  return together(
    t(
      'Level {0} is merged into level {1}: {2} read, {3} written.',
      level,
      level + 1,
      byteSize(bytesRead),
      byteSize(bytesWritten),
    ),
    plural(
      entries,
      'Of 1 entry {1} kept, {2} shadowed, {3}.',
      'Of {0} entries {1} kept, {2} shadowed, {3}.',
      count(kept),
      count(shadowed),
      plural(deletions, '1 deletion dropped', '{0} deletions dropped'),
    ),
  );
}

export function rangeText(begin: Uint8Array | undefined, end: Uint8Array | undefined): string {
  if (!begin && !end) return t('all keys');
  if (!end) return t('the keys from {0} on', keyText(begin!));
  if (!begin) return t('the keys up to {0}', keyText(end));
  return t('the keys from {0} to {1}', keyText(begin), keyText(end));
}
