import * as vscode from 'vscode';
import type { DryRunCalls, DryRunPhase, DryRunView } from '../../../webview/protocol/dry-run';
import type { ChangedLevels, ChangeSummary, ChosenWays } from '../../worker/change-api';
import { WorkerError } from '../../worker/client';
import { escapeBytes } from '../../worker/format';
import { numberBytes } from '../editors/views';
import { DRY_RUN_VIEW_TYPE } from '../ids';
import type { Answers } from '../webviews/host';
import type { Change } from './change';
import { HeldPanel, HeldPanels } from './held-panel';
import { withProgress } from './progress';
import { summaryView } from './summary-view';

const { t } = vscode.l10n;

/** One dry run: the levels and files before and after. */
export class DryRunPanel extends HeldPanel<DryRunCalls, 'working'> {
  readonly change: Change;
  private summary: ChangeSummary | undefined;
  private levels: Promise<ChangedLevels> | undefined;

  /** Owns the change. */
  constructor(change: Change, extensionUri: vscode.Uri, workers: string) {
    const title = t('Dry Run: {0}', change.database.name);
    super(change, workers, 'working', {
      viewType: DRY_RUN_VIEW_TYPE,
      app: 'dry-run',
      title,
      extensionUri,
    });
    this.change = change;
    this.serve(this.answers());
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
    this.error = undefined;
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

  /** Whether it failed because something has to be chosen that the request leaves open. */
  get needsChoice(): boolean {
    return this.error instanceof WorkerError && this.error.code === 'choice-needed';
  }

  protected get isApplicable(): boolean {
    return this.summary !== undefined && this.summary.repair?.isNeeded !== false;
  }

  private get failure(): DryRunView['failure'] {
    const { error } = this;
    const needsChoice = error instanceof WorkerError && error.code === 'unwritten-compression';
    const text = this.failureText();
    return text && { ...text, compressions: needsChoice ? ['snappy', 'none'] : [] };
  }

  private answers(): Answers<Omit<DryRunCalls, 'texts' | 'copy'>> {
    const { client } = this.change;
    return {
      ...this.applyAnswers(),
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
      again: (compression) => {
        // A parameter that a page leaves out arrives as null.
        void this.tryOut(compression ? { compression } : {});
      },
    };
  }

  private view(): DryRunView {
    const { phase, run, progress, failure, summary, title } = this;
    return {
      title,
      database: this.change.database.uri.fsPath,
      phase,
      run,
      progress,
      failure,
      canApply: this.canApply,
      summary: summary && summaryView(summary),
      account: this.accountLines(),
    };
  }
}

/** The dry runs that are shown. */
export class DryRunPanels extends HeldPanels<DryRunPanel> {
  private readonly extensionUri: vscode.Uri;
  private readonly workers: string;

  constructor(extensionUri: vscode.Uri, workers: string) {
    super();
    this.extensionUri = extensionUri;
    this.workers = workers;
  }

  /** Shows a change, and begins its dry run. */
  show(change: Change): DryRunPanel {
    return this.add(new DryRunPanel(change, this.extensionUri, this.workers));
  }
}
