import * as vscode from 'vscode';
import { WEBVIEW_TEXTS } from '../../../webview/protocol/texts';

/** The webviews' texts in the display language, by their English ones. */
export function texts(): Record<string, string> {
  return Object.fromEntries(WEBVIEW_TEXTS.map((text) => [text, vscode.l10n.t(text)]));
}
