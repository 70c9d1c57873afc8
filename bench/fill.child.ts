// Makes the databases that are measured, with C++ LevelDB; a log of single puts with the engine, whose logs are the same.

import { ClassicLevel } from 'classic-level';
import { WriteBatch } from '../src/engine/batch/write-batch';
import { Database } from '../src/engine/db/database';
import { NodeWritableEnv } from '../src/engine/env/node-writable';
import { FILL_BATCH, jsonValue, keyOf, smallValue } from './shape';

/**
 * `small`, `json`: compacted. `more`: writes to what is there, left in the log. `layered`, `to compact`: versions of the
 * same keys in level 0 and deeper levels. `log of`: everything in the log.
 */
export interface FillRequest {
  directory: string;
  shape: 'small' | 'more' | 'json' | 'layered' | 'log of puts' | 'log of batches' | 'to compact' | 'empty';
  entries: number;
}

type ValueOf = (index: number, round: number) => string;

async function write(db: ClassicLevel, entries: number, step: number, round: number, makeValue: ValueOf) {
  for (let i = 0; i < entries; ) {
    const batch = db.batch();
    for (let n = 0; n < FILL_BATCH && i < entries; n++, i += step) batch.put(keyOf(i), makeValue(i, round));
    await batch.write();
  }
}

async function fill({ directory, shape, entries }: FillRequest): Promise<void> {
  if (shape === 'log of puts') return fillLog(directory, entries);
  const db = new ClassicLevel(directory);
  const isLog = shape === 'log of batches' || shape === 'more';
  await db.open({ writeBufferSize: isLog ? 1 << 30 : 4 << 20, passive: false });
  const makeValue = shape === 'json' || shape === 'to compact' ? jsonValue : smallValue;
  if (shape !== 'empty') await write(db, entries, 1, 0, makeValue);
  if (shape === 'layered') {
    for (let round = 1; round <= 4; round++) await write(db, entries, 5 + round, round, makeValue);
  }
  if (shape === 'to compact') {
    for (let round = 1; round <= 3; round++) await write(db, entries, 3, round, makeValue);
  }
  if (shape === 'small' || shape === 'json') await db.compactRange(keyOf(0), keyOf(entries));
  await db.close();
}

function fillLog(directory: string, entries: number): void {
  const options = { createIfMissing: true, writeBufferSize: 1 << 30 };
  const db = Database.openNow(new NodeWritableEnv(), directory, options);
  const batch = new WriteBatch();
  const encoder = new TextEncoder();
  for (let i = 0; i < entries; i++) {
    batch.clear();
    batch.put(encoder.encode(keyOf(i)), encoder.encode(smallValue(i, 0)));
    db.write(batch);
  }
  db.close();
}

process.once('message', async (request: FillRequest) => {
  await fill(request);
  process.send?.({}, () => process.exit(0));
});
