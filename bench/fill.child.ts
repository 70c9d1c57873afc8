// Makes the databases that are measured, with C++ LevelDB.

import { ClassicLevel } from 'classic-level';
import { FILL_BATCH, keyOf, valueText } from './work';

interface FillRequest {
  directory: string;
  shape: 'compacted' | 'layered' | 'log' | 'large log' | 'empty';
  entries: number;
}

export interface Filled {
  operations: number;
}

async function write(
  db: ClassicLevel,
  from: number,
  to: number,
  step: number,
  round: number,
): Promise<number> {
  let operations = 0;
  for (let i = from; i < to; ) {
    const batch = db.batch();
    for (let n = 0; n < FILL_BATCH && i < to; n++, i += step) {
      batch.put(keyOf(i), valueText(i, round));
      operations++;
    }
    await batch.write();
  }
  return operations;
}

/**
 * `compacted`: one level. `layered`: level 0 and deeper levels hold versions of the same keys. `large log`: everything
 * in the log; `log`: a tenth of the entries.
 */
async function fill({ directory, shape, entries }: FillRequest): Promise<Filled> {
  const db = new ClassicLevel(directory);
  await db.open({ writeBufferSize: shape.endsWith('log') ? 1 << 30 : 4 << 20, passive: false });
  const size = { empty: 0, log: Math.ceil(entries / 10) }[shape as string] ?? entries;
  let operations = await write(db, 0, size, 1, 0);
  if (shape === 'layered') {
    for (let round = 1; round <= 4; round++) operations += await write(db, 0, size, 5 + round, round);
  }
  if (shape === 'compacted') await db.compactRange(keyOf(0), keyOf(entries));
  await db.close();
  return { operations };
}

process.once('message', async (request: FillRequest) => {
  const filled = await fill(request);
  process.send?.(filled, () => process.exit(0));
});
