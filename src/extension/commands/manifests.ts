import * as vscode from 'vscode';
import { WorkerClient, WorkerError } from '../../worker/client';
import type { ManifestCalls, ManifestJobs } from '../../worker/manifest-api';
import type { Database } from '../databases/database';
import type { Node } from '../databases/nodes';
import type { Editors } from '../editors/editors';
import type { ManifestFileDocument } from '../editors/manifest-document';
import { askForInputs } from './ask';

const { t } = vscode.l10n;

/** Opens the editor of the MANIFEST of a database: the one that CURRENT names, whether it is there or not. */
export async function editManifest(
  editors: Editors,
  workers: string,
  database: Database,
  node?: Node,
): Promise<vscode.Uri> {
  const name = node?.kind === 'manifest' ? node.manifest.name : await editedIn(workers, database.uri.fsPath);
  const uri = vscode.Uri.joinPath(database.uri, name);
  await editors.manifests.open(uri);
  return uri;
}

/** Makes the MANIFEST anew from the tables that are there, as an edit that can be undone; nothing is written. */
export async function rebuildManifest(
  editors: Editors,
  workers: string,
  database: Database,
  node?: Node,
): Promise<void> {
  const uri = await editManifest(editors, workers, database, node);
  const document = editors.manifests.find(uri);
  if (document) await tellingFailure(document, () => rebuild(document));
}

/** Asks where it hangs on tables that a compaction seems to have written anew. */
async function rebuild(document: ManifestFileDocument): Promise<void> {
  try {
    await document.apply([{ op: 'rebuild' }]);
  } catch (error) {
    if (!(error instanceof WorkerError) || error.code !== 'choice-needed') throw error;
    const inputs = await askForInputs(error.message);
    if (inputs) await document.apply([{ op: 'rebuild', inputs }]);
  }
}

/** Of the MANIFEST whose editor is given, or active; what it comes to is asked about where anything reads differently. */
export async function saveManifest(editors: Editors, uri?: vscode.Uri): Promise<void> {
  const document = documentOf(editors, uri);
  if (document) await tellingFailure(document, () => editors.manifests.saveAsked(document));
}

/** Of the MANIFEST whose editor is given, or active. */
export async function saveAsNewManifest(editors: Editors, uri?: vscode.Uri): Promise<boolean> {
  const document = documentOf(editors, uri);
  if (!document) return false;
  return (await tellingFailure(document, () => editors.manifests.saveAsNew(document))) ?? false;
}

/** Copies the operations in force, as `lsm edit-manifest DIR SCRIPT.json` takes them. */
export async function copyManifestScript(editors: Editors, uri?: vscode.Uri): Promise<void> {
  const document = documentOf(editors, uri);
  if (!document) return;
  await tellingFailure(document, async () => {
    const script = await document.script();
    await vscode.env.clipboard.writeText(`${JSON.stringify(script, undefined, 1)}\n`);
  });
}

function documentOf({ manifests }: Editors, given: vscode.Uri | undefined): ManifestFileDocument | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  const active = input instanceof vscode.TabInputCustom ? input.uri : undefined;
  const uri = given instanceof vscode.Uri ? given : active;
  const document = uri && manifests.find(uri);
  if (!document) void vscode.window.showInformationMessage(t('No editor of a MANIFEST is active.'));
  return document;
}

async function editedIn(workers: string, directory: string): Promise<string> {
  const client = new WorkerClient<ManifestCalls, ManifestJobs>(workers, 'manifest');
  try {
    return await client.call('editedIn', directory);
  } finally {
    await client.dispose();
  }
}

async function tellingFailure<Result>(
  { name }: ManifestFileDocument,
  run: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof vscode.CancellationError) return undefined;
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(message.startsWith(name) ? message : `${name}: ${message}`);
    return undefined;
  }
}
