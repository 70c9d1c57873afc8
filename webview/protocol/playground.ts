// The playground as its page sees it: a database in memory under a workload. Its history is a trace that grows while it
// runs (trace.ts); what cannot be read off a trace, and what is counted beside the engine, is in PlaygroundState.

import type { CommonCalls } from './common';
import type { LeftOut, TraceReading } from './trace';
import type { CompactionReason, TraceGrain, U64 } from './trace-event';
import type { DueFrame, Phase } from './trace-frame';

/** What the database is opened with. Sizes are in bytes. */
export interface PlaygroundOptions {
  writeBufferSize: number;
  /** Memtables, the one that takes the writes included. */
  maxWriteBufferNumber: number;
  blockSize: number;
  blockRestartInterval: number;
  compression: 'none' | 'snappy';
  /** Of the Bloom filter, for each key; 0 for no filter. */
  bloomBits: number;
  /** An output of a compaction ends here. */
  maxFileBytes: number;
  /** Level 0 is compacted at this many files; from these on each write waits a millisecond, and all wait. */
  level0Files: number;
  level0SlowdownFiles: number;
  level0StopFiles: number;
  /** Each further level ten times as many. */
  level1Bytes: number;
  reuseLogs: boolean;
}

export type KeyOrder =
  /** Each kind of operation goes through the keys in order, and begins again at the end. */
  | { kind: 'sequential' }
  | { kind: 'uniform' }
  /** The n-th most popular key comes in proportion to 1 / n^0.99; the popular ones are spread over all. */
  | { kind: 'zipfian' }
  /** `heat` of the operations go to `share` of the keys, which lie together in the middle; both are from 0 to 1. */
  | { kind: 'hot'; share: number; heat: number };

export type OperationKind = 'put' | 'overwrite' | 'delete' | 'get' | 'miss' | 'scan';

/** Shares of the operations, in any unit. */
export type WorkloadMix = {
  /** put: of a key that is not there; overwrite, delete, get: of one that is; miss: a get of one that never was. */
  [Kind in OperationKind]: number;
};

export interface PlaygroundWorkload {
  /** How many keys there can be. */
  keys: number;
  order: KeyOrder;
  /** Bytes of a value: at least and at most. */
  valueBytes: { min: number; max: number };
  mix: WorkloadMix;
  /** Entries of a scan. */
  scanLength: number;
  /** The same operations come for the same seed. */
  seed: number;
  operationsPerSecond: number;
  /** WriteOptions::sync of every write. */
  sync: boolean;
}

/** How fast the background thread is. With 0 a second it goes on by hand alone. */
export interface BackgroundSpeed {
  /** `bytes` that it reads and writes, or `steps` of the engine. */
  unit: 'bytes' | 'steps';
  perSecond: number;
}

export interface PlaygroundConfig {
  database: PlaygroundOptions;
  workload: PlaygroundWorkload;
  background: BackgroundSpeed;
  /** Of the history. With `entries` single writes and entries are in it as well. */
  grain: TraceGrain;
}

/** What is left out is as it was, or as in the default. Orders, mixes and ranges of bytes are given whole. */
export interface PlaygroundChanges {
  workload?: Partial<PlaygroundWorkload> | undefined;
  background?: Partial<BackgroundSpeed> | undefined;
}

export interface PlaygroundStart extends PlaygroundChanges {
  database?: Partial<PlaygroundOptions> | undefined;
  grain?: TraceGrain | undefined;
}

/** `off`: the plug is pulled. `failed`: recovery, or work in the background, ended with an error. */
export type PlaygroundPhase = 'open' | 'off' | 'recovering' | 'failed';

export type StallReason = 'slow down' | 'memtable full' | 'too many files in level 0';

/** LevelDB's names: a flush of a memtable is a minor compaction. */
export type WorkRule = 'minor' | CompactionReason;

/** Operations that are through. */
export interface OperationCounts {
  operations: { [Kind in OperationKind]: number };
  /** Gets that found a value, and that found none. */
  hits: number;
  misses: number;
  /** Entries that scans read. */
  scanned: number;
  /** Gets and scans whose answer is not that of the acknowledged writes: there must be none. */
  wrong: number;
}

/** Counted where the files are written and read, not where the engine says so. */
export interface ByteCounts {
  /** Keys and values of the operations. */
  user: number;
  log: number;
  flush: number;
  compaction: number;
  manifest: number;
  /** Of tables: by gets and scans, and by compactions. */
  readByUser: number;
  readByBackground: number;
}

