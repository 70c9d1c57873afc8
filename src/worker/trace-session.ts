import { LsmError } from '../engine/problem';
import type { JobsOf } from './job';
import type { TraceCalls, TraceJobs } from './trace-api';

function missing(): never {
  throw new LsmError('Not implemented', 'invalid-argument', 'traces are not there yet');
}

/** A trace, in the worker's thread. */
export class TraceSession implements TraceCalls {
  readonly jobs: JobsOf<TraceJobs> = {
    record: missing,
    openFile: missing,
    save: missing,
    exportText: missing,
    apply: missing,
    compare: missing,
  };

  summary = missing;
  frame = missing;
  tables = missing;
  events = missing;
  rowOf = missing;
  eventJson = missing;
  find = missing;
  nextOf = missing;
  landmarks = missing;
  tableDetails = missing;
  blocks = missing;
  entries = missing;
  discard = missing;
}
