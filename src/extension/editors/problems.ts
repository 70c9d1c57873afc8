import * as vscode from 'vscode';
import type { Problem } from '../../worker/api';
import { toDiagnostic } from '../databases/diagnostics';
import { Owner } from '../lifecycle';

/** Problems of files whose editors are open, in the Problems panel. */
export class EditorProblems extends Owner {
  private readonly collection = this.own(vscode.languages.createDiagnosticCollection('lsm-editors'));

  show(uri: vscode.Uri, problems: readonly Problem[]): void {
    this.collection.set(uri, problems.map(toDiagnostic));
  }

  clear(uri: vscode.Uri): void {
    this.collection.delete(uri);
  }
}
