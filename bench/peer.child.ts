// C++ LevelDB through classic-level, in a process of its own.

import { ClassicLevel } from 'classic-level';
import { fillBatches, keyOf, randomKeys, serve, timed, type WorkRequest } from './work';

const views = { keyEncoding: 'buffer', valueEncoding: 'buffer' } as const;
const options = { createIfMissing: false, writeBufferSize: 256 << 20 };

async function open(directory: string): Promise<ClassicLevel<string, string>> {
  const db = new ClassicLevel<string, string>(directory);
  await db.open({ ...options, passive: false });
  return db;
}

async function gets(request: WorkRequest, awaited: boolean) {
  const db = await open(request.directory);
  const keys = [...randomKeys(request.entries, request.gets)].map((key) => Buffer.from(key));
  return timed(async () => {
    let bytes = 0;
    for (const key of keys) {
      const value = awaited
        ? await db.get<Buffer, Buffer>(key, views)
        : db.getSync<Buffer, Buffer>(key, views);
      bytes += value?.length ?? 0;
    }
    return bytes;
  });
}

async function fill({ work, directory, entries }: WorkRequest) {
  const db = new ClassicLevel<string, string>(directory);
  await db.open({ passive: false });
  const batches = fillBatches(work, entries);
  return timed(async () => {
    for (const puts of batches) {
      const batch = db.batch();
      for (const [key, value] of puts) batch.put(key, value);
      await batch.write();
    }
    return batches.flat().length;
  });
}

serve({
  'fill-sequential': fill,
  'fill-random': fill,
  compact: async ({ directory, entries }) => {
    const db = new ClassicLevel<string, string>(directory);
    await db.open({ passive: false });
    return timed(async () => {
      await db.compactRange(keyOf(0), keyOf(entries));
      return Number(db.getProperty('leveldb.num-files-at-level0'));
    });
  },
  recover: ({ directory }) =>
    timed(async () => {
      const db = new ClassicLevel<string, string>(directory);
      await db.open({ passive: false });
      return -1;
    }),
  scan: ({ directory }) =>
    timed(async () => {
      const db = await open(directory);
      const iterator = db.iterator<Buffer, Buffer>({ ...views, highWaterMarkBytes: 1 << 20 });
      let entries = 0;
      for (;;) {
        const batch = await iterator.nextv(1000);
        if (batch.length === 0) return entries;
        entries += batch.length;
      }
    }),
  'scan-strings': ({ directory }) =>
    timed(async () => {
      const db = await open(directory);
      const iterator = db.iterator({ highWaterMarkBytes: 1 << 20 });
      let characters = 0;
      for (;;) {
        const batch = await iterator.nextv(1000);
        if (batch.length === 0) return characters;
        for (const [key, value] of batch) characters += key.length + value.length;
      }
    }),
  get: (request) => gets(request, false),
  'get-awaited': (request) => gets(request, true),
  open: ({ directory }) =>
    timed(async () => {
      const db = await open(directory);
      const levels = [0, 1, 2, 3, 4, 5, 6].map((level) =>
        db.getProperty(`leveldb.num-files-at-level${level}`),
      );
      return levels.reduce((sum, files) => sum + Number(files), 0);
    }),
  'open-log': ({ directory }) => timed(async () => ((await open(directory)) ? -1 : 0)),
});
