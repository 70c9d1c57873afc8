import * as vscode from 'vscode';
import type { PlaygroundFile } from '../../../webview/protocol/playground';
import { requireTrust } from '../changes/rules';
import { Command } from '../ids';
import { plural } from '../plural';

const { t } = vscode.l10n;

/**
 * Asks for an empty folder, and writes the files of a playground there, as another program would find them. False if
 * nothing was written; if that was no choice, why is told.
 */
export async function saveFiles(filesOf: () => Promise<PlaygroundFile[]>): Promise<boolean> {
  try {
    requireTrust();
    const [folder] =
      (await vscode.window.showOpenDialog({
        canSelectFiles: false,
        canSelectFolders: true,
        title: t('An empty folder for the playground’s files'),
        openLabel: t('Save Here'),
      })) ?? [];
    if (!folder) return false;
    if ((await vscode.workspace.fs.readDirectory(folder)).length > 0) {
      void vscode.window.showErrorMessage(
        t('{0} is not empty: the files would mix with others.', folder.fsPath),
      );
      return false;
    }
    const files = await filesOf();
    await write(folder, files);
    void tellSaved(folder, files.length);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(t('The playground’s files cannot be saved: {0}', message));
    return false;
  }
}

/** CURRENT comes last: what is not whole is no database. */
async function write(folder: vscode.Uri, files: readonly PlaygroundFile[]): Promise<void> {
  const isCurrent = ({ name }: PlaygroundFile) => (name === 'CURRENT' ? 1 : 0);
  for (const { name, contents } of [...files].sort((a, b) => isCurrent(a) - isCurrent(b))) {
    await vscode.workspace.fs.writeFile(vscode.Uri.joinPath(folder, name), contents);
  }
}

async function tellSaved(folder: vscode.Uri, files: number): Promise<void> {
  const open = t('Open as Database');
  const told = plural(files, '1 file was written to {1}.', '{0} files were written to {1}.', folder.fsPath);
  if ((await vscode.window.showInformationMessage(told, open)) === open) {
    await vscode.commands.executeCommand(Command.openFolder, folder);
  }
}