/** Of gets. */
export interface ReadCounts {
  gets: number;
  /** Tables whose range has the key, until one answered. */
  tables: number;
  /** Of them those whose filter ruled the key out, and those whose filter was wrong. */
  filtered: number;
  falsePositives: number;
  /** Data blocks looked into, cached ones too. */
  blocks: number;
  seekCharges: number;
}

/** Compactions that are through. A trivial move counts for its rule and is in `moves`. */
export type WorkCounts = { [Rule in WorkRule]: number } & { moves: number };

export interface MemtableState {
  /** As write_buffer_size counts them. */
  bytes: number;
  limit: number;
  entries: number;
  /** Undefined for one that waits to be flushed. */
  log: string | undefined;
}

export interface LevelState {
  files: number;
  bytes: number;
  /** At 1 a compaction is due; undefined for the last level. */
  score: number | undefined;
}

export interface StallState {
  /** Writes that had to wait, for each reason. */
  counts: { [Why in StallReason]: number };
  /** Of the clock. */
  waitedMilliseconds: number;
  /** What holds up the next write, since when (of the clock), and how often it was tried. */
  waiting: { why: StallReason; since: number } | undefined;
}

/** What the background does. */
export interface UnderWay {
  rule: WorkRule;
  level: number;
  /** Of a compaction: its outputs go into `level + 1`. */
  isMove: boolean;
}

export interface SpaceState {
  /** Keys that are there, and the bytes of these and their values. */
  liveKeys: number;
  liveBytes: number;
  tables: number;
  logs: number;
  /** MANIFESTs, CURRENT. */
  others: number;
  /** All files. */
  disk: number;
}

/** Writes are counted from 1 since the playground was opened, over all crashes: these are not the engine's sequences. */
export interface DurabilityState {
  /** The last write that was acknowledged. */
  acknowledged: number;
  /** The last one that LevelDB promised to keep: written with sync. */
  promised: number;
  /** The last one that a sync of a log has reached: a power cut would keep it. */
  durable: number;
}

export interface LostWrite {
  write: number;
  key: Uint8Array;
  kind: 'put' | 'delete';
  /** Written with sync. */
  promised: boolean;
}

/** What a recovery gave back, held against the acknowledged writes. */
export interface RecoveryResult {
  acknowledged: number;
  promised: number;
  durable: number;
  /** The database is as it was after this write; undefined if it is as it never was. */
  survived: number | undefined;
  /** Acknowledged writes that are gone, and of them those that were promised: there must be none. */
  lost: number;
  lostPromised: number;
  /** The first of them. */
  lostWrites: LostWrite[];
  /** Keys that are not as they were after `survived`: there must be none. */
  wrongKeys: number;
}

export type Rates = { [Kind in OperationKind]: number } & {
  /** All of them. */
  operations: number;
  userBytes: number;
  writtenBytes: number;
  readBytes: number;
};

export interface HistoryState {
  /** Counted up whenever the history had grown too long and began anew: then all frames are others. */
  run: number;
  events: number;
  /** Events of earlier runs. */
  forgotten: number;
  /** What of this run was left out. */
  leftOut: LeftOut[];
}

export interface PlaygroundState {
  config: PlaygroundConfig;
  phase: PlaygroundPhase;
  isRunning: boolean;
  /** Why it stopped by itself. */
  stopped: 'space' | 'failure' | undefined;
  failure: string | undefined;
  /** Milliseconds of the clock that drives the operations. It stands while the playground is paused. */
  clock: number;
  /** Milliseconds that this machine was too slow for, and that were left out. */
  skipped: number;
  counts: OperationCounts;
  bytes: ByteCounts;
  reads: ReadCounts;
  work: WorkCounts;
  /** A second, over about the last one. */
  rates: Rates;
  /** Newest first. None while there is no database. */
  memtables: MemtableState[];
  levels: LevelState[];
  stalls: StallState;
  /** Of the history's end. */
  enginePhase: Phase;
  underWay: UnderWay | undefined;
  /** What comes next, if nothing else comes. */
  due: DueFrame | { why: 'manual' } | undefined;
  lastSequence: U64;
  durability: DurabilityState;
  /** Of the last recovery. */
  recovery: RecoveryResult | undefined;
  space: SpaceState;
  history: HistoryState;
  lesson: LessonState | undefined;
}

export type PlugOptions =
  /** All that was not synced is gone. */
  | { keep: 'synced' }
  /** Of what was not synced a part is left, as a disk's cache may have written it. */
  | { keep: 'part'; seed: number };

