import { resolve } from 'node:path';
import { applyDryRun } from '../engine/db/apply';
import { DryRun } from '../engine/db/dry-run';
import type { ReadableEnv } from '../engine/env/env';
import { nodeInflate } from '../engine/env/node';
import { TemporaryFolder } from '../engine/env/node-temporary';
import { written } from './applied';
import type { AppliedChange, WriteOptions } from './change-api';
import type { JobOf } from './job';

/** A dry run on a database of the disk, with a folder for what memory does not hold. */
export class HeldDryRun {
  readonly dryRun: DryRun;
  private readonly temporary: TemporaryFolder;

  /** Throws as DryRun does. `spill` is the folder's parent. */
  constructor(env: ReadableEnv, directory: string, spill: string | undefined) {
    this.temporary = new TemporaryFolder(spill);
    this.dryRun = new DryRun(env, resolve(directory), { inflate: nodeInflate, spill: this.temporary });
  }

  /** Does what it showed, and ends it. It stays if that is refused. `label` goes into the backup. */
  *apply(label: string, { withoutLock, backupParent }: WriteOptions): JobOf<AppliedChange> {
    const { dryRun } = this;
    const account = yield* written(withoutLock, (env) => applyDryRun(env, dryRun, { label, backupParent }));
    this.end();
    return account;
  }

  /** Idempotent. */
  end(): void {
    this.dryRun.end();
    this.temporary.remove();
  }
}
