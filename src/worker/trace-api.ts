// What the worker of a trace can be asked. A trace is recorded on a dry run, or read from a `.lsmtrace` file; frame k is
// the picture that its first k events give. Everything comes from the events alone. What the page sees of it is
// webview/protocol/trace.ts and those beside it: one description for both.

import type { TraceReading, TraceRequest, TraceSummary, WhatIf } from '../../webview/protocol/trace';
import type { RecoveryComparison } from '../../webview/protocol/trace-recovery';
import type { AppliedChange, ChosenWays, WriteOptions } from './change-api';

export type { Listed } from '../../webview/protocol/common';
export type * from '../../webview/protocol/trace';
export type * from '../../webview/protocol/trace-event';
export type * from '../../webview/protocol/trace-frame';
export type * from '../../webview/protocol/trace-recovery';
export type * from '../../webview/protocol/trace-table';

/** Nothing in it is other than LevelDB's and the database's, if it is left out. */
export interface RecordOptions extends WhatIf {
  chosen?: ChosenWays;
  /** A folder for what memory does not hold. */
  spill?: string;
}

export interface TraceCalls extends TraceReading {
  summary(): TraceSummary;
  /** Drops the trace and the dry run behind it. */
  discard(): void;
}

export interface TraceJobs {
  /** Records on a dry run; a trace that was there is dropped. A database that cannot be opened gives a trace, too. */
  record(directory: string, request: TraceRequest, options: RecordOptions): TraceSummary;
  /** Reads a `.lsmtrace`. Damage is an LsmError with the number of the line. */
  openFile(path: string): TraceSummary;
  /** Writes a `.lsmtrace`. A path in the database's own folder is refused. */
  save(path: string): { events: number; bytes: number };
  /** Writes a line of text for each event. */
  exportText(path: string): { events: number; bytes: number };
  /** Does what the dry run showed, and ends it; the trace stays. `label` goes into the backup. */
  apply(label: string, options: WriteOptions): AppliedChange;
  /** Opens the database in both ways, each on an overlay of its own. */
  compare(directory: string, options: { spill?: string }): RecoveryComparison;
}
