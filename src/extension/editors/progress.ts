import * as vscode from 'vscode';
import type { JobOptions } from '../../worker/client';

/** A file of this size is read whole in a moment: its progress stands in the status bar, with nothing to click. */
const SMALL_BYTES = 64 << 20;

/** Runs a job that reads all of a file, with its progress; of a large file it can be cancelled. */
export async function surveyWithProgress<Result>(
  { name, uri }: { name: string; uri: vscode.Uri },
  run: (options: JobOptions) => Promise<Result>,
): Promise<Result> {
  const { size } = await vscode.workspace.fs.stat(uri);
  const { Notification, Window } = vscode.ProgressLocation;
  return vscode.window.withProgress(
    {
      location: size > SMALL_BYTES ? Notification : Window,
      title: vscode.l10n.t('Reading {0}', name),
      cancellable: size > SMALL_BYTES,
    },
    (progress, token) =>
      run({
        onProgress: ({ done, total }) =>
          progress.report({ message: `${Math.round((done / Math.max(1, total)) * 100)} %` }),
        onCancel: (cancel) => token.onCancellationRequested(cancel),
      }),
  );
}
