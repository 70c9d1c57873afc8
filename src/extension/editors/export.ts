import * as vscode from 'vscode';
import type { JobOptions } from '../../worker/client';
import { WorkerError } from '../../worker/client';
import { plural } from '../plural';

const { t } = vscode.l10n;

/** Names that LevelDB gives its files: an export must not stand in the place of one. */
const LEVELDB_NAME = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(log|ldb|sst|dbtmp))$/;

/** A file that is asked for, and what is written into it. */
export interface ChosenFile<Result> {
  /** Of what is exported. */
  name: string;
  title: string;
  defaultUri: vscode.Uri;
  filters: Record<string, string[]>;
  /** Throws if nothing may be written. */
  mayWrite?: () => void;
  run(path: string, options: JobOptions): Promise<Result>;
  /** What was written, for a message. */
  told(result: Result, path: string): string;
}

/** Asks where to, and runs an export to JSON lines with progress. `run` returns how many lines it wrote. */
export async function exportTo(
  source: { name: string; folder: vscode.Uri },
  what: string,
  run: (path: string, options: JobOptions) => Promise<number>,
): Promise<void> {
  await writeChosen({
    name: source.name,
    title: t('Export {0}', source.name),
    defaultUri: vscode.Uri.joinPath(source.folder, '..', `${source.name}.${what}.jsonl`),
    filters: { 'JSON lines': ['jsonl', 'json'] },
    run,
    told: (lines, path) =>
      plural(lines, '1 line was written to {1}.', '{0} lines were written to {1}.', path),
  });
}

/** Asks where to, and writes there with progress. False if nothing was written; if that was no choice, why is told. */
export async function writeChosen<Result>(file: ChosenFile<Result>): Promise<boolean> {
  const { name, title, defaultUri, filters } = file;
  try {
    file.mayWrite?.();
    const target = await vscode.window.showSaveDialog({ title, defaultUri, filters });
    if (!target) return false;
    if (LEVELDB_NAME.test(target.path.split('/').pop() ?? '')) {
      void vscode.window.showErrorMessage(t('{0} is the name of a file of LevelDB.', target.fsPath));
      return false;
    }
    const result = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Exporting {0}', name),
        cancellable: true,
      },
      (progress, token) => {
        let reported = 0;
        return file.run(target.fsPath, {
          onProgress: ({ done, total }) => {
            const percent = (done / Math.max(1, total)) * 100;
            progress.report({ increment: percent - reported });
            reported = percent;
          },
          onCancel: (cancel) => token.onCancellationRequested(cancel),
        });
      },
    );
    void tellWritten(target, file.told(result, target.fsPath));
    return true;
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'cancelled') return false;
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(t('{0} cannot be exported: {1}', name, message));
    return false;
  }
}

async function tellWritten(target: vscode.Uri, message: string): Promise<void> {
  const open = t('Open');
  if ((await vscode.window.showInformationMessage(message, open)) === open) {
    await vscode.commands.executeCommand('vscode.open', target);
  }
}
