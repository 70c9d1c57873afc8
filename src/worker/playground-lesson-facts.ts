import type { PlaygroundPhase, WorkRule } from './playground-api';
import type { PlaygroundMachine } from './playground-machine';
import { stateOf } from './playground-state';

/** What the steps of lessons are judged by. */
export interface LessonFacts {
  phase: PlaygroundPhase;
  /** Whether a recovery is through, and nothing has gone wrong since. */
  isRecovered: boolean;
  /** Acknowledged. */
  writes: number;
  promised: number;
  /** Acknowledged, and nothing that a power cut would keep. */
  unsynced: number;
  gets: number;
  scanned: number;
  blocks: number;
  filtered: number;
  seekCharges: number;
  liveKeys: number;
  logBytes: number;
  diskBytes: number;
  tableBytes: number;
  memtableBytes: number;
  memtableLimit: number;
  /** Memtables that wait to be flushed. */
  waiting: number;
  /** Compactions that are through, by rule; of those by size the ones from level 1 on. */
  minor: number;
  size: number;
  deeperSize: number;
  seek: number;
  manual: number;
  underWay: WorkRule | undefined;
  /** Work asked for by hand: under way, and how often so far. */
  isManual: boolean;
  manualBegun: number;
  isSizeDue: boolean;
  isSeekDue: boolean;
  isStalled: boolean;
  stalls: number;
  memtableStalls: number;
  /** Of the history. */
  events: number;
}

export function factsOf(machine: PlaygroundMachine): LessonFacts {
  const state = stateOf(machine, { isRunning: false, skipped: 0, lesson: undefined });
  const { durability, reads, counts, space, bytes, memtables, work, stalls, due, history } = state;
  const underWay = state.underWay?.rule;
  return {
    phase: state.phase,
    isRecovered: state.phase === 'open' && state.recovery !== undefined,
    writes: durability.acknowledged,
    promised: durability.promised,
    unsynced: durability.acknowledged - durability.durable,
    gets: reads.gets,
    scanned: counts.scanned,
    blocks: reads.blocks,
    filtered: reads.filtered,
    seekCharges: reads.seekCharges,
    liveKeys: space.liveKeys,
    logBytes: bytes.log,
    diskBytes: space.disk,
    tableBytes: space.tables,
    memtableBytes: memtables[0]?.bytes ?? 0,
    memtableLimit: state.config.database.writeBufferSize,
    waiting: Math.max(0, memtables.length - 1),
    minor: work.minor,
    size: work.size,
    deeperSize: machine.tally.deeperSize,
    seek: work.seek,
    manual: work.manual,
    underWay,
    isManual: machine.isManual,
    manualBegun: machine.manualBegun,
    isSizeDue: due?.why === 'size' || underWay === 'size',
    isSeekDue: due?.why === 'seek' || underWay === 'seek',
    isStalled: stalls.waiting !== undefined,
    stalls: machine.stalls.total,
    memtableStalls: stalls.counts['memtable full'],
    events: history.forgotten + history.events,
  };
}
