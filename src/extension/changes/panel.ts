import * as vscode from 'vscode';
import type {
  DryRunCalls,
  DryRunEvents,
  DryRunPhase,
  DryRunProgress,
  DryRunView,
} from '../../../webview/protocol/dry-run';
import type { AppliedChange, ChangedLevels, ChangeSummary, ChosenWays } from '../../worker/change-api';
import { WorkerError } from '../../worker/client';
import { escapeBytes } from '../../worker/format';
import { numberBytes } from '../editors/views';
import { DRY_RUN_VIEW_TYPE } from '../ids';
import { Owner } from '../lifecycle';
import { type Answers, WebviewHost, webviewOptions } from '../webviews/host';
import { viewIcon } from '../webviews/icon';
import { askOnTrouble } from './ask-on-trouble';
import { type Change, failureOf } from './change';
import { withProgress } from './progress';
import { restoreBackup, tellApplied } from './restore';
import { summaryView } from './summary-view';
import { accountOf, labelOf, lockNotes, titleOf } from './titles';

const { t } = vscode.l10n;

/** One dry run, shown until it is applied or dropped. Closing the panel drops it. */
export class DryRunPanel extends Owner {
  readonly change: Change;
  private readonly panel: vscode.WebviewPanel;
  private readonly host: WebviewHost<DryRunCalls, DryRunEvents>;
  private readonly workerScript: string;
  private readonly title: string;
  private phase: DryRunPhase = 'working';
  private progress: DryRunProgress = { detail: '', done: 0, total: 0 };
  private failure: DryRunView['failure'];
  private summary: ChangeSummary | undefined;
  /** The database is not any more what the dry run was made of. */
  private hasMovedOn = false;
  private levels: Promise<ChangedLevels> | undefined;
  private run = 0;
  private account: AppliedChange | undefined;
  /** When nothing of it is left. */
  gone: Promise<void> | undefined;

  /** Owns the change. */
  constructor(change: Change, extensionUri: vscode.Uri, workerScript: string) {
    super();
    this.change = change;
    this.workerScript = workerScript;
    this.title = titleOf(change.request);
    const { database } = change;
    this.panel = vscode.window.createWebviewPanel(
      DRY_RUN_VIEW_TYPE,
      t('Dry Run: {0}', database.name),
      vscode.ViewColumn.Active,
      webviewOptions(extensionUri),
    );
    this.panel.iconPath = viewIcon(extensionUri);
    const page = { app: 'dry-run', title: this.panel.title, resource: database.uri };
    this.host = this.own(new WebviewHost(this.panel.webview, extensionUri, page, this.answers()));
    this.own(this.panel.onDidDispose(() => this.dispose()));
  }

  /** What the page shows. */
  get state(): { phase: DryRunPhase; failure: DryRunView['failure']; summary: ChangeSummary | undefined } {
    const { phase, failure, summary } = this;
    return { phase, failure, summary };
  }

  /** Does the dry run, again if there was one, with tables written as is chosen. Cancelled, it closes the panel. */
  async tryOut(chosen: ChosenWays = {}): Promise<ChangeSummary | undefined> {
    if (this.phase === 'applying') return undefined;
    this.change.choose(chosen);
    this.summary = undefined;
    this.levels = undefined;
    this.failure = undefined;
    this.hasMovedOn = false;
    this.run++;
    this.go('working');
    try {
      this.summary = await withProgress(t('Dry run: {0}', this.title), (options) =>
        this.change.tryOut(this.listening(options)),
      );
      if (!this.summary) {
        this.dispose();
        return undefined;
      }
      // The page asks for them again after it was hidden, which can be when the dry run was applied.
      this.levels = this.change.client.call('levels');
      this.levels.catch(() => {});
      this.go('ready');
    } catch (error) {
      this.fail(error);
    }
    return this.summary;
  }

  /** Does what was shown. Undefined if it was refused, which the panel says. */
  async apply(): Promise<AppliedChange | undefined> {
    if (!this.canApply) return undefined;
    this.failure = undefined;
    this.go('applying');
    const { database, request } = this.change;
    try {
      this.account = await askOnTrouble(database, (answers) =>
        withProgress(t('Applying: {0}', this.title), (options) =>
          this.change.apply(labelOf(request), this.listening(options), answers),
        ),
      );
    } catch (error) {
      this.fail(error);
      return undefined;
    }
    // Cancelled, it has taken back what it did.
    this.go(this.account ? 'applied' : 'ready');
    if (this.account) void tellApplied(database, this.title, this.account, this.workerScript);
    return this.account;
  }

