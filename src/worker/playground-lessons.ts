// The lessons of the playground, as data: what is opened, what is done before, what to do then and when it is done.
// Their texts are the extension's (src/extension/playground/lesson-texts.ts).

import type {
  LessonAction,
  LessonFocus,
  LessonId,
  LessonStepIds,
  PlaygroundStart,
  WorkloadMix,
} from './playground-api';
import type { LessonFacts } from './playground-lesson-facts';
import type { PlaygroundMachine } from './playground-machine';

export interface LessonStep<StepId extends string = string> {
  id: StepId;
  action: LessonAction;
  /** `before` is as it was when the step before was done. */
  done(now: LessonFacts, before: LessonFacts): boolean;
}

export interface Lesson<Id extends LessonId = LessonId> {
  id: Id;
  start: PlaygroundStart;
  /** Done at once, before the lesson begins. */
  prepare(machine: PlaygroundMachine): void;
  watch: LessonFocus[];
  steps: LessonStep<LessonStepIds[Id]>[];
}

const NOTHING: WorkloadMix = { put: 0, overwrite: 0, delete: 0, get: 0, miss: 0, scan: 0 };
const PUTS: WorkloadMix = { ...NOTHING, put: 1 };
const UPDATES: WorkloadMix = { ...NOTHING, overwrite: 1 };
const RUN: LessonAction = { kind: 'run' };
const BY_HAND = { unit: 'steps', perSecond: 0 } as const;

/** Does operations with everything that becomes due at once, and puts the lesson's own workload back. */
function load(machine: PlaygroundMachine, operations: number, workload: PlaygroundStart['workload']): void {
  const { config } = machine;
  machine.change({
    workload: { ...workload, operationsPerSecond: 100_000 },
    background: { unit: 'bytes', perSecond: 256 << 20 },
  });
  machine.operations(operations);
  machine.settle();
  machine.change({ workload: config.workload, background: config.background });
}

const writePath: Lesson<'write-path'> = {
  id: 'write-path',
  start: {
    workload: { keys: 5000, mix: PUTS, valueBytes: { min: 400, max: 600 }, operationsPerSecond: 60 },
    background: { unit: 'bytes', perSecond: 24 << 10 },
    grain: 'entries',
  },
  prepare: () => {},
  watch: ['log', 'memtable', 'durability'],
  steps: [
    {
      id: 'one-write',
      action: { kind: 'step', operations: 1 },
      done: (now, before) => now.writes > before.writes && now.logBytes > before.logBytes,
    },
    { id: 'fill', action: RUN, done: (now) => 2 * now.memtableBytes > now.memtableLimit },
    { id: 'switch', action: RUN, done: (now, before) => now.waiting > 0 || now.minor > before.minor },
    { id: 'table', action: RUN, done: (now, before) => now.minor > before.minor },
  ],
};

const readPath: Lesson<'read-path'> = {
  id: 'read-path',
  start: {
    workload: { keys: 5000, mix: { ...NOTHING, get: 1 }, operationsPerSecond: 200 },
  },
  prepare: (machine) => load(machine, 5000, { mix: { ...PUTS, overwrite: 1 } }),
  watch: ['reads', 'levels', 'memtable'],
  steps: [
    {
      id: 'one-get',
      action: { kind: 'step', operations: 1 },
      done: (now, before) => now.gets > before.gets,
    },
    { id: 'gets', action: RUN, done: (now, before) => now.blocks >= before.blocks + 200 },
    {
      id: 'misses',
      action: { kind: 'change-and-run', changes: { workload: { mix: { ...NOTHING, miss: 1 } } } },
      done: (now, before) => now.filtered >= before.filtered + 200,
    },
    {
      id: 'scans',
      action: { kind: 'change-and-run', changes: { workload: { mix: { ...NOTHING, scan: 1 } } } },
      done: (now, before) => now.scanned >= before.scanned + 500,
    },
  ],
};

