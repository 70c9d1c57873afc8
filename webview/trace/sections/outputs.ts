import { html, nothing } from 'lit';
import type { OutputFrame, TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { outputEndText } from '../reasons';
import { type Column, more, type Part, paragraph, section, shown, tableLink, tableOf } from './parts';

/** What the compaction writes, and why each table ended where it did. */
export function outputsSection({ compaction, options }: TraceFrame, context: TraceContext): Part {
  if (!compaction) return nothing;
  const { outputs, trivialMove, level, state } = compaction;
  const title = t('Outputs');
  if (trivialMove) {
    return section('outputs', title, paragraph(t('None: the table itself goes to level {0}.', level + 1)));
  }
  if (outputs.total === 0) {
    const none =
      state === 'done' ? t('None: no entry was kept.') : t('None yet: no entry has been kept so far.');
    return section('outputs', title, paragraph(none));
  }
  const columns: Column<OutputFrame>[] = [
    { title: t('Table'), cell: ({ number }) => tableLink(number, context) },
    { title: t('Level'), isNumber: true, cell: (output) => output.level },
    { title: t('Size'), isNumber: true, cell: ({ bytes }) => byteSize(bytes) },
    { title: t('Blocks'), isNumber: true, cell: ({ blocks }) => count(blocks) },
    { title: t('Entries'), isNumber: true, cell: ({ entries }) => count(entries) },
    { title: t('Compressed'), isNumber: true, cell: compressionText },
    {
      title: t('Why it ended'),
      isWide: true,
      cell: ({ isOver, why }) => (isOver && why ? outputEndText(why) : html`<em>${t('being written')}</em>`),
    },
  ];
  const most = options?.limits.maxFileBytes;
  return section(
    'outputs',
    title,
    [
      tableOf(title, shown(outputs), columns),
      more(outputs),
      most === undefined
        ? nothing
        : paragraph(t('An output ends when it has {0}, the file size, or more.', byteSize(most)), 'quiet'),
    ],
    plural(outputs.total, '1 table', '{0} tables'),
  );
}

/** Data before compression against what the file has, as `48 %`; nothing where it did not get less. */
function compressionText({ bytes, rawBytes }: OutputFrame): string {
  return rawBytes === 0 || bytes >= rawBytes
    ? '–'
    : t('{0} of {1}', `${Math.round((bytes / rawBytes) * 100)} %`, byteSize(rawBytes));
}