export interface RecoverOptions {
  /** Each step by hand or with the clock; else at once. */
  stepped?: boolean;
  /** paranoid_checks. */
  paranoid?: boolean;
}

/** The steps of each lesson, in order. */
export interface LessonStepIds {
  'write-path': 'one-write' | 'fill' | 'switch' | 'table';
  'read-path': 'one-get' | 'gets' | 'misses' | 'scans';
  'minor-compaction': 'fill' | 'stall' | 'begin' | 'finish' | 'by-hand' | 'table';
  'size-compaction': 'level-0' | 'into-level-1' | 'deeper' | 'too-fast';
  'seek-compaction': 'charge' | 'due' | 'compaction' | 'afterwards';
  'manual-compaction': 'ask' | 'flush' | 'level-by-level' | 'afterwards';
  recovery: 'unsynced' | 'plug' | 'begin' | 'step' | 'finish';
  'deletes-take-space': 'delete' | 'all' | 'compact' | 'freed';
  promises: 'unsynced' | 'plug' | 'lost' | 'synced' | 'plug-again' | 'kept';
}

export type LessonId = keyof LessonStepIds;

/** What the page offers for a step of a lesson. */
export type LessonAction =
  | { kind: 'run' }
  | { kind: 'step'; operations: number }
  | { kind: 'step-background' }
  | { kind: 'compact' }
  | { kind: 'flush' }
  | { kind: 'pull-plug'; options: PlugOptions }
  | { kind: 'recover'; options: RecoverOptions }
  /** Changes the workload or the background's speed. */
  | { kind: 'change'; changes: PlaygroundChanges }
  /** As `change`, and then `run`. */
  | { kind: 'change-and-run'; changes: PlaygroundChanges };

export interface LessonStepState {
  id: string;
  action: LessonAction;
  isDone: boolean;
}

/** Parts of the page that a lesson is about. */
export type LessonFocus =
  | 'memtable'
  | 'log'
  | 'levels'
  | 'reads'
  | 'stalls'
  | 'seeks'
  | 'space'
  | 'durability'
  | 'history';

export interface LessonState {
  id: LessonId;
  watch: LessonFocus[];
  steps: LessonStepState[];
  /** Index of the first step that is not done; the count of steps at the end. */
  current: number;
}

export interface PlaygroundFile {
  name: string;
  contents: Uint8Array;
}

/** What the worker can be asked. Each call that changes something returns the state after it. */
export interface PlaygroundControl {
  /** A new database; the one before is gone. It is paused. Errors name the field. */
  open(config: PlaygroundStart): PlaygroundState;
  /** As the lesson needs it, prepared. */
  openLesson(id: LessonId): PlaygroundState;
  /** Another workload or background from now on. The count of keys stays. */
  change(changes: PlaygroundChanges): PlaygroundState;
  state(): PlaygroundState;
  /** Whether time goes on by itself. */
  setRunning(isRunning: boolean): PlaygroundState;
  /** So many operations, each with the time that it takes; ends early at a write that waits for nobody. */
  step(operations: number): PlaygroundState;
  /** One step of the engine's background, or of a recovery: an event of the history. */
  stepBackground(): PlaygroundState;
  /** CompactRange, of everything if no keys are given; it goes on in the background. */
  compact(from?: Uint8Array, to?: Uint8Array): PlaygroundState;
  /** The memtable becomes a table, in the background. */
  flush(): PlaygroundState;
  pullPlug(options: PlugOptions): PlaygroundState;
  recover(options: RecoverOptions): PlaygroundState;
  /** The database's files as they are written, to be looked at elsewhere. */
  files(): PlaygroundFile[];
}

export interface LessonText {
  id: LessonId;
  title: string;
  about: string;
  /** What to do, and what is to be seen then; in the order of the lesson's steps. */
  steps: { id: string; title: string; text: string }[];
}

/** What the page is told besides the state. */
export interface PlaygroundView {
  /** Why the playground is gone; undefined while it is there. */
  failure: string | undefined;
  /** In the order in which they are read. */
  lessons: LessonText[];
}

export interface PlaygroundPageCalls extends CommonCalls, PlaygroundControl, TraceReading {
  view(): PlaygroundView;
  /** Opens what was opened last, from its beginning; in a new worker if the one before is gone. */
  restart(): PlaygroundState;
  /** Asks for an empty folder, and writes the files there; false if none was written, and why is told. */
  saveFiles(): boolean;
}

export interface PlaygroundPageEvents {
  /** View and state have to be asked for again: the playground is another one, or gone. */
  changed: Record<string, never>;
}
