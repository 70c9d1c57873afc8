import * as vscode from 'vscode';
import { type JobOptions, WorkerError } from '../../worker/client';

/** What ends sooner is not told of. */
const LATE_MS = 1000;

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

/** The same for a job that is mostly done at once: the notification comes if it is not. */
export async function withLateProgress<Result>(
  title: string,
  run: (options: JobOptions) => Promise<Result>,
): Promise<Result | undefined> {
  const listeners: JobOptions = {};
  let cancel = () => {};
  const result = run({
    onProgress: (progress) => listeners.onProgress?.(progress),
    onCancel: (given) => {
      cancel = given;
    },
  });
  const timer = setTimeout(
    () =>
      void withProgress(title, async (options) => {
        if (options.onProgress) listeners.onProgress = options.onProgress;
        options.onCancel?.(() => cancel());
        await result.catch(() => {});
      }),
    LATE_MS,
  );
  try {
    return await result;
  } catch (error) {
    if (error instanceof WorkerError && error.code === 'cancelled') return undefined;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function progressText(detail: string, done: number, total: number): string {
  const percent = total > 0 ? `${Math.round((done / total) * 100)} %` : '';
  return [detail, percent].filter(Boolean).join(': ');
}
