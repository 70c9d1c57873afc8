import * as vscode from 'vscode';
import type { ManifestPageCalls } from '../../../webview/protocol/manifest';
import type { Problem } from '../../worker/api';
import type { ManifestCalls, ManifestJobs, ManifestSummary } from '../../worker/manifest-api';
import type { ManifestBackup } from '../../worker/manifest-edit-api';
import { tellApplied } from '../changes/restore';
import type { Database } from '../databases/database';
import { manifestEditor } from './manifest';
import type { DiskChange, ManifestEdit, ManifestFileDocument } from './manifest-document';
import type { SavedManifest } from './manifest-saving';
import type { EditorProblems } from './problems';
import { type EditorServices, FileEditors } from './provider';

const { t } = vscode.l10n;

type EditEvent = vscode.CustomDocumentEditEvent<ManifestFileDocument>;

/** The editors of MANIFESTs: what VS Code asks of a document that can be changed. */
export class ManifestEditors
  extends FileEditors<ManifestSummary, ManifestCalls, ManifestJobs, ManifestPageCalls, ManifestFileDocument>
  implements vscode.CustomEditorProvider<ManifestFileDocument>
{
  private readonly edited = this.own(new vscode.EventEmitter<EditEvent>());
  readonly onDidChangeCustomDocument = this.edited.event;
  private readonly documents = new Map<string, ManifestFileDocument>();
  /** That somebody asked to save: VS Code does not say whether it saves by itself. */
  private readonly asked = new Set<ManifestFileDocument>();
  /** Of which it is being told that they are not saved by themselves. */
  private readonly unsaved = new Set<ManifestFileDocument>();
  private readonly problems: EditorProblems;
  private readonly databaseOf: (folder: vscode.Uri) => Database | undefined;
  private readonly workers: string;

  constructor(
    extensionUri: vscode.Uri,
    services: EditorServices,
    problems: EditorProblems,
    databaseOf: (folder: vscode.Uri) => Database | undefined,
  ) {
    const report = (uri: vscode.Uri, found: readonly Problem[]) => problems.show(uri, found);
    super(manifestEditor(report), extensionUri, services, (uri) => problems.clear(uri));
    this.problems = problems;
    this.databaseOf = databaseOf;
    this.workers = vscode.Uri.joinPath(extensionUri, 'dist', 'workers').fsPath;
    this.own(
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        for (const document of this.documents.values()) if (!document.isDisposed) void document.renewViews();
      }),
    );
  }

  /** The document of a MANIFEST whose editor is open. */
  find(uri: vscode.Uri): ManifestFileDocument | undefined {
    const document = this.documents.get(uri.toString());
    return document?.isDisposed ? undefined : document;
  }

  override async openCustomDocument(
    uri: vscode.Uri,
    context: vscode.CustomDocumentOpenContext,
  ): Promise<ManifestFileDocument> {
    const document = await super.openCustomDocument(uri, context);
    if (context.backupId) document.takeUp(await readBackup(vscode.Uri.parse(context.backupId)));
    this.documents.set(uri.toString(), document);
    document.onDidEdit((edit) =>
      this.edited.fire({ document, ...edit, undo: () => this.undo(document, edit) }),
    );
    document.onDidLock((reason) => void tellLocked(document, reason));
    document.onDidChangeOnDisk((change) => void this.askAboutDisk(document, change));
    // A page that is hidden does not ask.
    document.onDidChange(() => void this.report(document));
    return document;
  }

  override async resolveCustomEditor(
    document: ManifestFileDocument,
    panel: vscode.WebviewPanel,
  ): Promise<void> {
    await super.resolveCustomEditor(document, panel);
    // What cannot be opened says so in the page.
    await document.tellTakenUp().catch(() => {});
  }

  async saveCustomDocument(
    document: ManifestFileDocument,
    cancellation: vscode.CancellationToken,
  ): Promise<void> {
    if (savesByItself(document.uri) && !this.asked.has(document)) {
      void this.tellNotSaved(document);
      throw new vscode.CancellationError();
    }
    const saved = await document.save({ asNew: false }, cancellation);
    if (saved) void this.tellSaved(document.uri, saved, t('Edit {0}', document.name));
  }

  /** A step that is refused counts as undone for VS Code all the same: an editor with nothing to save would be dirty. */
  private async undo(document: ManifestFileDocument, edit: ManifestEdit): Promise<void> {
    try {
      await edit.undo();
    } catch (error) {
      if (!document.isDirty) setTimeout(() => void this.makeClean(document));
      throw error;
    }
  }

  private async makeClean(document: ManifestFileDocument): Promise<void> {
    await this.open(document.uri);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }

  /** Saves because somebody asks for it. Only VS Code itself makes an editor clean, and only the active one. */
  async saveAsked(document: ManifestFileDocument): Promise<void> {
    this.asked.add(document);
    try {
      await this.open(document.uri);
      await vscode.commands.executeCommand('workbench.action.files.save');
    } finally {
      this.asked.delete(document);
    }
  }

  async saveCustomDocumentAs(document: ManifestFileDocument, destination: vscode.Uri): Promise<void> {
    if (await hasCurrent(vscode.Uri.joinPath(destination, '..'))) {
      throw new Error(
        t(
          'A MANIFEST is not copied into a database: its CURRENT would not name it. "LSM: Save as New MANIFEST and Switch CURRENT" does both.',
        ),
      );
    }
    await vscode.workspace.fs.writeFile(destination, await document.bytes());
  }

  async revertCustomDocument(document: ManifestFileDocument): Promise<void> {
    await document.revert();
  }

  async backupCustomDocument(
    document: ManifestFileDocument,
    { destination }: vscode.CustomDocumentBackupContext,
  ): Promise<vscode.CustomDocumentBackup> {
    await vscode.workspace.fs.writeFile(destination, Buffer.from(JSON.stringify(await document.backup())));
    return {
      id: destination.toString(),
      delete: () => void vscode.workspace.fs.delete(destination).then(undefined, () => {}),
    };
  }

  /**
   * Writes a new MANIFEST and makes CURRENT name it. The edits are in the new one: the old one is reverted, and the new
   * one's editor opened. False if it was not done.
   */
  async saveAsNew(document: ManifestFileDocument): Promise<boolean> {
    const saved = await document.save({ asNew: true });
    if (!saved) return false;
    if (document.isDirty) await this.revertEditor(document);
    await this.open(vscode.Uri.joinPath(document.folder, saved.name));
    void this.tellSaved(document.uri, saved, t('Save {0} as {1}', document.name, saved.name));
    return true;
  }

  /** Only VS Code itself makes an editor clean, and only the active one. */
  private async revertEditor(document: ManifestFileDocument): Promise<void> {
    await this.open(document.uri);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }

  /** What saving a MANIFEST did, and the way back. */
  async tellSaved(manifest: vscode.Uri, { account }: SavedManifest, title: string): Promise<void> {
    const folder = vscode.Uri.joinPath(manifest, '..');
    const database = this.databaseOf(folder);
    // A database that could not be opened is not watched.
    void database?.refresh();
    if (!account) return;
    const name = folder.path.split('/').pop() ?? folder.path;
    const changed = database ?? { name, uri: folder, refresh: async () => {} };
    await tellApplied(changed, title, account, this.workers);
  }

  private async tellNotSaved(document: ManifestFileDocument): Promise<void> {
    if (this.unsaved.has(document)) return;
    this.unsaved.add(document);
    try {
      const save = t('Save');
      const chosen = await vscode.window.showInformationMessage(
        t(
          '{0} has edits that are not saved. VS Code saves by itself here ("files.autoSave"), and a MANIFEST is not written unasked.',
          document.name,
        ),
        save,
      );
      if (chosen === save && !document.isDisposed) await this.saveAsked(document);
    } finally {
      this.unsaved.delete(document);
    }
  }

  private async askAboutDisk(document: ManifestFileDocument, change: DiskChange): Promise<void> {
    const redo = t('Redo My Edits on the New File');
    const drop = t('Drop My Edits');
    const keep = t('Keep');
    const chosen =
      change === 'deleted'
        ? await vscode.window.showWarningMessage(
            t(
              '{0} was deleted on the disk. The edits are kept: "Save As…" writes them elsewhere.',
              document.name,
            ),
            drop,
            keep,
          )
        : await vscode.window.showWarningMessage(
            t('{0} has changed on the disk, and there are edits that were not saved.', document.name),
            redo,
            drop,
            keep,
          );
    if (document.isDisposed) return;
    try {
      if (chosen === redo) await document.redoOnDisk();
      else if (chosen === drop) await this.revertEditor(document);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(
        t('The edits cannot be done again on the new {0}, and are kept: {1}', document.name, message),
      );
    }
  }

  private async report(document: ManifestFileDocument): Promise<void> {
    try {
      const { problems } = await document.summary();
      if (!document.isDisposed) this.problems.show(document.uri, problems);
    } catch {
      // The page says why it cannot be read.
    }
  }
}

