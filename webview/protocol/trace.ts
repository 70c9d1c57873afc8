// A trace as its page sees it: the picture after any number of its events, lists of events, tables and entries. The
// worker makes all of it from the events alone and the extension hands it on as it is. User keys are bytes.

import type { CommonCalls, Listed } from './common';
import type {
  CompactionLimits,
  EventFilter,
  EventQuery,
  EventRow,
  FoundEvent,
  Landmark,
  LandmarkKind,
  TracedOptions,
  TraceGrain,
  U64,
} from './trace-event';
import type { ErrorFrame, LevelShape, TraceFrame, TraceTables } from './trace-frame';
import type { RecoveryComparison } from './trace-recovery';
import type { BlockRow, EntriesRequest, EntryRow, TableRole, TraceTableDetails } from './trace-table';

export interface AxisTick {
  place: number;
  key: Uint8Array;
}

export interface Page<Row> {
  /** Rows that the filter lets through. */
  total: number;
  rows: Row[];
}

/** What to record: compactions, or opening for writing and no more. */
export type TraceRequest =
  | { kind: 'compact'; from?: Uint8Array; to?: Uint8Array }
  /** A level into the next one. */
  | { kind: 'compact-level'; level: number }
  /** What LevelDB would do by itself after opening. */
  | { kind: 'compact-auto' }
  | { kind: 'recover' };

/** Otherwise than LevelDB and the database have it. What is left out stays. */
export interface WhatIf {
  grain?: TraceGrain;
  limits?: Partial<CompactionLimits>;
  /** Bytes. */
  writeBufferSize?: number;
  /** paranoid_checks. */
  paranoid?: boolean;
}

/** Where a trace is from. */
export type TraceSource =
  | { kind: 'recorded'; directory: string; request: TraceRequest; options: WhatIf }
  | { kind: 'file'; path: string; engine: string; dryRun: boolean; directory: string | undefined };

/** What a bounded recording left out: nothing of the kind `without` is in it from event `from` on. */
export interface LeftOut {
  without: 'entries' | 'blocks' | 'everything';
  from: number;
  /** Events that were left out. */
  events: number;
}

export interface TraceSummary {
  /** Of the folder or the file. */
  title: string;
  source: TraceSource;
  /** Undefined if the trace has no event of opening. */
  options: TracedOptions | undefined;
  grain: TraceGrain;
  /** How many events: frames go from 0, before all, to this. */
  events: number;
  leftOut: LeftOut[];
  /** Of what opening found, and at the end. */
  levelsBefore: LevelShape[];
  levelsAfter: LevelShape[];
  /** Some keys of the axis that all tables are drawn on. */
  ticks: AxisTick[];
  /** What ended it, if something did: its last error. */
  error: ErrorFrame | undefined;
  /** Whether there is a dry run behind it that `apply` would do. */
  applicable: boolean;
}

/** What can be asked of a trace that is there. */
export interface TraceReading {
  frame(at: number): TraceFrame;
  tables(versionId: number): TraceTables;
  /** Rows [start, end) of the events that a filter lets through. */
  events(start: number, end: number, filter: EventFilter): Page<EventRow>;
  /** Among the events that a filter lets through, the place of an event or of the last one before it; -1 if there is none. */
  rowOf(event: number, filter: EventFilter): number;
  /** An event's fields, as its line in a file has them, cut at 20,000 characters. */
  eventJson(index: number): string;
  /** Looks from an event on, this one included. */
  find(query: EventQuery, from: number, direction: 'forward' | 'backward'): FoundEvent;
  /** The next landmark behind an event, or the last one before it; undefined if there is none. */
  nextOf(kind: LandmarkKind, from: number, direction: 'forward' | 'backward'): Landmark | undefined;
  /** Landmarks of some kinds, evenly thinned out where there are more than 1000. */
  landmarks(kinds: LandmarkKind[]): Listed<Landmark>;
  tableDetails(table: U64, at: number): TraceTableDetails | undefined;
  /** Blocks of a table that the first `at` events read or wrote, in order. */
  blocks(table: U64, role: TableRole, at: number, start: number, end: number): Page<BlockRow>;
  /** Entries, of the grain `entries`. */
  entries(request: EntriesRequest, start: number, end: number): Page<EntryRow>;
}

export interface TraceProgress {
  detail: string;
  done: number;
  total: number;
}

export type TracePhase = 'recording' | 'ready' | 'failed' | 'applying' | 'applied';

export interface TraceView {
  /** What is traced, in words. */
  title: string;
  /** The database's folder, or the file. */
  path: string;
  phase: TracePhase;
  /** Counts the recordings: with another one all frames are others. */
  run: number;
  progress: TraceProgress;
  /** Why there is no trace, or why it was not applied. */
  failure: { message: string; advice: string } | undefined;
  summary: TraceSummary | undefined;
  whatIf: WhatIf;
  /** Whether this workspace may be changed. */
  mayApply: boolean;
  /** What was done, one line each, and where the backup is. */
  account: string[];
}

export interface TracePageCalls extends CommonCalls, TraceReading {
  open(): TraceView;
  /** Records anew, with other thresholds; of a recorded trace only. */
  record(whatIf: WhatIf): void;
  /** Asks for a file, and writes the trace into it; false if none was chosen. */
  save(): boolean;
  /** Asks for a file, and writes a line of text for each event; false if none was chosen. */
  exportText(): boolean;
  /** Recovers in both ways, lenient and paranoid, each on an overlay; of a recorded recovery only. */
  compare(): RecoveryComparison;
  apply(): void;
  /** Drops the trace and closes the panel; stops a recording that is under way. */
  discard(): void;
  /** Undoes what was applied. */
  restore(): void;
  revealBackup(): void;
  /** Opens a file of the database in its editor, at an offset. */
  openFile(name: string, offset?: number): void;
}

export interface TracePageEvents {
  /** The view has to be asked for again. */
  changed: Record<string, never>;
  progress: TraceProgress;
}
