import * as vscode from 'vscode';
import type { WriteOptions } from '../../worker/change-api';
import { WorkerError } from '../../worker/client';
import type { Database } from '../databases/database';

const { t } = vscode.l10n;

/** Runs a change. Where nothing can hold the database's lock, asks whether to do without, and runs it again if so. */
export async function askWithoutLock<Result>(
  { name }: Pick<Database, 'name'>,
  run: (answers: WriteOptions) => Promise<Result>,
): Promise<Result> {
  try {
    return await run({});
  } catch (error) {
    if (!(error instanceof WorkerError) || error.code !== 'unsupported') throw error;
    const without = t('Apply without a Lock');
    const chosen = await vscode.window.showWarningMessage(
      t('Nothing here can hold the lock of {0}.', name),
      {
        modal: true,
        detail: t(
          'Programs keep each other out of a LevelDB database by a lock on its file LOCK. python3 or perl would hold it, and neither was found. If another program opens the database while it is written, either can lose what it writes, and the database can be damaged. Go on only if no other program opens it meanwhile.',
        ),
      },
      without,
    );
    if (chosen !== without) throw error;
    return await run({ withoutLock: true });
  }
}
