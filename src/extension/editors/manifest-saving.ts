import * as vscode from 'vscode';
import type { AppliedChange } from '../../worker/change-api';
import { type WorkerClient, WorkerError } from '../../worker/client';
import type { ManifestCalls, ManifestJobs } from '../../worker/manifest-api';
import type { SaveReport } from '../../worker/manifest-edit-api';
import { askOnTrouble } from '../changes/ask-on-trouble';
import { failureOf } from '../changes/failure';
import { withLateProgress } from '../changes/progress';
import { backupParent, requireTrust } from '../changes/rules';

const { t } = vscode.l10n;

const SHOWN = 5;

/** What a save did. */
export interface SavedManifest {
  /** Of the MANIFEST that was written. */
  name: string;
  /** Undefined for one out of a database's folder, which is just written. */
  account: AppliedChange | undefined;
}

/** What a save would come to; nothing is written. Undefined if it was cancelled. */
export function trySaving(
  client: WorkerClient<ManifestCalls, ManifestJobs>,
  name: string,
  asNew: boolean,
): Promise<SaveReport | undefined> {
  return withLateProgress(t('Trying out what saving {0} comes to', name), (options) =>
    client.run('trySave', [{ asNew }], options),
  );
}

/**
 * Saves the state of a MANIFEST's worker: it is tried first, and what it comes to is asked about. Undefined if the person
 * cancelled. Throws a WorkerError, and an Error for a state that cannot be written.
 */
export async function saveManifest(
  client: WorkerClient<ManifestCalls, ManifestJobs>,
  /** The MANIFEST's. */
  uri: vscode.Uri,
  { asNew, token }: { asNew: boolean; token?: vscode.CancellationToken | undefined },
): Promise<SavedManifest | undefined> {
  requireTrust();
  const { folder, name: own } = placeOf(uri);
  const report = await trySaving(client, own, asNew);
  if (!report || token?.isCancellationRequested) return undefined;
  const { refusal, name = own } = report;
  if (refusal !== undefined) throw new Error(refusal);
  if (!(await confirmSave(report))) {
    await client.call('dropSave');
    return undefined;
  }
  const saved = await askOnTrouble(folder, (answers) =>
    withLateProgress(t('Saving {0}', name), (job) =>
      client
        .run('save', [{ label: 'edit MANIFEST', ...backupParent(), ...answers }], job)
        .then((account) => ({ account })),
    ),
  );
  return saved && { name, ...saved };
}

function placeOf(uri: vscode.Uri) {
  const folder = vscode.Uri.joinPath(uri, '..');
  const nameOf = ({ path }: vscode.Uri) => path.split('/').filter(Boolean).pop() ?? path;
  return { name: nameOf(uri), folder: { uri: folder, name: nameOf(folder) } };
}

/** Asks about what a save comes to, if anything that a reader of the database sees changes. True if it may be done. */
export async function confirmSave(report: SaveReport): Promise<boolean> {
  const { isSound, name } = report;
  const lines = consequences(report);
  if (lines.length === 0) return true;
  const save = isSound ? t('Save') : t('Save Although Checks Fail');
  const question = isSound
    ? t('Save {0}? The database reads differently then.', name ?? '')
    : t('Save {0} although it is not sound?', name ?? '');
  const detail = [...lines, t('A backup is made first.')].join('\n');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, save)) === save;
}

/** What LevelDB and readers would meet; none if the database reads as before. */
export function consequences({ isSound, opening, keys, shownKeys, problems, errors }: SaveReport): string[] {
  const lines: string[] = [];
  if (opening?.failure !== undefined) lines.push(t('Opening would fail: {0}', opening.failure));
  if (opening && opening.failure === undefined) {
    if (!keys)
      lines.push(t('The database, which cannot be opened now, would have {0} keys.', opening.entries));
    if (opening.readFailure !== undefined)
      lines.push(t('Reading would meet damage: {0}', opening.readFailure));
  }
  if (keys && keys.lost + keys.changed + keys.came > 0) {
    const { lost, changed, came } = keys;
    lines.push(t('{0} keys are lost, {1} read differently, {2} come.', lost, changed, came));
    lines.push(...shownKeys.slice(0, SHOWN).map(({ change, key }) => `  ${CHANGES[change]()}: "${key}"`));
  }
  if (!isSound) {
    const found = problems.rows.filter(({ severity }) => severity === 'error').slice(0, SHOWN);
    lines.push(...found.map(({ message }) => message));
    if (errors > found.length) lines.push(t('{0} more errors.', errors - found.length));
  }
  // Deleting what no version names is what LevelDB always does: it matters only where something else does.
  const deleted = opening?.failure === undefined ? opening?.deleted : undefined;
  if (lines.length > 0 && deleted && deleted.total > 0) {
    const shown = deleted.rows.slice(0, SHOWN).join(', ') + (deleted.total > SHOWN ? ', …' : '');
    lines.push(t('LevelDB would delete {0} files on opening: {1}', deleted.total, shown));
  }
  return lines;
}

const CHANGES: Record<SaveReport['shownKeys'][number]['change'], () => string> = {
  lost: () => t('lost'),
  came: () => t('comes'),
  changed: () => t('reads differently'),
};

/** An error that VS Code can show: what is wrong, and what to do. Cancelling stays what it is. */
export function saveFailure(name: string, error: unknown): Error {
  if (error instanceof vscode.CancellationError) return error;
  const { message, advice } = failureOf(error);
  const code = error instanceof WorkerError ? error.code : '';
  const what = message.startsWith(`${name}: `) ? message : `${name}: ${message}`;
  return new Error(`${what.replace(/\.$/, '')}. ${ADVICE[code]?.() ?? advice}`.trim());
}

/** Where a dry run's advice would be another one. */
const ADVICE: Record<string, () => string> = {
  locked: () => t('Close the database there, then save again: the edits are kept.'),
  'moved-on': () =>
    t('Revert drops the edits; "Redo My Edits on the New File" keeps them, and then it can be saved.'),
};
