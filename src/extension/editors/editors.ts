import * as vscode from 'vscode';
import type { Place } from '../../../webview/protocol/common';
import type { OperationJson } from '../../worker/manifest-edit-api';
import { requireTrust } from '../changes/rules';
import type { Database } from '../databases/database';
import { Owner } from '../lifecycle';
import { ManifestTexts } from '../manifest-text/manifest-texts';
import { TraceFileEditors } from '../traces/file-editors';
import { logEditor } from './log';
import { ManifestEditors } from './manifest-editors';
import { EditorProblems } from './problems';
import { type EditorServices, FileEditors } from './provider';
import { tableEditor } from './table';

const { t } = vscode.l10n;

/** The kinds of files that have editors of their own. */
export type EditorName = 'table' | 'log' | 'manifest' | 'trace';

/** What opens a file in one kind of editor. */
interface Opener extends vscode.Disposable {
  /** Pages that are open. */
  readonly openPages: number;
  open(uri: vscode.Uri, place?: Place): Promise<void>;
}

/** The editors of single files, and the way from one to another. */
export class Editors extends Owner implements EditorServices {
  /** MANIFESTs as texts. */
  readonly texts: ManifestTexts;
  private readonly openers: Record<EditorName, Opener>;

  /** Those of MANIFESTs, which can be edited. */
  readonly manifests: ManifestEditors;
  /** Those of traces that were saved. */
  readonly traces: TraceFileEditors;

  /** `databaseOf` finds the database of a folder, if it is in the view. */
  constructor(extensionUri: vscode.Uri, databaseOf: (folder: vscode.Uri) => Database | undefined) {
    super();
    const problems = this.own(new EditorProblems());
    const workers = vscode.Uri.joinPath(extensionUri, 'dist', 'workers').fsPath;
    this.manifests = this.own(new ManifestEditors(extensionUri, this, problems, databaseOf)).register();
    this.texts = this.own(
      new ManifestTexts(workers, (manifest, saved) => {
        const name = manifest.path.split('/').pop() ?? '';
        void this.manifests.tellSaved(manifest, saved, t('Edit {0}', name));
      }),
    );
    this.traces = this.own(new TraceFileEditors(extensionUri, this)).register();
    this.openers = {
      table: this.own(new FileEditors(tableEditor, extensionUri, this)).register(),
      log: this.own(new FileEditors(logEditor, extensionUri, this)).register(),
      manifest: this.manifests,
      trace: this.traces,
    };
  }

  /** Pages of all kinds that are open. */
  get openPages(): number {
    return Object.values(this.openers).reduce((sum, { openPages }) => sum + openPages, 0);
  }

  async openAt(uri: vscode.Uri, place?: Place): Promise<void> {
    const name = editorFor(uri) ?? (await askWhich());
    if (name) await this.openers[name].open(uri, place);
  }

  /** Opens a MANIFEST's editor and does operations there. Rejects with a WorkerError. */
  async editManifest(uri: vscode.Uri, operations: OperationJson[]): Promise<void> {
    requireTrust();
    await this.manifests.open(uri);
    await this.manifests.find(uri)?.apply(operations);
  }
}

/** Which editor a file opens in, by its name as LevelDB gives it; undefined for a stranger's. */
export function editorFor(uri: vscode.Uri): EditorName | undefined {
  const name = uri.path.split('/').pop() ?? '';
  if (/\.(ldb|sst)$/i.test(name)) return 'table';
  if (/^\d+\.log$/i.test(name)) return 'log';
  if (/\.lsmtrace$/i.test(name)) return 'trace';
  return /^MANIFEST-\d+$/.test(name) ? 'manifest' : undefined;
}

/** For a file under another name: one out of its directory, or out of a bug report. */
async function askWhich(): Promise<EditorName | undefined> {
  const choices: { label: string; name: EditorName }[] = [
    { label: t('Table'), name: 'table' },
    { label: t('Write-ahead log'), name: 'log' },
    { label: 'MANIFEST', name: 'manifest' },
    { label: t('Trace'), name: 'trace' },
  ];
  return (await vscode.window.showQuickPick(choices, { placeHolder: t('What is in this file?') }))?.name;
}
