import * as vscode from 'vscode';
import type { Place } from '../../../webview/protocol/common';
import { fileOf, type Node } from '../databases/nodes';
import type { Editors } from '../editors/editors';

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
  const active = vscode.window.activeTextEditor?.document.uri;
  const [uri] =
    active?.scheme === 'file' && /\.log$/.test(active.path)
      ? [active]
      : ((await vscode.window.showOpenDialog({
          title: t('File to open'),
          openLabel: t('Open in LSM Inspector'),
          canSelectMany: false,
        })) ?? []);
  if (uri) await editors.openAt(uri);
  return undefined;
}

/** Where a node points to within its file. */
function placeOf(node: Node): Place | undefined {
  if (node.kind !== 'problem' || node.problem.offset === undefined) return undefined;
  return { at: 'offset', offset: Number(node.problem.offset) };
}
