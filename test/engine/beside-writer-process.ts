// The process that writes, as the tests that look beside it hold it.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { forkTestChild, killChild } from '../helpers/leveldb';
import { readProgress, writeProgress } from './beside-writer-model';

/** What was done beside writers. */
export const counts = { opens: 0, listedLater: 0, gets: 0, scans: 0 };

/** Another process that writes batch after batch. */
export class Writer {
  readonly directory: string;
  private readonly folder = mkdtempSync(join(tmpdir(), 'lsm-beside-'));
  private readonly progress: number;
  private readonly batchesPerOpen: number;
  private readonly before = { ...counts };
  private child: ChildProcess | undefined;

  private constructor(batchesPerOpen: number) {
    this.batchesPerOpen = batchesPerOpen;
    this.directory = join(this.folder, 'db');
    mkdirSync(this.directory);
    writeFileSync(this.progressFile, '');
    this.progress = openSync(this.progressFile, 'r+');
    writeProgress(this.progress, 'begun', 0);
    writeProgress(this.progress, 'acknowledged', 0);
  }

  static async start(batchesPerOpen = 0): Promise<Writer> {
    const writer = new Writer(batchesPerOpen);
    await writer.fork();
    return writer;
  }

  /** No answer may be older than this was before the reader looked. */
  acknowledged(): number {
    return readProgress(this.progress, 'acknowledged');
  }

  /** No answer may be newer than this is after the reader looked. */
  begun(): number {
    return readProgress(this.progress, 'begun');
  }

  async restart(): Promise<void> {
    if (this.child) await killChild(this.child);
    await this.fork();
  }

  async end(): Promise<void> {
    if (this.child) await killChild(this.child);
    closeSync(this.progress);
    rmSync(this.folder, { recursive: true });
  }

  report(t: TestContext): void {
    const done = (what: keyof typeof counts) => `${counts[what] - this.before[what]} ${what}`;
    const files = readdirSync(this.directory);
    const tables = Math.max(...files.map((name) => Number.parseInt(name, 10) || 0));
    t.diagnostic(`${done('opens')}, ${done('gets')}, ${done('scans')}`);
    t.diagnostic(`beside ${this.begun()} batches; file numbers up to ${tables}`);
    assert.ok(tables > 20, 'no flushes happened meanwhile');
  }

  private get progressFile(): string {
    return join(this.folder, 'progress');
  }

  private async fork(): Promise<void> {
    const { directory, progressFile, batchesPerOpen } = this;
    const child = forkTestChild('engine/beside-writer.child.mjs', [
      directory,
      progressFile,
      `${batchesPerOpen}`,
    ]);
    this.child = child;
    const ended = once(child, 'exit').then(([code]) => assert.fail(`the writer ended with ${code}`));
    ended.catch(() => {});
    await Promise.race([once(child, 'message'), ended]);
  }
}

/** Repeats for some milliseconds, and lets events in between. */
export async function during(milliseconds: number, work: () => void | Promise<void>): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    await work();
    await pause(0);
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
