// What a page may ask the playground for: everything is bounded, and an error names the field.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LsmError } from '../../src/engine/problem';
import type { LessonId, PlaygroundStart, PlugOptions, RecoverOptions } from '../../src/worker/playground-api';
import { DEFAULT_PLAYGROUND, playgroundConfig } from '../../src/worker/playground-config';
import { PlaygroundSession } from '../../src/worker/playground-session';
import { HandClock } from './playground-helpers';

const MIX = { put: 1, overwrite: 0, delete: 0, get: 0, miss: 0, scan: 0 };

const HOSTILE: [field: string, config: unknown][] = [
  ['config', null],
  ['config', 7],
  ['config', []],
  ['more', { more: 1 }],
  ['__proto__', JSON.parse('{"__proto__": {"grain": "entries"}}')],
  ['database', { database: 'small' }],
  ['database.comparator', { database: { comparator: 'x' } }],
  ['database.writeBufferSize', { database: { writeBufferSize: 65_535 } }],
  ['database.writeBufferSize', { database: { writeBufferSize: 1e12 } }],
  ['database.writeBufferSize', { database: { writeBufferSize: '65536' } }],
  ['database.writeBufferSize', { database: { writeBufferSize: Number.NaN } }],
  ['database.maxWriteBufferNumber', { database: { maxWriteBufferNumber: 1 } }],
  ['database.maxWriteBufferNumber', { database: { maxWriteBufferNumber: 2.5 } }],
  ['database.blockSize', { database: { blockSize: 0 } }],
  ['database.blockRestartInterval', { database: { blockRestartInterval: 0 } }],
  ['database.compression', { database: { compression: 'zstd' } }],
  ['database.bloomBits', { database: { bloomBits: -1 } }],
  ['database.maxFileBytes', { database: { maxFileBytes: 1 } }],
  ['database.level0Files', { database: { level0Files: 0 } }],
  ['database.level0SlowdownFiles', { database: { level0Files: 9 } }],
  ['database.level0StopFiles', { database: { level0StopFiles: 7 } }],
  ['database.level1Bytes', { database: { level1Bytes: Number.POSITIVE_INFINITY } }],
  ['database.reuseLogs', { database: { reuseLogs: 1 } }],
  ['workload.keys', { workload: { keys: 0 } }],
  ['workload.keys', { workload: { keys: 1e9 } }],
  ['workload.order', { workload: { order: 'uniform' } }],
  ['workload.order.kind', { workload: { order: { kind: 'latest' } } }],
  ['workload.order.share', { workload: { order: { kind: 'hot', share: 0, heat: 1 } } }],
  ['workload.order.heat', { workload: { order: { kind: 'hot', share: 0.5 } } }],
  ['workload.valueBytes', { workload: { valueBytes: 100 } }],
  ['workload.valueBytes.min', { workload: { valueBytes: { min: 0, max: 10 } } }],
  ['workload.valueBytes.max', { workload: { valueBytes: { min: 20, max: 10 } } }],
  ['workload.valueBytes.max', { workload: { keys: 1e6, valueBytes: { min: 8, max: 60_000 } } }],
  ['workload.mix', { workload: { mix: { ...MIX, put: 0 } } }],
  ['workload.mix.put', { workload: { mix: { ...MIX, put: -1 } } }],
  ['workload.mix.merge', { workload: { mix: { ...MIX, merge: 1 } } }],
  ['workload.scanLength', { workload: { scanLength: 0 } }],
  ['workload.seed', { workload: { seed: -1 } }],
  ['workload.operationsPerSecond', { workload: { operationsPerSecond: 0 } }],
  ['workload.operationsPerSecond', { workload: { operationsPerSecond: 1e9 } }],
  ['workload.sync', { workload: { sync: 'yes' } }],
  ['background.unit', { background: { unit: 'files' } }],
  ['background.perSecond', { background: { perSecond: -1 } }],
  ['background.perSecond', { background: { unit: 'steps', perSecond: 1e7 } }],
  ['grain', { grain: 'blocks' }],
];

function failsAt(field: string, action: () => unknown): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof LsmError);
    assert.equal(error.code, 'invalid-argument');
    assert.ok(error.message.startsWith(`${field}: `), `${field}: ${error.message}`);
    return true;
  });
}

test('a configuration that is wrong is refused, and the field is named', () => {
  for (const [field, config] of HOSTILE) failsAt(field, () => playgroundConfig(config as PlaygroundStart));
});

test('what is left out is the default, which passes its own checks', () => {
  assert.deepEqual(playgroundConfig({}), DEFAULT_PLAYGROUND);
  assert.deepEqual(playgroundConfig(DEFAULT_PLAYGROUND), DEFAULT_PLAYGROUND);
  const { database } = playgroundConfig({ database: { bloomBits: 0 } });
  assert.deepEqual(database, { ...DEFAULT_PLAYGROUND.database, bloomBits: 0 });
});

test('a refused call changes nothing, and calls that do not suit the moment say so', () => {
  const session = new PlaygroundSession(new HandClock());
  assert.throws(() => session.state(), /no playground is open/);
  session.open({});
  session.step(50);
  const before = session.state();
  failsAt('database.level0Files', () => session.open({ database: { level0Files: -1 } }));
  failsAt('workload.keys', () => session.change({ workload: { keys: 30 } }));
  failsAt('workload.seed', () => session.change({ workload: { seed: 0.5, sync: true } }));
  failsAt('database', () => session.change({ database: { bloomBits: 0 } } as never));
  failsAt('operations', () => session.step(0));
  failsAt('operations', () => session.step(1e9));
  failsAt('phase', () => session.recover({}));
  failsAt('plug.keep', () => session.pullPlug({ keep: 'all' } as unknown as PlugOptions));
  failsAt('plug.seed', () => session.pullPlug({ keep: 'part' } as unknown as PlugOptions));
  failsAt('lesson', () => session.openLesson('constructor' as LessonId));
  failsAt('from', () => session.compact('a' as unknown as Uint8Array));
  assert.deepEqual(session.state(), before);
  session.compact();
  failsAt('phase', () => session.flush());
  session.pullPlug({ keep: 'synced' });
  failsAt('phase', () => session.pullPlug({ keep: 'synced' }));
  failsAt('phase', () => session.compact());
  failsAt('recover.paranoid', () => session.recover({ paranoid: 1 } as unknown as RecoverOptions));
  assert.equal(session.setRunning(true).isRunning, false);
  assert.equal(session.stepBackground().phase, 'off');
  assert.equal(session.step(5).counts.operations.put, before.counts.operations.put);
  session.close();
  assert.throws(() => session.frame(0), /no playground is open/);
});
