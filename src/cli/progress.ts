const INTERVAL_MS = 100;

/** One line of progress on standard error, where that is a terminal. */
export class Progress {
  private readonly enabled = process.stderr.isTTY === true;
  private shownAt = 0;

  show(text: string): void {
    if (!this.enabled) return;
    const now = Date.now();
    if (now - this.shownAt < INTERVAL_MS) return;
    this.shownAt = now;
    process.stderr.write(`\r\x1b[K${text}`);
  }

  clear(): void {
    if (this.enabled && this.shownAt > 0) process.stderr.write('\r\x1b[K');
  }
}
