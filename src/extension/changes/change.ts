import type {
  ChangeCalls,
  ChangeJobs,
  ChangeRequest,
  ChangeSummary,
  ChosenWays,
} from '../../worker/change-api';
import type { JobOptions, WorkerClient } from '../../worker/client';
import { HeldWork } from './held-work';
import type { ChangedDatabase } from './restore';

/** A worker for changes. */
export type ChangeClient = WorkerClient<ChangeCalls, ChangeJobs>;

/** One change: its dry run, until it is applied or dropped. */
export class Change extends HeldWork<ChangeCalls, ChangeJobs> {
  readonly request: ChangeRequest;
  private chosen: ChosenWays;

  constructor(database: ChangedDatabase, request: ChangeRequest, workers: string, chosen: ChosenWays = {}) {
    super(database, workers, 'change');
    this.request = request;
    this.chosen = chosen;
  }

  /** How tables are to be written in the next dry run; what is left out stays as it was. */
  choose(chosen: ChosenWays): void {
    this.chosen = { ...this.chosen, ...chosen };
  }

  /** The dry run, anew if there was one. */
  tryOut(options: JobOptions = {}): Promise<ChangeSummary> {
    const { spill, chosen, request } = this;
    const directory = this.database.uri.fsPath;
    return this.run(options, (job) =>
      this.client.run('tryOut', [directory, request, { chosen, spill }], job),
    );
  }
}
