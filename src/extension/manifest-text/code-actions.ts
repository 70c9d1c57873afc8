import * as vscode from 'vscode';
import type { FixJson, OperationJson } from '../../worker/manifest-edit-api';
import { withProgress } from '../changes/progress';
import { APPLY_TO_MANIFEST } from '../ids';
import type { OpenText } from './open-text';
import { smallestChange } from './smallest-change';

/** Of one line: an edit can have a thousand tables that are missing. */
const MAX_ACTIONS = 50;

/** A fix as an action; its change is worked out when it is chosen. */
class FixAction extends vscode.CodeAction {
  readonly open: OpenText;
  readonly operations: readonly OperationJson[];

  constructor({ label, operations }: FixJson, open: OpenText) {
    super(label, vscode.CodeActionKind.QuickFix);
    this.open = open;
    this.operations = operations;
    this.diagnostics = [];
  }
}

/** What mends the problems of a text, as quick fixes. */
export class ManifestFixes implements vscode.CodeActionProvider<vscode.CodeAction> {
  private readonly find: (document: vscode.TextDocument) => OpenText | undefined;

  constructor(find: (document: vscode.TextDocument) => OpenText | undefined) {
    this.find = find;
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range): vscode.CodeAction[] {
    const open = this.find(document);
    if (!open || !vscode.workspace.isTrusted) return [];
    // Several problems may have the same fix.
    const actions = new Map<string, FixAction>();
    for (const { problem, diagnostic } of open.problems) {
      if (!diagnostic.range.intersection(range)) continue;
      for (const fix of problem.fixes) {
        const key = JSON.stringify(fix.operations);
        const action = actions.get(key) ?? actionFor(fix, open);
        action.diagnostics?.push(diagnostic);
        actions.set(key, action);
        if (actions.size === MAX_ACTIONS) return [...actions.values()];
      }
    }
    return [...actions.values()];
  }

  async resolveCodeAction(action: vscode.CodeAction): Promise<vscode.CodeAction> {
    if (!(action instanceof FixAction) || action.command) return action;
    const { document } = action.open;
    const before = document.getText();
    const client = await action.open.ready();
    const after = await withProgress(action.title, (options) =>
      client.run('changeText', [before, [...action.operations]], options),
    );
    if (after === undefined) return action;
    const { start, end, text } = smallestChange(before, after);
    action.edit = new vscode.WorkspaceEdit();
    const range = new vscode.Range(document.positionAt(start), document.positionAt(end));
    action.edit.replace(document.uri, range, text);
    return action;
  }
}

function actionFor(fix: FixJson, open: OpenText): FixAction {
  const action = new FixAction(fix, open);
  // No text says what CURRENT names: the MANIFEST's editor does it.
  if (fix.operations.some((operation) => (operation as { op?: unknown }).op === 'fix-current')) {
    action.command = {
      command: APPLY_TO_MANIFEST,
      title: fix.label,
      arguments: [open.manifest, fix.operations],
    };
  }
  return action;
}
