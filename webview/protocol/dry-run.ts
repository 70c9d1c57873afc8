// What the dry run's page asks the extension. Integers of 64 bits are text; user keys are bytes.

import type { CommonCalls } from './common';
import type { RepairView } from './repair';

export type DryRunPhase = 'working' | 'ready' | 'failed' | 'applying' | 'applied';

export interface LevelRow {
  level: number;
  filesBefore: number;
  filesAfter: number;
  bytesBefore: number;
  bytesAfter: number;
}

export interface FileRow {
  name: string;
  kind: 'table' | 'log' | 'manifest' | 'current' | 'other';
  fate: 'created' | 'replaced' | 'deleted';
  bytesBefore: number | undefined;
  bytesAfter: number | undefined;
  level: number | undefined;
}

export interface Counted {
  files: number;
  bytes: number;
}

export interface DryRunSummary {
  levels: LevelRow[];
  /** At most 1000; the counts are of all. */
  files: FileRow[];
  created: Counted;
  replaced: Counted;
  deleted: Counted;
  bytesRead: number;
  bytesWritten: number;
  entriesKept: number;
  compactions: {
    reason: string;
    level: number;
    inputs: [number, number];
    outputs: number;
    moved: boolean;
    bytesRead: number;
    bytesWritten: number;
    entriesKept: number;
    shadowed: number;
    deletions: number;
  }[];
  compactionsTotal: number;
  recovery: {
    logsReplayed: number;
    operations: number;
    tables: { number: string; bytes: number; level: number }[];
    bytesDropped: number;
    faults: string[];
  };
  history: {
    shadowed: number;
    deletions: number;
    obsolete: string[];
    obsoleteBytes: number;
    edits: number;
  };
  /** As the tables present show, with what was chosen in its place. */
  ways: {
    sampled: string[];
    compression: string | undefined;
    filterPolicy: string | undefined;
    bitsPerKey: number | undefined;
    blockSize: number | undefined;
    restartInterval: number | undefined;
    chosenCompression: string | undefined;
  };
  comparator: string;
  operations: number;
  lastSequence: string;
  repair?: RepairView | undefined;
}

export interface DryRunView {
  /** What would be done, in words. */
  title: string;
  database: string;
  phase: DryRunPhase;
  /** Counts the dry runs: with another one the pictures are others. */
  run: number;
  /** Of the work under way: what is worked on, and how much of it is done. */
  progress: DryRunProgress;
  /** Why it failed, or was refused. A dry run that was refused stays: `summary` is there. */
  failure: DryRunFailure | undefined;
  /** Whether what is shown can be done; not after the database has moved on. */
  canApply: boolean;
  summary: DryRunSummary | undefined;
  /** What was done, one line each, and where the backup is. */
  account: string[];
}

export interface DryRunFailure {
  message: string;
  advice: string;
  /** Tables cannot be written as those that are there: one of these has to be chosen for another dry run. */
  compressions: WrittenCompression[];
}

export type WrittenCompression = 'snappy' | 'none';

export interface DryRunProgress {
  detail: string;
  done: number;
  total: number;
}

/** Tables of both versions, as arrays of numbers (their buffers). */
export interface PackedLevels {
  /** Float64. */
  numbers: Uint8Array;
  sizes: Uint8Array;
  levels: Uint8Array;
  /** Float32: places on one axis, 0 to 1. */
  left: Uint8Array;
  right: Uint8Array;
  /** 0: stays; 1: new; 2: goes. */
  fates: Uint8Array;
  ticks: { place: number; key: Uint8Array }[];
}

export interface DryRunTable {
  number: string;
  level: number;
  bytes: number;
  smallest: string;
  largest: string;
}

export interface DryRunCalls extends CommonCalls {
  open(): DryRunView;
  levels(): PackedLevels;
  table(index: number): DryRunTable;
  apply(): void;
  /** Drops the dry run and closes the panel; stops it where it is under way. */
  discard(): void;
  /** Another dry run, of the database as it is now; with tables written otherwise from now on, if that is given. */
  again(compression?: WrittenCompression): void;
  /** Undoes what was applied. */
  restore(): void;
  revealBackup(): void;
}

export interface DryRunEvents {
  /** The view has to be asked for again. */
  changed: Record<string, never>;
  progress: DryRunProgress;
}
