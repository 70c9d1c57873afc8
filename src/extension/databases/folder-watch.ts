import { type FSWatcher, watch } from 'node:fs';
import type { Disposable } from 'vscode';

/** Changes of a folder come in bursts: a flush touches four files. */
const SETTLE_MS = 300;
/** A database that is written to all the time is looked at again this often. */
const REST_MS = 2000;
/** How often a folder is looked at that the system cannot watch, such as a share of another machine. */
const POLL_MS = 5000;

/**
 * Calls `touched` when something in a folder may have changed: soon after the first change of a burst, and again no
 * sooner than a rest after the call before has ended. The system's own watch is used, since VS Code's leaves out what
 * `files.watcherExclude` names; it keeps no file of the folder open.
 */
export class FolderWatch implements Disposable {
  private readonly touched: () => Promise<void>;
  private watcher: FSWatcher | undefined;
  private poll: NodeJS.Timeout | undefined;
  private timer: NodeJS.Timeout | undefined;
  private restUntil = 0;
  private isRunning = false;
  private isMissed = false;
  private isDisposed = false;

  constructor(folder: string, touched: () => Promise<void>) {
    this.touched = touched;
    try {
      this.watcher = watch(folder, { persistent: false }, () => this.schedule());
      this.watcher.on('error', () => this.fallBack());
    } catch {
      this.fallBack();
    }
  }

  dispose(): void {
    this.isDisposed = true;
    this.watcher?.close();
    clearInterval(this.poll);
    clearTimeout(this.timer);
  }

  private fallBack(): void {
    this.watcher?.close();
    this.watcher = undefined;
    if (this.isDisposed) return;
    this.poll ??= setInterval(() => this.schedule(), POLL_MS).unref();
    this.schedule();
  }

  private schedule(): void {
    if (this.isDisposed || this.timer) return;
    if (this.isRunning) {
      this.isMissed = true;
      return;
    }
    this.timer = setTimeout(
      () => void this.call(),
      Math.max(SETTLE_MS, this.restUntil - performance.now()),
    ).unref();
  }

  private async call(): Promise<void> {
    this.timer = undefined;
    this.isRunning = true;
    try {
      await this.touched();
    } finally {
      this.isRunning = false;
      this.restUntil = performance.now() + REST_MS;
      if (this.isMissed) {
        this.isMissed = false;
        this.schedule();
      }
    }
  }
}
