import * as vscode from 'vscode';

/** The icon of our editors' tabs: an image, which does not take the theme's colour by itself. */
export function viewIcon(extensionUri: vscode.Uri): { light: vscode.Uri; dark: vscode.Uri } {
  const media = vscode.Uri.joinPath(extensionUri, 'media');
  return {
    light: vscode.Uri.joinPath(media, 'lsm-light.svg'),
    dark: vscode.Uri.joinPath(media, 'lsm-dark.svg'),
  };
}
