import { html, type TemplateResult } from 'lit';
import type { Phase, TraceFrame } from '../../protocol/trace-frame';
import { t } from '../../ui/text';
import type { TraceContext } from '../context';
import { decisionSection } from './decision';
import { dueSection, hasEditToCome } from './due';
import { editSection } from './edit';
import { failureSection } from './failure';
import { faultsSection } from './faults';
import { flushSection } from './flush';
import { grandparentsSection } from './grandparents';
import { inputsSection } from './inputs';
import { levelsSection } from './levels';
import { logsSection } from './logs';
import { memtableSection } from './memtable';
import { mergeSection } from './merge';
import { missingSection } from './missing';
import { outputsSection } from './outputs';
import { type Part, paragraph } from './parts';
import { recoverySection } from './recovery';
import { removedSection } from './removed';
import { seeksSection } from './seeks';
import { stallsSection } from './stalls';
import { workSection } from './work';

type SectionMaker = (frame: TraceFrame, context: TraceContext) => Part;

const COMPACTION: SectionMaker[] = [
  decisionSection,
  mergeSection,
  inputsSection,
  outputsSection,
  grandparentsSection,
];
const OPENING: SectionMaker[] = [recoverySection, missingSection, logsSection, faultsSection];
const STATE: SectionMaker[] = [seeksSection, stallsSection, workSection, editSection, removedSection];

/** What is under way comes first, what was before it last. */
const ORDERS: Record<Exclude<Phase, 'before' | 'failed'>, SectionMaker[]> = {
  recovery: [...OPENING, memtableSection, flushSection, levelsSection, ...STATE],
  flush: [flushSection, memtableSection, levelsSection, ...STATE, ...COMPACTION, ...OPENING],
  compaction: [...COMPACTION, levelsSection, dueSection, ...STATE, memtableSection, flushSection, ...OPENING],
  idle: [dueSection, levelsSection, ...STATE, ...COMPACTION, memtableSection, flushSection, ...OPENING],
};

/** Everything about the present frame but the picture, in an order that fits its phase. */
export function frameSections(frame: TraceFrame, context: TraceContext): TemplateResult {
  const { phase, error } = frame;
  if (phase === 'before') {
    return html`<div class="now">${paragraph(t('The trace begins with the opening of the database. Play, or step through it.'))}</div>`;
  }
  const order =
    phase === 'failed'
      ? [
          failureSection,
          ...ORDERS[error && error.during in ORDERS ? (error.during as keyof typeof ORDERS) : 'idle'],
        ]
      : ORDERS[phase === 'idle' && hasEditToCome(frame) ? 'compaction' : phase];
  return html`<div class="now" data-phase=${phase}>${order.map((make) => make(frame, context))}</div>`;
}
