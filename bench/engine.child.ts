// Our side: the engine as it is called by who uses it, in a process of its own.

import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { WriteBatch } from '../src/engine/batch/write-batch';
import { Database } from '../src/engine/db/database';
import { EntryBatch } from '../src/engine/db/entry-batch';
import { Inspection } from '../src/engine/db/inspection';
import type { Options } from '../src/engine/db/options';
import { digestScan } from '../src/engine/db/scan';
import { digestTogether } from '../src/engine/db/shared-digest';
import { NodeReadableEnv, nodeInflate } from '../src/engine/env/node';
import { NodeWritableEnv } from '../src/engine/env/node-writable';
import { verifyLogRecords } from '../src/engine/recovery/verify-log';
import { bloomFilterPolicy } from '../src/engine/table/bloom';
import { runSteps } from '../src/engine/trace/events';
import { BackgroundWorker } from '../src/worker/background-worker';
import { HelperThreads } from '../src/worker/helper-threads';
import { Session } from '../src/worker/session';
import { fillBatches, randomKeys } from './shape';
import { browse, goToKeys } from './views';
import { serve, type Timed, timed, type WorkRequest } from './work';

const env = new NodeReadableEnv();
const encoder = new TextEncoder();
const helperScript = join(dirname(fileURLToPath(import.meta.url)), '../helper.js');
/** As the command line's: then messages are heard. */
const SLICE_MS = 10;

function open(directory: string, cacheBytes = 0): Inspection {
  return Inspection.open(env, directory, {
    inflate: nodeInflate,
    ...(cacheBytes > 0 ? { blockCacheBytes: cacheBytes } : {}),
  });
}

/** With the options that classic-level has. */
function openForWriting(directory: string, options: Options = {}): Database {
  const filterPolicy = bloomFilterPolicy(10);
  return Database.openNow(new NodeWritableEnv(), directory, { filterPolicy, ...options });
}

/** The same with a thread for compactions, flushes and large logs, as the peers have one for compactions. */
function openWithThread(directory: string, options: Options = {}): Database {
  const env = new NodeWritableEnv();
  const filterPolicy = bloomFilterPolicy(10);
  const thread = new BackgroundWorker(helperScript, env);
  return Database.openNow(env, directory, { filterPolicy, ...options, thread });
}

function keysOf({ entries, gets }: WorkRequest): Uint8Array[] {
  return [...randomKeys(entries, gets)].map((key) => encoder.encode(key));
}

function get(request: WorkRequest, isAgain: boolean): Promise<Timed> {
  const db = open(request.directory, request.cacheBytes);
  const keys = keysOf(request);
  const all = () => keys.reduce((bytes, key) => bytes + (db.get(key).value?.length ?? 0), 0);
  if (isAgain) all();
  return timed(all);
}

/** One cursor, moved, as one iterator is. */
function seek(request: WorkRequest): Promise<Timed> {
  const cursor = open(request.directory, request.cacheBytes).cursor();
  const keys = keysOf(request);
  return timed(() => {
    let bytes = 0;
    for (const key of keys) {
      cursor.seek(key, 0, key.length);
      if (cursor.valid) bytes += cursor.valueEnd - cursor.valueStart;
    }
    return bytes;
  });
}

function fill({ work, directory, entries }: WorkRequest): Promise<Timed> {
  const db = openWithThread(directory);
  const batches = fillBatches(work === 'fill-random', entries);
  return timed(() => {
    const batch = new WriteBatch();
    for (const puts of batches) {
      batch.clear();
      for (const [key, value] of puts) batch.putText(key, value);
      db.write(batch);
    }
    return entries;
  });
}

/** In bulk; the batches are made before the time begins, as the peer's are. */
function load({ directory, entries }: WorkRequest): Promise<Timed> {
  const db = openForWriting(directory);
  const batches = fillBatches(false, entries).map((puts) => {
    const batch = new WriteBatch();
    for (const [key, value] of puts) batch.put(Buffer.from(key), Buffer.from(value));
    return batch;
  });
  return timed(async () => {
    const load = runSteps(db.bulkLoad());
    let sliceEnd = performance.now() + SLICE_MS;
    for (const batch of batches) {
      if (!load.add(batch)) throw new Error('the batches are not in order');
      if (performance.now() < sliceEnd) continue;
      await setImmediate();
      sliceEnd = performance.now() + SLICE_MS;
    }
    runSteps(load.finish());
    return entries;
  });
}

