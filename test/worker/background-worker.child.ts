// A writer whose compactions are another thread's: background-worker.child.mjs DIRECTORY PROGRESS-FILE. It goes on until it is
// killed, and tells before each batch and after it which one that is.
import { openSync, writeSync } from 'node:fs';
import { Database } from '../../src/engine/db/database';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { BackgroundWorker } from '../../src/worker/background-worker';
import { batchOf, SMALL } from './background-workload';

const [directory, progressFile, script] = process.argv.slice(2);
const progress = openSync(progressFile, 'r+');
const env = new NodeWritableEnv({ withoutLock: true });
const database = Database.openNow(env, directory, {
  ...SMALL,
  createIfMissing: true,
  thread: new BackgroundWorker(script, env),
});
const tell = (at: number, batch: number) => writeSync(progress, String(batch).padStart(10, '0'), at);

for (let batch = Number(database.lastSequence) / 100 + 1; ; batch++) {
  tell(0, batch);
  database.write(batchOf(batch));
  tell(10, batch);
}
