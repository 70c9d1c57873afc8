import { nothing } from 'lit';
import type { InputFrame, TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { inputReasonText, inputsText } from '../reasons';
import { type Column, more, type Part, section, shown, tableLink, tableOf } from './parts';

/** What the compaction reads: why each table is in it, and what became of its entries so far. */
export function inputsSection({ compaction }: TraceFrame, context: TraceContext): Part {
  if (!compaction) return nothing;
  const { inputs } = compaction;
  const columns: Column<InputFrame>[] = [
    { title: t('Table'), cell: ({ number }) => tableLink(number, context) },
    { title: t('Level'), isNumber: true, cell: ({ level }) => level },
    { title: t('Why it is in'), isWide: true, cell: ({ why }) => inputReasonText(why) },
    { title: t('Size'), isNumber: true, cell: ({ bytes }) => byteSize(bytes) },
    { title: t('Blocks read'), isNumber: true, cell: readText },
    { title: t('Entries'), isNumber: true, cell: ({ entries }) => count(entries) },
    { title: t('Kept'), isNumber: true, cell: ({ kept }) => count(kept) },
    { title: t('Shadowed'), isNumber: true, cell: ({ shadowed }) => count(shadowed) },
    { title: t('Deletions dropped'), isNumber: true, cell: ({ deletions }) => count(deletions) },
  ];
  // A move reads nothing.
  const told = compaction.trivialMove ? columns.slice(0, 4) : columns;
  return section(
    'inputs',
    t('Inputs'),
    [tableOf(t('Inputs'), shown(inputs), told), more(inputs)],
    inputsText(compaction),
  );
}

/** `3 (12 KB)`: data blocks alone, without index and filter. */
function readText({ blocksRead, bytesRead }: InputFrame): string {
  return blocksRead === 0 ? '0' : `${count(blocksRead)} (${byteSize(bytesRead)})`;
}
