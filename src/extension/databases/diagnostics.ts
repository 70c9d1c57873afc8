import * as vscode from 'vscode';
import type { Problem, Severity } from '../../worker/api';
import { Owner } from '../lifecycle';
import { plural } from '../plural';
import type { Database } from './database';
import type { DatabaseRegistry } from './registry';

const SEVERITIES: Record<Severity, vscode.DiagnosticSeverity> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  note: vscode.DiagnosticSeverity.Information,
};

/** Shows what a verification found in the Problems panel, at the files; the offset stands in the message. */
export class ProblemReporter extends Owner {
  private readonly collection = this.own(vscode.languages.createDiagnosticCollection('lsm'));
  /** The files of each database that have diagnostics. */
  private readonly files = new Map<Database, vscode.Uri[]>();

  constructor(registry: DatabaseRegistry) {
    super();
    this.own(registry.onDidChangeDatabase((database) => this.show(database)));
    this.own(registry.onDidClose((database) => this.clear(database)));
  }

  private show(database: Database): void {
    this.clear(database);
    if (!database.verified) return;
    const byFile = new Map<string, Problem[]>();
    for (const problem of database.verified.problems) {
      const problems = byFile.get(problem.file);
      if (problems) problems.push(problem);
      else byFile.set(problem.file, [problem]);
    }
    const uris: vscode.Uri[] = [];
    for (const [file, problems] of byFile) {
      const uri = vscode.Uri.joinPath(database.uri, file);
      this.collection.set(uri, problems.map(toDiagnostic));
      uris.push(uri);
    }
    this.files.set(database, uris);
  }

  private clear(database: Database): void {
    for (const uri of this.files.get(database) ?? []) this.collection.delete(uri);
    this.files.delete(database);
  }
}

/** A problem as VS Code shows it; the offset stands in the message. */
export function toDiagnostic({ severity, offset, length, code, message }: Problem): vscode.Diagnostic {
  const place =
    offset === undefined
      ? ''
      : length === undefined
        ? vscode.l10n.t(' (at byte {0})', `${offset}`)
        : plural(Number(length), ' (at byte {1}, 1 byte)', ' (at byte {1}, {0} bytes)', `${offset}`);
  // A table has no lines: everything is at its beginning.
  const diagnostic = new vscode.Diagnostic(
    new vscode.Range(0, 0, 0, 0),
    message + place,
    SEVERITIES[severity],
  );
  diagnostic.source = 'lsm';
  diagnostic.code = code;
  return diagnostic;
}