/** Then a save may be nobody's wish: a change to a database is written when somebody has seen it. */
function savesByItself(uri: vscode.Uri): boolean {
  return vscode.workspace.getConfiguration('files', uri).get('autoSave', 'off') !== 'off';
}

async function tellLocked(document: ManifestFileDocument, reason: string): Promise<void> {
  const show = t('Show Kept Edits');
  const message = t('{0} is open for reading only. {1}', document.name, reason);
  if ((await vscode.window.showWarningMessage(message, show)) !== show) return;
  const content = JSON.stringify((await document.backup()).log, undefined, 1);
  await vscode.window.showTextDocument(
    await vscode.workspace.openTextDocument({ language: 'json', content }),
  );
}

/** Undefined if it is not what a hot exit wrote. */
async function readBackup(uri: vscode.Uri): Promise<ManifestBackup | undefined> {
  try {
    const text = Buffer.from(await vscode.workspace.fs.readFile(uri)).toString('utf8');
    const backup = JSON.parse(text) as ManifestBackup;
    return backup.version === 1 && Array.isArray(backup.log) ? backup : undefined;
  } catch {
    return undefined;
  }
}

async function hasCurrent(folder: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(vscode.Uri.joinPath(folder, 'CURRENT'));
    return true;
  } catch {
    return false;
  }
}
