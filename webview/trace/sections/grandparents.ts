import { nothing } from 'lit';
import type { TraceFrame } from '../../protocol/trace-frame';
import { byteSize, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { definitions, inLine, type Part, paragraph, section, tableLink } from './parts';

const SHOWN = 30;

/** Tables of the level after the next: how many of their bytes one output may overlap (MaxGrandParentOverlapBytes). */
export function grandparentsSection(
  { compaction, options, levels }: TraceFrame,
  context: TraceContext,
): Part {
  if (!compaction || compaction.level + 2 >= levels.length) return nothing;
  const { marks, grandparentBytes, grandparentLimit, level } = compaction;
  const numbers = marks.grandparents;
  if (numbers.length === 0) {
    return section(
      'grandparents',
      t('Grandparents'),
      paragraph(
        t('none: level {0} has no table in the range of the inputs, so it cuts no output', level + 2),
      ),
    );
  }
  const links = Array.from(numbers.slice(0, SHOWN), (number) => tableLink(number, context));
  const limit = options
    ? t('10 × the file size = {0}; an output ends once it overlaps more', byteSize(grandparentLimit))
    : byteSize(grandparentLimit);
  return section(
    'grandparents',
    t('Grandparents: tables of level {0} in the range of the inputs', level + 2),
    definitions([
      [t('Tables'), inLine(links, numbers.length - links.length)],
      [t('Size'), byteSize(grandparentBytes)],
      [t('One output may overlap'), limit],
    ]),
  );
}
