// A crash at every operation on files of a database whose flushes and compactions are another thread's: in the midst of its
// work, and between that and what the database makes of it.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FaultEnv } from '../../src/engine/env/fault';
import { randomNumbers } from '../helpers/leveldb';
import { ManyDatabases } from '../helpers/many-databases';
import { Script } from './crash-harness';
import { CrashImages } from './crash-images';
import { HeldThread } from './held-thread';

const peer = new ManyDatabases();
after(() => peer.close());

/** Compactions of some hundred KiB, and moves. */
const LIMITS = { level0Files: 2, maxFileBytes: 40 << 10, level1Bytes: 120 << 10 };

/** A thread whose work is known to be done at any later time. */
function heldThread(env: FaultEnv, isPrompt: boolean, random: (limit: number) => number): HeldThread {
  const thread = new HeldThread(env);
  thread.isPrompt = isPrompt;
  thread.polled = (work) => {
    if (random(3) === 0) work.begin();
    if (random(3) === 0) work.isDone = true;
  };
  thread.dies = () => random(12) === 0;
  return thread;
}

for (const isPrompt of [true, false]) {
  for (const maxWriteBufferNumber of [2, 4]) {
    const how = `begun ${isPrompt ? 'at once' : 'late'}, ${maxWriteBufferNumber} memtables`;
    test(`a crash at every operation, work of the thread ${how}`, async () => {
      for (const writesThrough of [true, false]) {
        const random = randomNumbers(maxWriteBufferNumber + (writesThrough ? 20 : 0));
        const env = new FaultEnv();
        env.writesThrough = writesThrough;
        const script = new Script(env);
        const images = new CrashImages(peer, how);
        env.plan = (operation, path, number) => {
          images.take(env, script.demand(), `operation ${number}, ${operation} of ${path}`);
          return undefined;
        };
        const threads: HeldThread[] = [];
        const open = () => {
          const thread = heldThread(env, isPrompt, random);
          threads.push(thread);
          script.open({ limits: LIMITS, maxWriteBufferNumber, thread });
        };
        open();
        for (let i = 0; i < 40; i++) {
          const deleted = i % 7 === 3 ? [[`k${(i * 5) % 13}`] as const] : [];
          script.write([[`k${(i * 8) % 13}`, 13000], ...deleted]);
          // Durable with everything before, in whichever log that is.
          if (i % 6 === 4) script.put(`s${i}`, 10, true);
        }
        script.die();
        open();
        for (let i = 0; i < 12; i++) script.put(`z${i}`, 14000, i === 7);
        script.flush();
        script.compactRange();
        script.put('last', 10, true);
        script.close();
        env.plan = undefined;
        images.take(env, script.demand(), 'after the last operation');
        const flushes = threads.flatMap((thread) => thread.flushes).length;
        const compactions = threads.flatMap((thread) => thread.compactions).length;
        assert.ok(flushes > 6 && compactions > 2, `${flushes} flushes, ${compactions} compactions`);
        await peer.finish();
      }
    });
  }
}
