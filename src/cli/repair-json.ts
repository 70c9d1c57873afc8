import type { ChangeAccount } from '../engine/db/change';
import type { DryRun } from '../engine/db/dry-run';
import type { LevelDbRepair } from '../engine/recovery/repair/leveldb-repair';
import type { Repair } from '../engine/recovery/repair/repair';
import type { LogRepair } from '../engine/recovery/repair/repair-log';
import type { TableRepair } from '../engine/recovery/repair/repair-tables';
import type { LostRange } from '../engine/recovery/repair/rewrite-table';
import { accountJson } from './applying';
import type { Output } from './output';
import { fileJson, internalKeyJson, problemsJson } from './shapes';

/** `lsm repair --json`. */
export function repairJson(
  output: Output,
  dryRun: DryRun,
  { isNeeded, refusal, tables, manifest, logs, before, result, levelDb }: Repair,
  account: ChangeAccount | undefined,
) {
  const { created, replaced, deleted } = dryRun.changes();
  const { action, name, current, problems, rejected, operations, unnamed, leftOut } = manifest;
  const isOpen = result?.ok === true;
  return {
    plan: {
      needed: isNeeded,
      refusal: refusal?.reason ?? null,
      choiceNeeded: refusal?.choose ?? false,
      tables: tables.map((table) => tableJson(output, table)),
      manifest: {
        action,
        manifest: name ?? null,
        current: current ?? null,
        problems: problemsJson(problems),
        rejected: rejected.map(({ name: manifest, reason }) => ({ manifest, reason })),
        operations,
        unnamed,
        leftOut,
      },
      logs: logs.map(logJson),
      leveldbRepair: levelDb ? levelDbJson(output, levelDb) : null,
    },
    result: {
      ok: isOpen && !refusal,
      error: refusal?.reason ?? result?.error ?? null,
      entriesBefore: before?.entries ?? null,
      entries: result?.digest?.entries ?? null,
      keyBytes: result?.digest?.keyBytes ?? null,
      valueBytes: result?.digest?.valueBytes ?? null,
      fnv1a64: result?.digest?.fnv1a64 ?? null,
      lastSequence: result?.lastSequence ?? null,
      problems: problemsJson(result?.problems ?? []),
      filesCreated: isOpen && isNeeded ? created : [],
      filesReplaced: isOpen && isNeeded ? replaced : [],
      filesDeleted: isOpen && isNeeded ? deleted : [],
    },
    applied: accountJson(dryRun.directory, account),
  };
}

function levelDbJson(
  output: Output,
  { skipped, changes, getDiffers, examples, tablesSetAside }: LevelDbRepair,
) {
  const isCompared = skipped === undefined;
  return {
    skipped: skipped ?? null,
    cameBack: isCompared ? changes.back : null,
    older: isCompared ? changes.older : null,
    newer: isCompared ? changes.newer : null,
    gone: isCompared ? changes.gone : null,
    unverified: isCompared ? changes.unverified : null,
    getDiffers: isCompared ? getDiffers : null,
    examples: examples.map(({ change, key }) => ({ change, key: output.bytes(key) })),
    tablesSetAside,
  };
}

function tableJson(output: Output, table: TableRepair) {
  const { name, number, level, action, problems, foundBy, file, meta, uncovered } = table;
  const { entriesKept, bytesLost, rangesLost, lost } = table;
  return {
    file: name,
    number,
    level: level ?? null,
    action,
    problems: problemsJson(problems),
    before: meta ? fileJson(output, meta) : null,
    after: file ? fileJson(output, file) : null,
    foundBy: foundBy ?? null,
    entriesKept: action === 'measured' ? null : entriesKept,
    bytesLost,
    rangesLost,
    lost: lost.map((range) => rangeJson(output, range)),
    uncovered: uncovered
      ? {
          keys: uncovered.keys,
          more: uncovered.isMore,
          examples: uncovered.examples.map((key) => output.bytes(key)),
        }
      : null,
  };
}

function rangeJson(output: Output, { after, before, bytes }: LostRange) {
  return {
    after: after ? internalKeyJson(output, after) : null,
    before: before ? internalKeyJson(output, before) : null,
    bytes,
  };
}

function logJson(log: LogRepair) {
  const { name, number, size, bytesDropped, reason, batchesRead, batchesSaved, operationsSaved } = log;
  const { batchesRefused, bytesLost, sequencesMissing, missing, lostAtStart, lostAtEnd } = log;
  return {
    file: name,
    number,
    size,
    bytesDropped,
    reason,
    batchesRead,
    batchesSaved,
    operationsSaved,
    batchesRefused,
    bytesLost,
    sequencesMissing,
    missing,
    lostAtStart,
    lostAtEnd,
  };
}
