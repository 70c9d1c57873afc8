import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envErrorOf } from './node';
import { NodeWritableEnv } from './node-writable';
import type { SpillTarget } from './overlay';

/** A folder outside of every database for what a dry run cannot keep in memory. It is made when it is needed. */
export class TemporaryFolder implements SpillTarget {
  readonly env = new NodeWritableEnv();
  private made: string | undefined;
  private readonly parent: string;

  /** It lies in `parent`, which is made too; in the system's folder for such things if that is left out. */
  constructor(parent = tmpdir()) {
    this.parent = parent;
  }

  get directory(): string {
    try {
      if (this.made === undefined) {
        mkdirSync(this.parent, { recursive: true, mode: 0o700 });
        this.made = mkdtempSync(join(this.parent, 'lsm-'));
      }
      return this.made;
    } catch (error) {
      throw envErrorOf(this.parent, error as NodeJS.ErrnoException);
    }
  }

  /** Idempotent. */
  remove(): void {
    const { made } = this;
    this.made = undefined;
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}
