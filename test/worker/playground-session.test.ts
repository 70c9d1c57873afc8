// The playground in a worker: it goes on between the calls, and its history is read while it grows.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import { WorkerClient, WorkerError } from '../../src/worker/client';
import type { PlaygroundCalls, PlaygroundJobs, PlaygroundState } from '../../src/worker/playground-api';

const client = new WorkerClient<PlaygroundCalls, PlaygroundJobs>(resolve('dist/workers'), 'playground');
after(() => client.dispose());

async function until(holds: (state: PlaygroundState) => boolean): Promise<PlaygroundState> {
  for (;;) {
    const state = await client.call('state');
    if (holds(state)) return state;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('it runs by itself while its history is read, loses its power, and recovers', async () => {
  const opened = await client.call('open', { workload: { keys: 5000 } });
  assert.equal(opened.isRunning, false);
  assert.deepEqual(
    opened.levels.map(({ files }) => files),
    [0, 0, 0, 0, 0, 0, 0],
  );
  await client.call('setRunning', true);
  const running = await until(({ work }) => work.size > 0);
  assert.ok(running.isRunning && running.clock > 0 && running.counts.wrong === 0);
  const frame = await client.call('frame', running.history.events);
  assert.equal(frame.at, running.history.events);
  const tables = await client.call('tables', frame.versionId);
  assert.equal(
    tables.numbers.length,
    frame.levels.reduce((sum, { files }) => sum + files, 0),
  );
  const pick = await client.call('find', { types: ['pick'] }, 0, 'forward');
  assert.equal((await client.call('frame', pick.found!.index + 1)).compaction?.reason, 'size');
  const later = await until(({ history }) => history.events > running.history.events);
  assert.ok(later.clock > running.clock);

  const off = await client.call('pullPlug', { keep: 'synced' });
  assert.deepEqual([off.phase, off.isRunning, off.memtables.length], ['off', false, 0]);
  const begun = await client.call('recover', { stepped: true });
  assert.deepEqual([begun.phase, begun.isRunning], ['recovering', false]);
  const stepped = await client.call('stepBackground');
  assert.equal(stepped.history.events, begun.history.events + 1);
  assert.equal((await client.call('step', 2)).history.events, begun.history.events + 3);
  await client.call('setRunning', true);
  const recovered = await until(({ phase }) => phase === 'open');
  assert.equal(recovered.recovery?.wrongKeys, 0);
  assert.equal(recovered.recovery?.survived, off.durability.durable);
  // And it goes on.
  const writes = recovered.durability.acknowledged;
  await until(({ durability }) => durability.acknowledged > writes + 100);
  await client.call('setRunning', false);
  const files = await client.call('files');
  assert.ok(files.some(({ name }) => name === 'CURRENT'));
});

test('errors of a configuration cross with the name of the field', async () => {
  await assert.rejects(
    () => client.call('open', { workload: { keys: -1 } }),
    (error) => error instanceof WorkerError && error.message.startsWith('workload.keys: '),
  );
});
