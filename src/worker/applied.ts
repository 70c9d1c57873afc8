import type { ChangeAccount, ChangeProgress } from '../engine/db/change';
import type { WritableEnv } from '../engine/env/env';
import { NodeWritableEnv } from '../engine/env/node-writable';
import type { AppliedChange, KeptOut } from './change-api';
import type { JobOf } from './job';

/** A change to the folder as a job. Cancelled, it takes back what it did. */
export function* written(
  withoutLock: boolean | undefined,
  start: (env: WritableEnv) => Generator<ChangeProgress, ChangeAccount>,
): JobOf<AppliedChange> {
  let keptOut: KeptOut = 'all';
  const env = new NodeWritableEnv({
    withoutLock,
    onGap(_, keepsOut) {
      keptOut = keepsOut;
    },
  });
  const change = start(env);
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
          keptOut,
        };
      }
      const { file, filesDone, filesTotal } = step.value;
      yield { detail: file, done: filesDone, total: filesTotal };
    }
  } finally {
    change.return(undefined as never);
  }
}
