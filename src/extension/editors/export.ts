import * as vscode from 'vscode';
import type { JobOptions } from '../../worker/client';
import { WorkerError } from '../../worker/client';
import { plural } from '../plural';

const { t } = vscode.l10n;

/** Names that LevelDB gives its files: an export must not stand in the place of one. */
const LEVELDB_NAME = /^(CURRENT|LOCK|LOG|LOG\.old|MANIFEST-\d+|\d+\.(log|ldb|sst|dbtmp))$/;

/** Asks where to, and runs an export with progress. `run` returns how many lines it wrote. */
export async function exportTo(
  source: { name: string; folder: vscode.Uri },
  what: string,
  run: (path: string, options: JobOptions) => Promise<number>,
): Promise<void> {
  const target = await vscode.window.showSaveDialog({
    title: t('Export {0}', source.name),
    defaultUri: vscode.Uri.joinPath(source.folder, '..', `${source.name}.${what}.jsonl`),
    filters: { 'JSON lines': ['jsonl', 'json'] },
  });
  if (!target) return;
  if (LEVELDB_NAME.test(target.path.split('/').pop() ?? '')) {
    void vscode.window.showErrorMessage(t('{0} is the name of a file of LevelDB.', target.fsPath));
    return;
  }
  try {
    const lines = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: t('Exporting {0}', source.name),
        cancellable: true,
      },
      (progress, token) => {
        let reported = 0;
        return run(target.fsPath, {
          onProgress: ({ done, total }) => {
            const percent = (done / Math.max(1, total)) * 100;
            progress.report({ increment: percent - reported });
            reported = percent;
          },
          onCancel: (cancel) => token.onCancellationRequested(cancel),
        });
      },
    );
    const open = t('Open');
    const message = plural(
      lines,
      '1 line was written to {1}.',
      '{0} lines were written to {1}.',
      target.fsPath,
    );
    if ((await vscode.window.showInformationMessage(message, open)) === open) {
      await vscode.window.showTextDocument(target);
    }
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'cancelled') return;
    const message = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(t('{0} cannot be exported: {1}', source.name, message));
  }
}
