// What the views ask of a database's worker: keys gone to, pages, values; counted in blocks and in memory.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inspection } from '../src/engine/db/inspection';
import { NodeReadableEnv } from '../src/engine/env/node';
import type { KeysRequest } from '../src/worker/api';
import { Session } from '../src/worker/session';
import { HugeDatabase } from '../test/helpers/huge-database';
import { BlockReadCounter, ReadLogEnv } from '../test/helpers/read-log';
import { keyRowsOf } from '../webview/protocol/key-rows';
import { randomKeys } from './shape';
import { type Timed, timed, type WorkRequest } from './work';

const JUMPS = 200;
const PAGE = { direction: 'forward', count: 130, versions: 'live' } as const;
const encoder = new TextEncoder();

function rowsOf(session: Session, request: KeysRequest) {
  return keyRowsOf(session.keys(request).rows);
}

/** Keys gone to, each in a session that was just opened. `measure` is the most blocks that were read of one level. */
export async function goToKeys({ directory, entries }: WorkRequest): Promise<Timed> {
  const inner = new NodeReadableEnv();
  const counter = new BlockReadCounter(inner);
  const levels = levelsOf(directory);
  let measure = 0;
  const result = await timed(() => {
    for (const text of randomKeys(entries, JUMPS)) {
      const env = new ReadLogEnv(inner);
      const session = new Session({ env });
      session.open(directory);
      env.reads.length = 0;
      const key = encoder.encode(text);
      const rows = rowsOf(session, { ...PAGE, anchor: { at: 'key', key } });
      // One that is not there takes another block where the one that was read ends before it.
      if (rows.length === 0 || Buffer.compare(rows[0].key, key) !== 0) continue;
      const blocks = new Map<string, number>();
      for (const [path, { index, data, other }] of counter.count(env.reads)) {
        const level = levels.get(path) ?? path;
        blocks.set(level, (blocks.get(level) ?? 0) + index + data + other);
      }
      measure = Math.max(measure, ...blocks.values());
    }
    return -1;
  });
  return { ...result, measure };
}

/** By path, what counts as one level: each table of level 0 is one. */
function levelsOf(directory: string): Map<string, string> {
  const env = new NodeReadableEnv();
  const db = Inspection.open(env, directory);
  const levels = new Map<string, string>();
  for (const { level, file } of db.version.files()) {
    if (level > 0) levels.set(env.join(directory, db.tables.nameOf(file.number)), `level ${level}`);
  }
  db.close();
  return levels;
}

/** Of 2 MB each. */
export const HUGE_TABLES = 50_000;
const BROWSED = 2000;
const PAGES = 2000;
/** Tables. */
const VERIFIED = 1000;

/**
 * 100 GB, of which nothing is on the disk: keys gone to with what lies around them, many pages in order, 2 GB
 * verified. */
export function browse({ directory }: WorkRequest): Promise<Timed> {
  // Made in another process, whose memory is not in the figure.
  const read = (name: string) => new Uint8Array(readFileSync(join(directory, name)));
  const files = { pattern: read('pattern'), manifest: read('manifest') };
  const huge = new HugeDatabase(HUGE_TABLES, undefined, undefined, files);
  const session = new Session({ env: huge });
  let state = 1;
  const random = (below: number) => {
    state = (state * 16807) % 2147483647;
    return state % below;
  };
  return timed(() => {
    session.open(huge.directory);
    for (let i = 0; i < BROWSED; i++) {
      const key = huge.keyOf(random(HUGE_TABLES), random(huge.entriesPerTable));
      const rows = rowsOf(session, { ...PAGE, anchor: { at: 'key', key } });
      session.keys({ ...PAGE, anchor: { at: 'key', key: rows[rows.length - 1].key, after: true } });
      session.keys({ ...PAGE, anchor: { at: 'key', key }, direction: 'backward' });
      session.value(rows[0].key, undefined, 1 << 20);
    }
    let anchor: KeysRequest['anchor'] = { at: 'key', key: huge.keyOf(HUGE_TABLES >> 1, 0) };
    for (let i = 0; i < PAGES; i++) {
      const rows = rowsOf(session, { ...PAGE, anchor });
      anchor = { at: 'key', key: rows[rows.length - 1].key, after: true };
    }
    const job = session.jobs.verify({ checksumsOnly: false });
    for (let step = job.next(); !step.done && step.value.done < VERIFIED; ) step = job.next();
    job.return(undefined as never);
    return -1;
  });
}
