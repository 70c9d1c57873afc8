import type { DryRunSummary } from '../../../webview/protocol/dry-run';
import type { ChangeSummary } from '../../worker/change-api';

/** A summary as a page can carry it. */
export function summaryView(summary: ChangeSummary): DryRunSummary {
  const { request: _, directory: __, recovery, ways, chosen, lastSequence, ...rest } = summary;
  return {
    ...rest,
    recovery: {
      ...recovery,
      tables: recovery.tables.map(({ number, bytes, level }) => ({ number: `${number}`, bytes, level })),
    },
    ways: { ...ways, chosenCompression: chosen.compression },
    lastSequence: `${lastSequence}`,
  };
}
