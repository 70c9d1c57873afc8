// What recovering a database comes to, lenient and with paranoid_checks.

import type { Listed } from './common';
import type { U64 } from './trace-event';
import type { ErrorFrame, FaultFrame, LevelShape, TraceFrame } from './trace-frame';

/** How recovering with one setting ends. */
export interface RecoverySide {
  paranoid: boolean;
  /** LevelDB's status, if the database cannot be opened, and where. */
  failure: ErrorFrame | undefined;
  /** The picture after the last step before it failed. */
  failedAt: TraceFrame | undefined;
  logsReplayed: number;
  batches: number;
  operations: number;
  droppedBytes: number;
  faults: Listed<FaultFrame>;
  /** Live entries that a reader sees then; undefined if it cannot be opened. */
  entries: number | undefined;
  /** Damage that reading everything meets. */
  readFailure: string | undefined;
  lastSequence: U64 | undefined;
  levels: LevelShape[];
  removes: Listed<string>;
  losses: LossCounts;
  /** Keys that read otherwise than if everything that is sound had been replayed. */
  lost: Listed<LostKey>;
}

export interface LossCounts {
  /** Keys that are gone. */
  gone: number;
  /** Keys that read with an older value. */
  older: number;
  /** Keys whose deletion is lost. */
  back: number;
}

export interface LostKey {
  change: 'gone' | 'older' | 'back';
  key: Uint8Array;
  /** The record that has it and is not replayed, if that is known. */
  file: string | undefined;
  offset: number | undefined;
}

/** Recovery as it is, and with paranoid_checks. */
export interface RecoveryComparison {
  directory: string;
  lenient: RecoverySide;
  paranoid: RecoverySide;
  /** What sound records would give: all that is replayed, and those that recovery passes by. */
  salvageable: { entries: number; records: number; operations: number } | undefined;
  /** Why that cannot be told. */
  unsalvageable: string | undefined;
}
