// Traces to replay, and what does not come from the engine's own events to hold them against.

import { cpSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Database } from '../../src/engine/db/database';
import { DryRun } from '../../src/engine/db/dry-run';
import { Inspection } from '../../src/engine/db/inspection';
import type { Options } from '../../src/engine/db/options';
import { workloadOperations } from '../../src/engine/db/workload';
import type { ReadableEnv } from '../../src/engine/env/env';
import { MemoryEnv } from '../../src/engine/env/memory';
import { NodeReadableEnv, nodeInflate } from '../../src/engine/env/node';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { findComparator } from '../../src/engine/keys/comparator';
import { parseInternalKey } from '../../src/engine/keys/internal-key';
import type { FileMetaData } from '../../src/engine/manifest/version-edit';
import { LsmError } from '../../src/engine/problem';
import { runSteps, type TraceEvent } from '../../src/engine/trace/events';

export interface Recorded {
  events: TraceEvent[];
  /** The tables afterwards, as a reader of the disk finds them. */
  levels: FileMetaData[][];
  /** Bytes of each table by number, as the file system says. */
  sizes: Map<number | bigint, number>;
}

export type Work = 'recover' | 'compact' | 'auto';

/** Does something to a database of the disk in a dry run, and reads the outcome anew. `look` is shown the outcome. */
export function recordOn(
  directory: string,
  work: Work,
  options: Options = {},
  look: (env: ReadableEnv, db: Inspection) => void = () => {},
): Recorded {
  const dryRun = new DryRun(new NodeReadableEnv(), directory, { inflate: nodeInflate });
  try {
    const events: TraceEvent[] = [];
    const trace = (event: TraceEvent) => void events.push(event);
    try {
      const database = Database.openNow(dryRun.env, directory, { ...dryRun.options(), ...options, trace });
      if (work !== 'recover') runSteps(database.settleSteps());
      if (work === 'compact') runSteps(database.compactRange());
      database.close();
    } catch (error) {
      if (!(error instanceof LsmError)) throw error;
      return { events, levels: [], sizes: new Map() };
    }
    return { events, ...readBack(dryRun.env, directory, look) };
  } finally {
    dryRun.end();
  }
}

/** A copy whose logs are in tables: every entry of it can be read out of a table. */
export function flushedCopy(directory: string, parent: string): string {
  const copy = mkdtempSync(join(parent, 'flushed-'));
  cpSync(directory, copy, { recursive: true });
  const comparator = findComparator('leveldb.BytewiseComparator');
  Database.openNow(new NodeWritableEnv(), copy, { comparator, background: 'stepped' }).close();
  return copy;
}

/** A database in memory that a workload fills: flushes and compactions among writes and reads. */
export function recordWorkload(traceGrain: 'files' | 'entries'): Recorded {
  const env = new MemoryEnv();
  env.makeDirectory('/db');
  const events: TraceEvent[] = [];
  const database = Database.openNow(env, '/db', {
    createIfMissing: true,
    infoLog: false,
    writeBufferSize: 65536,
    maxFileSize: 1 << 20,
    limits: { level1Bytes: 200_000, maxFileBytes: 40_000 },
    traceGrain,
    trace: (event) => void events.push(event),
    background: 'stepped',
  });
  const workload = { workload: 'delete', operations: 12_000, valueSize: 60, seed: 7 } as const;
  let count = 0;
  for (const { key, value } of workloadOperations(workload)) {
    if (value) database.put(key, value);
    else database.delete(key);
    if (++count % 3 === 0) database.step();
    if (count % 10 === 0) database.get(key);
  }
  database.close();
  return { events, ...readBack(env, '/db', () => {}) };
}

function readBack(env: ReadableEnv, directory: string, look: (env: ReadableEnv, db: Inspection) => void) {
  const db = Inspection.open(env, directory, { inflate: nodeInflate });
  try {
    look(env, db);
    const levels = db.version.levels.map((files) => [...files]);
    const sizes = new Map(
      levels.flat().map(({ number }) => {
        return [number, env.stat(env.join(directory, db.tables.nameOf(number))).size] as const;
      }),
    );
    return { levels, sizes };
  } finally {
    db.close();
  }
}

export interface ReadEntry {
  userKey: string;
  sequence: number | bigint;
  isDeletion: boolean;
}

/** Every entry of some tables of a database on the disk, by number. */
export function entriesOf(directory: string): Map<number | bigint, ReadEntry[]> {
  const db = Inspection.open(new NodeReadableEnv(), directory, { inflate: nodeInflate });
  try {
    const all = new Map<number | bigint, ReadEntry[]>();
    for (const { file } of db.version.files()) {
      const cursor = db.tables.get(file).cursor();
      const entries: ReadEntry[] = [];
      for (cursor.seekToFirst(); cursor.valid; cursor.next()) {
        const key = parseInternalKey(cursor.keyBuffer.slice(cursor.keyStart, cursor.keyEnd))!;
        const userKey = Buffer.from(key.userKey).toString('latin1');
        entries.push({ userKey, sequence: key.sequence, isDeletion: key.type === 'deletion' });
      }
      all.set(file.number, entries);
    }
    return all;
  } finally {
    db.close();
  }
}
