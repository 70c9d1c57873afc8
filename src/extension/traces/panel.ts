import * as vscode from 'vscode';
import type { TracePageCalls, TracePhase, TraceView } from '../../../webview/protocol/trace';
import type { AppliedChange } from '../../worker/change-api';
import { WorkerError } from '../../worker/client';
import type { RecoveryComparison, TraceSummary, WhatIf } from '../../worker/trace-api';
import { HeldPanel, HeldPanels } from '../changes/held-panel';
import { withProgress } from '../changes/progress';
import type { EditorServices } from '../editors/provider';
import { TRACE_VIEW_TYPE } from '../ids';
import type { Answers } from '../webviews/host';
import { exportTrace, openTracedFile, saveTrace } from './files';
import { readingAnswers } from './reading';
import type { Trace } from './trace';

const { t } = vscode.l10n;

/** The answers to a trace's page, but for those that every page gets. */
export type TraceAnswers = Answers<Omit<TracePageCalls, 'texts' | 'copy'>>;

/** One trace that is recorded: the dry run behind it can be applied. */
export class TracePanel extends HeldPanel<TracePageCalls, 'recording'> {
  readonly trace: Trace;
  /** What the page gets for its calls. */
  readonly answers: TraceAnswers;
  private readonly services: EditorServices;
  private summary: TraceSummary | undefined;
  private whatIf: WhatIf = {};

  /** Owns the trace. */
  constructor(trace: Trace, extensionUri: vscode.Uri, workers: string, services: EditorServices) {
    const title = t('Trace: {0}', trace.database.name);
    super(trace, workers, 'recording', {
      viewType: TRACE_VIEW_TYPE,
      app: 'trace',
      title,
      extensionUri,
    });
    this.trace = trace;
    this.services = services;
    this.answers = this.answersOf();
    trace.onCrash = (error) => {
      this.summary = undefined;
      this.fail(error);
    };
    this.serve(this.answers);
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.changed()));
  }

  /** What the page shows. */
  get state(): { phase: TracePhase; failure: TraceView['failure']; summary: TraceSummary | undefined } {
    return { phase: this.phase, failure: this.failureText(), summary: this.summary };
  }

  /**
   * Records, again if there was a trace. Cancelled, it closes the panel if it was the first; else the panel says so,
   * and can record again.
   */
  async record(whatIf: WhatIf = {}): Promise<TraceSummary | undefined> {
    if (this.phase === 'applying' || (this.phase === 'recording' && this.run > 0)) return undefined;
    this.whatIf = whatIf;
    this.summary = undefined;
    this.error = undefined;
    this.account = undefined;
    this.run++;
    this.go('recording');
    try {
      this.summary = await withProgress(t('Tracing: {0}', this.title), (options) =>
        this.trace.record(whatIf, this.listening(options)),
      );
      if (this.summary) this.go('ready');
      else if (this.run === 1) this.dispose();
      else this.fail(new Error(t('The recording was cancelled.')));
    } catch (error) {
      this.fail(error);
    }
    return this.summary;
  }

  override async apply(): Promise<AppliedChange | undefined> {
    const account = await super.apply();
    // Its dry run is gone, and it stays as a picture.
    if (account && this.summary) this.summary = { ...this.summary, applicable: false };
    return account;
  }

  protected get isApplicable(): boolean {
    return this.summary?.applicable === true;
  }

  private answersOf(): TraceAnswers {
    const { database, client } = this.trace;
    const place = { name: database.name, beside: database.uri };
    return {
      ...readingAnswers(client),
      ...this.applyAnswers(),
      open: () => this.view(),
      record: (whatIf) => void this.record(whatIf),
      save: () => saveTrace(client, place),
      exportText: () => exportTrace(client, place),
      compare: () => this.compare(),
      openFile: (name, offset) => openTracedFile(this.services, database.uri, name, offset ?? undefined),
    };
  }

  private async compare(): Promise<RecoveryComparison> {
    if (this.trace.request.kind !== 'recover') throw new Error(t('Only recoveries are compared.'));
    const title = t('Recovering {0} in both ways', this.trace.database.name);
    const result = await withProgress(title, (options) => this.trace.compare(options));
    if (!result) throw new WorkerError({ code: 'cancelled', message: t('It was cancelled.') });
    return result;
  }

  private view(): TraceView {
    const { phase, run, progress, summary, whatIf, title } = this;
    return {
      title,
      path: this.trace.database.uri.fsPath,
      phase,
      run,
      progress,
      failure: this.failureText(),
      summary: summary && { ...summary, applicable: summary.applicable && !this.hasMovedOn },
      whatIf,
      mayApply: vscode.workspace.isTrusted,
      account: this.accountLines(),
    };
  }
}

/** The traces that were recorded and are shown. */
export class TracePanels extends HeldPanels<TracePanel> {
  private readonly extensionUri: vscode.Uri;
  private readonly workers: string;
  private readonly services: EditorServices;

  constructor(extensionUri: vscode.Uri, workers: string, services: EditorServices) {
    super();
    this.extensionUri = extensionUri;
    this.workers = workers;
    this.services = services;
  }

  /** Shows a trace, which is to be recorded. */
  show(trace: Trace): TracePanel {
    return this.add(new TracePanel(trace, this.extensionUri, this.workers, this.services));
  }
}
