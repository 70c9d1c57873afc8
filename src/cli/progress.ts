const INTERVAL_MS = 100;

/** One line of progress on standard error, where that is a terminal. */
export class Progress {
  private readonly enabled = process.stderr.isTTY === true;
  private shownAt = 0;

  /** Whether what is shown now would be seen. */
  get isDue(): boolean {
    return this.enabled && Date.now() - this.shownAt >= INTERVAL_MS;
  }

  show(text: string | undefined): void {
    if (text === undefined || !this.isDue) return;
    this.shownAt = Date.now();
    const width = Math.max(20, process.stderr.columns ?? 80) - 1;
    process.stderr.write(`\r\x1b[K${text.slice(0, width)}`);
  }

  clear(): void {
    if (this.enabled && this.shownAt > 0) process.stderr.write('\r\x1b[K');
  }
}
