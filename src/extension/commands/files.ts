import * as vscode from 'vscode';
import type { Place } from '../../../webview/protocol/common';
import { fileOf, type Node } from '../databases/nodes';
import { type Editors, editorFor } from '../editors/editors';
import { manifestSnapshotUri, showManifestText } from '../manifest-text/addresses';

const { t } = vscode.l10n;

/** Opens the editor of a file: of a node of the Databases view, of the explorer, or one that is asked for. */
export async function openFile(editors: Editors, target?: Node | vscode.Uri): Promise<void> {
  if (target instanceof vscode.Uri) return editors.openAt(target);
  if (target) {
    const name = fileOf(target);
    if (name !== undefined)
      await editors.openAt(vscode.Uri.joinPath(target.database.uri, name), placeOf(target));
    return undefined;
  }
  const active = activeFile();
  const [uri] =
    active && editorFor(active)
      ? [active]
      : ((await vscode.window.showOpenDialog({
          title: t('File to open'),
          openLabel: t('Open in LSM Inspector'),
          canSelectMany: false,
        })) ?? []);
  if (uri) await editors.openAt(uri);
  return undefined;
}

/** The file of the active editor; of one that VS Code shows as binary, too. */
function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom
    ? input.uri
    : undefined;
}

/** Where a node points to within its file. */
function placeOf(node: Node): Place | undefined {
  if (node.kind !== 'problem' || node.problem.offset === undefined) return undefined;
  return { at: 'offset', offset: Number(node.problem.offset) };
}

/** Shows a MANIFEST's edits as text. */
export async function manifestAsText(target?: Node | vscode.Uri): Promise<void> {
  const uri = await manifestOf(target, t('MANIFEST to show'));
  if (uri) await showManifestText(uri);
}

/** Two MANIFESTs as texts, side by side. */
export async function compareManifests(target?: Node | vscode.Uri): Promise<void> {
  const left = await manifestOf(target, t('First MANIFEST'));
  const right = left && (await manifestOf(undefined, t('MANIFEST to compare with')));
  if (!left || !right) return;
  const name = (uri: vscode.Uri) => vscode.workspace.asRelativePath(uri);
  await vscode.commands.executeCommand(
    'vscode.diff',
    manifestSnapshotUri(left),
    manifestSnapshotUri(right),
    `${name(left)} ↔ ${name(right)}`,
  );
}

async function manifestOf(
  target: Node | vscode.Uri | undefined,
  title: string,
): Promise<vscode.Uri | undefined> {
  if (target instanceof vscode.Uri) return target;
  if (target?.kind === 'manifest') return vscode.Uri.joinPath(target.database.uri, target.manifest.name);
  const found = await vscode.workspace.findFiles('**/MANIFEST-*', undefined, 200);
  const browse = t('Another file…');
  const items = [
    ...found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })),
    { label: browse, uri: undefined },
  ];
  const picked = await vscode.window.showQuickPick(items, { title });
  if (!picked) return undefined;
  return picked.uri ?? (await vscode.window.showOpenDialog({ title, canSelectMany: false }))?.[0];
}
