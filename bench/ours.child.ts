import { BatchReader } from '../src/engine/batch/batch-reader';
import { WriteBatch } from '../src/engine/batch/write-batch';
import { Database } from '../src/engine/db/database';
import { EntryBatch } from '../src/engine/db/entry-batch';
import { Inspection } from '../src/engine/db/inspection';
import { NodeReadableEnv, nodeInflate } from '../src/engine/env/node';
import { NodeWritableEnv } from '../src/engine/env/node-writable';
import { LogReader } from '../src/engine/log/reader';
import { bloomFilterPolicy } from '../src/engine/table/bloom';
import { runSteps } from '../src/engine/trace/events';
import { fillBatches, randomKeys, serve, timed, type WorkRequest } from './work';

const env = new NodeReadableEnv();
const encoder = new TextEncoder();

function open(directory: string): Inspection {
  return Inspection.open(env, directory, { inflate: nodeInflate });
}

/** With the options that classic-level has. */
function openForWriting(directory: string): Database {
  return Database.openNow(new NodeWritableEnv(), directory, { filterPolicy: bloomFilterPolicy(10) });
}

function fill({ work, directory, entries }: WorkRequest) {
  const db = openForWriting(directory);
  const batches = fillBatches(work, entries);
  return timed(() => {
    const batch = new WriteBatch();
    for (const puts of batches) {
      batch.clear();
      for (const [key, value] of puts) batch.put(encoder.encode(key), encoder.encode(value));
      db.write(batch);
    }
    return batches.flat().length;
  });
}

async function gets({ directory, entries, gets: count }: WorkRequest, awaited: boolean) {
  const db = open(directory);
  const keys = [...randomKeys(entries, count)].map((key) => encoder.encode(key));
  return timed(async () => {
    let bytes = 0;
    for (const key of keys) {
      const { value } = awaited ? await Promise.resolve(db.get(key)) : db.get(key);
      bytes += value?.length ?? 0;
    }
    return bytes;
  });
}

serve({
  'fill-sequential': async (request) => fill(request),
  'fill-random': async (request) => fill(request),
  compact: ({ directory }) => {
    const db = openForWriting(directory);
    return timed(() => {
      runSteps(db.compactRange());
      return db.version.levels[0].length;
    });
  },
  recover: ({ directory }) => timed(() => Number(openForWriting(directory).lastSequence)),
  scan: ({ directory }) =>
    timed(() => {
      const scan = open(directory).scan();
      const batch = new EntryBatch();
      let entries = 0;
      for (let count = scan.readBatch(batch); count > 0; count = scan.readBatch(batch)) entries += count;
      return entries;
    }),
  'scan-strings': ({ directory }) =>
    timed(() => {
      const scan = open(directory).scan();
      const batch = new EntryBatch();
      let characters = 0;
      for (let count = scan.readBatch(batch); count > 0; count = scan.readBatch(batch)) {
        const text = Buffer.from(batch.bytes.buffer);
        for (let i = 0; i < count; i++) {
          const [keyStart, keyLength, valueStart, valueLength] = batch.quads.subarray(i * 4, i * 4 + 4);
          const key = text.toString('utf8', keyStart, keyStart + keyLength);
          const value = text.toString('utf8', valueStart, valueStart + valueLength);
          characters += key.length + value.length;
        }
      }
      return characters;
    }),
  get: (request) => gets(request, false),
  'get-awaited': (request) => gets(request, true),
  open: ({ directory }) => timed(() => open(directory).version.levels.flat().length),
  'open-log': ({ directory }) =>
    timed(() =>
      open(directory)
        .memtables()
        .reduce((sum, { memtable }) => sum + memtable.entries, 0),
    ),
  log: ({ directory }) =>
    timed(() => {
      const batch = new BatchReader();
      let operations = 0;
      for (const { file } of open(directory).liveLogs) {
        const reader = new LogReader(file);
        while (reader.next()) if (batch.reset(reader.record)) while (batch.next()) operations++;
      }
      return operations;
    }),
});
