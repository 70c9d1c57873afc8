// A database that is written to in a worker: its background goes on between calls.

import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after, test } from 'node:test';
import type { TraceEvent } from '../../src/engine/trace/events';
import { WorkerClient } from '../../src/worker/client';
import type { ScratchCalls, ScratchJobs, ScratchOperation } from '../../src/worker/scratch-api';
import { randomNumbers, workloadKey } from '../helpers/leveldb';

const clients: WorkerClient<ScratchCalls, ScratchJobs>[] = [];

function newClient() {
  const client = new WorkerClient<ScratchCalls, ScratchJobs>(resolve('dist/worker.js'), 'scratch');
  clients.push(client);
  return client;
}

after(async () => {
  for (const client of clients) await client.dispose();
});

const SMALL = { writeBufferSize: 64 << 10, maxFileSize: 1 << 20, traceGrain: 'entries' } as const;

test('compactions go on between the calls, and writes between the steps of a compaction', async () => {
  const client = newClient();
  await client.call('open', { ...SMALL, limits: { level1Bytes: 256 << 10, maxFileBytes: 64 << 10 } });
  const random = randomNumbers(3);
  const expected = new Map<number, string>();
  const events: TraceEvent[] = [];
  const batches = 1500;
  for (let i = 0; i < batches; i++) {
    const operations: ScratchOperation[] = Array.from({ length: 10 }, (_, n) => {
      const key = random(4000);
      const value = `${i}.${n}`.padEnd(50, '.');
      expected.set(key, value);
      return [workloadKey(key), new TextEncoder().encode(value)];
    });
    const { lastSequence } = await client.call('write', [operations]);
    assert.equal(lastSequence, 10 * (i + 1));
    if (i % 50 === 0) events.push(...(await client.call('takeTrace')));
  }
  // Nobody calls, and yet it comes to rest.
  while ((await client.call('state')).hasWork) await new Promise((resolve) => setTimeout(resolve, 20));
  events.push(...(await client.call('takeTrace')));
  let isCompacting = false;
  let during = 0;
  let compactions = 0;
  for (const { type } of events) {
    if (type === 'pick') isCompacting = true;
    if (type === 'compaction-end') {
      isCompacting = false;
      compactions++;
    }
    if (type === 'write' && isCompacting) during++;
  }
  assert.ok(compactions >= 3, `${compactions} compactions`);
  assert.ok(during > 0, 'no write during a compaction');
  assert.equal(events.filter(({ type }) => type === 'write').length, batches);
  const { files } = await client.call('state');
  assert.ok(files[0] < 4, `level 0 is not compacted: ${files}`);
  for (const [key, value] of expected) {
    if (key % 20 > 0) continue;
    const found = await client.call('get', workloadKey(key));
    assert.equal(found && new TextDecoder().decode(found), value);
  }
});

test('paused, nothing goes on but by steps; each step is one event of the trace', async () => {
  const client = newClient();
  await client.call('open', SMALL);
  await client.call('setRunning', false);
  const value = new Uint8Array(40_000);
  await client.call('write', [
    [[workloadKey(1), value]],
    [[workloadKey(2), value]],
    [[workloadKey(3), value]],
  ]);
  const before = await client.call('state');
  assert.equal(before.hasWork, true);
  await client.call('takeTrace');
  assert.deepEqual(await client.call('state'), before);
  const stepped: TraceEvent[] = [];
  for (;;) {
    const event = await client.call('step');
    if (!event) break;
    stepped.push(event);
  }
  assert.deepEqual(await client.call('takeTrace'), stepped);
  assert.deepEqual(
    stepped.map(({ type }) => type),
    ['flush-begin', 'output-block', 'output-block', 'flush-end', 'version', 'remove'],
  );
  await client.call('setRunning', true);
  await client.call('close');
});
