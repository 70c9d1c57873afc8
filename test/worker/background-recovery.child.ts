// Recovers a database with a thread that is up from the beginning: background-recovery.child.mjs DIRECTORY HELPER. It is
// killed on the way, or tells that it is through.
import { Database } from '../../src/engine/db/database';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { SMALL } from './background-workload';
import { ReadyThread } from './ready-thread';

const [directory, script] = process.argv.slice(2);
const env = new NodeWritableEnv({ withoutLock: true });
const thread = new ReadyThread(script, env);
thread.prepare();
process.send?.('begun');
Database.openNow(env, directory, { ...SMALL, background: 'stepped', thread });
process.send?.('done');
setInterval(() => {}, 1000);
