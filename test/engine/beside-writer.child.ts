// A writer in a process of its own: beside-writer.child.mjs DIRECTORY PROGRESS-FILE BATCHES-PER-OPEN
// It goes on where the database stands, until it is killed. With 0 batches it never closes the database.
import { openSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { batchOf, batchOperations, writeProgress } from './beside-writer-model';

const [directory, progressFile, perOpen] = process.argv.slice(2);
const progress = openSync(progressFile, 'r+');
const limit = Number(perOpen) || Number.POSITIVE_INFINITY;
const encodings = { keyEncoding: 'view', valueEncoding: 'view' } as const;
// The smallest that LevelDB takes: a flush every few batches, and compactions all the time.
const options = { writeBufferSize: 64 << 10, maxFileSize: 1 << 20, blockSize: 1024 };

process.on('disconnect', () => process.exit());

for (let opened = 0; ; opened++) {
  const database = new ClassicLevel<Uint8Array, Uint8Array>(directory, { ...options, ...encodings });
  await database.open();
  const counter = await database.get(Buffer.from('counter'));
  let batch = counter === undefined ? 0 : batchOf(Buffer.from(counter).toString());
  writeProgress(progress, 'begun', batch);
  writeProgress(progress, 'acknowledged', batch);
  if (opened === 0) process.send?.('ready');
  // Some stretches write nothing at all, so that reopening finds an empty log.
  const end = batch + (opened % 5 === 4 ? 0 : limit);
  let compaction = Promise.resolve();
  while (batch < end) {
    batch++;
    writeProgress(progress, 'begun', batch);
    await database.batch(
      batchOperations(batch).map(([key, value]) =>
        value ? { type: 'put', key, value } : { type: 'del', key },
      ),
    );
    writeProgress(progress, 'acknowledged', batch);
    if (batch % 500 === 0) {
      // Beside the writes, not between them.
      await compaction;
      compaction = database.compactRange(Buffer.from('a'), Buffer.from(batch % 1000 === 0 ? 'n' : 'z'));
    }
  }
  await compaction;
  await database.close();
}
