// Scripts that make a database do everything that changes its files.
import type { Options } from '../../src/engine/db/options';
import type { Script } from './crash-harness';

export interface Scenario {
  name: string;
  /** What it has to have done, as `Script.events` names it. */
  does: readonly string[];
  /** Whether what is appended can reach the disk before it is flushed. */
  writesThrough?: boolean;
  /** Whether reading counts, too. */
  countsReads?: boolean;
  run(script: Script): void;
}

/** Outputs and levels small enough for all rules to come to bear on some hundred KiB. */
const LOW: Options = { limits: { level0Files: 2, maxFileBytes: 40 << 10, level1Bytes: 120 << 10 } };

export const scenarios: Scenario[] = [
  {
    name: 'creation, and the next open',
    does: ['create', 'flush recovery', 'remove'],
    run(script) {
      script.open({ infoLog: true, now: () => 0 });
      script.put('a', 100);
      script.put('b', 40000, true);
      script.write([['c', 10], ['a']]);
      script.close();
      script.open({ infoLog: true, now: () => 0 });
      script.put('d', 200, true);
      script.close();
    },
  },
  {
    name: 'flushes',
    does: ['flush writing', 'memtable-switch', 'remove'],
    run(script) {
      script.open();
      for (let i = 0; i < 16; i++) {
        script.write([[`k${i % 5}`, 14000], [`k${(i + 2) % 5}`], [`n${i}`, 20]], i % 3 === 2);
      }
      script.flush();
      script.put('last', 10);
      script.close();
      script.open();
      script.close();
    },
  },
  {
    name: 'compactions by size',
    does: ['pick size', 'compaction-end', 'output-end'],
    writesThrough: true,
    run(script) {
      script.open(LOW);
      for (let i = 0; i < 26; i++) {
        const deleted = i % 7 === 3 ? [[`k${(i * 5) % 13}`] as const] : [];
        script.write([[`k${(i * 8) % 13}`, 13000], ...deleted], i % 5 === 4);
      }
      script.close();
    },
  },
  {
    name: 'moves',
    does: ['move'],
    run(script) {
      script.open({
        limits: { maxFileBytes: 40 << 10, level1Bytes: 60 << 10, maxFlushLevel: 0, level0Files: 1 },
      });
      for (let i = 0; i < 18; i++) script.put(`k${String(i).padStart(3, '0')}`, 15000, i % 4 === 0);
      script.close();
    },
  },
  {
    name: 'CompactRange',
    does: ['pick manual', 'compaction-end', 'flush writing'],
    run(script) {
      script.open(LOW);
      for (let i = 0; i < 9; i++) script.put(`k${i}`, 12000);
      script.compactRange();
      for (let i = 2; i < 7; i++) script.write([[`k${i}`], [`m${i}`, 9000]], i === 3);
      script.compactRange('k3', 'k5');
      script.put('k4', 9000);
      script.compactRange();
      script.close();
    },
  },
  {
    name: 'reuse_logs',
    does: ['log reused', 'manifest reused', 'flush recovery', 'manifest replaced'],
    writesThrough: true,
    run(script) {
      for (let round = 0; round < 4; round++) {
        script.open({ reuseLogs: round !== 2 });
        script.put(`r${round}`, 5000);
        script.write([['shared', 9000], [`r${round - 1}`]], round % 2 === 1);
        script.put(`s${round}`, 30000);
        if (round === 1) for (let i = 0; i < 3; i++) script.put(`t${i}`, 16000, i === 1);
        if (round % 2 === 0) script.close();
        else script.die();
      }
      script.open({ reuseLogs: true });
      script.close();
    },
  },
  {
    name: 'recovery of several logs',
    does: ['flush recovery', 'log replayed'],
    run(script) {
      script.open({ background: 'stepped', maxWriteBufferNumber: 4 });
      for (let i = 0; i < 20; i++) script.write([[`k${i % 6}`, 13000], [`k${(i + 3) % 6}`]], i % 6 === 1);
      script.close();
      script.open();
      script.put('k1', 7000, true);
      script.die();
      script.open();
      script.close();
    },
  },
  {
    name: 'recovery that flushes in the midst of a log',
    does: ['flush recovery', 'manifest reused'],
    writesThrough: true,
    run(script) {
      script.open({ writeBufferSize: 1 << 20 });
      for (let i = 0; i < 14; i++) script.write([[`k${i % 9}`, 14000], [`k${(i + 4) % 9}`]], i === 10);
      script.die();
      script.open({ reuseLogs: true });
      script.put('k2', 7000);
      script.close();
      script.open();
      script.close();
    },
  },
  {
    name: 'bulk loads',
    does: ['flush writing', 'version', 'remove'],
    writesThrough: true,
    run(script) {
      script.open(LOW);
      script.put('a', 9000, true);
      script.put('b', 3000);
      script.load(13, 9000);
      script.put('b', 7000, true);
      script.put('c', 2000);
      script.load(5, 20000);
      script.load(1, 10);
      script.put('b', 1000);
      script.close();
      script.open(LOW);
      script.load(4, 30000);
      script.die();
      script.open({ ...LOW, reuseLogs: true });
      script.put('d', 1000);
      script.load(3, 20000);
      script.put('e', 1000, true);
      script.close();
    },
  },
  {
    name: 'work in the background between writes',
    does: ['flush writing', 'pick size', 'compaction-end'],
    writesThrough: true,
    run(script) {
      script.open({ ...LOW, background: 'stepped', maxWriteBufferNumber: 3 });
      for (let i = 0; i < 24; i++) {
        script.write([[`k${(i * 8) % 11}`, 14000], [`k${(i * 3) % 11}`]], i % 4 === 1);
        script.step(12);
      }
      script.close();
    },
  },
];