  override dispose(): void {
    if (this.isDisposed) return;
    super.dispose();
    this.panel.dispose();
    this.gone = this.change.dispose();
  }

  private get canApply(): boolean {
    const { phase, summary, hasMovedOn } = this;
    return (phase === 'ready' || phase === 'failed') && summary !== undefined && !hasMovedOn;
  }

  private answers(): Answers<Omit<DryRunCalls, 'texts' | 'copy'>> {
    const { client } = this.change;
    return {
      open: () => this.view(),
      levels: async () => {
        const levels = await (this.levels ?? client.call('levels'));
        return {
          numbers: numberBytes(levels.numbers),
          sizes: numberBytes(levels.sizes),
          levels: levels.levels,
          left: numberBytes(levels.left),
          right: numberBytes(levels.right),
          fates: levels.fates,
          ticks: levels.ticks,
        };
      },
      async table(index) {
        const { number, level, bytes, smallest, largest } = await client.call('table', index);
        return {
          number: `${number}`,
          level,
          bytes,
          smallest: escapeBytes(smallest.userKey),
          largest: escapeBytes(largest.userKey),
        };
      },
      apply: () => void this.apply(),
      discard: () => this.dispose(),
      again: (compression) => {
        // A parameter that a page leaves out arrives as null.
        void this.tryOut(compression ? { compression } : {});
      },
      restore: () => {
        if (this.account) void restoreBackup(this.change.database, this.workerScript, this.account.backup);
      },
      revealBackup: async () => {
        if (this.account) {
          await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(this.account.backup));
        }
      },
    };
  }

  private view(): DryRunView {
    const { phase, run, progress, failure, summary, account, title } = this;
    return {
      title,
      database: this.change.database.uri.fsPath,
      phase,
      run,
      progress,
      failure,
      canApply: this.canApply,
      summary: summary && summaryView(summary),
      account: account
        ? [accountOf(account), t('The backup is in {0}.', account.backup), ...lockNotes(account)]
        : [],
    };
  }

  private listening<Options extends { onProgress?: (progress: DryRunProgress) => void }>(
    options: Options,
  ): Options {
    return {
      ...options,
      onProgress: (progress: DryRunProgress) => {
        options.onProgress?.(progress);
        this.progress = progress;
        if (!this.isDisposed) this.host.send('progress', progress);
      },
    };
  }

  private fail(error: unknown): void {
    // The panel was closed under it.
    if (this.isDisposed || (error instanceof WorkerError && error.code === 'cancelled')) return;
    this.hasMovedOn = error instanceof WorkerError && error.code === 'moved-on';
    const needsChoice = error instanceof WorkerError && error.code === 'unwritten-compression';
    this.failure = { ...failureOf(error), compressions: needsChoice ? ['snappy', 'none'] : [] };
    this.go('failed');
  }

  private go(phase: DryRunPhase): void {
    this.phase = phase;
    this.progress = { detail: '', done: 0, total: 0 };
    if (!this.isDisposed) this.host.send('changed', {});
  }
}

/** The panels that are open. */
export class DryRunPanels extends Owner {
  private readonly extensionUri: vscode.Uri;
  private readonly workerScript: string;
  private readonly panels = new Set<DryRunPanel>();

  constructor(extensionUri: vscode.Uri, workerScript: string) {
    super();
    this.extensionUri = extensionUri;
    this.workerScript = workerScript;
  }

  /** The newest. */
  get last(): DryRunPanel | undefined {
    return [...this.panels].filter(({ isDisposed }) => !isDisposed).at(-1);
  }

  /** Shows a change, and begins its dry run. */
  show(change: Change): DryRunPanel {
    for (const panel of this.panels) if (panel.isDisposed) this.panels.delete(panel);
    const panel = new DryRunPanel(change, this.extensionUri, this.workerScript);
    this.panels.add(panel);
    return panel;
  }

  /** Drops all, and waits until nothing of them is left: what was spilled would stay behind the extension host. */
  async end(): Promise<void> {
    this.dispose();
    await Promise.all([...this.panels].map(({ gone }) => gone));
  }

  override dispose(): void {
    for (const panel of this.panels) panel.dispose();
    super.dispose();
  }
}
