import * as vscode from 'vscode';
import { MAX_CHARACTERS, withManifest } from './worker';

/** Gives MANIFESTs and versions as texts that are only looked at, so that VS Code's own diff works on them. */
export class ManifestSnapshots implements vscode.TextDocumentContentProvider {
  private readonly workers: string;

  constructor(workers: string) {
    this.workers = workers;
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { manifest, edit } = JSON.parse(uri.query) as { manifest: string; edit?: number };
    return withManifest(this.workers, vscode.Uri.parse(manifest), (client) =>
      edit === undefined
        ? client.call('text', MAX_CHARACTERS)
        : client.call('versionText', edit, MAX_CHARACTERS),
    );
  }
}
