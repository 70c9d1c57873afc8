import * as vscode from 'vscode';
import { WorkerClient } from '../../worker/client';
import type { ManifestCalls, ManifestJobs } from '../../worker/manifest-api';
import { MANIFEST_SCHEME } from '../ids';

/** VS Code opens no larger document with colours and search; it would refuse one above 50 MB. */
const MAX_CHARACTERS = 20 << 20;

/** The address of a MANIFEST's edits as a read-only text. */
export function manifestTextUri(manifest: vscode.Uri): vscode.Uri {
  return textUri(manifest, {});
}

/** The address of the version after an edit. */
export function versionTextUri(manifest: vscode.Uri, edit: number): vscode.Uri {
  return textUri(manifest, { edit });
}

function textUri(manifest: vscode.Uri, what: { edit?: number }): vscode.Uri {
  const ending = what.edit === undefined ? '' : ` after edit ${what.edit}`;
  return vscode.Uri.from({
    scheme: MANIFEST_SCHEME,
    path: `${manifest.path}${ending}.txt`,
    query: JSON.stringify({ manifest: manifest.toString(), ...what }),
  });
}

/** Gives MANIFESTs as text documents, so that VS Code's own search and diff work on them. */
export class ManifestTexts implements vscode.TextDocumentContentProvider {
  private readonly workerScript: string;

  constructor(extensionUri: vscode.Uri) {
    this.workerScript = vscode.Uri.joinPath(extensionUri, 'dist', 'worker.js').fsPath;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { manifest, edit } = JSON.parse(uri.query) as { manifest: string; edit?: number };
    const client = new WorkerClient<ManifestCalls, ManifestJobs>(this.workerScript, 'manifest');
    try {
      await client.call('open', vscode.Uri.parse(manifest).fsPath);
      return edit === undefined
        ? await client.call('text', MAX_CHARACTERS)
        : await client.call('versionText', edit, MAX_CHARACTERS);
    } finally {
      await client.dispose();
    }
  }
}
