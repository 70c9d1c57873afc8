import * as vscode from 'vscode';
import type { CommonCalls } from '../../../webview/protocol/common';
import type { AppliedChange, ChangeRequest, WriteOptions } from '../../worker/change-api';
import { type JobOptions, WorkerError } from '../../worker/client';
import { Owner } from '../lifecycle';
import { type Answers, WebviewHost, webviewOptions } from '../webviews/host';
import { viewIcon } from '../webviews/icon';
import { askOnTrouble } from './ask-on-trouble';
import { failureOf } from './failure';
import { withProgress } from './progress';
import { type ChangedDatabase, restoreBackup, tellApplied } from './restore';
import { accountOf, labelOf, lockNotes, titleOf } from './titles';

const { t } = vscode.l10n;

/** What is worked on, and how much of it is done. */
export interface WorkProgress {
  detail: string;
  done: number;
  total: number;
}

/** What every page on a dry run hears. */
export interface HeldEvents {
  /** The view has to be asked for again. */
  changed: Record<string, never>;
  progress: WorkProgress;
}

/** The page's calls that are about applying. */
interface ApplyCalls {
  apply(): void;
  discard(): void;
  restore(): void;
  revealBackup(): void;
}

/** What a panel needs of the dry run that it holds. */
interface Work {
  readonly database: ChangedDatabase;
  readonly request: ChangeRequest;
  apply(label: string, options: JobOptions, answers: WriteOptions): Promise<AppliedChange>;
  dispose(): Promise<void>;
}

export interface HeldPanelPage {
  viewType: string;
  /** The app's folder in webview/. */
  app: string;
  /** Of the tab. */
  title: string;
  extensionUri: vscode.Uri;
}

const NO_PROGRESS: WorkProgress = { detail: '', done: 0, total: 0 };

/** A panel on a dry run, shown until it is applied or dropped. Closing the panel drops it. */
export abstract class HeldPanel<Calls extends CommonCalls & ApplyCalls, Begun extends string> extends Owner {
  /** What is done, in words. */
  protected readonly title: string;
  protected phase: Begun | 'ready' | 'failed' | 'applying' | 'applied';
  protected progress = NO_PROGRESS;
  /** Why it failed, or was refused. */
  protected error: unknown;
  protected account: AppliedChange | undefined;
  /** Counts what was begun: with another one the pictures are others. */
  protected run = 0;
  private readonly work: Work;
  private readonly panel: vscode.WebviewPanel;
  private readonly extensionUri: vscode.Uri;
  private readonly workers: string;
  private readonly page: HeldPanelPage;
  private host: WebviewHost<Calls, HeldEvents> | undefined;
  /** When nothing of it is left. */
  gone: Promise<void> | undefined;

  /** Owns the work. */
  constructor(work: Work, workers: string, phase: Begun, page: HeldPanelPage) {
    super();
    this.work = work;
    this.workers = workers;
    this.phase = phase;
    this.page = page;
    this.extensionUri = page.extensionUri;
    this.title = titleOf(work.request);
    this.panel = vscode.window.createWebviewPanel(
      page.viewType,
      page.title,
      vscode.ViewColumn.Active,
      webviewOptions(page.extensionUri),
    );
    this.panel.iconPath = viewIcon(page.extensionUri);
    this.own(this.panel.onDidDispose(() => this.dispose()));
  }

  /** Whether there is something that can be applied. */
  protected abstract get isApplicable(): boolean;

  /** Whether what is shown can be done now. */
  protected get canApply(): boolean {
    const { phase, isApplicable, hasMovedOn } = this;
    return isApplicable && !hasMovedOn && (phase === 'ready' || phase === 'failed');
  }

  /** The database is not any more what the dry run was made of: only another one tells what would be done. */
  protected get hasMovedOn(): boolean {
    return this.error instanceof WorkerError && this.error.code === 'moved-on';
  }

  /** Does what was shown. Undefined if it was refused, which the panel says. */
  async apply(): Promise<AppliedChange | undefined> {
    if (!this.canApply) return undefined;
    this.error = undefined;
    this.go('applying');
    const { database, request } = this.work;
    try {
      this.account = await askOnTrouble(database, (answers) =>
        withProgress(t('Applying: {0}', this.title), (options) =>
          this.work.apply(labelOf(request), this.listening(options), answers),
        ),
      );
    } catch (error) {
      this.fail(error);
      return undefined;
    }
    // Cancelled, it has taken back what it did.
    this.go(this.account ? 'applied' : 'ready');
    if (this.account) void tellApplied(database, this.title, this.account, this.workers);
    return this.account;
  }

  override dispose(): void {
    if (this.isDisposed) return;
    super.dispose();
    this.panel.dispose();
    this.gone = this.work.dispose();
  }

  /** Shows the page, whose calls are answered from now on. */
  protected serve(answers: Answers<Omit<Calls, keyof CommonCalls>>): void {
    const { app, title } = this.page;
    const resource = this.work.database.uri;
    this.host = this.own(
      new WebviewHost<Calls, HeldEvents>(
        this.panel.webview,
        this.extensionUri,
        { app, title, resource },
        answers,
      ),
    );
  }

  /** Answers about applying. */
  protected applyAnswers(): Answers<ApplyCalls> {
    return {
      apply: () => void this.apply(),
      discard: () => this.dispose(),
      restore: () => {
        if (this.account) void restoreBackup(this.work.database, this.workers, this.account.backup);
      },
      revealBackup: async () => {
        if (this.account) {
          await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(this.account.backup));
        }
      },
    };
  }

  /** What was done, one line each, and where the backup is. */
  protected accountLines(): string[] {
    const { account } = this;
    if (!account) return [];
    return [accountOf(account), t('The backup is in {0}.', account.backup), ...lockNotes(account)];
  }

  protected failureText(): { message: string; advice: string } | undefined {
    return this.error === undefined ? undefined : failureOf(this.error);
  }

  /** The same options, with the page told of the progress. */
  protected listening(options: JobOptions): JobOptions {
    return {
      ...options,
      onProgress: (progress) => {
        options.onProgress?.(progress);
        this.progress = progress;
        if (!this.isDisposed) this.host?.send('progress', progress);
      },
    };
  }

  protected fail(error: unknown): void {
    // The panel was closed under it.
    if (this.isDisposed || (error instanceof WorkerError && error.code === 'cancelled')) return;
    this.error = error;
    this.go('failed');
  }

  protected go(phase: typeof this.phase): void {
    this.phase = phase;
    this.progress = NO_PROGRESS;
    this.changed();
  }

  /** Has the page ask for the view again. */
  protected changed(): void {
    if (!this.isDisposed) this.host?.send('changed', {});
  }
}

/** A panel as a list of them sees it. */
interface OpenPanel {
  readonly isDisposed: boolean;
  readonly gone: Promise<void> | undefined;
  dispose(): void;
}

/** The panels of one kind that are open. */
export class HeldPanels<Panel extends OpenPanel> extends Owner {
  private readonly panels = new Set<Panel>();

  /** The newest. */
  get last(): Panel | undefined {
    return [...this.panels].filter(({ isDisposed }) => !isDisposed).at(-1);
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

  protected add(panel: Panel): Panel {
    for (const other of this.panels) if (other.isDisposed) this.panels.delete(other);
    this.panels.add(panel);
    return panel;
  }
}
