// What repairing a database comes to (src/worker/repair-report.ts).

/** User keys between which something is lost, escaped and cut; undefined where nothing sound is left on that side. */
export interface LostKeysView {
  after?: string | undefined;
  before?: string | undefined;
}

export interface RepairedTableView {
  name: string;
  level?: number | undefined;
  action: 'rewritten' | 'measured' | 'left out';
  problems: string[];
  entriesKept: number;
  bytesLost: number;
  rangesLost: number;
  lost: LostKeysView[];
  /** Keys that are read from an older table now, at least so many if `isMore`, and some of them. */
  uncovered?: { keys: number; isMore: boolean; examples: string[] } | undefined;
}

export interface RepairedLogView {
  name: string;
  reason: string;
  operationsSaved: number;
  /** What looks like batches and does not fit in its place. */
  batchesRefused: number;
  bytesLost: number;
  sequencesMissing: string;
  /** Before the first batch or behind the last one something may be lost; how much cannot be told. */
  lostAtStart: boolean;
  lostAtEnd: boolean;
}

export interface RepairView {
  /** Whether anything was wrong that can be repaired. */
  isNeeded: boolean;
  tables: RepairedTableView[];
  tablesTotal: number;
  logs: RepairedLogView[];
  manifest: {
    action: 'kept' | 'switched' | 'mended' | 'rebuilt';
    name?: string | undefined;
    current?: string | undefined;
    problems: string[];
    /** Those that cannot be used. */
    rejected: { name: string; reason: string }[];
    operations: string[];
    leftOut: { name: string; reason: string }[];
  };
  entriesBefore?: number | undefined;
  entriesAfter?: number | undefined;
  /** What a verification of the result finds. */
  problems: string[];
  /** What LevelDB's own repair would do otherwise: keys by what would become of them. */
  levelDb?:
    | {
        changes: Record<'back' | 'older' | 'newer' | 'gone' | 'unverified', number>;
        getDiffers: number;
        tablesSetAside: string[];
      }
    | undefined;
}
