// A trace of a database at work, with writes that are held up and seeks that are charged.
import { Database } from '../../src/engine/db/database';
import { MemoryEnv } from '../../src/engine/env/memory';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';

/** A database in memory: writes that fill memtables, then gets of keys that are not there, in vain in several tables. */
export function workAndReads(): TraceEvent[] {
  const env = new MemoryEnv();
  env.makeDirectory('/db');
  const events: TraceEvent[] = [];
  const database = Database.openNow(env, '/db', {
    createIfMissing: true,
    infoLog: false,
    writeBufferSize: 65536,
    limits: { level0Files: 8, level0SlowdownFiles: 3, level1Bytes: 200_000, maxFileBytes: 40_000 },
    trace: (event) => void events.push(event),
    background: 'stepped',
  });
  const key = (i: number) => new TextEncoder().encode(`key${String(i).padStart(6, '0')}`);
  for (let i = 0; i < 12_000; i++) {
    database.put(key(2 * ((i * 7919) % 6000)), new Uint8Array(60).fill(i % 251));
    if (i % 3 === 0) database.step();
  }
  for (let i = 0; i < 1000; i++) database.get(key(2 * (i % 6000) + 1));
  runSteps(database.settleSteps());
  database.close();
  return events;
}
