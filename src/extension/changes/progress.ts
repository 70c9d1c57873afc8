import * as vscode from 'vscode';
import { type JobOptions, WorkerError } from '../../worker/client';

/** Runs a job with its progress in a notification that can cancel it; undefined if it was cancelled. */
export async function withProgress<Result>(
  title: string,
  run: (options: JobOptions) => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      (progress, token) =>
        run({
          onProgress: ({ detail, done, total }) =>
            progress.report({ message: progressText(detail, done, total) }),
          onCancel: (cancel) => token.onCancellationRequested(cancel),
        }),
    );
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'cancelled') return undefined;
    throw error;
  }
}

function progressText(detail: string, done: number, total: number): string {
  const percent = total > 0 ? `${Math.round((done / total) * 100)} %` : '';
  return [detail, percent].filter(Boolean).join(': ');
}
