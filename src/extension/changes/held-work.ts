import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppliedChange, WriteOptions } from '../../worker/change-api';
import { type JobOptions, WorkerClient, type WorkerError } from '../../worker/client';
import type { SessionKind } from '../../worker/messages';
import type { ChangedDatabase } from './restore';
import { backupParent, requireTrust } from './rules';

type Methods<Interface> = { [Name in keyof Interface]: (...params: never[]) => unknown };

/** What a session can do that holds a dry run. */
interface HeldCalls {
  discard(): void;
}

interface HeldJobs {
  apply(label: string, options: WriteOptions): AppliedChange;
}

/** A dry run in a worker of its own, until it is applied or dropped. */
export class HeldWork<Calls extends HeldCalls & Methods<Calls>, Jobs extends HeldJobs & Methods<Jobs>> {
  readonly database: ChangedDatabase;
  readonly client: WorkerClient<Calls, Jobs>;
  /** Told when the worker dies, and the dry run with it. */
  onCrash: (error: WorkerError) => void = () => {};
  /** Made by the worker when memory does not do; removed from here, since the worker may have died. */
  protected readonly spill = join(tmpdir(), `lsm-dry-run-${randomUUID()}`);
  private running: Promise<unknown> = Promise.resolve();
  private cancel: (() => void) | undefined;

  constructor(database: ChangedDatabase, workers: string, session: SessionKind) {
    this.database = database;
    this.client = new WorkerClient(workers, session, (error) => this.onCrash(error));
  }

  /** Does it to the database, which is looked at again then. */
  async apply(label: string, options: JobOptions = {}, answers: WriteOptions = {}): Promise<AppliedChange> {
    requireTrust();
    const params = [label, { ...backupParent(), ...answers }] as unknown as Parameters<Jobs['apply']>;
    try {
      return (await this.run(options, (job) => this.client.run('apply', params, job))) as AppliedChange;
    } finally {
      void this.database.refresh();
    }
  }

  /** Stops what is under way. What an apply has done by then is taken back. */
  stop(): void {
    this.cancel?.();
  }

  /** Drops it; nothing of it is left. An apply that is under way is waited for, or the folder would be left half-way. */
  async dispose(): Promise<void> {
    this.stop();
    await this.running.catch(() => {});
    const none = [] as unknown as Parameters<Calls['discard']>;
    if (this.client.isRunning) await this.client.call('discard', ...none).catch(() => {});
    await this.client.dispose();
    rmSync(this.spill, { recursive: true, force: true });
  }

  protected run<Result>(
    options: JobOptions,
    start: (options: JobOptions) => Promise<Result>,
  ): Promise<Result> {
    const result = start({
      ...options,
      onCancel: (cancel) => {
        this.cancel = cancel;
        options.onCancel?.(cancel);
      },
    });
    this.running = result;
    return result;
  }
}
