import { escapeBytes } from '../engine/bytes/escape';
import { userKeyOf } from '../engine/compaction/overlap';
import { tableFileName } from '../engine/manifest/file-names';
import type { Problem } from '../engine/problem';
import type { KeyChange } from '../engine/recovery/repair/leveldb-repair';
import type { Repair } from '../engine/recovery/repair/repair';
import type { LostRange } from '../engine/recovery/repair/rewrite-table';

/** User keys between which something is lost, escaped and cut; undefined where nothing sound is left on that side. */
export interface LostKeys {
  after: string | undefined;
  before: string | undefined;
}

export interface RepairedTable {
  name: string;
  level: number | undefined;
  /** As engine/recovery/repair/repair-tables.ts says. */
  action: 'rewritten' | 'measured' | 'left out';
  /** What is wrong with it, one line each. */
  problems: string[];
  entriesKept: number;
  bytesLost: number;
  rangesLost: number;
  lost: LostKeys[];
  /** Keys that are read from an older table now, at least so many, and some of them; undefined if that is not known. */
  uncovered: { keys: number; isMore: boolean; examples: string[] } | undefined;
}

export interface RepairedLog {
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

/** What a repair comes to, in words and numbers. Lists are cut. */
export interface RepairReport {
  /** Whether anything was wrong that can be repaired. */
  isNeeded: boolean;
  tables: RepairedTable[];
  tablesTotal: number;
  logs: RepairedLog[];
  manifest: {
    action: 'kept' | 'switched' | 'mended' | 'rebuilt';
    name: string | undefined;
    /** What is wrong with CURRENT. */
    current: string | undefined;
    problems: string[];
    /** Those that cannot be used. */
    rejected: { name: string; reason: string }[];
    operations: string[];
    leftOut: { name: string; reason: string }[];
  };
  /** Live entries; undefined where nothing could be read. */
  entriesBefore: number | undefined;
  entriesAfter: number | undefined;
  /** What a verification of the result finds. */
  problems: string[];
  /** What LevelDB's own repair would do otherwise; undefined where it was not compared. */
  levelDb: { changes: Record<KeyChange, number>; getDiffers: number; tablesSetAside: string[] } | undefined;
}

const MAX_TABLES = 200;
const MAX_RANGES = 5;
const MAX_LINES = 20;
const SHOWN_KEY = 60;

export function reportOf(repair: Repair): RepairReport {
  const { isNeeded, tables, logs, manifest, before, result, levelDb } = repair;
  return {
    isNeeded,
    tables: tables.slice(0, MAX_TABLES).map((table) => ({
      name: table.name,
      level: table.level,
      action: table.action,
      problems: linesOf(table.problems),
      entriesKept: table.entriesKept,
      bytesLost: table.bytesLost,
      rangesLost: table.rangesLost,
      lost: table.lost.slice(0, MAX_RANGES).map(lostKeys),
      uncovered: table.uncovered && {
        keys: table.uncovered.keys,
        isMore: table.uncovered.isMore,
        examples: table.uncovered.examples.slice(0, MAX_RANGES).map(shown),
      },
    })),
    tablesTotal: tables.length,
    logs: logs.slice(0, MAX_TABLES).map((log) => ({
      name: log.name,
      reason: log.reason,
      operationsSaved: log.operationsSaved,
      batchesRefused: log.batchesRefused,
      bytesLost: log.bytesLost,
      sequencesMissing: `${log.sequencesMissing}`,
      lostAtStart: log.lostAtStart,
      lostAtEnd: log.lostAtEnd,
    })),
    manifest: {
      action: manifest.action,
      name: manifest.name,
      current: manifest.current,
      problems: linesOf(manifest.problems),
      rejected: manifest.rejected.slice(0, MAX_LINES),
      operations: manifest.operations.slice(0, MAX_LINES),
      leftOut: manifest.leftOut
        .slice(0, MAX_LINES)
        .map(({ number, reason }) => ({ name: tableFileName(number), reason })),
    },
    entriesBefore: before?.entries,
    entriesAfter: result?.digest?.entries,
    levelDb:
      levelDb && levelDb.skipped === undefined
        ? {
            changes: levelDb.changes,
            getDiffers: levelDb.getDiffers,
            tablesSetAside: levelDb.tablesSetAside.slice(0, MAX_LINES),
          }
        : undefined,
    problems: linesOf((result?.problems ?? []).filter(({ severity }) => severity === 'error')),
  };
}

function lostKeys({ after, before }: LostRange): LostKeys {
  return { after: after && shown(userKeyOf(after)), before: before && shown(userKeyOf(before)) };
}

function shown(key: Uint8Array): string {
  const text = escapeBytes(key, 0, Math.min(key.length, SHOWN_KEY));
  return key.length > SHOWN_KEY ? `${text}…` : text;
}

function linesOf(problems: readonly Problem[]): string[] {
  return problems
    .slice(0, MAX_LINES)
    .map(({ file, offset, message }) =>
      offset === undefined ? `${file}: ${message}` : `${file} @ ${offset}: ${message}`,
    );
}
