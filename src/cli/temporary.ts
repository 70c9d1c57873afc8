import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envErrorOf } from '../engine/env/node';
import { NodeWritableEnv } from '../engine/env/node-writable';
import type { SpillTarget } from '../engine/env/overlay';

/** A folder outside of every database for what a dry run cannot keep in memory. It is made when it is needed. */
export class TemporaryFolder implements SpillTarget {
  readonly env = new NodeWritableEnv();
  private made: string | undefined;

  get directory(): string {
    try {
      this.made ??= mkdtempSync(join(tmpdir(), 'lsm-'));
    } catch (error) {
      throw envErrorOf(tmpdir(), error as NodeJS.ErrnoException);
    }
    return this.made;
  }

  /** Idempotent. */
  remove(): void {
    const { made } = this;
    this.made = undefined;
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}
