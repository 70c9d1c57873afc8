import { html, nothing } from 'lit';
import type { LogFrame, TraceFrame } from '../../protocol/trace-frame';
import { byteSize, count, plural, t } from '../../ui/text';
import type { TraceContext } from '../context';
import { numberText } from '../formulas';
import { logStateText, logStateTitle } from '../reasons';
import { type Column, fileLink, more, type Part, paragraph, section, shown, tableOf } from './parts';

/** The logs that opening met: which are replayed, which are not and why. */
export function logsSection({ logs, counters }: TraceFrame, context: TraceContext): Part {
  if (logs.total === 0) return nothing;
  const columns: Column<LogFrame>[] = [
    { title: t('Log'), cell: ({ file }) => fileLink(file, context) },
    { title: t('State'), isWide: true, cell: stateCell },
    { title: t('Size'), isNumber: true, cell: ({ bytes }) => (bytes === undefined ? '–' : byteSize(bytes)) },
    { title: t('Batches'), isNumber: true, cell: ({ batches }) => count(batches) },
    { title: t('Operations'), isNumber: true, cell: ({ operations }) => count(operations) },
    {
      title: t('Last batch at'),
      isNumber: true,
      cell: ({ file, batches, offset }) =>
        batches === 0 ? '–' : fileLink(file, context, offset, numberText(offset)),
    },
    { title: t('Faults'), isNumber: true, cell: faultsCell },
  ];
  const { logNumber } = counters;
  return section('logs', t('Logs'), [
    tableOf(t('Logs'), shown(logs), columns),
    more(logs),
    logNumber === undefined
      ? nothing
      : paragraph(
          t(
            'Logs from the MANIFEST’s log number on are replayed, the oldest first; those below it are in tables already.',
          ),
          'quiet',
        ),
  ]);
}

function stateCell(log: LogFrame) {
  const why = logStateText(log);
  const state = log.reused ? t('replayed; writes go on in it') : logStateTitle(log.state);
  return why === undefined ? state : html`${state}: ${why}`;
}

function faultsCell({ faults, droppedBytes }: LogFrame) {
  if (faults === 0) return '0';
  return html`<span class="bad">${
    droppedBytes === 0
      ? count(faults)
      : plural(droppedBytes, '{1}, 1 byte dropped', '{1}, {0} bytes dropped', count(faults))
  }</span>`;
}
