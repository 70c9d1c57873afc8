import type { WriteOptions } from '../../worker/change-api';
import type { Database } from '../databases/database';
import { askForBackupPlace } from './backup-place';
import { askWithoutLock } from './without-lock';

/**
 * Runs a change to a database, and again with the answers to what stands in its way and can be asked: a lock that cannot
 * be held, a backup that cannot be made. Throws what stood in its way if the answer is no.
 */
export function askOnTrouble<Result>(
  database: Pick<Database, 'name' | 'uri'>,
  run: (answers: WriteOptions) => Promise<Result>,
): Promise<Result> {
  return askWithoutLock(database, (lock) =>
    askForBackupPlace(database, (place) => run({ ...lock, ...place })),
  );
}
