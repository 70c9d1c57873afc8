import * as vscode from 'vscode';
import { Setting } from '../ids';

const MAX_FOUND = 200;

/** Folders of the workspace with CURRENT and a MANIFEST. Bounded by the settings' globs, by number, and by the token. */
export async function findDatabases(token: vscode.CancellationToken): Promise<vscode.Uri[]> {
  const settings = vscode.workspace.getConfiguration(Setting.section);
  const include = settings.get<string>(Setting.searchInclude, '**/CURRENT');
  const exclude = settings.get<string>(Setting.searchExclude, '**/node_modules/**');
  const found = await vscode.workspace.findFiles(include, exclude, MAX_FOUND, token);
  const folders: vscode.Uri[] = [];
  for (const file of found) {
    if (token.isCancellationRequested) break;
    const folder = vscode.Uri.joinPath(file, '..');
    if (await isDatabase(folder)) folders.push(folder);
  }
  return folders.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Whether a folder has CURRENT and a MANIFEST, by the listing alone. */
export async function isDatabase(folder: vscode.Uri): Promise<boolean> {
  try {
    const names = (await vscode.workspace.fs.readDirectory(folder)).map(([name]) => name);
    return names.includes('CURRENT') && names.some((name) => /^MANIFEST-[0-9]+$/.test(name));
  } catch {
    return false;
  }
}
