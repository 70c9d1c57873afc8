import { bestScore } from '../engine/compaction/picker';
import { LEVELS } from '../engine/manifest/version-edit';
import { dueNext } from '../engine/trace/replay/due';
import type { LessonState, LevelState, MemtableState, PlaygroundState, UnderWay } from './playground-api';
import type { PlaygroundMachine } from './playground-machine';

/** What the session adds. */
export interface SessionPart {
  isRunning: boolean;
  skipped: number;
  lesson: LessonState | undefined;
}

/** The picture of a playground. Its work grows with the files, not with what has happened. */
export function stateOf(machine: PlaygroundMachine, part: SessionPart): PlaygroundState {
  const { config, client, env, model, history, database } = machine;
  const { liveKeys, liveBytes, acknowledged, promised, durable } = model;
  const { end } = history;
  return {
    ...part,
    config,
    phase: machine.phase,
    stopped: machine.stopped,
    failure: machine.failure,
    clock: machine.clock,
    counts: { ...client.counts, operations: { ...client.counts.operations } },
    bytes: { ...env.counts },
    reads: { ...client.reads },
    work: { ...machine.tally.work },
    rates: machine.rates,
    memtables: memtablesOf(machine),
    levels: levelsOf(machine),
    stalls: machine.stalls.state,
    enginePhase: end.phase,
    underWay: underWayOf(machine),
    due: dueOf(machine),
    lastSequence: database?.lastSequence ?? 0,
    durability: { acknowledged, promised, durable },
    recovery: machine.recovery,
    space: { liveKeys, liveBytes, ...env.space() },
    history: history.state,
  };
}

export function memtablesOf({ database, config }: PlaygroundMachine): MemtableState[] {
  const limit = config.database.writeBufferSize;
  return (database?.memtableSizes ?? []).map(({ memoryUsage: bytes, entries, log }) => {
    return { bytes, limit, entries, log };
  });
}

export function levelsOf({ database, history }: PlaygroundMachine): LevelState[] {
  const limits = history.end.options?.limits;
  const version = database?.version;
  const scores = version && limits && bestScore(version, limits).scores;
  return Array.from({ length: LEVELS }, (_, level) => ({
    files: version?.levels[level].length ?? 0,
    bytes: version?.levelBytes(level) ?? 0,
    score: scores?.[level],
  }));
}

function underWayOf({ phase, history }: PlaygroundMachine): UnderWay | undefined {
  if (phase !== 'open') return undefined;
  const { end } = history;
  if (end.phase === 'flush') return { rule: 'minor', level: 0, isMove: false };
  const { compaction } = end;
  if (compaction?.state !== 'under way') return undefined;
  const { reason, level, trivialMove } = compaction.pick;
  return { rule: reason, level, isMove: trivialMove };
}

function dueOf({ phase, history, isManual }: PlaygroundMachine): PlaygroundState['due'] {
  if (phase !== 'open') return undefined;
  const { end } = history;
  const due = dueNext(end);
  const isUnderWay = end.compaction?.state === 'under way' && end.compaction.pick.reason === 'manual';
  // A range that somebody asks for comes behind memtables and before the rest (DBImpl::BackgroundCompaction).
  return isManual && !isUnderWay && due?.why !== 'memtable' ? { why: 'manual' } : due;
}