async function digest({ directory }: WorkRequest): Promise<Timed> {
  let text = '';
  const result = await timed(() => {
    const { entries, fnv1a64 } = digestScan(open(directory).scan());
    text = `${entries} ${fnv1a64}`;
    return entries;
  });
  return { ...result, text };
}

/** The same by a thread for each processor, in a database that is large enough for it. */
async function digestTogetherAll({ directory }: WorkRequest): Promise<Timed> {
  let text = '';
  const helpers = new HelperThreads(helperScript);
  const result = await timed(async () => {
    const db = open(directory);
    const job = digestTogether(db, helpers);
    for (let sliceEnd = performance.now() + SLICE_MS; ; ) {
      const { done, value } = job.next();
      if (done) {
        // As the command line does where helpers are not worth it.
        const { entries, fnv1a64 } = value ?? digestScan(db.scan());
        text = `${entries} ${fnv1a64}`;
        return entries;
      }
      if (performance.now() < sliceEnd) continue;
      await setImmediate();
      sliceEnd = performance.now() + SLICE_MS;
    }
  });
  return { ...result, text };
}

/** What a person sees first: the summary, and a page of tables of each level. `isListed`: and what else the folder has. */
function tree({ directory }: WorkRequest, isListed: boolean): Promise<Timed> {
  return timed(() => {
    const session = new Session();
    const { levels } = session.open(directory);
    for (const { level } of levels) session.tables(level, { start: 0, end: 200 });
    if (isListed) session.list();
    return levels.reduce((sum, { files }) => sum + files, 0);
  });
}

function verifyLogs({ directory }: WorkRequest): Promise<Timed> {
  return timed(() => {
    let operations = 0;
    for (const { file, name } of open(directory).liveLogs) {
      operations += verifyLogRecords(file, name, true, undefined, () => {}).operations;
    }
    return operations;
  });
}

/** All of a batch is decoded at once; where all of it is ASCII, its strings are parts of that. */
function charactersOf({ bytes, quads }: EntryBatch, count: number): number {
  const last = 4 * (count - 1);
  const used = Buffer.from(bytes.buffer, bytes.byteOffset, quads[last + 2] + quads[last + 3]);
  const all = used.toString('utf8');
  const isAscii = all.length === used.length;
  const textAt = (start: number, length: number) =>
    isAscii ? all.substring(start, start + length) : used.toString('utf8', start, start + length);
  let characters = 0;
  for (let i = 0; i < count * 4; i += 4) {
    const key = textAt(quads[i], quads[i + 1]);
    const value = textAt(quads[i + 2], quads[i + 3]);
    characters += key.length + value.length;
  }
  return characters;
}

serve({
  nothing: () => timed(() => 0),
  digest,
  'digest-together': digestTogetherAll,
  'scan-strings': ({ directory }) =>
    timed(() => {
      const scan = open(directory).scan();
      const batch = new EntryBatch();
      let characters = 0;
      for (let count = scan.readBatch(batch); count > 0; count = scan.readBatch(batch)) {
        characters += charactersOf(batch, count);
      }
      return characters;
    }),
  get: (request) => get(request, false),
  'get-again': (request) => get(request, true),
  seek,
  open: ({ directory }) =>
    timed(() => Inspection.open(env, directory, { listLater: true }).version.levels.flat().length),
  'open-listed': ({ directory }) => timed(() => open(directory).version.levels.flat().length),
  'open-log': ({ directory }) =>
    timed(() => {
      open(directory).memtables();
      return -1;
    }),
  tree: (request) => tree(request, false),
  'tree-listed': (request) => tree(request, true),
  'go-to-keys': goToKeys,
  browse,
  log: verifyLogs,
  'fill-sequential': load,
  'fill-random': fill,
  compact: async ({ directory }) => {
    const db = openForWriting(directory);
    return timed(() => {
      runSteps(db.compactRange());
      return -1;
    });
  },
  recover: ({ directory }) =>
    timed(() => {
      // A peer's compactions come after the opening, in a thread of its own.
      openWithThread(directory, { background: 'stepped' });
      return -1;
    }),
});
