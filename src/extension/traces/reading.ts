import type { TraceReading } from '../../../webview/protocol/trace';
import type { WorkerClient } from '../../worker/client';
import type { TraceCalls, TraceJobs } from '../../worker/trace-api';
import type { Answers } from '../webviews/host';

/** A worker for traces. */
export type TraceClient = WorkerClient<TraceCalls, TraceJobs>;

/** What a page may ask of a trace, handed on to the worker that has it. */
export function readingAnswers(client: TraceClient): Answers<TraceReading> {
  return {
    frame: (at) => client.call('frame', at),
    tables: (versionId) => client.call('tables', versionId),
    events: (start, end, filter) => client.call('events', start, end, filter),
    rowOf: (event, filter) => client.call('rowOf', event, filter),
    eventJson: (index) => client.call('eventJson', index),
    find: (query, from, direction) => client.call('find', query, from, direction),
    nextOf: (kind, from, direction) => client.call('nextOf', kind, from, direction),
    landmarks: (kinds) => client.call('landmarks', kinds),
    tableDetails: (table, at) => client.call('tableDetails', table, at),
    blocks: (table, role, at, start, end) => client.call('blocks', table, role, at, start, end),
    entries: (request, start, end) => client.call('entries', request, start, end),
  };
}
