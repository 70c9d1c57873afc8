import * as vscode from 'vscode';
import type { CommonCalls, FileEvents, Place } from '../../../webview/protocol/common';
import { WorkerClient } from '../../worker/client';
import type { FileCalls } from '../../worker/file-api';
import type { SessionKind } from '../../worker/messages';
import { Owner } from '../lifecycle';
import { type Answers, WebviewHost } from '../webviews/host';
import type { FileDocument } from './document';

type Methods<Interface> = { [Name in keyof Interface]: (...params: never[]) => unknown };

/** What tells one kind of file editor from another. */
export interface FileEditorKind<
  Summary,
  Calls extends FileCalls<Summary> & Methods<Calls>,
  Jobs extends Methods<Jobs>,
  PageCalls,
  Document extends FileDocument<Summary, Calls, Jobs> = FileDocument<Summary, Calls, Jobs>,
> {
  /** As package.json declares it: `lsm.table`. */
  viewType: string;
  session: SessionKind;
  /** The app's folder in webview/. */
  app: string;
  /** A document that owns the client. */
  document(uri: vscode.Uri, client: WorkerClient<Calls, Jobs>): Document;
  /** What the page may ask of its document. */
  answers(document: Document, services: EditorServices): Answers<Omit<PageCalls, keyof CommonCalls>>;
}

/** What editors need of the extension. */
export interface EditorServices {
  /** Goes to a place in another file, whose editor may have to be opened first. */
  openAt(uri: vscode.Uri, place?: Place): Promise<void>;
}

/** The editors of one kind of file: a document with a worker each, several views of one document. */
export class FileEditors<
    Summary,
    Calls extends FileCalls<Summary> & Methods<Calls>,
    Jobs extends Methods<Jobs>,
    PageCalls,
    Document extends FileDocument<Summary, Calls, Jobs> = FileDocument<Summary, Calls, Jobs>,
  >
  extends Owner
  implements vscode.CustomReadonlyEditorProvider<Document>
{
  private readonly kind: FileEditorKind<Summary, Calls, Jobs, PageCalls, Document>;
  private readonly extensionUri: vscode.Uri;
  private readonly services: EditorServices;
  /** The last editor of a file was closed. */
  private readonly onClosed: (uri: vscode.Uri) => void;
  private readonly hosts = new Map<string, Set<WebviewHost<PageCalls, FileEvents>>>();
  /** Where to go in editors that are being opened. */
  private readonly places = new Map<string, Place>();

  constructor(
    kind: FileEditorKind<Summary, Calls, Jobs, PageCalls, Document>,
    extensionUri: vscode.Uri,
    services: EditorServices,
    onClosed: (uri: vscode.Uri) => void = () => {},
  ) {
    super();
    this.onClosed = onClosed;
    this.kind = kind;
    this.extensionUri = extensionUri;
    this.services = services;
  }

  /** Lets VS Code use it. */
  register(): this {
    const options = { supportsMultipleEditorsPerDocument: true };
    this.own(vscode.window.registerCustomEditorProvider(this.kind.viewType, this, options));
    return this;
  }

  openCustomDocument(uri: vscode.Uri, _: vscode.CustomDocumentOpenContext): Document | Promise<Document> {
    const worker = vscode.Uri.joinPath(this.extensionUri, 'dist', 'workers').fsPath;
    return this.kind.document(uri, new WorkerClient<Calls, Jobs>(worker, this.kind.session));
  }

  resolveCustomEditor(document: Document, panel: vscode.WebviewPanel): void | Promise<void> {
    const { app } = this.kind;
    const page = { app, title: document.name, resource: document.uri };
    const answers = this.kind.answers(document, this.services);
    const host = new WebviewHost<PageCalls, FileEvents>(panel.webview, this.extensionUri, page, answers);
    const key = document.uri.toString();
    const hosts = this.hosts.get(key) ?? new Set();
    this.hosts.set(key, hosts.add(host));
    const listening = document.onDidChange(() => host.send('changed', {}));
    panel.onDidDispose(() => {
      listening.dispose();
      host.dispose();
      hosts.delete(host);
      if (hosts.size > 0) return;
      this.hosts.delete(key);
      this.onClosed(document.uri);
    });
    const place = this.places.get(key);
    this.places.delete(key);
    if (place) host.send('reveal', { place });
  }

  /** Opens the editor of a file, at a place if one is given. */
  async open(uri: vscode.Uri, place?: Place): Promise<void> {
    const key = uri.toString();
    const isOpen = this.hosts.has(key);
    if (place && !isOpen) this.places.set(key, place);
    await vscode.commands.executeCommand('vscode.openWith', uri, this.kind.viewType);
    if (place && isOpen) for (const host of this.hosts.get(key) ?? []) host.send('reveal', { place });
  }

  /** How many pages are open; none is left when every editor is closed. */
  get openPages(): number {
    return [...this.hosts.values()].reduce((sum, hosts) => sum + hosts.size, 0);
  }
}
