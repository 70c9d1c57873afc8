import * as vscode from 'vscode';
import type { AppliedChange } from '../../worker/change-api';
import { type WorkerClient, WorkerError } from '../../worker/client';
import type { ManifestCalls, ManifestJobs } from '../../worker/manifest-api';
import type { SaveReport } from '../../worker/manifest-edit-api';
import { backupParent, requireTrust } from '../changes/change';
import { withProgress } from '../changes/progress';
import { tellApplied } from '../changes/restore';

const { t } = vscode.l10n;

/** Problems, keys and files that a question names. */
const SHOWN = 5;

export interface SaveOptions {
  /** The database's folder. */
  uri: vscode.Uri;
  /** The MANIFEST's name. */
  name: string;
  asNew: boolean;
  workerScript: string;
}

/**
 * Saves the state of a MANIFEST's worker: it is tried first, and asked about where the checks fail, LevelDB would not open
 * the database, or keys would read differently. Gives what was done and the name of the MANIFEST that was written;
 * undefined if the person cancelled. Rejects with a WorkerError where it cannot be saved.
 */
export async function saveManifest(
  client: WorkerClient<ManifestCalls, ManifestJobs>,
  { uri, name, asNew, workerScript }: SaveOptions,
): Promise<{ account: AppliedChange | undefined; name: string } | undefined> {
  requireTrust();
  const report = await withProgress(t('Trying the save of {0}', name), (options) =>
    client.run('trySave', [{ asNew }], options),
  );
  if (!report) return undefined;
  if (report.refusal !== undefined) {
    throw new WorkerError({ code: 'bad-record', message: report.refusal, file: name });
  }
  if (!(await isAgreed(report, name))) {
    await client.call('dropSave');
    return undefined;
  }
  const title = t('Save {0}', report.name ?? name);
  const done = await withProgress(title, async (options) => ({
    account: await client.run('save', [{ label: 'edit MANIFEST', ...backupParent() }], options),
  }));
  if (!done) return undefined;
  const { account } = done;
  const database = {
    uri,
    name: uri.path.split('/').filter(Boolean).pop() ?? uri.path,
    refresh: async () => {},
  };
  if (account) void tellApplied(database, title, account, workerScript);
  return { account, name: report.name ?? name };
}

async function isAgreed(report: SaveReport, name: string): Promise<boolean> {
  const keys = keyLines(report);
  if (report.isSound && keys.length === 0) return true;
  const button = report.isSound ? t('Save') : t('Save Although Checks Fail');
  const question = report.isSound
    ? t('Save {0}? The database will read differently.', name)
    : t('{0} is not sound. Save it all the same?', name);
  const detail = [...problemLines(report), ...keys, t('A backup is made first.')].join('\n');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, button)) === button;
}

function problemLines({ isSound, opening, problems, errors }: SaveReport): string[] {
  if (isSound) return [];
  const messages = problems.rows.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return [
    ...(opening?.failure === undefined
      ? []
      : [t('LevelDB would not open the database: {0}', opening.failure)]),
    ...(opening?.failure === undefined && opening?.readFailure !== undefined
      ? [t('Reading everything would fail: {0}', opening.readFailure)]
      : []),
    ...listed(messages, errors),
  ];
}

function keyLines({ keys, shownKeys, opening }: SaveReport): string[] {
  if (!keys || keys.lost + keys.changed === 0) return [];
  const deleted = opening?.failure === undefined ? opening?.deleted : undefined;
  return [
    t(
      'Keys that are lost: {0}. Keys with another value: {1}. Keys that come back: {2}.',
      keys.lost,
      keys.changed,
      keys.came,
    ),
    ...shownKeys.slice(0, SHOWN).map(({ key }) => `"${key}"`),
    ...(deleted && deleted.total > 0
      ? [t('LevelDB would delete: {0}', listed(deleted.rows, deleted.total).join(', '))]
      : []),
  ];
}

/** The first of some lines, and how many there are. */
function listed(lines: readonly string[], total: number): string[] {
  const shown = lines.slice(0, SHOWN);
  return total > shown.length ? [...shown, t('{0} in all.', total)] : shown;
}
