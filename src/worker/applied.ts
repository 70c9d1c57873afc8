import type { ChangeAccount, ChangeProgress } from '../engine/db/change';
import type { AppliedChange } from './change-api';
import type { JobOf } from './job';

/** A change to the folder as a job. Cancelled, it takes back what it did. */
export function* told(change: Generator<ChangeProgress, ChangeAccount>): JobOf<AppliedChange> {
  try {
    for (;;) {
      const step = change.next();
      if (step.done) {
        const { created, replaced, deleted, ...account } = step.value;
        const { backup, bytesWritten, bytesDeleted, unfinished } = account;
        return {
          created: created.length,
          replaced: replaced.length,
          deleted: deleted.length,
          bytesWritten,
          bytesDeleted,
          backup,
          unfinished,
        };
      }
      const { file, filesDone, filesTotal } = step.value;
      yield { detail: file, done: filesDone, total: filesTotal };
    }
  } finally {
    change.return(undefined as never);
  }
}