/** Shorter ones, which run once for each of their operations. */
export const failureScenarios: Scenario[] = [
  {
    name: 'creation and reopening',
    does: ['create', 'log reused', 'manifest reused', 'flush recovery'],
    countsReads: true,
    run(script) {
      script.open({ infoLog: true, now: () => 0 });
      script.put('a', 100, true);
      script.put('b', 40000);
      script.close();
      script.open({ reuseLogs: true });
      script.put('c', 40000, true);
      script.write([['a'], ['d', 100]]);
      script.die();
      script.open();
      script.put('e', 100, true);
    },
  },
  {
    name: 'flushes and a compaction',
    does: ['flush writing', 'pick size', 'compaction-end'],
    run(script) {
      script.open({ limits: { maxFileBytes: 70 << 10, level0Files: 2, maxFlushLevel: 0 } });
      for (let i = 0; i < 8; i++) script.write([[`k${i % 3}`, 30000], [`k${(i + 1) % 3}`]], i % 3 === 1);
      script.put('last', 10, true);
    },
  },
  {
    name: 'CompactRange',
    does: ['pick manual', 'compaction-end', 'flush writing'],
    countsReads: true,
    run(script) {
      script.open({ limits: { maxFileBytes: 40 << 10, level1Bytes: 50 << 10 } });
      for (let i = 0; i < 4; i++) script.put(`k${i}`, 20000);
      script.compactRange();
      script.put('k1', 20000, true);
      script.compactRange('k1', 'k2');
      script.flush();
    },
  },
  {
    name: 'recovery of several logs',
    does: ['flush recovery', 'log replayed'],
    run(script) {
      script.open({ background: 'stepped', maxWriteBufferNumber: 4 });
      for (let i = 0; i < 5; i++) script.write([[`k${i % 2}`, 30000], [`k${(i + 1) % 2}`]], i === 2);
      script.die();
      script.open();
      script.put('k1', 7000, true);
    },
  },
  {
    name: 'bulk loads',
    does: ['flush writing', 'version'],
    countsReads: true,
    run(script) {
      script.open({ limits: { maxFileBytes: 40 << 10 } });
      script.put('a', 9000, true);
      script.put('b', 3000);
      script.load(6, 20000);
      script.put('b', 7000, true);
      script.load(3, 20000);
      script.put('c', 10);
    },
  },
];
