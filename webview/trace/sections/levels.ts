import { html, nothing } from 'lit';
import type { LevelFrame, TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, plural, t } from '../../ui/text';
import { keyText, numberText, ratioText, scoreFormula, scoreOf } from '../formulas';
import { type Column, type Part, paragraph, section, tableOf } from './parts';

/** Every level's score and how it is computed (VersionSet::Finalize). */
export function levelsSection(frame: TraceFrame): Part {
  const { levels } = frame;
  const highest = highestOf(levels);
  const columns: Column<LevelFrame>[] = [
    { title: t('Level'), cell: ({ level }) => level },
    { title: t('Tables'), isNumber: true, cell: ({ files }) => count(files) },
    { title: t('Size'), isNumber: true, cell: ({ bytes }) => byteSize(bytes) },
    { title: t('Score'), cell: (level) => scoreCell(level, highest) },
    {
      title: t('Compaction pointer'),
      cell: ({ pointer }) =>
        pointer
          ? html`<span class="key" title=${t('at sequence {0}', numberText(pointer.sequence))}>${keyText(pointer.userKey)}</span>`
          : '–',
    },
  ];
  return section('levels', t('Levels and their scores'), [
    tableOf(t('Levels and their scores'), levels, columns),
    paragraph(rule(frame), 'quiet'),
  ]);
}

/** The level that PickCompaction takes: the highest score, the lower level on a tie; undefined while none is 1. */
export function highestOf(levels: readonly LevelFrame[]): number | undefined {
  let highest: number | undefined;
  let best = 0;
  for (const { level, score } of levels) {
    if (score !== undefined && score >= 1 && score > best) [highest, best] = [level, score];
  }
  return highest;
}

function scoreCell(level: LevelFrame, highest: number | undefined) {
  const score = scoreOf(level);
  if (score === undefined) return level.by === undefined ? t('none: nothing lies below') : '–';
  const isTold = level.score !== undefined;
  const isDue = level.level === highest;
  const title = `${count(level.by === 'files' ? level.files : level.bytes)} / ${count(level.limit!)}`;
  return html`<span class=${isTold && score >= 1 ? 'is-due' : nothing} title=${title} data-score=${isTold ? ratioText(score) : nothing}
    >${scoreFormula(level)}</span>${isDue ? html` <span class="mark">${t('highest')}</span>` : nothing}`;
}

function rule({ options, levels }: TraceFrame): string {
  if (options && levels.every(({ score }) => score === undefined)) {
    return t('LevelDB computes the scores when the MANIFEST is read to its end.');
  }
  if (!options || levels[1]?.limit === undefined) return t('The thresholds are told by the opening.');
  const { level0Files, level1Bytes } = options.limits;
  return plural(
    level0Files,
    'Level 0 is due at 1 file. Level 1 is due at {1}, each further level at ten times as much. From 1 on the highest score is compacted first, on a tie the lower level.',
    'Level 0 is due at {0} files. Level 1 is due at {1}, each further level at ten times as much. From 1 on the highest score is compacted first, on a tie the lower level.',
    byteSize(level1Bytes),
  );
}
