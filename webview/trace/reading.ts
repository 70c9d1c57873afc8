import type { Remote } from '../protocol/rpc';
import type { TraceReading } from '../protocol/trace';

/** A plain object with the calls that ask a trace. */
export function readingOf(calls: Remote<TraceReading>): Remote<TraceReading> {
  return {
    frame: (at) => calls.frame(at),
    tables: (versionId) => calls.tables(versionId),
    events: (start, end, filter) => calls.events(start, end, filter),
    rowOf: (event, filter) => calls.rowOf(event, filter),
    eventJson: (index) => calls.eventJson(index),
    find: (query, from, direction) => calls.find(query, from, direction),
    nextOf: (kind, from, direction) => calls.nextOf(kind, from, direction),
    landmarks: (kinds) => calls.landmarks(kinds),
    tableDetails: (table, at) => calls.tableDetails(table, at),
    blocks: (table, role, at, start, end) => calls.blocks(table, role, at, start, end),
    entries: (request, start, end) => calls.entries(request, start, end),
  };
}