const minorCompaction: Lesson<'minor-compaction'> = {
  id: 'minor-compaction',
  start: {
    workload: { keys: 5000, mix: PUTS, valueBytes: { min: 400, max: 600 }, operationsPerSecond: 100 },
    background: BY_HAND,
  },
  prepare: (machine) => load(machine, 100, {}),
  watch: ['memtable', 'stalls', 'levels', 'log'],
  steps: [
    { id: 'fill', action: RUN, done: (now) => now.waiting > 0 },
    { id: 'stall', action: RUN, done: (now, before) => now.memtableStalls > before.memtableStalls },
    { id: 'begin', action: { kind: 'step-background' }, done: (now) => now.underWay === 'minor' },
    {
      id: 'finish',
      action: {
        kind: 'change-and-run',
        changes: { background: { unit: 'bytes', perSecond: 64 << 10 } },
      },
      done: (now, before) => now.minor > before.minor && !now.isStalled,
    },
    { id: 'by-hand', action: { kind: 'flush' }, done: (now, before) => now.manualBegun > before.manualBegun },
    { id: 'table', action: RUN, done: (now, before) => now.minor > before.minor },
  ],
};

const sizeCompaction: Lesson<'size-compaction'> = {
  id: 'size-compaction',
  start: {
    workload: { keys: 20_000, mix: { ...PUTS, overwrite: 1 }, operationsPerSecond: 500 },
    background: { unit: 'bytes', perSecond: 384 << 10 },
  },
  prepare: (machine) => load(machine, 1000, {}),
  watch: ['levels', 'stalls', 'space'],
  steps: [
    { id: 'level-0', action: RUN, done: (now, before) => now.isSizeDue || now.size > before.size },
    { id: 'into-level-1', action: RUN, done: (now, before) => now.size > before.size },
    { id: 'deeper', action: RUN, done: (now, before) => now.deeperSize > before.deeperSize },
    {
      id: 'too-fast',
      action: {
        kind: 'change-and-run',
        changes: { workload: { operationsPerSecond: 20_000 } },
      },
      done: (now, before) => now.stalls >= before.stalls + 2 && now.size > before.size,
    },
  ],
};

const seekCompaction: Lesson<'seek-compaction'> = {
  id: 'seek-compaction',
  start: {
    database: { bloomBits: 0 },
    workload: { keys: 4000, mix: { ...NOTHING, get: 1 }, operationsPerSecond: 100 },
    background: { unit: 'bytes', perSecond: 64 << 10 },
  },
  // One table that is thin and wide over the others: most gets ask it in vain.
  prepare: (machine) => {
    load(machine, 4000, { mix: PUTS, order: { kind: 'sequential' } });
    machine.compact();
    machine.settle();
    load(machine, 60, { mix: UPDATES });
    machine.flush();
    machine.settle();
  },
  watch: ['seeks', 'reads', 'levels'],
  steps: [
    {
      id: 'charge',
      action: { kind: 'step', operations: 5 },
      done: (now, before) => now.seekCharges > before.seekCharges,
    },
    { id: 'due', action: RUN, done: (now, before) => now.isSeekDue || now.seek > before.seek },
    { id: 'compaction', action: RUN, done: (now) => now.seek > 0 },
    {
      id: 'afterwards',
      action: { kind: 'step', operations: 50 },
      done: (now, before) => now.gets >= before.gets + 50,
    },
  ],
};

const manualCompaction: Lesson<'manual-compaction'> = {
  id: 'manual-compaction',
  start: {
    workload: { keys: 10_000, mix: { ...PUTS, overwrite: 1 }, operationsPerSecond: 500 },
    background: { unit: 'bytes', perSecond: 512 << 10 },
  },
  prepare: (machine) => load(machine, 8000, {}),
  watch: ['levels', 'memtable', 'space'],
  steps: [
    { id: 'ask', action: { kind: 'compact' }, done: (now) => now.isManual || now.manual > 0 },
    {
      id: 'flush',
      action: { kind: 'step-background' },
      done: (now, before) => now.underWay === 'minor' || now.minor > before.minor || now.manual > 0,
    },
    {
      id: 'level-by-level',
      action: {
        kind: 'change-and-run',
        // Nobody writes meanwhile.
        changes: { workload: { mix: { ...NOTHING, get: 1 } } },
      },
      done: (now) => now.manual > 0 && !now.isManual,
    },
    {
      id: 'afterwards',
      action: { kind: 'change-and-run', changes: { workload: { mix: UPDATES } } },
      done: (now, before) => now.minor > before.minor,
    },
  ],
};

