import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { TracePhase, TraceProgress, TraceView } from '../../../webview/protocol/trace';
import { WorkerClient, WorkerError } from '../../worker/client';
import type { TraceSummary } from '../../worker/trace-api';
import { failureOf } from '../changes/failure';
import { FolderWatch } from '../databases/folder-watch';
import { Setting } from '../ids';
import { Owner } from '../lifecycle';
import type { TraceClient } from './reading';

const { t } = vscode.l10n;

const NO_PROGRESS: TraceProgress = { detail: '', done: 0, total: 0 };

/** A `.lsmtrace` file that an editor shows: its worker, and a watch on its folder. It needs no database. */
export class TraceFile extends Owner implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly client: TraceClient;
  /** Why it could not be read. */
  private error: unknown;
  private summary: TraceSummary | undefined;
  private phase: TracePhase = 'recording';
  private progress = NO_PROGRESS;
  private run = 0;
  private reading: Promise<void> | undefined;
  /** Of the file, as it was read last. */
  private stamp = '';
  private watch: FolderWatch | undefined;
  private readonly changed = this.own(new vscode.EventEmitter<void>());
  private readonly progressed = this.own(new vscode.EventEmitter<TraceProgress>());
  readonly onDidChange = this.changed.event;
  readonly onDidProgress = this.progressed.event;

  constructor(uri: vscode.Uri, workers: string) {
    super();
    this.uri = uri;
    this.client = new WorkerClient(workers, 'trace', (error) => this.end(undefined, error));
    this.own({ dispose: () => void this.client.dispose() });
  }

  get name(): string {
    return this.uri.path.split('/').pop() ?? this.uri.path;
  }

  /** The database's folder, as the trace has it; it need not be there. */
  get directory(): vscode.Uri | undefined {
    const { source } = this.summary ?? {};
    return source?.directory === undefined ? undefined : vscode.Uri.file(source.directory);
  }

  /** Reads the file if it was not read. Failures are in the view. */
  load(): Promise<void> {
    this.watch ??= this.own(new FolderWatch(vscode.Uri.joinPath(this.uri, '..').fsPath, () => this.look()));
    this.reading ??= this.read();
    return this.reading;
  }

  view(): TraceView {
    const { phase, run, progress, summary, error } = this;
    return {
      title: t('Trace in {0}', this.name),
      path: this.uri.fsPath,
      phase,
      run,
      progress,
      failure: error === undefined ? undefined : failureOf(error),
      summary,
      whatIf: {},
      mayApply: false,
      account: [],
    };
  }

  private async read(): Promise<void> {
    this.run++;
    this.phase = 'recording';
    this.progress = NO_PROGRESS;
    this.error = undefined;
    this.summary = undefined;
    // Taken first: what changes while the file is read is then a change.
    this.stamp = await stampOf(this.uri.fsPath);
    try {
      const onProgress = (progress: TraceProgress) => {
        this.progress = progress;
        if (!this.isDisposed) this.progressed.fire(progress);
      };
      this.end(await this.client.run('openFile', [this.uri.fsPath], { onProgress }), undefined);
    } catch (error) {
      // The editor was closed under it, or the worker died, which is told already.
      if (error instanceof WorkerError && (error.code === 'cancelled' || error.code === 'crashed')) return;
      this.end(undefined, error);
    }
  }

  private end(summary: TraceSummary | undefined, error: unknown): void {
    if (this.isDisposed) return;
    this.summary = summary;
    this.error = error;
    this.phase = summary ? 'ready' : 'failed';
    this.changed.fire();
  }

  /** Reads the file again if it is another one. */
  private async look(): Promise<void> {
    if (!vscode.workspace.getConfiguration(Setting.section).get(Setting.autoRefresh, true)) return;
    await this.reading;
    if (this.isDisposed || (await stampOf(this.uri.fsPath)) === this.stamp) return;
    this.reading = this.read();
    this.changed.fire();
    await this.reading;
  }
}

/** Another one for another file, or other contents; empty for none. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}-${size}-${mtimeMs}`;
  } catch {
    return '';
  }
}
