import type { Workbench } from './workbench';

/** The Dry Run panel that is in front. */
export class DryRunPage {
  private readonly workbench: Workbench;

  constructor(workbench: Workbench) {
    this.workbench = workbench;
  }

  get view() {
    return this.workbench.webview();
  }

  button(name: string) {
    return this.view.getByRole('button', { name, exact: true });
  }

  /** Waits for what was tried out to be shown, and nothing to be done yet. */
  async tried(title: string | RegExp): Promise<void> {
    await this.view.getByRole('heading', { name: title, exact: true }).waitFor();
    await this.view.getByText('Nothing has been changed yet.').waitFor();
    await this.view.locator('#files tbody tr').first().waitFor();
  }

  /** A row of the compactions: `1 → 2`. */
  compaction(levels: string) {
    return this.view.locator('tr', { has: this.view.getByRole('cell', { name: levels, exact: true }) });
  }

  /** What stands beside a term of the summary. */
  fact(term: string) {
    return this.view.locator(`dt:text-is("${term}") + dd`);
  }

  async apply(): Promise<void> {
    await this.button('Apply').click();
    await this.view.getByText('Done.').waitFor();
  }
}
