// The plug is pulled: what recovery gives back is held against the acknowledged writes, and C++ LevelDB reads the same.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { PlaygroundStart, PlugOptions } from '../../src/worker/playground-api';
import type { PlaygroundMachine } from '../../src/worker/playground-machine';
import { keyNumber, writeOf } from '../../src/worker/playground-values';
import { Peer, randomNumbers } from '../helpers/leveldb';
import { contentsOf, expectedOf, newMachine, ticks } from './playground-helpers';

/** A model of the test's own: after each acknowledged write the key and the write that it has, 0 for none. */
class Journal {
  private readonly entries: [key: number, write: number][] = [];

  constructor(machine: PlaygroundMachine) {
    const { model } = machine;
    const acknowledge = model.acknowledge.bind(model);
    model.acknowledge = (key, length, sync) => {
      acknowledge(key, length, sync);
      this.entries.push([key, length === undefined ? 0 : model.acknowledged]);
    };
  }

  /** What the first `count` writes come to, without those that are `lost`. */
  contents(count: number, lost: [from: number, to: number][]): Map<number, number> {
    const contents = new Map<number, number>();
    for (const [i, [key, write]] of this.entries.slice(0, count).entries()) {
      if (lost.some(([from, to]) => i + 1 > from && i + 1 <= to)) continue;
      if (write === 0) contents.delete(key);
      else contents.set(key, write);
    }
    return contents;
  }
}

const CRASHES: [name: string, start: PlaygroundStart][] = [
  ['without sync', {}],
  ['with sync', { workload: { sync: true } }],
  ['reusing logs', { database: { reuseLogs: true }, workload: { sync: false } }],
  [
    'many memtables',
    { database: { maxWriteBufferNumber: 5 }, background: { unit: 'bytes', perSecond: 20_000 } },
  ],
];

for (const [name, start] of CRASHES) {
  for (const keep of ['synced', 'part'] as const) {
    test(`${name}, of what was not synced ${keep === 'synced' ? 'nothing' : 'a part'} is kept`, () => {
      const machine = newMachine({ ...start, workload: { keys: 4000, ...start.workload } });
      const journal = new Journal(machine);
      const random = randomNumbers(keep.length);
      const lost: [from: number, to: number][] = [];
      let losses = 0;
      let severalLogs = 0;
      for (let round = 0; round < 12; round++) {
        ticks(machine, 100 + random(1500));
        if (round % 4 === 1) machine.flush();
        for (let i = random(40); i > 0; i--) machine.stepBackground();
        if (machine.database!.memtableSizes.length > 1) severalLogs++;
        const { acknowledged, promised, durable } = machine.model;
        const options: PlugOptions = keep === 'synced' ? { keep } : { keep, seed: random(1e6) };
        machine.pullPlug(options);
        assert.equal(machine.database, undefined);
        ticks(machine, 10);
        assert.equal(machine.model.acknowledged, acknowledged);
        machine.recover({ stepped: round % 2 === 0, paranoid: round % 3 === 0 });
        while (machine.phase === 'recovering') machine.tick();
        assert.equal(machine.phase, 'open', machine.failure);
        const result = machine.recovery!;
        const { survived } = result;
        assert.ok(survived !== undefined, 'as it never was');
        // Exactly a prefix of what was acknowledged, and all that was promised is in it.
        assert.ok(survived >= durable && durable >= promised && survived <= acknowledged);
        if (start.workload?.sync) assert.equal(survived, acknowledged);
        assert.deepEqual(
          [result.acknowledged, result.promised, result.durable],
          [acknowledged, promised, durable],
        );
        assert.deepEqual([result.wrongKeys, result.lostPromised], [0, 0]);
        assert.equal(result.lost, acknowledged - survived);
        assert.equal(result.lostWrites.length, Math.min(100, result.lost));
        if (result.lost > 0) {
          losses++;
          lost.push([survived, acknowledged]);
          assert.equal(result.lostWrites[0].write, survived + 1);
        }
        const found = contentsOf(machine);
        assert.deepEqual(found, new Map([...journal.contents(acknowledged, lost)].sort(([a], [b]) => a - b)));
        assert.deepEqual(found, expectedOf(machine));
      }
      if (name === 'many memtables') assert.ok(severalLogs > 2, `${severalLogs} with several logs`);
      if (start.workload?.sync) assert.equal(losses, 0);
      else assert.ok(losses > 3, `${losses} losses`);
      assert.equal(machine.client.counts.wrong, 0);
    });
  }
}

