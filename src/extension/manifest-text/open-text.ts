import * as vscode from 'vscode';
import { WorkerClient, WorkerError } from '../../worker/client';
import type { TextProblem } from '../../worker/manifest-edit-api';
import { toDiagnostic } from '../databases/diagnostics';
import { FolderWatch } from '../databases/folder-watch';
import { Setting } from '../ids';
import { Owner } from '../lifecycle';
import { manifestOf } from './addresses';
import { isCut, MAX_CHARACTERS, type ManifestClient } from './worker';

/** Typing is waited for before a text is checked. */
const SETTLE_MS = 300;

/** A problem of a text, and where it is shown. */
export interface PlacedProblem {
  problem: TextProblem;
  diagnostic: vscode.Diagnostic;
}

/** One text that is open: a worker with its MANIFEST, a watch on the folder, what the checks found last. */
export class OpenText extends Owner {
  readonly document: vscode.TextDocument;
  readonly manifest: vscode.Uri;
  /** Of the document's present version; empty while that is being checked. */
  problems: readonly PlacedProblem[] = [];
  private readonly client: ManifestClient;
  private readonly diagnostics: vscode.DiagnosticCollection;
  private readonly changed: (uri: vscode.Uri) => void;
  private opening: Promise<unknown> | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** Size and time of the MANIFEST, and the time that VS Code was told. */
  private stamp: { file: string; mtime: number } | undefined;
  /** What was saved is not word for word what the MANIFEST's text is now. */
  private isStale = false;

  /** `changed` is called when the text must be read again. */
  constructor(
    document: vscode.TextDocument,
    workers: string,
    diagnostics: vscode.DiagnosticCollection,
    changed: (uri: vscode.Uri) => void,
  ) {
    super();
    this.document = document;
    this.manifest = manifestOf(document.uri);
    this.client = new WorkerClient(workers, 'manifest');
    this.diagnostics = diagnostics;
    this.changed = changed;
    const folder = vscode.Uri.joinPath(this.manifest, '..').fsPath;
    this.own(new FolderWatch(folder, () => this.look()));
    this.own({ dispose: () => void this.client.dispose() });
    this.own({ dispose: () => clearTimeout(this.timer) });
    this.own({ dispose: () => diagnostics.delete(document.uri) });
    this.checkSoon(0);
  }

  /** The worker, with the MANIFEST open in it. Rejects with a WorkerError. */
  async ready(): Promise<ManifestClient> {
    if (!this.client.isRunning) this.opening = undefined;
    this.opening ??= this.client.call('open', this.manifest.fsPath);
    const { opening } = this;
    try {
      await opening;
    } catch (error) {
      if (this.opening === opening) this.opening = undefined;
      throw error;
    }
    return this.client;
  }

  /** The text of the file on the disk, which edits are held against from now on. */
  async read(): Promise<string> {
    const client = await this.ready();
    await client.call('refresh');
    this.isStale = false;
    return client.call('text', MAX_CHARACTERS);
  }

  /** A text was written: edits may be numbered anew by it. */
  async wasWritten(text: string): Promise<void> {
    this.isStale = (await this.client.call('text', MAX_CHARACTERS)) !== text;
  }

  /** VS Code is done with a save, and reads again what is not word for word what it wrote. Before, it would not. */
  wasSaved(): void {
    if (!this.isStale || !this.stamp) return;
    this.isStale = false;
    this.stamp.mtime++;
    this.changed(this.document.uri);
  }

  /**
   * The time of the MANIFEST's last change as VS Code is told. It never goes back: a backup that was restored is older than
   * what it took the place of, and still news.
   */
  timeOf({ mtime, size }: vscode.FileStat): number {
    const file = `${mtime}/${size}`;
    if (!this.stamp) this.stamp = { file, mtime };
    else if (this.stamp.file !== file) this.stamp = { file, mtime: Math.max(mtime, this.stamp.mtime + 1) };
    return this.stamp.mtime;
  }

  checkSoon(ms = SETTLE_MS): void {
    if (this.isDisposed) return;
    this.problems = [];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(), ms);
  }

  private async check(): Promise<void> {
    const { document } = this;
    const { version, uri } = document;
    const text = document.getText();
    let problems: PlacedProblem[] = [];
    try {
      if (!isCut(text)) problems = place(document, await (await this.ready()).call('checkText', text));
    } catch (error) {
      if (!(error instanceof WorkerError) || this.isDisposed) return;
      this.diagnostics.set(uri, [new vscode.Diagnostic(new vscode.Range(0, 0, 0, 0), error.message)]);
      return;
    }
    if (this.isDisposed || document.version !== version) return;
    this.problems = problems;
    this.diagnostics.set(
      uri,
      problems.map(({ diagnostic }) => diagnostic),
    );
  }

  /** Something in the folder may have changed: the MANIFEST, or the tables that it is held against. */
  private async look(): Promise<void> {
    if (!vscode.workspace.getConfiguration(Setting.section).get(Setting.autoRefresh, true)) return;
    const before = this.stamp?.mtime;
    try {
      if (this.timeOf(await vscode.workspace.fs.stat(this.manifest)) !== before) {
        this.changed(this.document.uri);
      }
    } catch {
      // It went away: VS Code finds out by asking.
      this.changed(this.document.uri);
    }
    this.checkSoon();
  }
}

/** Checks tell of an edit: its first line. */
function place(document: vscode.TextDocument, problems: readonly TextProblem[]): PlacedProblem[] {
  return problems.map((problem) => {
    const line = document.lineAt(Math.min(problem.line, document.lineCount) - 1);
    const start = problem.column - 1;
    const end = problem.characters > 0 ? start + problem.characters : line.text.length;
    // The offset is of the bytes that the text would be saved as.
    const { offset: _, ...placeless } = problem;
    const diagnostic = toDiagnostic(placeless);
    diagnostic.range = new vscode.Range(line.lineNumber, start, line.lineNumber, end);
    return { problem, diagnostic };
  });
}
