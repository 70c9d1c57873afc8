import * as vscode from 'vscode';
import type { SavedManifest } from '../editors/manifest-saving';
import { MANIFEST_LANGUAGE, MANIFEST_SCHEME, MANIFEST_SNAPSHOT_SCHEME } from '../ids';
import { Owner } from '../lifecycle';
import { ManifestFixes } from './code-actions';
import { ManifestCompletion } from './completion';
import { ManifestFileSystem } from './file-system';
import { ManifestHover } from './hover';
import { OpenText } from './open-text';
import { ManifestOutline } from './outline';
import { ManifestSnapshots } from './snapshots';

/** MANIFESTs as texts: those that are open, and what the editor offers in them. */
export class ManifestTexts extends Owner {
  private readonly workers: string;
  private readonly open = new Map<string, OpenText>();
  private readonly diagnostics = this.own(vscode.languages.createDiagnosticCollection('lsm-manifest'));
  private readonly files: ManifestFileSystem;

  /** `tellSaved` is told of each save. */
  constructor(workers: string, tellSaved: (manifest: vscode.Uri, saved: SavedManifest) => void) {
    super();
    this.workers = workers;
    this.files = this.own(new ManifestFileSystem(workers, this.open, tellSaved));
    this.own(
      vscode.workspace.registerFileSystemProvider(MANIFEST_SCHEME, this.files, {
        isCaseSensitive: process.platform === 'linux',
      }),
    );
    this.own(
      vscode.workspace.registerTextDocumentContentProvider(
        MANIFEST_SNAPSHOT_SCHEME,
        new ManifestSnapshots(workers),
      ),
    );
    this.own(vscode.workspace.onDidOpenTextDocument((document) => this.opened(document)));
    this.own(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.closed(uri)));
    this.own(
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.find(document)?.checkSoon();
      }),
    );
    this.own(vscode.workspace.onDidSaveTextDocument((document) => this.find(document)?.wasSaved()));
    this.offer();
    for (const document of vscode.workspace.textDocuments) this.opened(document);
  }

  /** Texts that are open: each has a worker and a watch. */
  get openTexts(): number {
    return this.open.size;
  }

  override dispose(): void {
    for (const text of this.open.values()) text.dispose();
    this.open.clear();
    super.dispose();
  }

  private offer(): void {
    const find = (document: vscode.TextDocument) => this.find(document);
    const { languages } = vscode;
    const editable = { scheme: MANIFEST_SCHEME, language: MANIFEST_LANGUAGE };
    this.own(languages.registerCompletionItemProvider(editable, new ManifestCompletion(find), ' '));
    this.own(languages.registerHoverProvider(MANIFEST_LANGUAGE, new ManifestHover(find)));
    this.own(languages.registerDocumentSymbolProvider(MANIFEST_LANGUAGE, new ManifestOutline()));
    this.own(
      languages.registerCodeActionsProvider(editable, new ManifestFixes(find), {
        providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
      }),
    );
  }

  private find({ uri }: vscode.TextDocument): OpenText | undefined {
    return this.open.get(uri.toString());
  }

  private opened(document: vscode.TextDocument): void {
    const key = document.uri.toString();
    if (document.uri.scheme !== MANIFEST_SCHEME || this.open.has(key)) return;
    const tell = (uri: vscode.Uri) => this.files.tell(uri);
    this.open.set(key, new OpenText(document, this.workers, this.diagnostics, tell));
  }

  private closed(uri: vscode.Uri): void {
    this.open.get(uri.toString())?.dispose();
    this.open.delete(uri.toString());
  }
}