const recovery: Lesson<'recovery'> = {
  id: 'recovery',
  start: {
    workload: { keys: 5000, mix: { ...PUTS, overwrite: 1, delete: 1 }, operationsPerSecond: 100 },
    background: { unit: 'steps', perSecond: 20 },
  },
  prepare: (machine) => {
    load(machine, 2500, {});
    // So that a log has something that is promised.
    machine.flush();
    machine.settle();
    load(machine, 150, { sync: true });
  },
  watch: ['durability', 'log', 'memtable', 'history'],
  steps: [
    {
      id: 'unsynced',
      action: { kind: 'step', operations: 100 },
      done: (now, before) => now.unsynced > 0 && now.writes > before.writes,
    },
    {
      id: 'plug',
      action: { kind: 'pull-plug', options: { keep: 'synced' } },
      done: (now) => now.phase === 'off',
    },
    {
      id: 'begin',
      action: { kind: 'recover', options: { stepped: true } },
      done: (now) => now.phase === 'recovering' || now.isRecovered,
    },
    {
      id: 'step',
      action: { kind: 'step-background' },
      done: (now, before) => now.events > before.events || now.isRecovered,
    },
    { id: 'finish', action: RUN, done: (now) => now.isRecovered },
  ],
};

const deletesTakeSpace: Lesson<'deletes-take-space'> = {
  id: 'deletes-take-space',
  start: {
    workload: { keys: 6000, mix: { ...NOTHING, delete: 1 }, operationsPerSecond: 1000 },
    background: { unit: 'bytes', perSecond: 512 << 10 },
  },
  prepare: (machine) => {
    load(machine, 6000, { mix: PUTS, order: { kind: 'sequential' } });
    machine.compact();
    machine.settle();
  },
  watch: ['space', 'levels', 'memtable'],
  steps: [
    {
      id: 'delete',
      action: RUN,
      done: (now, before) => 2 * now.liveKeys <= before.liveKeys && now.diskBytes > before.diskBytes,
    },
    { id: 'all', action: RUN, done: (now) => now.liveKeys === 0 },
    { id: 'compact', action: { kind: 'compact' }, done: (now) => now.isManual || now.manual > 0 },
    {
      id: 'freed',
      action: { kind: 'change-and-run', changes: { workload: { mix: { ...NOTHING, miss: 1 } } } },
      done: (now, before) => !now.isManual && 2 * now.tableBytes < before.tableBytes,
    },
  ],
};

const promises: Lesson<'promises'> = {
  id: 'promises',
  start: {
    workload: { keys: 5000, mix: PUTS, operationsPerSecond: 100 },
    grain: 'entries',
  },
  prepare: (machine) => load(machine, 50, {}),
  watch: ['durability', 'log'],
  steps: [
    { id: 'unsynced', action: RUN, done: (now) => now.unsynced >= 100 },
    {
      id: 'plug',
      action: { kind: 'pull-plug', options: { keep: 'synced' } },
      done: (now) => now.phase === 'off',
    },
    {
      id: 'lost',
      action: { kind: 'recover', options: {} },
      done: (now) => now.isRecovered,
    },
    {
      id: 'synced',
      action: { kind: 'change-and-run', changes: { workload: { sync: true } } },
      done: (now, before) => now.promised >= before.promised + 100,
    },
    {
      id: 'plug-again',
      action: { kind: 'pull-plug', options: { keep: 'synced' } },
      done: (now) => now.phase === 'off',
    },
    {
      id: 'kept',
      action: { kind: 'recover', options: {} },
      done: (now) => now.isRecovered,
    },
  ],
};

export const LESSONS: readonly Lesson[] = [
  writePath,
  readPath,
  minorCompaction,
  sizeCompaction,
  seekCompaction,
  manualCompaction,
  recovery,
  deletesTakeSpace,
  promises,
];
