import type { EventType } from '../protocol/trace-event';
import type { StepFrame, TraceFrame } from '../protocol/trace-frame';
import type { TraceTableDetails } from '../protocol/trace-table';
import { t } from '../ui/text';
import { inputReasonText } from './reasons';
import { type Sentences, stepIs } from './sentences';
import { compactionSentences } from './words-compaction';
import { recoverySentences } from './words-recovery';
import { writingSentences } from './words-writing';

const sentences: Sentences<EventType> = {
  ...recoverySentences,
  ...writingSentences,
  ...compactionSentences,
};

/** What the present event means and why it came, in plain words; the event's own line if it is of no known type. */
export function sentenceOf(frame: TraceFrame): string {
  const { event, step } = frame;
  if (!event) return t('Nothing has happened yet: the first event is the opening of the database.');
  const sentence = sentences[event.type] as ((frame: TraceFrame, step: StepFrame) => string) | undefined;
  // A frame of another program may lack what the sentence is made of.
  if (!sentence || (needsStep.has(event.type) && !stepIs(step, event.type))) return event.text;
  return sentence(frame, step!);
}

/** Types of events whose sentence is made of the frame's `step`. */
const needsStep: ReadonlySet<EventType> = new Set<EventType>([
  'manifest-edit',
  'log-skipped',
  'log-unreadable',
  'log-batch',
  'log-batch-fault',
  'log-dropped',
  'log-end',
  'memtable-switch',
  'compact-range',
  'move',
  'input-block',
  'input-block-end',
  'output-block',
  'entry-kept',
  'entry-dropped',
  'output-begin',
  'output-end',
  'write',
  'remove',
  'stall',
  'seek-charge',
  'error',
]);

/** What a compaction has with a table, in words. */
export function tableRoleText(role: TraceTableDetails['role']): string {
  if (role === undefined) return t('nothing');
  if (role === 'output') return t('output: it is being written');
  if (role === 'grandparent') {
    return t('grandparent: of the level after the next, in the range of the inputs; it is only measured');
  }
  return t('input: {0}', inputReasonText(role));
}
