// C++ LevelDB through classic-level, in a process of its own.

import { closeSync, openSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import { ClassicLevel } from 'classic-level';
import { fillBatches, randomKeys } from './shape';
import { serve, type Timed, timed, type WorkRequest } from './work';

type Db = ClassicLevel<string, string>;

const views = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;
const options = { createIfMissing: false, writeBufferSize: 256 << 20 };

async function open({ directory, cacheBytes }: WorkRequest): Promise<Db> {
  const db: Db = new ClassicLevel(directory);
  const cache = cacheBytes > 0 ? { cacheSize: cacheBytes } : {};
  await db.open({ ...options, ...cache, passive: false });
  return db;
}

function keysOf({ entries, gets }: WorkRequest): Buffer[] {
  return [...randomKeys(entries, gets)].map((key) => Buffer.from(key));
}

/** A value for each key, taken one after the other; `before`: all of it before, so that the cache holds what it needs. */
async function reads(
  request: WorkRequest,
  one: (db: Db, key: Buffer) => Promise<Buffer | undefined> | Buffer | undefined,
  before = false,
): Promise<Timed> {
  const db = await open(request);
  const keys = keysOf(request);
  const all = async () => {
    let bytes = 0;
    for (const key of keys) {
      const answer = one(db, key);
      bytes += (answer instanceof Promise ? await answer : answer)?.length ?? 0;
    }
    return bytes;
  };
  if (before) await all();
  return timed(all);
}

const awaited = (db: Db, key: Buffer) => db.get<Buffer, Buffer>(key, views);
const synchronous = (db: Db, key: Buffer) => db.getSync<Buffer, Buffer>(key, views);

async function seekAnew(db: Db, key: Buffer): Promise<Buffer | undefined> {
  const iterator = db.iterator<Buffer, Buffer>({ ...views, gte: key, limit: 1 });
  const entry = await iterator.next();
  await iterator.close();
  return entry?.[1];
}

function scan<T>(request: WorkRequest, encodings: object, add: (batch: T[]) => number): Promise<Timed> {
  return timed(async () => {
    const db = await open(request);
    const iterator = db.iterator({ ...encodings, highWaterMarkBytes: 1 << 20 });
    let sum = 0;
    for (;;) {
      const batch = (await iterator.nextv(1000)) as T[];
      if (batch.length === 0) return sum;
      sum += add(batch);
    }
  });
}

/** What a script does that prints a database as JSON lines. */
async function dump(request: WorkRequest): Promise<Timed> {
  const output = openSync(devNull, 'w');
  const result = await scan<[string, string]>(request, {}, (batch) => {
    writeSync(output, batch.map(([key, value]) => `${JSON.stringify({ key, value })}\n`).join(''));
    return batch.length;
  });
  closeSync(output);
  return { ...result, count: -1 };
}

async function fill({ work, directory, entries }: WorkRequest): Promise<Timed> {
  const db = new ClassicLevel<string, string>(directory);
  await db.open({ passive: false });
  const batches = fillBatches(work === 'fill-random', entries);
  return timed(async () => {
    for (const puts of batches) {
      const batch = db.batch();
      for (const [key, value] of puts) batch.put(key, value);
      await batch.write();
    }
    return entries;
  });
}

serve({
  'scan-buffers': (request) => scan<unknown>(request, views, (batch) => batch.length),
  'scan-strings': (request) =>
    scan<[string, string]>(request, {}, (batch) =>
      batch.reduce((sum, [key, value]) => sum + key.length + value.length, 0),
    ),
  dump,
  get: (request) => reads(request, awaited),
  'get-sync': (request) => reads(request, synchronous),
  'get-sync-again': (request) => reads(request, synchronous, true),
  seek: (request) => reads(request, seekAnew),
  open: (request) =>
    timed(async () => {
      const db = await open(request);
      const levels = [0, 1, 2, 3, 4, 5, 6].map((level) =>
        db.getProperty(`leveldb.num-files-at-level${level}`),
      );
      return levels.reduce((sum, files) => sum + Number(files), 0);
    }),
  'open-log': (request) => timed(async () => ((await open(request)) ? -1 : 0)),
  'fill-sequential': fill,
  'fill-random': fill,
});