test('the plug is pulled in the middle of a recovery, too', () => {
  const machine = newMachine({ workload: { keys: 2000 } });
  machine.operations(900);
  const before = machine.model.durable;
  machine.pullPlug({ keep: 'part', seed: 3 });
  for (let steps = 1; steps < 30; steps++) {
    machine.recover({ stepped: true });
    for (let i = 0; i < steps && machine.phase === 'recovering'; i++) machine.stepBackground();
    if (machine.phase === 'open') break;
    machine.pullPlug({ keep: 'part', seed: steps });
  }
  if (machine.phase !== 'open') machine.recover({});
  assert.ok(machine.recovery!.survived! >= before);
  assert.deepEqual(contentsOf(machine), expectedOf(machine));
  machine.operations(500);
  machine.settle();
  assert.deepEqual(contentsOf(machine), expectedOf(machine));
});

test('recovery is in the history, step by step', () => {
  const machine = newMachine({ workload: { sync: true }, background: { unit: 'steps', perSecond: 100 } });
  machine.operations(300);
  machine.pullPlug({ keep: 'synced' });
  const before = machine.history.length;
  machine.recover({ stepped: true });
  assert.equal(machine.history.length, before);
  machine.stepBackground();
  assert.equal(machine.history.length, before + 1);
  assert.equal(machine.history.end.phase, 'recovery');
  // A tenth of a second: ten steps.
  ticks(machine, 100);
  assert.equal(machine.history.length, before + 11);
  while (machine.phase === 'recovering') machine.tick();
  const found = machine.history.reading.find({ types: ['log-batch'] }, before, 'forward').found!;
  const frame = machine.history.reading.frame(found.index + 1);
  assert.equal(frame.phase, 'recovery');
  assert.equal(frame.logs.rows[0].operations, 1);
});

test('damage that recovery fails at with paranoid_checks is told, and it can be tried again without', () => {
  const machine = newMachine({ workload: { sync: true } });
  machine.operations(100);
  const [log] = machine.env.list('/playground').filter(({ name }) => name.endsWith('.log'));
  machine.pullPlug({ keep: 'synced' });
  machine.env.damage(`/playground/${log.name}`, (bytes) => {
    bytes[20] ^= 0xff;
  });
  machine.recover({ paranoid: true });
  assert.equal(machine.phase, 'failed');
  assert.match(machine.failure ?? '', /checksum mismatch/);
  assert.equal(machine.history.end.phase, 'failed');
  machine.recover({});
  assert.equal(machine.phase, 'open');
  // The disk broke its word: the database lost what was promised, and says so by the model's count.
  const { lost, lostPromised, survived, wrongKeys } = machine.recovery!;
  assert.ok(lost > 0 || wrongKeys > 0);
  assert.ok(lostPromised > 0 || survived === undefined);
  assert.deepEqual(contentsOf(machine), expectedOf(machine));
});

test('its files open in C++ LevelDB, with what the model has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'lsm-playground-'));
  try {
    for (const [i, moment] of (['in the middle', 'after a power cut', 'settled'] as const).entries()) {
      const machine = newMachine({
        database: { bloomBits: 0 },
        workload: { seed: i + 1, keys: 6000, order: { kind: 'zipfian' } },
      });
      ticks(machine, 7000);
      if (moment === 'after a power cut') {
        machine.pullPlug({ keep: 'part', seed: 5 });
        machine.recover({});
        ticks(machine, 1000);
      } else if (moment === 'settled') {
        machine.compact();
        machine.settle();
      }
      const directory = join(folder, `${i}`);
      mkdirSync(directory);
      for (const { name, contents } of machine.env.contents()) writeFileSync(join(directory, name), contents);
      const peer = await Peer.open(directory, { createIfMissing: false });
      const entries = await peer.entries();
      await peer.close();
      const found = new Map(entries.map(([key, value]) => [keyNumber(key), writeOf(new Uint8Array(value))]));
      assert.deepEqual(found, expectedOf(machine), moment);
      assert.ok(found.size > 500);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
