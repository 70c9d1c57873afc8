// Dry runs: beside a process that goes on writing, and with more than memory is given to.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Database } from '../../src/engine/db/database';
import { DryRun } from '../../src/engine/db/dry-run';
import { workloadOperations } from '../../src/engine/db/workload';
import { NodeReadableEnv } from '../../src/engine/env/node';
import { NodeWritableEnv } from '../../src/engine/env/node-writable';
import { OverlayEnv } from '../../src/engine/env/overlay';
import { runSteps } from '../../src/engine/trace/events';
import { Peer } from '../helpers/leveldb';
import { DIRECTORY, environment, smallDatabase } from '../helpers/small-database';

const root = mkdtempSync(join(tmpdir(), 'lsm-dry-run-'));
after(() => rmSync(root, { recursive: true, force: true }));

function entriesOf(database: Database): number {
  const iterator = database.iterator();
  let entries = 0;
  const { cursor } = iterator;
  for (cursor.seekToFirst(); cursor.valid; cursor.next()) entries++;
  iterator.close();
  return entries;
}

test('dry run: each one beside C++ LevelDB sees one moment, whatever is flushed and removed meanwhile', async () => {
  const directory = join(root, 'busy');
  const peer = await Peer.open(directory, { createIfMissing: true, writeBufferSize: 65536 });
  try {
    let isWriting = true;
    const operations = 60_000;
    const written = peer
      .fill({ seed: 1, operations, keys: operations, order: 'sequential', valueBytes: 60 })
      .finally(() => {
        isWriting = false;
      });
    const moments: number[] = [];
    while (isWriting || moments.length === 0) {
      const dryRun = new DryRun(new NodeReadableEnv(), directory);
      try {
        // The peer goes on while the moment is held.
        await new Promise((done) => setTimeout(done, 30));
        const database = Database.openNow(dryRun.env, directory, dryRun.options());
        runSteps(database.compactRange());
        assert.equal(database.failure, undefined);
        // Each key is written once, in order: what is there is all that was written up to the moment.
        assert.equal(entriesOf(database), database.lastSequence);
        moments.push(Number(database.lastSequence));
        database.close();
      } finally {
        dryRun.end();
      }
    }
    await written;
    assert.deepEqual(
      moments,
      [...moments].sort((a, b) => a - b),
    );
  } finally {
    await peer.kill();
  }
});

test('dry run: an overlay that is short of memory goes on in its folder, and leaves nothing there', () => {
  const spilled = join(root, 'spilled');
  mkdirSync(spilled);
  const env = new OverlayEnv(environment(smallDatabase().files), {
    memoryBytes: 100_000,
    spill: { env: new NodeWritableEnv(), directory: spilled },
  });
  const database = Database.openNow(env, DIRECTORY, { writeBufferSize: 65536, compression: 'none' });
  for (const { key, value } of workloadOperations({
    workload: 'random',
    operations: 5000,
    valueSize: 100,
    seed: 1,
  })) {
    database.put(key, value!);
  }
  assert.ok(readdirSync(spilled).length > 0);
  const before = entriesOf(database);
  runSteps(database.compactRange());
  assert.equal(database.failure, undefined);
  assert.equal(entriesOf(database), before);
  database.close();
  env.dispose();
  assert.deepEqual(readdirSync(spilled), []);
});

test('dry run: a folder may be written in several ways', () => {
  const directory = join(root, 'busy');
  const shapes = [directory, `${directory}/`, join(root, 'spilled', '..').concat('/./busy')].map(
    (written) => {
      const dryRun = new DryRun(new NodeReadableEnv(), written);
      const database = Database.openNow(dryRun.env, written, dryRun.options());
      runSteps(database.compactRange());
      const shape = database.version.levels.map((files) => files.map(({ number }) => number));
      database.close();
      const changes = dryRun.changes();
      dryRun.end();
      return { shape, changes };
    },
  );
  assert.deepEqual(shapes[1], shapes[0]);
  assert.deepEqual(shapes[2], shapes[0]);
});
