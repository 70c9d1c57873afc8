import type { JobOptions } from '../../worker/client';
import type {
  RecoveryComparison,
  TraceCalls,
  TraceJobs,
  TraceRequest,
  TraceSummary,
  WhatIf,
} from '../../worker/trace-api';
import { HeldWork } from '../changes/held-work';
import type { ChangedDatabase } from '../changes/restore';

/** One trace of a database: recorded on a dry run, until that is applied or dropped. */
export class Trace extends HeldWork<TraceCalls, TraceJobs> {
  readonly request: TraceRequest;

  constructor(database: ChangedDatabase, request: TraceRequest, workers: string) {
    super(database, workers, 'trace');
    this.request = request;
  }

  /** Records it, anew if there was one. A database that cannot be opened gives a trace, too. */
  record(whatIf: WhatIf, options: JobOptions = {}): Promise<TraceSummary> {
    const { spill, request } = this;
    const directory = this.database.uri.fsPath;
    return this.run(options, (job) =>
      this.client.run('record', [directory, request, { ...whatIf, spill }], job),
    );
  }

  /** Recovers the database in both ways, each on an overlay of its own; the trace stays. */
  compare(options: JobOptions = {}): Promise<RecoveryComparison> {
    const { spill } = this;
    const directory = this.database.uri.fsPath;
    return this.run(options, (job) => this.client.run('compare', [directory, { spill }], job));
  }
}
