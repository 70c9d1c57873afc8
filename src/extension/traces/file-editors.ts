import * as vscode from 'vscode';
import type { TracePageCalls, TracePageEvents } from '../../../webview/protocol/trace';
import type { EditorServices } from '../editors/provider';
import { TRACE_EDITOR } from '../ids';
import { Owner } from '../lifecycle';
import { WebviewHost } from '../webviews/host';
import { exportTrace, openTracedFile, saveTrace } from './files';
import type { TraceAnswers } from './panel';
import { readingAnswers } from './reading';
import { TraceFile } from './trace-file';

const { t } = vscode.l10n;

/** The editors of `.lsmtrace` files, which show what a panel of a recorded trace shows. */
export class TraceFileEditors extends Owner implements vscode.CustomReadonlyEditorProvider<TraceFile> {
  private readonly extensionUri: vscode.Uri;
  private readonly services: EditorServices;
  private readonly files = new Map<string, TraceFile>();
  private readonly hosts = new Set<WebviewHost<TracePageCalls, TracePageEvents>>();

  constructor(extensionUri: vscode.Uri, services: EditorServices) {
    super();
    this.extensionUri = extensionUri;
    this.services = services;
  }

  /** Lets VS Code use it. */
  register(): this {
    const options = { supportsMultipleEditorsPerDocument: true };
    this.own(vscode.window.registerCustomEditorProvider(TRACE_EDITOR, this, options));
    return this;
  }

  /** How many pages are open. */
  get openPages(): number {
    return this.hosts.size;
  }

  /** The file whose editor is open. */
  find(uri: vscode.Uri): TraceFile | undefined {
    const file = this.files.get(uri.toString());
    return file?.isDisposed ? undefined : file;
  }

  async open(uri: vscode.Uri): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', uri, TRACE_EDITOR);
  }

  openCustomDocument(uri: vscode.Uri): TraceFile {
    for (const [key, { isDisposed }] of this.files) if (isDisposed) this.files.delete(key);
    const worker = vscode.Uri.joinPath(this.extensionUri, 'dist', 'workers').fsPath;
    const file = new TraceFile(uri, worker);
    this.files.set(uri.toString(), file);
    return file;
  }

  resolveCustomEditor(file: TraceFile, panel: vscode.WebviewPanel): void {
    const page = { app: 'trace', title: file.name, resource: file.uri };
    const answers = this.answers(file, () => panel.dispose());
    const host = new WebviewHost<TracePageCalls, TracePageEvents>(
      panel.webview,
      this.extensionUri,
      page,
      answers,
    );
    this.hosts.add(host);
    const listening = [
      file.onDidChange(() => host.send('changed', {})),
      file.onDidProgress((progress) => host.send('progress', progress)),
    ];
    panel.onDidDispose(() => {
      for (const each of listening) each.dispose();
      host.dispose();
      this.hosts.delete(host);
    });
  }

  /** What a page gets for its calls. */
  answers(file: TraceFile, close: () => void): TraceAnswers {
    const { client, uri } = file;
    const place = { name: file.name.replace(/\.lsmtrace$/i, ''), beside: uri };
    return {
      ...readingAnswers(client),
      open: () => {
        void file.load();
        return file.view();
      },
      record: refused,
      apply: refused,
      compare: refused,
      restore: () => {},
      revealBackup: () => {},
      save: () => saveTrace(client, place),
      exportText: () => exportTrace(client, place),
      discard: close,
      openFile: (name, offset) => openTracedFile(this.services, file.directory, name, offset ?? undefined),
    };
  }
}

function refused(): never {
  throw new Error(t('A trace in a file has no database: it can only be looked at.'));
}
