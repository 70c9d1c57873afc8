import * as vscode from 'vscode';
import { MANIFEST_SCHEME, MANIFEST_SNAPSHOT_SCHEME } from '../ids';

/** Behind the MANIFEST's name: without it the name would be one that the custom editor takes. */
const ENDING = '.edits';

/** The address of a MANIFEST's text that can be edited and saved. */
export function manifestTextUri(manifest: vscode.Uri): vscode.Uri {
  return manifest.with({ scheme: MANIFEST_SCHEME, path: manifest.path + ENDING });
}

/** The MANIFEST that a text is of; of any other address the folder that it stands for. */
export function manifestOf(text: vscode.Uri): vscode.Uri {
  const { path } = text;
  return text.with({ scheme: 'file', path: path.endsWith(ENDING) ? path.slice(0, -ENDING.length) : path });
}

/** The address of a MANIFEST's text that is only looked at. */
export function manifestSnapshotUri(manifest: vscode.Uri): vscode.Uri {
  return snapshotUri(manifest, ENDING, {});
}

/** The address of the version after an edit. */
export function versionTextUri(manifest: vscode.Uri, edit: number): vscode.Uri {
  return snapshotUri(manifest, ` after edit ${edit}.txt`, { edit });
}

function snapshotUri(manifest: vscode.Uri, ending: string, what: { edit?: number }): vscode.Uri {
  return vscode.Uri.from({
    scheme: MANIFEST_SNAPSHOT_SCHEME,
    path: manifest.path + ending,
    query: JSON.stringify({ manifest: manifest.toString(), ...what }),
  });
}

/** Opens a MANIFEST's text. Not through `showTextDocument`, which keeps a document for minutes after its tab is closed. */
export async function showManifestText(manifest: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('vscode.open', manifestTextUri(manifest), { preview: true });
}
